"""CPU time and peak memory of a process and of all that it starts, as Linux tells them while they run.

What a parent is told of its children after their end (RUSAGE_CHILDREN) includes its own memory at the fork.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, TypeAlias

Part: TypeAlias = Literal["program", "engine", "plugin", "other"]
"""The stack program, `pulumi`, the process that runs the provider, and what else there is."""

_PROC = Path("/proc")
_EVERY_SECS: Final = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Usage:
    """What one process has used up to now.

    Args:
        part: what it is.
        cpu_secs: processor time.
        peak_mb: the most memory that it ever held, in MB (VmHWM).
    """

    part: Part = "other"
    cpu_secs: float = 0.0
    peak_mb: float = 0.0


@dataclass
class Watch:
    """Watches a process and its descendants, from a thread of its own, while the context is open.

    Args:
        root: the engine's number.
    """

    root: int
    _found: dict[int, Usage] = field(default_factory=dict)
    _foreign: set[int] = field(default_factory=set)
    _ends: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._found[self.root] = Usage("engine")
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join()

    def cpu_secs(self) -> dict[Part, float]:
        """Return the processor time of each part."""
        spent: dict[Part, float] = {}
        for usage in self._found.values():
            spent[usage.part] = spent.get(usage.part, 0.0) + usage.cpu_secs
        return spent

    def peak_mb(self) -> dict[Part, float]:
        """Return the peak of each part, of its largest process."""
        peaks: dict[Part, float] = {}
        for usage in self._found.values():
            # What is about to start a program of its own still shows the memory of its parent.
            if usage.part == "other":
                continue
            peaks[usage.part] = max(peaks.get(usage.part, 0.0), usage.peak_mb)
        return peaks

    def kill(self) -> None:
        """Kill all of them."""
        for pid in list(self._found):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _run(self) -> None:
        while not self._ends.wait(_EVERY_SECS):
            self._look_for_new()
            for pid, usage in self._found.items():
                # It may have ended; what was seen last stays.
                with contextlib.suppress(OSError, ValueError, IndexError):
                    usage.cpu_secs = cpu_secs(pid)
                    usage.peak_mb = max(usage.peak_mb, _peak_mb(pid))
                    if usage.part == "other":
                        usage.part = _part(pid)

    def _look_for_new(self) -> None:
        alive = {int(each.name) for each in _PROC.iterdir() if each.name.isdigit()}
        for pid in sorted(alive - self._found.keys() - self._foreign):
            try:
                parent = int(_stat(pid)[1])
            except (OSError, ValueError, IndexError):
                continue
            if parent in self._found:
                self._found[pid] = Usage()
            else:
                self._foreign.add(pid)


def cpu_secs(pid: int) -> float:
    """Return the processor time of a process that runs, without its children's.

    Raises:
        OSError: it does not run.
    """
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS


def machine_cpu_secs() -> float:
    """Return the processor time that all processes of this machine have had since its start."""
    user, nice, system, _idle, _wait, *interrupts = (
        (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:8]
    )
    return sum(map(int, (user, nice, system, *interrupts))) / _TICKS


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on: the name before them may hold anything."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _peak_mb(pid: int) -> float:
    for line in (_PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _part(pid: int) -> Part:
    """Return what a process is; `other` also for one that has not started its own program yet."""
    command = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    if "pulumi.dynamic" in command:
        return "plugin"
    return "program" if any(each.endswith("pulumi-language-python-exec") for each in command) else "other"
