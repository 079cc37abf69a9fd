"""Make a connection exactly once, whatever happens to the answer.

The API has no idempotency key. Its user names are unique, though, so a connection is found again by its user
name: a create whose outcome is unknown is looked up before it is sent again, and one whose user name is taken
may have found its own connection of an earlier, interrupted run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .api.backoff import MAX_TRIES, backoff_secs
from .api.errors import ApiError, ConflictError, NotFoundError, TelnyxError, TransportError, printable
from .comparison import live_view, password_differs, patch
from .ownership import (
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

if TYPE_CHECKING:
    from .account import Account
    from .api.clock import Deadline
    from .api.connections import CredentialConnections
    from .api.models import Connection

# A new connection may show in lists only after a while.
VISIBLE_WITHIN_SECS: Final = 10.0
# The server's clock is known to the second.
_CLOCK_SLACK_SECS: Final = 2.0


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


def create(api: CredentialConnections, wanted: Wanted) -> Connection:
    """Return the connection that was created, or found to be ours.

    Raises:
        UserNameTakenError: somebody else has the user name; it names the holder where it can be seen.
        ApiError: Telnyx refuses; nothing was created.
        TransportError: it is still unknown whether it was created; running again finds out.
    """
    deadline = api.deadline()
    lost_since: float | None = None
    tries = 0
    waited = False
    while True:
        tries += 1
        began = api.clock.monotonic()
        try:
            return api.create(wanted.body, secrets=wanted.secrets, deadline=deadline)
        except (ApiError, TransportError) as error:
            taken = isinstance(error, ApiError) and error.user_name_taken
            # The documents do not say which 409 means that the name is taken.
            refused = taken or isinstance(error, ConflictError)
            if not refused and not error.may_have_acted:
                raise (
                    error
                    if lost_since is None
                    else _still_unknown(error, "an earlier try may have succeeded")
                ) from None
            failure = error
        if not refused and lost_since is None:
            lost_since = began
        try:
            found = _look_up(api, wanted, deadline, tries, everywhere=refused, patient=taken and not waited)
        except TelnyxError as error:
            raise _still_unknown(failure, f"looking for it failed too ({error})") from None
        if found is not None:
            return _claimed(api, wanted, found, lost_since)
        # The name of a connection that was just deleted may be free only after a while.
        if (taken and waited) or tries == MAX_TRIES or deadline.left_secs <= 0:
            if lost_since is not None:
                raise _still_unknown(failure, f"not found after {tries} tries")
            raise _held_by_a_stranger(failure) if taken else failure
        waited = taken


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
            f"{described(found)}; one of the two has to go"
        )
    owner = owner_in(found.tags)
    age = age_secs(found.created_at, api.server_time(api.clock.monotonic()))
    connection, changes = _brought_in_line(api, wanted, found)
    wanted.account.took_over(found.id)
    changed = f"changed {', '.join(changes)}" if changes else "nothing had to be changed"
    wanted.announce(f"took over {described(found)}, {in_words(age)} old, as adopt= says: {changed}")
    if owner is not None and not _is_marked(wanted, found):
        wanted.announce(
            f"connection {printable(found.id)} had the mark of project {owner.project}, stack {owner.stack}: "
            "take it out of that stack (`pulumi state delete`), or its next destroy deletes it"
        )
    return connection


def _named(api: CredentialConnections, wanted: Wanted, which: str) -> Connection:
    if names_a_user(which):
        found = api.find(which, secrets=wanted.secrets)
        if found is None:
            raise AdoptionError(
                f"adopt credential connection {printable(which)}: no connection of this account has this "
                "user name; look with `pulumi-telnyx list`; if it was deleted, take adopt= out of the "
                "program, and it is created anew"
            )
        return found
    try:
        return api.retrieve(which, secrets=wanted.secrets)
    except NotFoundError as error:
        raise AdoptionError(
            f"adopt credential connection {printable(which)}: {error.status} this account has no connection "
            "with this id; look with `pulumi-telnyx list`; if it was deleted, take adopt= out of the "
            "program, and it is created anew"
        ) from None


def _look_up(
    api: CredentialConnections,
    wanted: Wanted,
    deadline: Deadline,
    tries: int,
    *,
    everywhere: bool,
    patient: bool,
) -> Connection | None:
    """Return the account's connection with the wanted user name, waiting for one that does not show yet.

    Args:
        api: the account.
        wanted: whose user name is looked for.
        deadline: of the whole create.
        tries: how often it was sent so far; waits grow with it.
        everywhere: look through the whole account, not only where the connection's name says.
        patient: the user name is taken for sure, so wait for its connection to show.
    """
    clock = api.clock
    started = clock.monotonic()
    looks = 0
    while True:
        looks += 1
        # A taken name can wait for its connection to show; what was lost is sent again soon, and then
        # either succeeds or is told that the name is taken.
        waited = clock.monotonic() - started >= VISIBLE_WITHIN_SECS if patient else looks == 2
        name = wanted.settings.get("connection_name")
        found = api.find(wanted.user_name, connection_name=name, secrets=wanted.secrets, deadline=deadline)
        if found is None and everywhere and (looks == 1 or waited):
            found = api.find(wanted.user_name, secrets=wanted.secrets, deadline=deadline)
        if found is not None and wanted.account.was_deleted(found.id):
            # The list has not heard of it yet.
            found = None
        wait = backoff_secs(tries + looks - 1, clock.jitter())
        if found is not None or waited or not deadline.allows(wait):
            return found
        clock.sleep(wait)


def _claimed(
    api: CredentialConnections, wanted: Wanted, found: Connection, lost_since: float | None
) -> Connection:
    """Return the connection with our user name if it is ours.

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
    if not wanted.account.knows(found.id):
        if lost_since is not None and age is not None and (wanted.mark is None or _is_marked(wanted, found)):
            made_since = age <= now - lost_since + _CLOCK_SLACK_SECS
            if made_since and not _differences(wanted, found):
                # A run that ended a moment ago may have made it with another password, and masked it does
                # not tell. Without a mark it may be anybody's, so nothing is written.
                masked = wanted.mark is not None and found.password is None
                return _brought_in_line(api, wanted, found)[0] if masked else found
        if _is_marked(wanted, found):
            if age is not None and age > -_CLOCK_SLACK_SECS and max(age, 0) < wanted.adopt_within_secs:
                wanted.account.took_over(found.id)
                wanted.announce(
                    f"took over credential connection {printable(found.id)}, created {in_words(age)} ago by "
                    "an interrupted run of this stack, or by another state of it: it has this resource's mark"
                )
                return _brought_in_line(api, wanted, found)[0]
            raise UserNameTakenError(
                f"{_taken(wanted, found)}, which has this resource's mark but is {in_words(age)} old, and "
                "telnyx:adoptWithin allows less: another state of this stack may manage it; "
                f"nothing was changed. {_ways_on(wanted, found)}"
            )
    raise UserNameTakenError(
        f"{_taken(wanted, found)}, {_holder(wanted, found)}; nothing was changed. {_ways_on(wanted, found)}"
    )


def _taken(wanted: Wanted, found: Connection) -> str:
    name = printable(wanted.settings.get("connection_name"), wanted.secrets)
    user_name = printable(wanted.user_name, wanted.secrets)
    return f"create credential connection '{name}': user_name {user_name} is taken by {described(found)}"


def _holder(wanted: Wanted, found: Connection) -> str:
    owner = owner_in(found.tags)
    if wanted.account.knows(found.id):
        return "which another resource of this stack manages"
    if owner is None:
        return "which carries no mark of a Pulumi stack"
    if wanted.mark is not None and owner == owner_in([wanted.mark]):
        return (
            f"marked by another resource of project {owner.project}, stack {owner.stack}, or by a state of "
            "it with another telnyx:ownerId; a resource that was renamed needs `aliases`"
        )
    return f"marked by project {owner.project}, stack {owner.stack}"


def _ways_on(wanted: Wanted, found: Connection) -> str:
    if wanted.account.knows(found.id):
        return "Give one of the two another user_name; a resource that was renamed needs `aliases`"
    return (
        "Choose another user_name; or take this connection over with "
        f'adopt="{printable(found.id)}"; or have its holder remove it'
    )


def _held_by_a_stranger(refusal: TelnyxError) -> UserNameTakenError:
    remedy = (
        "no credential connection of this account has this user_name: another Telnyx customer, another "
        "account of yours or another kind of connection may hold it. Choose another user_name; or use the "
        "key of the account that has it; or have its holder remove it"
    )
    return UserNameTakenError(_advising(refusal, remedy))


def _still_unknown(failure: TelnyxError, why: str) -> TransportError:
    remedy = (
        f"whether it was created is not known: {why}. Run `pulumi up` again: it is looked up and "
        "never made twice"
    )
    return TransportError(_advising(failure, remedy), sent=True)


def _advising(failure: TelnyxError, remedy: str) -> str:
    # In place of what the API's own error would advise, which is for other operations.
    return str(failure.advising(remedy)) if isinstance(failure, ApiError) else f"{failure}; {remedy}"


def _brought_in_line(
    api: CredentialConnections, wanted: Wanted, found: Connection
) -> tuple[Connection, Mapping[str, Any]]:
    """Return the connection after it was given everything declared and our mark, and what was sent for it."""
    changes = _differences(wanted, found)
    if found.password is None:
        # A masked password tells nothing: only setting it makes sure.
        changes["password"] = wanted.settings["password"]
    if wanted.mark and not _is_marked(wanted, found):
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
    if password_differs(wanted.settings, found):
        changes["password"] = wanted.settings["password"]
    return changes


def _is_marked(wanted: Wanted, found: Connection) -> bool:
    return carries(found.tags, wanted.mark)
