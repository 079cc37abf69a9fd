"""What every figure has in common: it counts, prints JSON, and fails when a number is not what it must be."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Figure:
    """The numbers of one run.

    Args:
        goal: what is promised, in one line.
    """

    goal: str
    numbers: dict[str, Any] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def count(self, name: str, value: Any) -> None:
        """Note a number."""
        self.numbers[name] = value

    def expect(self, name: str, value: Any, met: bool, wanted: str) -> None:
        """Note a number that has to be something, such as `0` or `at most 60`."""
        self.numbers[name] = value
        if not met:
            self.missed.append(f"{name} is {value}, must be {wanted}")

    def fail(self, what: str) -> None:
        """Note something that must not happen."""
        self.missed.append(what)

    def as_json(self) -> dict[str, Any]:
        return {"goal": self.goal, **self.numbers, "missed": self.missed}


Measure = Callable[[bool, Path], Figure]
"""Measures in a folder; with few rounds, as in the test suite, when the first argument is true."""


def main(measure: Measure) -> None:
    """Run one figure as a script: JSON to standard output, exit code 1 when it was missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="the selection of `make test`")
    quick = parser.parse_args().quick
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        figure = measure(quick, Path(folder))
    figure.count("seconds", round(time.monotonic() - started, 1))
    print(json.dumps(figure.as_json(), indent=2))  # noqa: T201 - that is what it is for
    sys.exit(1 if figure.missed else 0)
