"""What one cell of the matrix is: a fault, an operation, a moment, and what must happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from pulumi_telnyx.emulator.faults import Fault, Kind

if TYPE_CHECKING:
    from .stack import Outcome
    from .world import Edit, World

Op = Literal["create", "read", "update", "delete", "look-up"]
"""A look-up is the search of a create whose POST was lost; its moment is that of the POST."""
Moment = Literal["before", "after"]
Place = tuple[Op, Moment]

OPS: tuple[Op, ...] = ("create", "read", "update", "delete", "look-up")
METHODS = {"create": "POST", "read": "GET", "update": "PATCH", "delete": "DELETE", "look-up": "GET"}
# A GET changes nothing, so there is no before and after.
PLACES: tuple[Place, ...] = (
    ("create", "before"),
    ("create", "after"),
    ("read", "after"),
    ("update", "before"),
    ("update", "after"),
    ("delete", "before"),
    ("delete", "after"),
    ("look-up", "before"),
    ("look-up", "after"),
)
SIMPLE: tuple[Place, ...] = (
    ("create", "before"),
    ("read", "after"),
    ("update", "before"),
    ("delete", "before"),
)
"""Each operation where no request was carried out."""
LOOK_UPS: tuple[Place, ...] = (("look-up", "before"), ("look-up", "after"))

ALWAYS = None
"""For ever, as `times` of a fault."""


@dataclass(frozen=True)
class Expect:
    """What must come of an operation.

    Args:
        result: `ok`, `gone` (an empty read), `killed`, or the name of the error's class.
        posts: how many creates the API received.
        calls: how many requests the API received, in all.
        waits: every wait, exactly, in seconds.
        says: texts that the message holds.
        rerun: what a rerun ends in, without faults and in a new process; `ok` also means that the API then
            holds exactly the connection that the program describes.
    """

    result: str = "ok"
    posts: int | None = None
    calls: int | None = None
    waits: tuple[float, ...] | None = None
    says: tuple[str, ...] = ()
    rerun: str = "ok"

    def but(self, **changes: Any) -> Expect:
        return replace(self, **changes)


Table = dict[Place, Expect]


@dataclass(frozen=True)
class Cell:
    """One cell.

    Args:
        row: the row of the failure table.
        name: of the fault.
        op: what is tried.
        moment: whether the API acts before the fault strikes.
        expect: what must come of it.
        faults: set in the emulator right before the operation.
        edits: changes made to the API's real answers, see `World.edits`.
        options: of the emulator, for the whole cell.
        prepare: called before the faults are set, when the connection of a read, update or delete exists.
        within: what is so only while the operation runs.
        act: what to try in place of the operation.
        check: called right after the operation; returns what is wrong.
        processes: how many send creates; each of them may send one without a look-up.
        refresh: whether a rerun begins with a refresh, as its message advises.
        program: arguments of the resource, beside the usual ones.
    """

    row: int
    name: str
    op: Op
    moment: Moment = "before"
    expect: Expect = Expect()
    faults: tuple[Fault, ...] = ()
    edits: tuple[Edit, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[World], object] | None = None
    within: Callable[[World], AbstractContextManager[object]] | None = None
    act: Callable[[World], Outcome] | None = None
    check: Callable[[World], list[str]] | None = None
    processes: int = 1
    refresh: bool = False
    program: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"row {self.row}: {self.name}, {self.op}, {self.moment}"


def fault(op: Op, kind: Kind, moment: Moment = "before", **fields: Any) -> Fault:
    """Return a fault that hits the request of an operation."""
    listing = op in {"create", "look-up"}
    path = "/credential_connections" if listing else "/credential_connections/*"
    if METHODS[op] == "GET":
        moment = "after" if kind in {"drip", "truncate", "content_type"} else "before"
    return Fault(kind, method=METHODS[op], path=path, moment=moment, **fields)


def lost(op: Op, moment: Moment) -> tuple[Fault, ...]:
    """Return what has to go wrong before a look-up: its create; nothing for other operations."""
    return (fault("create", "close", moment),) if op == "look-up" else ()


def spread(
    row: int,
    name: str,
    kind: Kind,
    expected: Mapping[Place, Expect],
    *,
    times: int | None = 1,
    **fields: Any,
) -> list[Cell]:
    """Return one cell for each place in a table of expectations, all with the same fault."""
    return [
        Cell(
            row, name, *place, expect, (*lost(*place), fault(place[0], kind, place[1], times=times, **fields))
        )
        for place, expect in expected.items()
    ]


def without(table: Table, *ops: Op) -> Table:
    return {place: expect for place, expect in table.items() if place[0] not in ops}


def only(table: Table, *places: Place) -> Table:
    return {place: table[place] for place in places}


ONCE: Table = {
    ("create", "before"): Expect(posts=2),
    ("create", "after"): Expect(posts=1),
    ("read", "after"): Expect(calls=2, waits=(0.5,)),
    ("update", "before"): Expect(calls=2, waits=(0.5,)),
    ("update", "after"): Expect(calls=2, waits=(0.5,)),
    ("delete", "before"): Expect(calls=2, waits=(0.5,)),
    ("delete", "after"): Expect(calls=2, waits=(0.5,)),
    ("look-up", "before"): Expect(posts=2),
    ("look-up", "after"): Expect(posts=1, waits=(0.5,)),
}
"""What an answer that is lost or passes once must come to: success, after one wait."""

BACKOFF = (0.5, 1.0, 2.0, 4.0)


def for_ever(result: str, *says: str) -> Table:
    """Return what a passing fault must come to that does not pass: five tries, then one error."""
    error = Expect(result, calls=5, waits=BACKOFF, says=says)
    unknown = Expect("TransportError", posts=1, calls=6, waits=BACKOFF, says=("is not known", *says))
    return {
        ("create", "before"): Expect("TransportError", posts=5, says=("not found after 5 tries", *says)),
        ("create", "after"): Expect(posts=1),
        ("read", "after"): error,
        ("update", "before"): error,
        ("update", "after"): error,
        ("delete", "before"): error,
        ("delete", "after"): error,
        ("look-up", "before"): unknown,
        ("look-up", "after"): unknown,
    }


def refused(result: str, *says: str) -> Table:
    """Return what a refusal must come to: one request, one error."""
    error = Expect(result, calls=1, waits=(), says=says)
    unknown = Expect("TransportError", posts=1, calls=2, says=("is not known", *says))
    return {
        ("create", "before"): error.but(posts=1),
        ("read", "after"): error,
        ("update", "before"): error,
        ("delete", "before"): error,
        ("look-up", "before"): unknown,
        ("look-up", "after"): unknown,
    }


def foreign(*says: str) -> Table:
    """Return what an answer must come to that is not the API's and does not pass: nothing can be known."""
    table = refused("TransportError", *says)
    error = table["read", "after"]
    return {
        **table,
        ("create", "before"): Expect(posts=2),
        ("create", "after"): Expect(posts=1),
        ("update", "after"): error,
        ("delete", "after"): error,
    }
