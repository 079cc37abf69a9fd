"""The processes of one stack's runs: the engine, what it started, and what outlives it. Needs /proc."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A process that lives.

    Args:
        pid: its number.
        argv: its command line.
    """

    pid: int
    argv: tuple[str, ...]

    @property
    def is_plugin(self) -> bool:
        """Whether it runs the provider, with the engine's address as its first argument."""
        return "pulumi.dynamic" in self.argv[:-1] and ":" in self.argv[-1]

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def of_home(home: str) -> list[Process]:
    """Return every process that was started with this PULUMI_HOME: no other stack's run has it."""
    wanted = f"PULUMI_HOME={home}".encode()
    found = []
    for folder in _PROC.iterdir():
        # A process may end at any moment, and others' are not ours to look at.
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and wanted in (folder / "environ").read_bytes().split(b"\0"):
                argv = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
                if argv:
                    found.append(Process(int(folder.name), tuple(argv)))
    return found


def plugin_of(home: str) -> Process | None:
    """Return the process that runs the provider, or None where there is none."""
    return next((each for each in of_home(home) if each.is_plugin), None)
