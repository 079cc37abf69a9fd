"""The benchmark of the emulator: what it prints, and that it does not pass over a failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.emulator.client import PATIENCE_SECS

FOLDER = Path(__file__).parents[2] / "benchmarks"
ARGUMENTS = ["--seconds", "0.05", "--threads", "2"]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command, *ARGUMENTS],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(FOLDER)},
        check=False,
        timeout=2 * PATIENCE_SECS,
    )


def test_it_prints_a_rate_for_each_kind_of_request() -> None:
    """As JSON, and nothing else."""
    done = run(str(FOLDER / "emulator_rate.py"))

    assert (done.returncode, done.stderr) == (0, "")
    rates = json.loads(done.stdout)["requests_per_second"]
    assert list(rates) == ["create", "retrieve", "update", "list_of_250", "delete"]
    assert all(rate > 0 for rate in rates.values())


def test_a_request_that_fails_fails_the_run() -> None:
    """In one line, and without numbers that would look like a result."""
    done = run("-c", "import emulator_rate as it; it._HEADERS['Authorization'] = 'Bearer wrong'; it.main()")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: POST /v2/credential_connections: 401\n"
