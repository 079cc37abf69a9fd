"""How the suite runs: in which order, with how many workers; and the figures that it prints at its end."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, and as much time for each as the machine needs: by itself, hypothesis makes
# other ones each time, and fails one that takes more than 200 ms.
settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")

# Their tests take longest, so they begin first: the run would wait for one that begins last.
_LONGEST = ("tests/faults", "tests/figures")


def pytest_xdist_auto_num_workers() -> int:
    """Return one more than there are cores: some tests wait for a clock or for the engine to start."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest; in the order that they are written otherwise."""
    root = Path(__file__).parents[1]
    items.sort(key=lambda item: not item.path.relative_to(root).as_posix().startswith(_LONGEST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded with `record_property`."""
    figures = {
        name: value
        for report in terminalreporter.getreports("passed")
        if report.when == "call"
        for name, value in report.user_properties
    }
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line(json.dumps(figures, indent=2))
