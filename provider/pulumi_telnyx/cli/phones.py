"""Asks Telnyx which phones are registered, for every command that needs to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..words import counted
from .progress import bar, in_parallel

if TYPE_CHECKING:
    from ..api.connections import CredentialConnections
    from ..registrations import Line, Standing
    from ..settings import Settings


def apis_of(
    lines: Iterable[Line], settings_of: Callable[[str | None], Settings]
) -> dict[str | None, CredentialConnections]:
    """Return the API of each account that has one of these connections, by the account's name.

    Args:
        lines: the connections.
        settings_of: gives the settings for an account.

    Raises:
        SettingsError: an account's settings are missing or unusable.
    """
    from ..settings import connect

    return {account: connect(settings_of(account)) for account in {line.account for line in lines}}


def ask_once(lines: Sequence[Line], apis: Mapping[str | None, CredentialConnections]) -> list[Standing]:
    """Return what Telnyx says about each connection, in their order.

    Args:
        lines: the connections.
        apis: of their accounts.

    Raises:
        TransportError: Telnyx cannot be reached at all.
        AuthError: a key is refused.
        click.ClickException: a key finds none of its connections.
    """
    from ..api.errors import TransportError

    standings: dict[str, Standing] = {}
    with bar("asking for registrations", len(lines)) as advance:
        for standing, error in in_parallel(lambda line: _ask(apis[line.account], line), lines):
            if not standings and isinstance(error, TransportError) and not error.sent:
                # The others would end like this, each after a while.
                raise error
            standings[standing.line.id] = standing
            advance()
    for account in apis:
        here = [each for each in standings.values() if each.line.account == account]
        if all(each.gone for each in here):
            raise click.ClickException(_none_found(account, len(here)))
    return [standings[line.id] for line in lines]


def _ask(api: CredentialConnections, line: Line) -> tuple[Standing, Exception | None]:
    from ..api.errors import AuthError, NotFoundError, TelnyxError
    from ..registrations import Standing
    from ..remedies import naming_account

    try:
        return Standing(line, api.check_registration_status(line.id)), None
    except NotFoundError:
        return Standing(line, gone=True), None
    except TelnyxError as error:
        if isinstance(error, AuthError) and error.concerns_the_key:
            raise naming_account(error, line.account) from None
        return Standing(line, problem=str(error)), error


def _none_found(account: str | None, count: int) -> str:
    from ..named_accounts import in_account

    return (
        f"{in_account(account)}this key finds none of the {counted(count, 'connection')}: they are deleted, "
        "or it is the key of another account: see `pulumi-telnyx list`"
    )


def earlier(path: Path) -> list[Standing]:
    """Return what --before has written into a file.

    Raises:
        click.ClickException: it cannot be read, or holds something else.
    """
    from ..api.errors import printable
    from ..registrations import SnapshotError, read_snapshot

    try:
        return read_snapshot(path.read_bytes())
    except OSError as error:
        raise click.ClickException(f"--after {printable(path)}: {error.strerror}") from None
    except SnapshotError as error:
        raise click.ClickException(f"--after {printable(path)}: {error}") from None
