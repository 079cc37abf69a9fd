"""Where the key, the base URL and the rest of the settings come from, and which combinations are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from .account import ACCOUNT_OPTION, ACCOUNT_VARIABLE, Account, Continuing, fingerprint_of
from .api.connections import CredentialConnections
from .api.debug_log import LOG_VARIABLE, DebugLog
from .api.errors import SettingsError, printable
from .api.transport import Transport
from .base_url import DEFAULT_BASE_URL, checked_url, is_telnyx
from .named_accounts import (
    EXPECTATION_SETTING,
    KEY_SETTING,
    URL_SETTING,
    entry_of,
    how_to_set_key,
    in_account,
    key_variable,
    option,
)
from .ownership import DEFAULT_ADOPT_WITHIN_SECS
from .workers import DEFAULT_PARALLEL, MOST_PARALLEL

KEY_VARIABLE = "TELNYX_API_KEY"
URL_VARIABLE = "TELNYX_BASE_URL"
KEY_OPTION = "telnyx:apiKey"
URL_OPTION = "telnyx:baseUrl"
ADOPT_WITHIN_OPTION = "telnyx:adoptWithin"
PARALLEL_OPTION = "telnyx:parallel"

_KEY_FORM = re.compile(r"[\x21-\x7e]+")
# Fewer characters of a key would fit too many keys.
_ACCOUNT_FORM = re.compile(r"key:(?P<suffix>\S{4,})|connection:(?P<id>\S+)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?([smhd])")
_UNIT_SECS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

_Candidate: TypeAlias = tuple[object, str]
"""A value, or None where it is not set, and the name of its setting."""


class Settings(BaseModel):
    """All settings for one account, checked; made only by `load_settings`."""

    model_config = ConfigDict(frozen=True)

    account_name: str | None = None
    api_key: SecretStr
    base_url: str
    is_key_expected: bool = False
    expected_connection: str | None = None
    adopt_within_secs: float = DEFAULT_ADOPT_WITHIN_SECS
    parallel: int = DEFAULT_PARALLEL
    log_path: str | None = None


@dataclass(frozen=True)
class _Places:
    """Where the settings of an account may stand: values with their names, of which the first counts."""

    key_variable: str
    key_option: str
    how_to_set_key: str
    keys: tuple[_Candidate, ...]
    urls: tuple[_Candidate, ...]
    expectations: tuple[_Candidate, ...]


def load_settings(
    environ: Mapping[str, str],
    config: Callable[[str], object] | None = None,
    account: object = None,
) -> Settings:
    """Return the settings for the stack's own account, or for the one that is named.

    The key: environment before stack config, so that a pipeline can hand in its own. The base URL: the same
    order, but a stack file may redirect only the key that it brings itself; otherwise whoever edits the file
    could have the operator's key sent to a host of their choice.

    Args:
        environ: the process environment.
        config: looks up a stack config value by its full name, plain text or None; left out where there is
            no stack.
        account: the name of one of the stack's accounts, as a resource gave it; None for its own.

    Raises:
        SettingsError: a setting is missing or unusable; the text says which and how to set it.
    """
    of_stack = config or (lambda _: None)
    if account is None:
        return _composed(
            None, _own_places(environ, of_stack, has_stack=config is not None), environ, of_stack
        )
    entry = entry_of(account, environ, of_stack)
    name = str(account)
    try:
        return _composed(name, _named_places(name, entry, environ, of_stack), environ, of_stack)
    except SettingsError as error:
        raise SettingsError(f"{in_account(name)}{error}") from None


def _own_places(environ: Mapping[str, str], of_stack: Callable[[str], object], *, has_stack: bool) -> _Places:
    how_to_set = f"set {KEY_VARIABLE}" + (
        f", or run `pulumi config set --secret {KEY_OPTION}` (refresh and destroy use it after the next `up`)"
        if has_stack
        else ""
    )
    return _Places(
        key_variable=KEY_VARIABLE,
        key_option=KEY_OPTION,
        how_to_set_key=how_to_set,
        keys=((environ.get(KEY_VARIABLE), KEY_VARIABLE), (of_stack(KEY_OPTION), KEY_OPTION)),
        urls=((of_stack(URL_OPTION), URL_OPTION),),
        expectations=(
            (environ.get(ACCOUNT_VARIABLE), ACCOUNT_VARIABLE),
            (of_stack(ACCOUNT_OPTION), ACCOUNT_OPTION),
        ),
    )


def _named_places(
    name: str, entry: Mapping[str, Any], environ: Mapping[str, str], of_stack: Callable[[str], object]
) -> _Places:
    variable, key_option = key_variable(name), option(name, KEY_SETTING)
    return _Places(
        key_variable=variable,
        key_option=key_option,
        how_to_set_key=how_to_set_key(name),
        keys=((environ.get(variable), variable), (entry.get(KEY_SETTING), key_option)),
        urls=((entry.get(URL_SETTING), option(name, URL_SETTING)), (of_stack(URL_OPTION), URL_OPTION)),
        # TELNYX_ACCOUNT belongs to TELNYX_API_KEY, so it says nothing of this key.
        expectations=((entry.get(EXPECTATION_SETTING), option(name, EXPECTATION_SETTING)),),
    )


def _composed(
    name: str | None, places: _Places, environ: Mapping[str, str], of_stack: Callable[[str], object]
) -> Settings:
    key, key_source = _first(*places.keys)
    if key is None:
        raise SettingsError(f"no Telnyx API key: {places.how_to_set_key}")
    api_key = _checked_key(key, key_source, places.how_to_set_key)

    url, url_source = _first(
        (environ.get(URL_VARIABLE), URL_VARIABLE), *places.urls, (DEFAULT_BASE_URL, "the default")
    )
    base_url = checked_url(url, url_source)
    is_of_stack = url_source in {source for _, source in places.urls}
    if is_of_stack and key_source == places.key_variable and not is_telnyx(base_url):
        raise SettingsError(
            f"{url_source} would send the key from {key_source} to {urlsplit(base_url).netloc}: "
            f"set {URL_VARIABLE} beside {key_source}, or put the key into the stack too ({places.key_option})"
        )
    expectation, source = _first(*places.expectations)
    suffix, connection = expected_account(expectation, source)
    if suffix and not api_key.endswith(suffix):
        raise SettingsError(
            f"{source} expects a key that ends otherwise than the one in {key_source}: use the key "
            "of the stack's account, or correct the setting"
        )
    return Settings(
        account_name=name,
        api_key=SecretStr(api_key),
        base_url=base_url,
        is_key_expected=bool(suffix),
        expected_connection=connection or None,
        adopt_within_secs=checked_duration(of_stack(ADOPT_WITHIN_OPTION)),
        parallel=checked_parallel(of_stack(PARALLEL_OPTION)),
        log_path=environ.get(LOG_VARIABLE),
    )


def connect(settings: Settings, before_write: Callable[[], None] = lambda: None) -> CredentialConnections:
    """Return the API that the settings name.

    Args:
        settings: see `load_settings`.
        before_write: see `Transport`.

    Raises:
        SettingsError: the debug log cannot be written.
    """
    transport = Transport(
        settings.base_url,
        settings.api_key.get_secret_value(),
        parallel=settings.parallel,
        log=DebugLog(settings.log_path),
        before_write=before_write,
    )
    return CredentialConnections(transport)


def account_of(
    settings: Settings, api: CredentialConnections, continuing: Continuing | None = None
) -> Account:
    """Return what is known of the account behind the key, and what the settings expect of it."""
    return Account(
        api,
        fingerprint_of(settings.api_key.get_secret_value(), settings.base_url),
        confirmed=settings.is_key_expected,
        expected_id=settings.expected_connection,
        name=settings.account_name,
        continuing=continuing,
    )


def _first(*candidates: _Candidate) -> _Candidate:
    """Return the first value that was set at all; an empty one counts, so that it can be refused by name."""
    return next((each for each in candidates if each[0] is not None), (None, ""))


def _checked_key(value: object, source: str, how_to_set: str) -> str:
    # Surrounding white space is what a CI secret picks up on its way; inside a key it is a mistake.
    key = str(value).strip()
    if not key:
        raise SettingsError(f"{source} is empty: {how_to_set}")
    if not _KEY_FORM.fullmatch(key):
        raise SettingsError(
            f"{source} has a space, a line break or another character that no API key has: copy the key again"
        )
    return key


def expected_account(value: object, source: str) -> tuple[str, str]:
    """Return the expected end of the key, or the expected connection's id; what is not named is empty.

    Args:
        value: what the setting holds; None where it is not set.
        source: the setting's name, for the error.

    Raises:
        SettingsError: it names neither.
    """
    if value is None:
        return "", ""
    found = _ACCOUNT_FORM.fullmatch(str(value).strip())
    if found is None:
        # Not echoed: somebody may have put the whole key there.
        raise SettingsError(
            f"{source} must be key: and the last 4 or more characters of the account's key, or connection: "
            "and the id of a connection that the account has"
        )
    return found["suffix"] or "", found["id"] or ""


def checked_duration(value: object) -> float:
    """Return the seconds of `telnyx:adoptWithin`; the default where it is not set.

    Raises:
        SettingsError: it is no duration.
    """
    if value is None:
        return DEFAULT_ADOPT_WITHIN_SECS
    text = str(value).strip()
    if text == "0":
        return 0.0
    secs = duration_secs(text)
    if secs is None:
        raise SettingsError(
            f"{ADOPT_WITHIN_OPTION} is no duration: {printable(text)}; expected like 24h, 30m or 7d, or 0 to "
            "take over nothing without adopt="
        )
    return secs


def checked_parallel(value: object) -> int:
    """Return `telnyx:parallel`, how many API calls there may be at once; the default where it is not set.

    Raises:
        SettingsError: it is no number, or out of range.
    """
    if value is None:
        return DEFAULT_PARALLEL
    text = str(value).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < len("1000") else 0
    if not 1 <= number <= MOST_PARALLEL:
        raise SettingsError(
            f"{PARALLEL_OPTION} must be a number from 1 to {MOST_PARALLEL}, not "
            f"{printable(text) or 'empty'}: it says how many API calls there may be at once"
        )
    return number


def duration_secs(text: str) -> float | None:
    """Return the seconds of a duration like `24h`, `30m` or `1.5d`; None where the text is none."""
    found = _DURATION.fullmatch(text)
    return float(found[1]) * _UNIT_SECS[found[2]] if found else None
