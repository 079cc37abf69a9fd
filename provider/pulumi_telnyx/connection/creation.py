"""Make a connection exactly once, whatever happens to the answer.

The API has no idempotency key. Its user names are unique, though, so a connection is found again by its user
name: a create whose outcome is unknown is looked up before it is sent again, and one whose user name is taken
may have found its own connection of an earlier, interrupted run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..api.backoff import MAX_TRIES, backoff_secs
from ..api.errors import ApiError, ConflictError, TelnyxError, TransportError
from ..ownership import UserNameTakenError
from ..remedies import naming_account
from .adoption import Wanted, claim

if TYPE_CHECKING:
    from ..api.connections import CredentialConnections
    from ..api.models import Connection

# A new connection may show in lists only after a while.
VISIBLE_WITHIN_SECS: Final = 10.0


def create(api: CredentialConnections, wanted: Wanted) -> Connection:
    """Return the connection that was created, or found to be ours.

    Raises:
        UserNameTakenError: somebody else has the user name; it names the holder where it can be seen.
        ApiError: Telnyx refuses; nothing was created.
        TransportError: it is still unknown whether it was created; running again finds out.
    """
    lost_since: float | None = None
    tries = 0
    waited = False
    while True:
        tries += 1
        began = api.clock.monotonic()
        try:
            return api.create(wanted.body, secrets=wanted.secrets)
        except (ApiError, TransportError) as error:
            taken = isinstance(error, ApiError) and error.user_name_taken
            # The documents do not say which 409 means that the name is taken.
            refused = taken or isinstance(error, ConflictError)
            if not refused and not error.may_have_acted:
                if lost_since is None:
                    raise
                raise _still_unknown(error, "an earlier try may have succeeded") from None
            failure = error
        if not refused and lost_since is None:
            lost_since = began
        try:
            found = _look_up(api, wanted, tries, everywhere=refused, patient=taken and not waited)
        except TelnyxError as error:
            raise _still_unknown(
                failure, f"looking for it failed too ({naming_account(error, wanted.account.name)})"
            ) from None
        if found is not None:
            return claim(api, wanted, found, lost_since)
        # The name of a connection that was just deleted may be free only after a while.
        if (taken and waited) or tries == MAX_TRIES or api.deadline().left_secs <= 0:
            if lost_since is not None:
                raise _still_unknown(failure, f"not found after {tries} tries")
            raise _held_by_a_stranger(failure) if taken else failure
        waited = taken


def _look_up(
    api: CredentialConnections,
    wanted: Wanted,
    tries: int,
    *,
    everywhere: bool,
    patient: bool,
) -> Connection | None:
    """Return the account's connection with the wanted user name, waiting for one that does not show yet.

    Args:
        api: the account.
        wanted: whose user name is looked for.
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
        found = api.find(wanted.user_name, connection_name=name, secrets=wanted.secrets)
        if found is None and everywhere and (looks == 1 or waited):
            found = api.find(wanted.user_name, secrets=wanted.secrets)
        if found is not None and wanted.account.was_deleted(found.id):
            # The list has not heard of it yet.
            found = None
        wait = backoff_secs(tries + looks - 1, clock.jitter())
        if found is not None or waited or not api.deadline().allows(wait):
            return found
        clock.sleep(wait)


def _held_by_a_stranger(refusal: TelnyxError) -> UserNameTakenError:
    remedy = (
        "no credential connection of this account has this user_name: another Telnyx customer, another "
        "account of yours or another kind of connection may hold it. Choose another user_name; or use the "
        "key of the account that has it; or have its holder delete it"
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
