"""The mark that says whose connection this is, and when a create may take over one that is there already.

The mark is one of the connection's tags, put on when the connection is created and kept for life:
`pulumi:PROJECT/STACK:HASH`. The readable part tells people who holds a connection. The hash stands for
organisation, project, stack, resource and, where one is set, `telnyx:ownerId`: it is the same in every run,
so that a connection whose creation was interrupted is recognised by the next one.

Two states of one stack make the same mark. So the mark alone proves ownership only of a young connection.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .api.clock import moment_in
from .api.errors import TelnyxError, printable

if TYPE_CHECKING:
    from .api.models import Connection

MARK: Final = "ownership_mark"
"""The input that carries the mark from the program to `create`."""

OWNERSHIP_TAG_OPTION: Final = "ownershipTag"
OWNER_ID_OPTION: Final = "ownerId"
"""Stack config of a program, in the name space `telnyx`."""

ADOPT: Final = "adopt"
"""The input that names an existing connection to take over."""

DEFAULT_ADOPT_WITHIN_SECS: Final = 24 * 3600.0

CLOCK_SLACK_SECS: Final = 2.0
"""What an age may be off: the server's clock is known to the second, so that an age can be negative."""

_HASH_LENGTH: Final = 16
# How long a tag may be is documented nowhere; project and stack names can have 100 characters each.
_READABLE_LENGTH: Final = 32
_FORM: Final = re.compile(rf"pulumi:([^/:]*)/([^/:]*):([0-9a-f]{{{_HASH_LENGTH}}})")
_TAKEN_OVER: Final = re.compile(
    r"connection (\S+) now has the mark of project ([^/:]*), stack ([^/:]*): if it was"
)


class UserNameTakenError(TelnyxError):
    """Somebody else has the user name; nothing was written to their connection."""


class AdoptionError(TelnyxError):
    """The connection that `adopt` names cannot be taken over."""


@dataclass(frozen=True)
class Owner:
    """Who marked a connection: Pulumi project and stack, as far as a mark has room for their names."""

    project: str
    stack: str


def mark_of(organization: str, project: str, stack: str, resource: str, owner_id: str = "") -> str:
    """Return the mark of a resource.

    Args:
        organization: the Pulumi organisation, `organization` in a local backend.
        project: the project's name.
        stack: the stack's name.
        resource: the resource's name, after the types of its parents where it has some.
        owner_id: tells apart two states of one stack; empty where there is but one.
    """
    identity = "\0".join((organization, project, stack, resource, owner_id))
    digest = hashlib.sha256(identity.encode()).hexdigest()[:_HASH_LENGTH]
    return f"pulumi:{_readable(project)}/{_readable(stack)}:{digest}"


def names_a_user(which: object) -> bool:
    """Return whether `adopt` names a user name: letters and digits, and not digits alone, as ids are."""
    return isinstance(which, str) and which.isalnum() and not which.isdigit()


def is_mark(tag: object) -> bool:
    """Return whether a tag is an ownership mark, whoever's."""
    return isinstance(tag, str) and _FORM.fullmatch(tag) is not None


def owner_in(tags: object) -> Owner | None:
    """Return whom a connection's tags, as they were read, name as its owner; None where they have no mark."""
    texts = filter(is_mark, tags) if isinstance(tags, list) else ()
    marks = (_FORM.fullmatch(tag) for tag in texts)
    return next((Owner(found[1], found[2]) for found in marks if found), None)


def taken_over(connection_id: str, owner: Owner) -> str:
    """Return what a refresh says where a connection has another stack's mark; `told_of_owner` reads it."""
    return (
        f"connection {printable(connection_id)} now has the mark of project {printable(owner.project)}, "
        f"stack {printable(owner.stack)}: if it was taken over on purpose, remove it from this stack with "
        "`pulumi state delete`, or out of its set with `retain`"
    )


def told_of_owner(message: str) -> tuple[str, Owner] | None:
    """Return a connection's id and its new owner, where `taken_over` has made the message."""
    found = _TAKEN_OVER.match(message)
    return (found[1], Owner(found[2], found[3])) if found else None


def owner_named(project: str, stack: str) -> Owner | None:
    """Return the owner that this stack's marks name; None where those of another stack may look alike."""
    # A name that fills its room may have been cut.
    whole = all(_readable(name) == name and 0 < len(name) < _READABLE_LENGTH for name in (project, stack))
    return Owner(project, stack) if whole else None


def carries(tags: object, mark: object) -> bool:
    """Return whether tags, as they were read, hold this very mark."""
    return isinstance(mark, str) and isinstance(tags, list) and mark in tags


def with_mark(tags: Sequence[str] | None, mark: str | None) -> list[str]:
    """Return the tags to send: the declared ones, and the mark in place of any other mark."""
    declared = [tag for tag in tags or () if not is_mark(tag)]
    return [*declared, mark] if mark else declared


def without_marks(connection: Connection) -> Connection:
    """Return the connection as a program sees it: marks are ours, and no tags of the user's."""
    # What is read may be anything: only a list is looked into.
    tags = connection.tags if isinstance(connection.tags, list) else []
    if not any(map(is_mark, tags)):
        return connection
    return connection.model_copy(update={"tags": [tag for tag in tags if not is_mark(tag)]})


def age_secs(created_at: str | None, server_now: float) -> float | None:
    """Return how long ago a connection was created, by the server's clock; None where that is unknown."""
    created = moment_in(created_at)
    return None if created is None else server_now - created.timestamp()


def in_words(secs: float | None) -> str:
    """Return an age for people: `40 seconds`, `12 minutes`, `3 hours`, `9 days`."""
    if secs is None:
        return "unknown time"
    secs = max(secs, 0)
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if secs >= 2 * size:
            return f"{secs / size:.0f} {unit}s"
    return f"{secs:.0f} seconds"


def described(connection: Connection) -> str:
    """Return a connection's id, name and creation time, safe to print."""
    name = printable(connection.connection_name or "without a name")
    created = printable(connection.created_at or "at an unknown time")
    return f"connection {printable(connection.id)} ('{name}', created {created})"


def _readable(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)[:_READABLE_LENGTH]
