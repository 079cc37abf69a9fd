"""Figures that tests measure are printed together at the end of a run, as one JSON object."""

from __future__ import annotations

import json

import pytest


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
