"""What no single field's type can say: rules between fields, and choices that cost money or calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from pulumi.output import Unknown

from ..api.connection_settings import JitterBufferSettings
from ..api.schema import reset_value
from ..ownership import is_mark, names_a_user
from .passwords import GENERATED, UNMANAGED
from .properties import DERIVED_NAMES

_LETTER_WITHIN = 5
_TLS_OR_TCP_ONLY = frozenset({"OPUS", "H.264"})


def broken(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path and reason of every rule that the settings break.

    Args:
        given: settings without nulls; an unknown value satisfies every rule that it takes part in.
    """
    for field in ("connection_name", "user_name", "password"):
        value = given.get(field, "")
        if field not in given:
            yield field, "is required"
        elif isinstance(value, str) and value and not value.strip():
            yield field, "must not be blank"
    yield from _broken_names(given)
    tags = given.get("tags")
    if isinstance(tags, list) and any(map(is_mark, tags)):
        yield "tags", "must not hold an ownership mark (pulumi:…): each connection gets its own by itself"
    yield from _broken_webhooks(given)
    yield from _broken_media(given)


def doubtful(given: Mapping[str, Any], olds: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for every choice that is allowed and probably not what is wanted.

    Args:
        given: settings that break no rule.
        olds: the inputs of the last run; empty for a new connection.
    """
    outbound, inbound = _object(given, "outbound"), _object(given, "inbound")
    if given.get("sip_uri_calling_preference") == "unrestricted":
        yield (
            "sip_uri_calling_preference unrestricted: anyone can call the SIP URI, and strangers' calls are "
            "billed to you; `internal` lets in your own connections only"
        )
    # Said once: plenty of connections only take calls.
    had = _object(olds, "outbound") or {}
    loses = not olds or "outbound_voice_profile_id" in had
    if loses and outbound is not None and "outbound_voice_profile_id" not in outbound:
        yield "without outbound.outbound_voice_profile_id every outgoing call fails"
    codecs = None if inbound is None else inbound.get("codecs")
    if isinstance(codecs, list) and codecs and _TLS_OR_TCP_ONLY.issuperset(filter(_is_text, codecs)):
        if set(codecs) == {"H.264"}:
            yield "inbound.codecs has H.264 only, which carries video: callers hear nothing"
        else:
            yield "inbound.codecs works over SIP on TCP or TLS only: phones on UDP find no common codec"
    if _true(outbound, "call_parking_enabled") and not given.get("webhook_event_url"):
        yield "outbound.call_parking_enabled without webhook_event_url: parked calls wait for nobody"
    url = given.get("webhook_event_url")
    if _is_text(url) and url.lower().startswith("http:"):
        yield "webhook_event_url is not https: webhooks travel unencrypted"
    if given.get("webhook_api_version") == "texml" and olds and olds.get("webhook_api_version") != "texml":
        yield (
            "webhook_api_version texml is documented for new connections only: Telnyx may refuse the change; "
            "then replace the connection (`pulumi up --replace <urn>`)"
        )
    for path in _given_up(olds.get("extra"), given.get("extra")):
        yield f"extra.{path} is no longer declared: its default is not known here, so it stays as it is"


def unfit_for_adoption(news: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with taking over an existing connection like this.

    Args:
        news: the inputs as the program sent them.
    """
    which = news.get("adopt")
    if not isinstance(which, Unknown) and not (_is_text(which) and which.strip()):
        yield "adopt: must be the id or the user name of an existing connection"
        return
    if news.get("password") == GENERATED:
        yield (
            "adopt: needs password, or unmanaged_password=True to leave it as it is: a generated one would "
            "log out the connection's phones"
        )
    derived = news.get(DERIVED_NAMES) or {}
    if "user_name" in derived and not isinstance(which, Unknown) and not names_a_user(which):
        yield "adopt: needs user_name: one made here would log out the connection's phones"


def unfit_for_rotation(when: object, password: object) -> Iterator[str]:
    """Yield what is wrong with renewing a password.

    Args:
        when: `rotate_password_when`; None where it is not given.
        password: the password as the program sent it.
    """
    if when is not None and password != GENERATED:
        yield (
            "rotate_password_when: rotates a generated password only: change password itself, or leave "
            "password out"
        )


def unfit_to_stay_unmanaged(news: Mapping[str, Any], *, exists: bool) -> Iterator[str]:
    """Yield what is wrong with leaving a password as it is at Telnyx.

    Args:
        news: the inputs as the program sent them.
        exists: whether the connection is there already.
    """
    for other in ("password", "rotate_password_when"):
        if news.get(other) is not None:
            yield f"{UNMANAGED}: contradicts {other}: remove one of the two"
    if not exists and news.get("adopt") is None:
        yield (
            f"{UNMANAGED}: a connection that is to be created has no password that could stay: remove it, "
            "and one is generated; or take over an existing connection with adopt="
        )


def _broken_names(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    user_name, password = given.get("user_name"), given.get("password")
    if _is_text(user_name) and not any(char.isalpha() for char in user_name[:_LETTER_WITHIN]):
        yield "user_name", f"needs at least one letter among its first {_LETTER_WITHIN} characters"
    if _is_text(password) and password and set(password) == {"*"}:
        yield "password", "is a masked value, not a password: pass the real one"


def _broken_webhooks(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    outbound = _object(given, "outbound")
    parking = None if outbound is None else outbound.get("call_parking_enabled", False)
    if given.get("webhook_api_version") == "texml" and parking is False:
        yield "webhook_api_version", "texml needs outbound.call_parking_enabled: set it to true"
    if given.get("webhook_event_failover_url") and "webhook_event_url" not in given:
        yield "webhook_event_failover_url", "needs webhook_event_url, which it stands in for"


def _broken_media(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    outbound = _object(given, "outbound")
    if _true(outbound, "generate_ringback_tone") and _true(outbound, "instant_ringback_enabled"):
        # Seen in a real answer: sent together, the second comes back as false, in every run again.
        yield (
            "outbound.instant_ringback_enabled",
            "cannot be true beside generate_ringback_tone: Telnyx switches it off; leave one of them out",
        )
    yield from _broken_jitter_buffer(_object(given, "jitter_buffer") or {})


def _broken_jitter_buffer(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    names = ("jitterbuffer_msec_min", "jitterbuffer_msec_max")
    defaults = [reset_value(JitterBufferSettings, name) for name in names]
    smallest, largest = map(given.get, names, defaults)
    if isinstance(smallest, int | float) and isinstance(largest, int | float) and smallest > largest:
        at = next(name for name in names if name in given)
        left_out = f"{defaults[0]} and {defaults[1]} where left out"
        yield f"jitter_buffer.{at}", f"the minimum must not be above the maximum ({left_out})"


def _object(given: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return a nested object, empty where none is given, or None where it cannot be looked into."""
    value = given.get(name, {})
    return value if isinstance(value, Mapping) else None


def _true(settings: Mapping[str, Any] | None, name: str) -> bool:
    return settings is not None and settings.get(name) is True


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


def _given_up(old: object, new: object, prefix: str = "") -> Iterator[str]:
    if isinstance(new, Unknown) or not isinstance(old, Mapping):
        return
    for name, value in old.items():
        kept = new.get(name) if isinstance(new, Mapping) else None
        if kept is None and not isinstance(value, Mapping):
            yield f"{prefix}{name}"
        else:
            yield from _given_up(value, kept, f"{prefix}{name}.")
