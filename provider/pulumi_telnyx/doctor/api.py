"""Key, base URL, and whether the API behind them answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from ..account import ACCOUNT_OPTION
from ..api.errors import ApiError, AuthError, SettingsError, TelnyxError, TransportError
from ..api.flaws import no_list
from ..api.transport import Transport
from ..base_url import DEFAULT_BASE_URL, checked_url
from ..settings import (
    KEY_OPTION,
    KEY_VARIABLE,
    URL_OPTION,
    URL_VARIABLE,
    Settings,
    load_settings,
)
from .check import Check, split

DEADLINE_SECS: Final = 5.0
MOST_SKEW_SECS: Final = 60.0
"""Certificates and logs are read by a clock; the provider itself reckons by Telnyx's."""

_KEY, _URL, _API, _ACCEPTED, _CLOCK = "API key", "base URL", "API", "key accepted", "clock"
_ACTION: Final = "ask"


def looked_at_api(
    environ: Mapping[str, str], config: Callable[[], Callable[[str], object]] | None, *, has_cli: bool
) -> Iterator[Check]:
    """Yield what is known of key, base URL and API; one request is made, which only reads.

    Args:
        environ: what the CLI would be started with.
        config: see `examine`.
        has_cli: whether there is a CLI, which alone reads a stack's config.
    """
    of_stack: Callable[[str], object] | None = None
    if config and not has_cli:
        yield Check(_KEY, "warn", "not looked at in the stack's config, since that takes the Pulumi CLI")
    else:
        try:
            of_stack = config() if config else None
        except TelnyxError as error:
            yield Check(_KEY, "fail", str(error), "make `pulumi config` work for the stack")
        else:
            yield _key(environ, of_stack)
    settings: Settings | None = None
    try:
        settings = load_settings(environ, of_stack)
    except SettingsError as error:
        yield _refused_or_unused_url(environ, of_stack, error)
    else:
        yield Check(_URL, "ok", f"{settings.base_url}, {_source_of_url(environ, of_stack)}")
    if settings is None:
        yield Check(_API, "warn", "not asked: it takes a key and a base URL")
        yield Check(_ACCEPTED, "warn", "not asked")
        yield Check(_CLOCK, "warn", "not compared: the API was not asked")
        return
    yield from _asked(settings)


def _key(environ: Mapping[str, str], of_stack: Callable[[str], object] | None) -> Check:
    """Return whether there is a key that can be used, wherever it would be sent."""

    def only_key(name: str) -> object:
        return of_stack(name) if of_stack and name in {KEY_OPTION, ACCOUNT_OPTION} else None

    without_url = {name: value for name, value in environ.items() if name != URL_VARIABLE}
    try:
        load_settings(without_url, only_key if of_stack else None)
    except SettingsError as error:
        check = split(_KEY, "fail", error, ": ")
        if of_stack is None and KEY_VARIABLE not in environ:
            return Check(_KEY, "fail", check.message, f"{check.fix}, or name a stack that has one: --stack")
        return check
    return Check(_KEY, "ok", f"there is one in {KEY_VARIABLE if KEY_VARIABLE in environ else KEY_OPTION}")


def _refused_or_unused_url(
    environ: Mapping[str, str], of_stack: Callable[[str], object] | None, error: SettingsError
) -> Check:
    """Return what is wrong with the base URL, where it is not the key that is unusable."""
    url, source = _given_url(environ, of_stack)
    try:
        allowed = checked_url(url, source)
    except SettingsError as refusal:
        return split(_URL, "fail", refusal, ": ")
    if _key(environ, of_stack).level == "ok":
        # The key can be used, and the URL for itself too: together they cannot.
        return split(_URL, "fail", error, ": ")
    return Check(_URL, "ok", f"{allowed}, {_source_of_url(environ, of_stack)}")


def _given_url(environ: Mapping[str, str], of_stack: Callable[[str], object] | None) -> tuple[object, str]:
    if URL_VARIABLE in environ:
        return environ[URL_VARIABLE], URL_VARIABLE
    if of_stack and (url := of_stack(URL_OPTION)) is not None:
        return url, URL_OPTION
    return DEFAULT_BASE_URL, ""


def _source_of_url(environ: Mapping[str, str], of_stack: Callable[[str], object] | None) -> str:
    source = _given_url(environ, of_stack)[1]
    return f"from {source}" if source else "the default"


def _asked(settings: Settings) -> Iterator[Check]:
    """Yield what one request shows: whether somebody answers, takes the key, and what time it is there."""
    host = urlsplit(settings.base_url).netloc
    transport = Transport(settings.base_url, settings.api_key.get_secret_value(), deadline_secs=DEADLINE_SECS)
    query = {"page[size]": 1}
    try:
        transport.call(_ACTION, "GET", "/credential_connections", query=query, flaw=no_list)
    except TransportError as error:
        check = split(_API, "fail", error)
        yield Check(_API, "fail", check.message.removeprefix(f"{_ACTION}: "), check.fix)
        yield Check(_ACCEPTED, "warn", "not known: the API did not answer")
    except ApiError as error:
        said = f"{error.status} {', '.join(map(str, error.problems)) or 'without a reason'}"
        if isinstance(error, AuthError):
            yield Check(_API, "ok", f"{host} answers")
            yield Check(_ACCEPTED, "fail", f"{host} refuses the key: {said}", error.remedy)
        else:
            yield Check(_API, "fail", f"{host} answers with an error: {said}", error.remedy)
            yield Check(_ACCEPTED, "warn", "not known: the API answered with an error")
    else:
        yield Check(_API, "ok", f"{host} answers")
        yield Check(_ACCEPTED, "ok", f"{host} takes it")
    yield _clock(transport.skew_secs, host)


def _clock(skew_secs: float | None, host: str) -> Check:
    if skew_secs is None:
        return Check(_CLOCK, "warn", "not compared: no answer told the time")
    if abs(skew_secs) <= MOST_SKEW_SECS:
        return Check(_CLOCK, "ok", f"as {host} has it, within {MOST_SKEW_SECS:.0f} s")
    side = "ahead of" if skew_secs > 0 else "behind"
    return Check(
        _CLOCK,
        "warn",
        f"this machine is {abs(skew_secs):,.0f} s {side} {host}",
        "let it set its clock by the network (NTP)",
    )
