"""The benchmark of `pulumi-telnyx list`: what it prints, in a smaller account."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "list_account.py"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read as Linux tells it")
def test_each_page_is_asked_for_once() -> None:
    """600 connections are three pages, a tenth of them one."""
    command = [sys.executable, str(SCRIPT), "--connections", "600"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {size: (each["rows"], each["requests"]) for size, each in found.items()} == {
        "60 connections": (60, 1),
        "600 connections": (600, 3),
    }
