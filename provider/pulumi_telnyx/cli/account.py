"""Which Telnyx account a command is about."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .pulumi import run_pulumi

if TYPE_CHECKING:
    from ..settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def of_account(command: F) -> F:
    """Give a command the option that names an account."""
    return click.option(
        "--account",
        metavar="NAME",
        help="The account whose key is in TELNYX_API_KEY_<NAME>; left out: the one of TELNYX_API_KEY.",
    )(command)


def settings_of(account: str | None) -> Settings:
    """Return the settings for an account; the environment alone has its key, since no stack's config is read.

    Args:
        account: its name, whose key is in TELNYX_API_KEY_<NAME>; None for the one of TELNYX_API_KEY.

    Raises:
        SettingsError: the name is none, or the key is missing or unusable.
    """
    from ..api.errors import SettingsError
    from ..named_accounts import entry_of, in_account, key_variable
    from ..settings import load_settings

    if account is not None:
        variable = key_variable(account)
        # Its form first: what is no name may be the key itself, and is not to be shown.
        entry_of(account, {variable: ""}, lambda _: None)
        if variable not in os.environ:
            raise SettingsError(
                f"{in_account(account)}no Telnyx API key: set {variable}, since no stack's config is read"
            )
    return load_settings(os.environ, account=account)


@contextmanager
def told_of(account: str | None) -> Iterator[None]:
    """Let errors about a refused key say which account's it is."""
    from ..api.errors import TelnyxError
    from ..remedies import naming_account

    try:
        yield
    except TelnyxError as error:
        raise naming_account(error, account) from None


def settings_of_stack(root: Path, stack: str) -> Callable[[str | None], Settings]:
    """Return a function that gives the settings of a stack for one of its accounts, None for its own.

    They come from the environment and the stack's config, as for `pulumi up`.

    Args:
        root: the project's folder.
        stack: the stack's name.

    Raises:
        click.ClickException: the config cannot be read.
    """
    from ..settings import load_settings

    look_up = config_of(root, stack)
    return lambda account: load_settings(os.environ, look_up, account)


def config_of(root: Path, stack: str) -> Callable[[str], object]:
    """Return what looks up a value of a stack's config by its full name, in clear; None where it is not set.

    Args:
        root: the project's folder.
        stack: the stack's name.

    Raises:
        click.ClickException: the config cannot be read.
    """
    config = json.loads(run_pulumi(root, "config", "--json", "--show-secrets", "--stack", stack))

    def look_up(key: str) -> object:
        return config.get(key, {}).get("value")

    return look_up
