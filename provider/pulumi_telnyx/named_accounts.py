"""The named accounts of a stack: what `telnyx:accounts` says of each, and how errors call them.

A resource names its account; the stack's config, or the environment, has the account's key. One account's
entry is judged by itself: a mistake in it stops its connections and no others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from .api.errors import SettingsError, printable
from .words import nearest

ACCOUNT: Final = "account"
"""The input and output that names a connection's account; none is the stack's own."""

ACCOUNTS_OPTION: Final = "telnyx:accounts"
KEY_SETTING: Final = "apiKey"
URL_SETTING: Final = "baseUrl"
EXPECTATION_SETTING: Final = "account"

_SETTINGS: Final = (KEY_SETTING, EXPECTATION_SETTING, URL_SETTING)
_KEY_VARIABLE: Final = "TELNYX_API_KEY_"
# Names stand in messages. What a key or a generated password has is longer, should one be put there.
_LONGEST_NAME: Final = 30
_NAME_FORM: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{_LONGEST_NAME}}}")


def key_variable(name: str) -> str:
    """Return the environment variable that a pipeline hands in the account's key with."""
    return _KEY_VARIABLE + re.sub(r"[-.]", "_", name).upper()


def option(name: str, setting: str) -> str:
    """Return the full name of one of the account's settings in the stack's config."""
    return f"{ACCOUNTS_OPTION}.{name}.{setting}"


def in_account(name: str | None) -> str:
    """Return the words that an error about a named account begins with; nothing for the stack's own."""
    return "" if name is None else f"account '{name}': "


def how_to_set_key(name: str) -> str:
    """Return what somebody does who lacks the account's key."""
    return (
        f"run `pulumi config set --secret --path '{option(name, KEY_SETTING)}'` (refresh and destroy use it "
        f"after the next `up`), or set {key_variable(name)}"
    )


def entry_of(
    name: object, environ: Mapping[str, str], of_stack: Callable[[str], object]
) -> Mapping[str, Any]:
    """Return the account's entry in the stack's config; empty where the environment alone has its key.

    Args:
        name: as a resource gave it.
        environ: the process environment.
        of_stack: looks up a stack config value by its full name.

    Raises:
        SettingsError: there is no such account, or its entry is unusable.
    """
    if not isinstance(name, str) or not _NAME_FORM.fullmatch(name):
        # Not echoed: somebody may have put the key there.
        raise SettingsError(
            f"account must be the name of an entry in {ACCOUNTS_OPTION}: at most {_LONGEST_NAME} letters, "
            "digits, - and _"
        )
    entries = _entries(of_stack(ACCOUNTS_OPTION))
    variable = key_variable(name)
    if variable in environ:
        _ensure_alone(name, entries)
        entry = entries.get(name, {})
    elif name in entries:
        entry = entries[name]
    else:
        hint = nearest(name, filter(_NAME_FORM.fullmatch, entries))
        raise SettingsError(
            f"account '{name}' is not in {ACCOUNTS_OPTION}{hint}: correct it, or {how_to_set_key(name)}"
        )
    path = f"{in_account(name)}{ACCOUNTS_OPTION}.{name}"
    if not isinstance(entry, Mapping):
        raise SettingsError(f"{path} must be a map with {KEY_SETTING}: {how_to_set_key(name)}")
    for setting, value in entry.items():
        if setting not in _SETTINGS:
            hint = nearest(setting, _SETTINGS) or f": it may have {', '.join(_SETTINGS)}"
            raise SettingsError(f"{path} has no setting '{printable(setting)}'{hint}")
        if value is not None and not isinstance(value, str):
            raise SettingsError(f"{path}.{setting} must be a text: put it in quotes")
    return entry


def _entries(value: object) -> Mapping[str, Any]:
    """Return the entries of the map, which the engine hands over as JSON."""
    if value is None:
        return {}
    try:
        entries = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, Mapping):
        raise SettingsError(
            f"{ACCOUNTS_OPTION} must be a map of accounts: run `pulumi config rm {ACCOUNTS_OPTION}`, then "
            f"`pulumi config set --secret --path '{option('NAME', KEY_SETTING)}'`"
        )
    return entries


def _ensure_alone(name: str, entries: Mapping[str, Any]) -> None:
    """Refuse a variable that the key of two accounts would come from."""
    alike = [each for each in entries if each != name and key_variable(each) == key_variable(name)]
    if alike:
        raise SettingsError(
            f"{in_account(name)}{key_variable(name)} could as well be the key of account "
            f"'{printable(alike[0])}': rename one of the two, or unset the variable"
        )
