"""Who is registered: what is known of it at one moment, kept in a file, and compared with a later one."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from .api.errors import TelnyxError
from .api.registration import Registration

if TYPE_CHECKING:
    from .state import StateConnection

_KIND: Final = "pulumi-telnyx registrations"

Change: TypeAlias = Literal["lost", "unknown", "back", "no new login", "new", "same"]
"""What has become of a connection.

`lost` was registered and is not, `unknown` was registered and nobody knows now, `back` was not and is,
`no new login` is registered by the very login of before, `new` was not there before.
"""


class SnapshotError(TelnyxError):
    """A file does not hold what `registrations --before` has written. The text repeats nothing of it."""


@dataclass(frozen=True)
class Line:
    """A connection that phones log in on; no secret is part of it.

    Args:
        id: Telnyx's id.
        resource: its name in the stack, `SET/MEMBER` in a set; None where no stack was asked about.
        connection_name: None where it is not known, as where a state keeps it as a secret.
        user_name: the same.
        account: the name of its account in the stack's config; None for the stack's own.
        set: the name of the set that it is a member of; None where it is none.
        member: its name in the set.
    """

    id: str
    resource: str | None
    connection_name: str | None
    user_name: str | None
    account: str | None
    set: str | None = None
    member: str | None = None


def line_of(connection: StateConnection) -> Line:
    """Return a connection that a state has."""
    return Line(
        connection.id,
        connection.resource,
        connection.connection_name,
        connection.user_name,
        connection.account,
        connection.set,
        connection.member,
    )


@dataclass(frozen=True)
class Standing:
    """What is known of one connection.

    Args:
        line: the connection.
        registration: what Telnyx says; nothing, where it could not be asked or there is no such connection.
        gone: whether there is no such connection.
        problem: why it could not be asked; empty where it could.
    """

    line: Line
    registration: Registration = dataclasses.field(default_factory=Registration)
    gone: bool = False
    problem: str = ""

    @property
    def is_registered(self) -> bool | None:
        """Whether a phone is logged in; None where that is not known."""
        return False if self.gone else self.registration.is_registered

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it, `registered` in front."""
        return {
            "registered": self.is_registered,
            **dataclasses.asdict(self.line),
            **dataclasses.asdict(self.registration),
            "gone": self.gone,
            "problem": self.problem,
        }


@dataclass(frozen=True)
class Compared:
    """A connection now, and before where it was there."""

    change: Change
    now: Standing
    before: Standing | None


def snapshot(standings: Iterable[Standing]) -> str:
    """Return a file's text, for `read_snapshot`."""
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    rows = [each.as_json() for each in standings]
    return json.dumps({"kind": _KIND, "taken_at": now, "connections": rows}, indent=2) + "\n"


def read_snapshot(content: bytes) -> list[Standing]:
    """Return what a file of `snapshot` holds.

    Raises:
        SnapshotError: it is something else.
    """
    try:
        document = json.loads(content)
        if document["kind"] != _KIND:
            raise ValueError
        return [_standing(row) for row in document["connections"]]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise SnapshotError("it is not what `pulumi-telnyx registrations --before` has written") from None


def _standing(row: Mapping[str, Any]) -> Standing:
    def text(name: str) -> str | None:
        return row[name] if isinstance(row[name], str) else None

    if not text("id"):
        raise ValueError
    # A file of before there were sets has nothing of them.
    row = {"set": None, "member": None, **row}
    names = (text(name) for name in ("resource", "connection_name", "user_name", "account", "set", "member"))
    line = Line(row["id"], *names)
    return Standing(line, Registration.from_api(row), row["gone"] is True, str(row["problem"]))


def missing(before: Iterable[Standing], lines: Iterable[Line]) -> list[Line]:
    """Return the connections of before that are not among these, neither by id nor by user name."""
    lines = list(lines)
    ids, names = {each.id for each in lines}, {_folded(each) for each in lines} - {None}
    return [each.line for each in before if each.line.id not in ids and _folded(each.line) not in names]


def compare(before: Sequence[Standing], now: Iterable[Standing]) -> Iterator[Compared]:
    """Yield each connection of now with what has become of it.

    A connection that was replaced is the same one when it has the user name: that is what phones log in
    with.
    """
    by_id = {each.line.id: each for each in before}
    by_name = {name: each for each in before if (name := _folded(each.line))}
    for each in now:
        name = _folded(each.line)
        earlier = by_id.get(each.line.id) or (by_name.get(name) if name else None)
        yield Compared(_change(earlier, each), each, earlier)


def _change(before: Standing | None, now: Standing) -> Change:
    if before is None:
        return "new"
    if not before.is_registered:
        return "back" if now.is_registered and before.is_registered is False else "same"
    if not now.is_registered:
        return "unknown" if now.is_registered is None else "lost"
    login = now.registration.last_registration
    return "no new login" if login and login == before.registration.last_registration else "same"


def _folded(line: Line) -> str | None:
    return line.user_name.casefold() if line.user_name else None
