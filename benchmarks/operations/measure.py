"""One contender through the operations, one after the other, with all that each of them took."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .contenders import Contender
from .journal import CountedApi, counted_api
from .processes import Watch, cpu_secs, machine_cpu_secs
from .project import Project

_AT_ONCE = ("--yes", "--skip-preview")
COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "up": ("up", *_AT_ONCE),
    "no-op up": ("up", *_AT_ONCE),
    "preview": ("preview",),
    "preview --refresh": ("preview", "--refresh"),
    "refresh": ("refresh", *_AT_ONCE),
    "update all": ("up", *_AT_ONCE),
    "update one": ("up", *_AT_ONCE),
    "destroy": ("destroy", *_AT_ONCE),
}
"""The operations in the order in which one stack goes through them."""

_MOST_SECS_TO_END = 60
_MOST_SAID = 160
_SAID = (r"^\s*((?:\w+\.)*\w+(?:Error|Exception): .*)$", r"^\s*(error: .*)$")


@dataclass(frozen=True)
class Case:
    """What is measured at one time.

    Args:
        contender: its name.
        connections: how many.
        latency_ms: what the API lets every call wait.
        round: 1 for the first one.
    """

    contender: str
    connections: int
    latency_ms: int
    round: int


@dataclass(frozen=True)
class Run:
    """What one `pulumi` command took.

    Args:
        operation: one of `COMMANDS`.
        secs: from its start to its end.
        cpu_secs: processor time by part: `program`, `engine`, `plugin`, `other`, and `api`, the local one.
        peak_mb: the most memory by part.
        calls: API calls by HTTP method.
        most_in_flight: API calls at once.
        others_share: how much of the processors other programs had meanwhile, 0 to 1.
        state_mb: the size of the state afterwards.
    """

    operation: str
    secs: float
    cpu_secs: dict[str, float]
    peak_mb: dict[str, float]
    calls: dict[str, int]
    most_in_flight: int
    others_share: float
    state_mb: float


@dataclass(frozen=True)
class Failure:
    """An operation that ended with an error.

    Args:
        operation: one of `COMMANDS`.
        at: the connection at which the program failed, counted from 1; None where it was not the program.
        said: the error in one line.
    """

    operation: str
    at: int | None
    said: str


def measured(
    contender: Contender, case: Case, operations: Sequence[str], begins: Callable[[str], None]
) -> tuple[list[Run], Failure | None]:
    """Return the runs of a new stack, and what ended them before the last one.

    Args:
        contender: whose program.
        case: how many connections and how slow an API.
        operations: which runs to return; `up` is done in any case, since the others need it.
        begins: called with each operation that begins.
    """
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as folder, counted_api(case.latency_ms) as api:
        project = Project(Path(folder), contender, case.connections, api.url)
        for operation in COMMANDS:
            if operation not in operations and operation != "up":
                continue
            begins(operation)
            if operation == "update all":
                project.change_all()
            elif operation == "update one":
                project.change_one()
            done = _run(project, api, operation, Path(folder) / "output.txt")
            if isinstance(done, Failure):
                return runs, done
            if operation in operations:
                runs.append(done)
    return runs, None


def _run(project: Project, api: CountedApi, operation: str, output: Path) -> Run | Failure:
    before, machine, began = cpu_secs(api.pid), machine_cpu_secs(), time.perf_counter()
    process = project.start(output, *COMMANDS[operation])
    with Watch(process.pid) as watch:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            end(process, watch)
            raise
    took, after = time.perf_counter() - began, cpu_secs(api.pid)
    spent: dict[str, float] = {"api": after - before}
    spent |= {str(part): secs for part, secs in watch.cpu_secs().items()}
    others = machine_cpu_secs() - machine - sum(spent.values())
    calls = api.taken()
    if code:
        return _failure(operation, output.read_text(encoding="utf-8", errors="replace"))
    return Run(
        operation,
        round(took, 3),
        {part: round(secs, 2) for part, secs in spent.items()},
        {part: round(peak, 1) for part, peak in watch.peak_mb().items()},
        calls.by_method,
        calls.most_in_flight,
        round(max(others, 0.0) / (took * (os.cpu_count() or 1)), 3),
        round(project.state_mb, 2),
    )


def end(process: subprocess.Popen[bytes], watch: Watch) -> None:
    """End `pulumi` as Ctrl-C does; a second one, or a long wait, kills it and what it has started."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_MOST_SECS_TO_END)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        watch.kill()
        process.wait()


def _failure(operation: str, text: str) -> Failure:
    at = re.search(r"fails at connection (\d+)", text)
    # An exception of the program, or else what the engine says, or the last line.
    found = (re.search(pattern, text, re.MULTILINE) for pattern in _SAID)
    said = next((match[1] for match in found if match), text.strip().rpartition("\n")[2])
    return Failure(operation, int(at[1]) if at else None, said.strip()[:_MOST_SAID])
