"""Who is measured. Another contender is a program in benchmarks/programs and an entry here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROGRAMS = Path(__file__).parents[1] / "programs"
# docs/bulk.md says when that is right.
_DEFERRED = {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}


@dataclass(frozen=True)
class Contender:
    """One way to hold connections in a stack.

    Args:
        name: of its program in benchmarks/programs, without `.py`.
        label: what tables and plots call it.
        color: of its line in the plots.
        deferred: whether the state is written once, at the end of a run, and not for every resource.
    """

    name: str
    label: str
    color: str
    deferred: bool = True

    @property
    def program(self) -> str:
        """The stack program."""
        return (_PROGRAMS / f"{self.name}.py").read_text(encoding="utf-8")

    @property
    def environ(self) -> dict[str, str]:
        """What is particular to it in the environment of `pulumi`."""
        return _DEFERRED if self.deferred else {}


FLOOR: Final = Contender("floor", "engine's floor", "#8250df")
ORDINARY: Final = Contender("ordinary", "ordinary provider", "#d1570a")
OURS: Final = Contender("ours", "pulumi-telnyx", "#1a7f64")
# One resource: there is nothing to defer.
SET: Final = Contender("set", "one CredentialConnectionSet", "#bf8700", deferred=False)
ALL: Final = {each.name: each for each in (FLOOR, ORDINARY, OURS, SET)}
"""Everybody by name."""
