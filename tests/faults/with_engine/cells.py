"""A cell of the engine matrix: a fault, an operation that meets it, what must come of it, the way back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.ownership import is_mark
from tests.engine.stack import Run
from tests.faults.watched import rows
from tests.faults.with_engine.scene import OTHER_KEY, SIZE, Kind, Scene, Templates

_BLOCK = re.compile(r"^  \S+CredentialConnection \(\S+\):\n((?:    .*\n|\n)+)", re.MULTILINE)
_OURS = re.compile(r"error: [A-Z]\w+Error: \S.*")
_SECRETS = (DEFAULT_API_KEY, OTHER_KEY, "fake-password-of")
# No part of a row's settings that a state shows in the same form.
_NOT_COMPARED = frozenset({"password", "tags"})


def _hit(scene: Scene, run: Run) -> bool:
    hits = scene.server.fault_hits()
    return bool(hits) and all(hits)


def _operate(scene: Scene) -> Run:
    return scene.operate()


def _nothing(scene: Scene) -> None:
    pass


def _agreed(scene: Scene, run: Run) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Cell:
    """One row's fault under one operation.

    Args:
        row: the row's number in the failure table.
        kind: the operation.
        what: what goes wrong, in a few words.
        begin: makes it go wrong from now on.
        run: the operation, where it is not simply run.
        fails: texts of the message with which it must fail; none: it must succeed.
        ours: whether the message is the provider's, and not the engine's.
        may_exit_0: whether the exit code may be 0 all the same.
        happened: whether the fault has really happened.
        agrees: yields what is otherwise than the row says.
        end: lets it go wrong no more.
        remedy: what the user runs then: `same`, `up`, `refresh`.
        may_be_lost: whether connections may be unknown to the state until the remedy.
        settled: whether a refresh as remedy leaves nothing to change.
        size: how many connections there are.
        made: whether they exist before; else the operation makes them.
    """

    row: int
    kind: Kind
    what: str
    begin: Callable[[Scene], None]
    run: Callable[[Scene], Run] = _operate
    fails: tuple[str, ...] = ()
    ours: bool = True
    may_exit_0: bool = False
    happened: Callable[[Scene, Run], bool] = _hit
    agrees: Callable[[Scene, Run], Iterable[str]] = _agreed
    end: Callable[[Scene], None] = _nothing
    remedy: tuple[str, ...] = ("same",)
    may_be_lost: bool = False
    settled: bool = True
    size: int = SIZE
    made: bool = True

    @property
    def name(self) -> str:
        return f"row {self.row}, {self.kind}: {self.what}"


@dataclass
class Outcome:
    """What came of a cell; everything in it must be empty or 0."""

    cell: Cell
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def note(self, name: str, what: Iterable[str]) -> None:
        """Add to a number, and keep what was counted."""
        found = list(what)
        self.counts[name] += len(found)
        self.problems += [f"{self.cell.name}: {name}: {each}" for each in found]


def play(cell: Cell, templates: Templates, name: str) -> Outcome:
    """Return what came of the cell; `name` is that of no other."""
    outcome = Outcome(cell)
    with templates.scene(name, cell.kind, size=cell.size, made=cell.made) as scene:
        cell.begin(scene)
        run = cell.run(scene)
        outcome.note("not_happened", [] if cell.happened(scene, run) else [run.text[-600:]])
        outcome.note("not_as_specified", [*scene.problems, *cell.agrees(scene, run)])
        outcome.note("wrong_messages", _wrong_message(cell, run))
        own, held = set(scene.own()), set(scene.held().values())
        outcome.note("wrongly_dropped", sorted(set(scene.before.values()) & own - held))
        outcome.note("lost_meanwhile", [] if cell.may_be_lost else sorted(own - held))
        _foreign_writes(scene, outcome)

        scene.calm()
        cell.end(scene)
        _recover(cell, scene, outcome)
        outcome.note("not_converged", _failed("preview", scene.stack.try_preview("--expect-no-changes")))
        _compare(scene, outcome)
        _foreign_writes(scene, outcome)
    return outcome


def _wrong_message(cell: Cell, run: Run) -> Iterable[str]:
    shown = [text for text in (*_SECRETS, "Traceback", 'File "') if text in run.text]
    yield from (f"shows {text}" for text in shown)
    if not cell.fails:
        yield from _failed("the run", run)
        return
    if run.code == 0 and not cell.may_exit_0:
        yield "the run succeeds"
    yield from (f"does not say {text!r}: {run.text[-900:]}" for text in cell.fails if text not in run.text)
    if cell.ours:
        yield from _not_ours(run.text.partition("Diagnostics:")[2])


def _not_ours(diagnostics: str) -> Iterable[str]:
    """Yield what a connection that failed shows beside one line of ours."""
    blocks = _BLOCK.findall(diagnostics)
    if not blocks:
        yield "names no connection"
    for block in blocks:
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if len(lines) != 1 or not _OURS.fullmatch(lines[0]):
            yield f"is not one line of ours: {lines}"


def _recover(cell: Cell, scene: Scene, outcome: Outcome) -> None:
    scene.declare()
    for command in cell.remedy:
        run = {
            "same": scene.operate,
            "up": scene.stack.try_up,
            "refresh": scene.stack.try_refresh,
        }[command]()
        outcome.note("not_converged", _failed(command, run))
    if cell.kind == "destroy":
        outcome.note("left_by_destroy", [*scene.own(), *scene.held()])
    if cell.kind in ("refresh", "destroy") and cell.remedy[-1] == "same":
        # Names are free again after a destroy; and whatever a refresh took over is put right.
        up = scene.stack.try_up()
        outcome.note("not_converged", _failed("up", up))
        if cell.kind == "refresh" and cell.settled and set(up.changes) != {"same"}:
            outcome.note("not_converged", [f"there is a difference after refresh: {up.changes}"])


def _failed(command: str, run: Run) -> list[str]:
    return [] if run.code == 0 else [f"{command} ends with {run.code}: {run.text[-900:]}"]


def _foreign_writes(scene: Scene, outcome: Outcome) -> None:
    live = rows(scene.api)
    outcome.note(
        "foreign_writes", [key for key, row in scene.strangers.items() if key in live and live[key] != row]
    )
    outcome.note("foreign_deletes", [key for key in scene.strangers if key not in live])


def _compare(scene: Scene, outcome: Outcome) -> None:
    """Compare state and API after the recovery."""
    own, held = scene.own(), scene.held()
    outcome.note("lost", sorted(set(own) - set(held.values())))
    outcome.note("missing", sorted(name for name, key in held.items() if key not in own))
    marks = [tag for row in own.values() for tag in row["settings"].get("tags") or () if is_mark(tag)]
    counted = (Counter(seen) for seen in (marks, list(held.values())))
    twice = [each for counts in counted for each, count in counts.items() if count > 1]
    outcome.note("duplicates", [*twice, *["more than declared"] * (len(own) > len(held))])
    outcome.note("different", _different(scene, own))


def _different(scene: Scene, own: dict[str, dict[str, Any]]) -> Iterable[str]:
    resources = scene.stack.connections()
    for number in range(scene.size):
        resource = resources.get(f"desk{number}")
        if resource is None:
            yield f"desk{number} is not in the state"
            continue
        settings = own.get(resource["id"], {}).get("settings", {})
        if settings.get("password") != scene.password(number):
            yield f"desk{number}: another password"
        for name, value in resource["outputs"].items():
            if name in settings and name not in _NOT_COMPARED and not _same(value, settings[name]):
                yield f"desk{number}: {name} is {settings[name]!r} and {value!r} in the state"


def _same(value: Any, live: Any) -> bool:
    """Whether everything in the state is so in the API, which shows more."""
    if isinstance(value, dict) and isinstance(live, dict):
        return all(_same(inner, live.get(name)) for name, inner in value.items())
    return bool(value == live)
