"""Look-ups for stack programs: connections that exist already, by id, by name, or all that match.

They ask Telnyx while the program runs, in previews too, with the settings of the stack. Each question is
asked once in a run, whoever asks it again. docs/lookups.md is their guide.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias, TypeVar

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor
from pulumi.runtime.settings import get_monitor

from ..api.errors import ApiError, TelnyxError, printable
from ..api.filters import Filters
from ..api.models import Connection
from ..named_accounts import ACCOUNT, in_account
from ..remedies import remedy_of
from ..words import some_of
from .asked import account_named
from .listing import Listing
from .results import CredentialConnectionResult, result_of

# What a unit test's mocks see in place of the API.
_GET: Final = "telnyx:index:getCredentialConnection"
_LIST: Final = "telnyx:index:listCredentialConnections"

T = TypeVar("T")
Text: TypeAlias = pulumi.Input[str | None]

_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_MOST_NAMED: Final = 5
# Hiding an `a` wherever it stands would leave no message readable.
_SHORTEST_SECRET: Final = 4


def get_credential_connection(
    *,
    id: str | None = None,  # noqa: A002 - what Pulumi calls it everywhere
    user_name: str | None = None,
    connection_name: str | None = None,
    account: str | None = None,
) -> CredentialConnectionResult:
    """Return the one connection that has this id, user name or connection name.

    Args:
        id: Telnyx's id of the connection; one request.
        user_name: without regard to case; as many pages of the account's list as it takes.
        connection_name: letter by letter; only the connections whose name holds it are read.
        account: name of the account that has it (`telnyx:accounts`); left out: the stack's own.

    Raises:
        pulumi.RunError: there is none, or several have the name; or Telnyx cannot be asked.
    """
    given: dict[str, object] = {"id": id, "user_name": user_name, "connection_name": connection_name}
    asked = _plain("get_credential_connection", given, account)
    if len(asked) != 1:
        got = f"; it got {' and '.join(asked)}" if asked else ""
        raise pulumi.RunError(
            f"get_credential_connection needs exactly one of id, user_name and connection_name{got}"
        )
    ((field, value),) = asked.items()
    if not isinstance(value, str) or not value.strip():
        raise pulumi.RunError(f"get_credential_connection: {field} must be a text that is not empty")
    if (answer := _mocked(_GET, asked, account)) is not None:
        return _from_mocks({**asked, **answer})
    return result_of(_the_one(field, value, account))


def get_credential_connection_output(
    *,
    id: Text = None,  # noqa: A002 - what Pulumi calls it everywhere
    user_name: Text = None,
    connection_name: Text = None,
    account: Text = None,
) -> pulumi.Output[CredentialConnectionResult]:
    """Return what `get_credential_connection` does, for arguments that may be outputs.

    The result is unknown while one of them is, and secret if one of them is.
    """
    return _when_known(
        get_credential_connection,
        {"id": id, "user_name": user_name, "connection_name": connection_name, "account": account},
    )


def list_credential_connections(
    *,
    name: str | None = None,
    user_name: str | None = None,
    voice_profile: str | None = None,
    tag: str | None = None,
    active: bool | None = None,
    account: str | None = None,
) -> Sequence[CredentialConnectionResult]:
    """Return the connections that match all filters, oldest first; without any, the whole account.

    Pages of 250 are read as they are needed: the first one when the first connection is looked at, and none
    after the last one that is.

    Args:
        name: part of the connection name, without regard to case.
        user_name: the whole user name, without regard to case.
        voice_profile: id of the outbound voice profile.
        tag: one of the tags, letter by letter.
        active: whether the connection can be used.
        account: name of the account to list (`telnyx:accounts`); left out: the stack's own.

    Raises:
        pulumi.RunError: a filter is empty or no text; or Telnyx cannot be asked, also where a page is read.
    """
    given = {
        "name": name,
        "user_name": user_name,
        "voice_profile": voice_profile,
        "tag": tag,
        "active": active,
    }
    asked = _plain("list_credential_connections", given, account)
    with _as_run_errors(account):
        filters = Filters(name, user_name, voice_profile, tag, active)
    if (answer := _mocked(_LIST, asked, account)) is not None:
        return [_from_mocks(each) for each in answer.get("connections", ())]
    with _as_run_errors(account):
        found = account_named(account).listed(filters)
    return Listing(_results(found, account))


def list_credential_connections_output(
    *,
    name: Text = None,
    user_name: Text = None,
    voice_profile: Text = None,
    tag: Text = None,
    active: pulumi.Input[bool | None] = None,
    account: Text = None,
) -> pulumi.Output[Sequence[CredentialConnectionResult]]:
    """Return what `list_credential_connections` does, read to its end, for arguments that may be outputs.

    The result is unknown while one of them is, and secret if one of them is.
    """
    given: dict[str, pulumi.Input[Any]] = {
        "name": name,
        "user_name": user_name,
        "voice_profile": voice_profile,
        "tag": tag,
        "active": active,
        "account": account,
    }
    return _when_known(lambda **known: tuple(list_credential_connections(**known)), given)


def _the_one(field: str, value: str, account: str | None) -> Connection:
    action = f"{in_account(account)}look up credential connection with {field} '{printable(value)}'"
    with _as_run_errors(account):
        known = account_named(account)
        if field == "id":
            # A text that cannot be an id is none, and no part of an address either.
            found = known.with_id(value) if _ID.fullmatch(value) else ()
        else:
            found = known.named(field, value)
    if len(found) == 1:
        return found[0]
    if found:
        shown = some_of([f"{each.id} ({printable(each.user_name)})" for each in found], _MOST_NAMED)
        raise pulumi.RunError(
            f"{action}: {len(found)} connections have it: {shown}; ask for one of them by id"
        )
    raise pulumi.RunError(
        f"{action}: the account has none{known.nearest(field, value)}; look at what it has with "
        "`pulumi-telnyx list`, or name the account that has it with account="
    )


def _results(rows: Iterator[Connection], account: str | None) -> Iterator[CredentialConnectionResult]:
    with _as_run_errors(account):
        for row in rows:
            yield result_of(row)


@contextmanager
def _as_run_errors(account: str | None) -> Iterator[None]:
    """Turn our errors into the kind that ends a program with one line and no traceback."""
    try:
        yield
    except ApiError as error:
        failure: TelnyxError = error.advising(remedy_of(error, account))
    except TelnyxError as error:
        failure = error
    else:
        return
    raise pulumi.RunError(str(failure)) from None


def _plain(function: str, given: Mapping[str, object], account: object) -> dict[str, object]:
    """Return the arguments that were given.

    Raises:
        pulumi.RunError: one of them, or the account, is an output.
    """
    asked = {name: value for name, value in given.items() if value is not None}
    for name, value in {**asked, "account": account}.items():
        if isinstance(value, pulumi.Output):
            raise pulumi.RunError(
                f"{function}: {name} is an output, whose value comes later: use {function}_output"
            )
    return asked


def _when_known(ask: Callable[..., T], given: Mapping[str, pulumi.Input[Any]]) -> pulumi.Output[T]:
    """Return what is asked with the given arguments once they are known; unknown, where one stays unknown."""
    arguments = pulumi.Output.all(**given)

    async def asked(known: Mapping[str, Any]) -> T:
        try:
            # Resources of the program are made meanwhile.
            return await asyncio.to_thread(ask, **known)
        except pulumi.RunError as error:
            message = str(error)
        if await arguments.is_secret():
            for value in known.values():
                if isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
                    message = message.replace(printable(value), "[secret]")
        raise pulumi.RunError(message)

    return arguments.apply(asked)


def _mocked(token: str, asked: Mapping[str, object], account: str | None) -> Mapping[str, Any] | None:
    """Return what a unit test's mocks answer; None in a real run."""
    monitor = get_monitor()
    if not isinstance(monitor, MockMonitor):
        return None
    given = {**asked, ACCOUNT: account} if account else dict(asked)
    answer: Any = monitor.mocks.call(MockCallArgs(token, given, ""))
    # As the SDK takes it, with or without failures beside it.
    values, failures = answer if isinstance(answer, tuple) else (answer, None)
    if failures:
        raise pulumi.RunError("; ".join(f"{token}: {field}: {reason}" for field, reason in failures))
    found: Mapping[str, Any] = values
    return found


def _from_mocks(answer: Mapping[str, Any]) -> CredentialConnectionResult:
    return result_of(Connection.from_api(answer))
