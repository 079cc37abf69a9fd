"""The selection of each figure that the test suite has time for; `make faults` runs them whole."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from .__main__ import FIGURES


@pytest.mark.parametrize("name", FIGURES)
def test_figure(name: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Every promise holds in its quick selection."""
    figure = importlib.import_module(f"tests.faults.{name}").measure(True, tmp_path)
    for number, value in figure.numbers.items():
        record_property(f"{name}: {number}", value)

    assert figure.missed == []
