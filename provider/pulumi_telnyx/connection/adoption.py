"""Whether a connection that is there already becomes this resource's, and what it takes.

One rule for both ways to it: a create that found its user name taken claims the connection if it is ours by
the mark and by its age; `adopt=` takes over whichever the user names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..api.errors import InvalidInputError, NotFoundError, printable
from ..ownership import (
    CLOCK_SLACK_SECS,
    AdoptionError,
    UserNameTakenError,
    age_secs,
    carries,
    described,
    in_words,
    names_a_user,
    owner_in,
    with_mark,
    without_marks,
)
from .comparison import live_view, password_differs, patch

if TYPE_CHECKING:
    from ..account import Account
    from ..api.connections import CredentialConnections
    from ..api.models import Connection


@dataclass(frozen=True)
class Wanted:
    """The connection to make.

    Args:
        settings: everything declared that a create can carry, without the mark.
        mark: the ownership mark, or None where marking is switched off.
        secrets: values that no message may repeat.
        adopt_within_secs: the age up to which a marked connection is ours without being asked for.
        account: knows which connections belong to resources of this stack already.
        announce: prints a line for the user.
    """

    settings: Mapping[str, Any]
    mark: str | None
    secrets: tuple[str, ...]
    adopt_within_secs: float
    account: Account
    announce: Callable[[str], None]

    @property
    def body(self) -> dict[str, Any]:
        """What is sent."""
        if self.mark is None:
            return dict(self.settings)
        return {**self.settings, "tags": with_mark(self.settings.get("tags"), self.mark)}

    @property
    def user_name(self) -> str:
        """The natural key."""
        return str(self.settings["user_name"])


def adopt(api: CredentialConnections, wanted: Wanted, which: str) -> Connection:
    """Return the existing connection that the user named, after it was given what is declared.

    Args:
        api: the account.
        wanted: what is declared.
        which: the connection's id or its user name.

    Raises:
        AdoptionError: the account has no such connection, or it belongs to another resource of the stack.
        ApiError: Telnyx refuses the change.
    """
    found = _named(api, wanted, which)
    if wanted.account.knows(found.id):
        raise AdoptionError(
            f"adopt credential connection {printable(which)}: another resource of this stack manages "
            f"{described(found)}; remove one of the two from the program"
        )
    owner = owner_in(found.tags)
    age = age_secs(found.created_at, api.server_time(api.clock.monotonic()))
    connection, changes = _brought_in_line(api, wanted, found)
    wanted.account.took_over(found.id)
    changed = f"changed {', '.join(changes)}" if changes else "nothing had to be changed"
    wanted.announce(f"took over {described(found)}, {in_words(age)} old, as adopt= says: {changed}")
    # A resource of this stack gives its connection up to another one on purpose.
    own = owner_in([wanted.mark])
    if owner is not None and owner != own:
        wanted.announce(
            f"connection {printable(found.id)} had the mark of project {owner.project}, stack {owner.stack}: "
            "remove it from that stack (`pulumi state delete`), or its next destroy deletes it"
        )
    return connection


def _named(api: CredentialConnections, wanted: Wanted, which: str) -> Connection:
    if names_a_user(which):
        found = api.find(which, secrets=wanted.secrets)
        if found is None:
            raise AdoptionError(
                f"adopt credential connection {printable(which)}: no connection of this account has this "
                "user name; look with `pulumi-telnyx list`; if it was deleted, remove adopt= from the "
                "program, and it is made anew"
            )
        return found
    try:
        return api.retrieve(which, secrets=wanted.secrets)
    except (NotFoundError, InvalidInputError) as error:
        raise AdoptionError(
            f"adopt credential connection {printable(which)}: {error.status} this account has no connection "
            "with this id; look with `pulumi-telnyx list`; if it was deleted, remove adopt= from the "
            "program, and it is made anew"
        ) from None


def claim(
    api: CredentialConnections, wanted: Wanted, found: Connection, lost_since: float | None
) -> Connection:
    """Return the connection that has our user name, if it is ours.

    Args:
        api: the account.
        wanted: what we want to have.
        found: the connection that has the user name.
        lost_since: when the first request was sent whose outcome is unknown, on our monotonic clock.

    Raises:
        UserNameTakenError: it is somebody else's.
    """
    now = api.clock.monotonic()
    age = age_secs(found.created_at, api.server_time(now))
    marked = carries(found.tags, wanted.mark)
    if wanted.account.knows(found.id):
        raise _taken(wanted, found, "which another resource of this stack manages")
    if lost_since is not None and _is_from_this_create(wanted, found, age, now - lost_since):
        # A run that ended a moment ago may have made it with another password, and masked it does not tell.
        # Without a mark it may be anybody's, so nothing is written.
        masked = marked and found.password is None
        return _brought_in_line(api, wanted, found)[0] if masked else found
    if not marked:
        raise _taken(wanted, found, _holder(wanted, found))
    if age is None or age < -CLOCK_SLACK_SECS or max(age, 0) >= wanted.adopt_within_secs:
        raise _taken(
            wanted,
            found,
            f"which has this resource's mark but is {in_words(age)} old, and telnyx:adoptWithin allows less: "
            "another state of this stack may manage it",
        )
    wanted.account.took_over(found.id)
    wanted.announce(
        f"took over credential connection {printable(found.id)}, created {in_words(age)} ago by an "
        "interrupted run of this stack, or by another state of it: it has this resource's mark"
    )
    return _brought_in_line(api, wanted, found)[0]


def _is_from_this_create(wanted: Wanted, found: Connection, age: float | None, lost_secs: float) -> bool:
    """Return whether a request of this very create, whose answer was lost, made the connection."""
    marked = carries(found.tags, wanted.mark)
    # With neither a mark nor a password to be seen, a run that ended just before may have made it, and with
    # another password: it has to be younger than the request. An age is never told as more than it is.
    slack_secs = CLOCK_SLACK_SECS if marked or found.password is not None else 0.0
    young = age is not None and age <= lost_secs + slack_secs
    return (marked or wanted.mark is None) and young and not _differences(wanted, found)


def _taken(wanted: Wanted, found: Connection, holder: str) -> UserNameTakenError:
    name = printable(wanted.settings.get("connection_name"), wanted.secrets)
    user_name = printable(wanted.user_name, wanted.secrets)
    owner = owner_in(found.tags)
    of_this_stack = wanted.mark is not None and owner is not None and owner == owner_in([wanted.mark])
    if wanted.account.knows(found.id):
        ways_on = "Give one of the two another user_name; a resource that was renamed needs `aliases`"
    elif of_this_stack and not carries(found.tags, wanted.mark):
        ways_on = (
            "Give one of the two another user_name; or add `aliases` to a resource that was renamed; or, if "
            f'no resource has it any more, take it over with adopt="{printable(found.id)}"'
        )
    else:
        ways_on = (
            "Choose another user_name; or take this connection over with "
            f'adopt="{printable(found.id)}"; or have its holder delete it'
        )
    return UserNameTakenError(
        f"create credential connection '{name}': user_name {user_name} is taken by {described(found)}, "
        f"{holder}; nothing was changed. {ways_on}"
    )


def _holder(wanted: Wanted, found: Connection) -> str:
    owner = owner_in(found.tags)
    if owner is None:
        return "which carries no mark of a Pulumi stack"
    if wanted.mark is not None and owner == owner_in([wanted.mark]):
        return (
            f"marked by another resource of project {owner.project}, stack {owner.stack}, or by a state of "
            "it with another telnyx:ownerId"
        )
    return f"marked by project {owner.project}, stack {owner.stack}"


def _brought_in_line(
    api: CredentialConnections, wanted: Wanted, found: Connection
) -> tuple[Connection, Mapping[str, Any]]:
    """Return the connection after it was given everything declared and our mark, and what was sent for it."""
    changes = _differences(wanted, found)
    password = wanted.settings.get("password")
    if found.password is None and password is not None:
        # A masked password tells nothing: only setting it makes sure.
        changes["password"] = password
    if wanted.mark and not carries(found.tags, wanted.mark):
        live = found.tags if isinstance(found.tags, list) else []
        changes.setdefault("tags", with_mark(live, wanted.mark))
    if changes:
        found = api.update(found.id, changes, secrets=wanted.secrets)
    return found, changes


def _differences(wanted: Wanted, found: Connection) -> dict[str, Any]:
    """Return what an update has to send so that `found` has everything that is declared."""
    changes = patch(live_view(wanted.settings, without_marks(found)), wanted.settings)
    if "tags" in changes:
        changes["tags"] = with_mark(changes["tags"], wanted.mark)
    if "password" in wanted.settings and password_differs(wanted.settings, found):
        changes["password"] = wanted.settings["password"]
    return changes
