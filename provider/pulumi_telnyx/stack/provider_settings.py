"""What a stack says to the provider: the values below `telnyx:`, judged as the provider judges them later."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ..account import ACCOUNT_OPTION
from ..api.errors import SettingsError, printable
from ..base_url import checked_url
from ..named_accounts import (
    ACCOUNT,
    ACCOUNTS_OPTION,
    EXPECTATION_SETTING,
    KEY_SETTING,
    URL_SETTING,
    entry_of,
    key_variable,
    option,
)
from ..ownership import OWNER_ID_OPTION, OWNERSHIP_TAG_OPTION
from ..settings import (
    ADOPT_WITHIN_OPTION,
    KEY_OPTION,
    PARALLEL_OPTION,
    URL_OPTION,
    checked_duration,
    checked_parallel,
    expected_account,
)
from ..words import nearest
from .connection import in_plain_text
from .located import Finding, Located, Origin, Path, Secret, plain, spelled

NAMESPACE: Final = "telnyx"
_TAG_OPTION: Final = f"{NAMESPACE}:{OWNERSHIP_TAG_OPTION}"
_OPTIONS: Final = (
    KEY_OPTION,
    URL_OPTION,
    ACCOUNT_OPTION,
    ACCOUNTS_OPTION,
    ADOPT_WITHIN_OPTION,
    PARALLEL_OPTION,
    f"{NAMESPACE}:{OWNER_ID_OPTION}",
    _TAG_OPTION,
)
# As `pulumi.Config.get_bool` reads it.
_TRUE_OR_FALSE: Final = frozenset({"true", "True", "false", "False"})


def settings_findings(config: Mapping[str, Located], command: Callable[[Path], str]) -> Iterator[Finding]:
    """Yield what is wrong with the settings of the provider.

    Args:
        config: values by full key; of other namespaces nothing is said.
        command: the command that encrypts the value at a path.
    """
    for key, each in config.items():
        if not key.startswith(f"{NAMESPACE}:"):
            continue
        if key not in _OPTIONS:
            message = f"{printable(key)} is no setting of this provider{nearest(key, _OPTIONS)}"
            yield Finding(each.origin, message)
        elif each.value is None:
            yield Finding(each.origin, f"{key} is empty: give it a value, or remove the line")
        elif key == ACCOUNTS_OPTION:
            yield from _of_accounts(each, command)
        elif key == KEY_OPTION:
            yield from in_plain_text((key,), each, command)
        elif key in _RULES:
            yield from _judged(each, key, _RULES[key])


def account_findings(path: Path, connection: Located, config: Mapping[str, Located]) -> Iterator[Finding]:
    """Yield what is wrong with the account that a connection names.

    Args:
        path: where the connection stands, for the message.
        connection: its effective settings.
        config: the values by full key that hold for the stack.
    """
    named = connection.entries().get(ACCOUNT)
    if named is None or not isinstance(named.value, str):
        return
    name, where = named.value, spelled((*path, ACCOUNT))
    # With a key in the environment only the name's form can be wrong.
    if message := _refusal(lambda: entry_of(name, {key_variable(name): ""}, lambda _: None)):
        yield Finding(named.origin, f"{where}: {message}")
        return
    accounts = _accounts(config.get(ACCOUNTS_OPTION)).entries()
    if accounts and name not in accounts:
        message = _refusal(lambda: entry_of(name, {}, lambda _: accounts))
        # The environment may have its key.
        yield Finding(named.origin, f"{where}: {message}", "warning")


def _of_accounts(located: Located, command: Callable[[Path], str]) -> Iterator[Finding]:
    accounts = _accounts(located)
    if isinstance(accounts.value, Secret):
        return
    if not isinstance(accounts.value, dict) and (
        message := _refusal(lambda: entry_of("any", {}, lambda _: 0))
    ):
        yield Finding(located.origin, message)
    for name, entry in accounts.entries().items():
        # Its settings one by one, since a refusal names the first only.
        if message := _entry_refusal(name, {} if isinstance(entry.value, dict) else None):
            yield Finding(entry.origin, message)
            continue
        for setting, each in entry.entries().items():
            yield from _of_account(name, setting, each, command)


def _of_account(
    name: str, setting: str, located: Located, command: Callable[[Path], str]
) -> Iterator[Finding]:
    # What is encrypted is a text, whatever it says.
    if message := _entry_refusal(name, {setting: plain(located, lambda _: "")}):
        yield Finding(located.origin, message)
    elif setting == KEY_SETTING:
        yield from in_plain_text((ACCOUNTS_OPTION, name, setting), located, command)
    elif located.value is not None:
        yield from _judged(located, option(name, setting), _RULES_OF_ACCOUNT[setting])


def _judged(located: Located, source: str, rule: Callable[[str, str], object]) -> Iterator[Finding]:
    """Yield why the provider will refuse a value; nothing where it is encrypted."""
    if not isinstance(located.value, Secret) and (message := _refusal(lambda: rule(_text(located), source))):
        yield Finding(located.origin, message)


def _refusal(judge: Callable[[], object]) -> str:
    try:
        judge()
    except SettingsError as error:
        return str(error)
    return ""


def _entry_refusal(name: str, entry: object) -> str:
    return _refusal(lambda: entry_of(name, {}, lambda _: {name: entry}))


def _accounts(located: Located | None) -> Located:
    """Return the map of accounts, also where it stands as a text of JSON, which the provider reads too."""
    if located is None or not isinstance(located.value, str):
        return located or Located(None, Origin(""))
    try:
        value = json.loads(located.value)
    except (ValueError, RecursionError):
        return located
    return _at(value, located.origin)


def _at(value: Any, origin: Origin) -> Located:
    if isinstance(value, dict):
        return Located({name: _at(each, origin) for name, each in value.items()}, origin)
    return Located([_at(each, origin) for each in value] if isinstance(value, list) else value, origin)


def _text(located: Located) -> str:
    """Return a value as the engine hands it over, which knows texts only."""
    value = plain(located, lambda _: "")
    return value if isinstance(value, str) else json.dumps(value)


def _tag_rule(text: str, source: str) -> None:
    if text not in _TRUE_OR_FALSE:
        raise SettingsError(f"{source} must be true or false")


_RULES: Final[Mapping[str, Callable[[str, str], object]]] = {
    URL_OPTION: checked_url,
    ACCOUNT_OPTION: expected_account,
    ADOPT_WITHIN_OPTION: lambda text, _: checked_duration(text),
    PARALLEL_OPTION: lambda text, _: checked_parallel(text),
    _TAG_OPTION: _tag_rule,
}
_RULES_OF_ACCOUNT: Final[Mapping[str, Callable[[str, str], object]]] = {
    URL_SETTING: checked_url,
    EXPECTATION_SETTING: expected_account,
}
