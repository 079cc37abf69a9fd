"""A smaller account than `python -m tests.figures.import_account` takes, with the same things in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .import_account import ROOT, measure


def test_an_account_is_imported_and_nothing_changes(tmp_path: Path) -> None:
    """Every field is in use somewhere, some passwords are masked, and names stand twice."""
    found = subprocess.run(
        [sys.executable, ROOT / "scripts" / "engine"], stdout=subprocess.PIPE, text=True, check=True
    )

    figures = measure(70, tmp_path, found.stdout.splitlines()[-1])

    assert figures["exit code"] == 0, figures["said"]
    assert figures["requests that write"] == 0
    assert figures["requests"] <= 2
    assert figures["preview"] == figures["preview after the refresh"] == {"same": 70}
    assert figures["one edit"] == {"same": 69, "update": 1}
    assert figures["connections that changed"] == 1
    assert figures["passwords in files"] == 0
