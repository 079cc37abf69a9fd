"""The benchmark of `pulumi-telnyx validate`: what it prints, and that the work grows with the files only."""

from __future__ import annotations

import cProfile
import json
import os
import pstats
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_telnyx.stack.project import find_project
from pulumi_telnyx.stack.validate import Checked, check

from .stack_files import PROFILE, config, write

FOLDER = Path(__file__).parents[2] / "benchmarks"
SIZE = ("--stacks", "3", "--connections", "2")
# Measured: 1,300. benchmarks/validate.py then takes about 3 s for 10,000 connections, and may take 5.
MOST_CALLS_PER_CONNECTION = 2_000


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command, *SIZE],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(FOLDER)},
        check=False,
    )


def calls(folder: Path, stacks: int, connections: int) -> int:
    """Return how many functions are called to check the benchmark's files."""
    project = "from pathlib import Path; import validate; validate.write_project(Path({!r}), {}, {})"
    folder.mkdir()
    assert run("-c", project.format(str(folder), stacks, connections)).returncode == 0
    checked, total = profiled(folder)
    assert (checked.stacks, checked.connections, checked.findings) == (stacks, stacks * connections, [])
    return total


def profiled(folder: Path) -> tuple[Checked, int]:
    """Return what a check of all stacks finds, and how many functions it calls."""
    found = find_project(folder)
    profile = cProfile.Profile()
    checked = profile.runcall(check, found, map(found.read, found.stack_files))
    total: int = pstats.Stats(profile).total_calls  # type: ignore[attr-defined] # typeshed lacks it
    return checked, total


def test_it_prints_seconds_and_counts() -> None:
    """As JSON, and nothing else."""
    done = run(str(FOLDER / "validate.py"))

    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["seconds"] > 0
    assert (report["stacks"], report["connections"]) == (3, 6)
    assert report["said"] == "3 stacks, 6 connections: 0 errors, 0 warnings; 9 encrypted values not checked"


def test_files_with_findings_are_no_result() -> None:
    """Then it would have measured something else: one line that says what was found, and no number."""
    program = "import validate as it; it._CONNECTION = it._CONNECTION.replace('true', 'maybe'); it.main()"

    done = run("-c", program)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: stacks/Pulumi.customer-0.yaml:")
    assert done.stderr.count("\n") == 1


def test_the_work_is_the_same_for_each_file(tmp_path: Path) -> None:
    """However many others there are: all are compared with all, by looking up and not by looking through."""
    calls(tmp_path / "warm", 2, 20)

    few, many = calls(tmp_path / "few", 10, 20), calls(tmp_path / "many", 40, 20)

    assert many / few == pytest.approx(4, rel=0.05)


def test_the_work_for_one_connection_is_bounded(tmp_path: Path) -> None:
    """As a count of calls, which is the same on every machine."""
    few, many = calls(tmp_path / "few", 2, 10), calls(tmp_path / "many", 2, 60)

    assert (many - few) / 100 < MOST_CALLS_PER_CONNECTION


def test_a_member_of_a_table_takes_no_more_work_than_a_connection(tmp_path: Path) -> None:
    """Also where each of thousands has user name, codecs and limits of its own."""
    header = "name,user_name,inbound.channel_limit,inbound.codecs,active"

    def total(members: int) -> int:
        rows = "".join(f"desk-{each},desk{each}phone,{each % 9},OPUS|G722,true\n" for each in range(members))
        (tmp_path / "desks.csv").write_text(f"{header}\n{rows}")
        sets = f"{{desks: {{members_from: ../desks.csv, defaults: {{{PROFILE}}}}}}}"
        write(tmp_path, dev=config(f"phones:sets: {sets}"))
        checked, found = profiled(tmp_path)
        assert (checked.members, checked.findings) == (members, [])
        return found

    total(100)

    assert (total(300) - total(100)) / 200 < MOST_CALLS_PER_CONNECTION
