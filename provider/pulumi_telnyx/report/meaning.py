"""What a change means to people who phone, in plain sentences of our own words.

A sentence repeats nothing of what the program declares but numbers and codecs of the API's own list. Where
`check` warns of the same fact, the warning need not be shown again: `SAID_BY` has its first words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from ..api.choices import Codec
from ..api.connection_settings import InboundSettings
from ..api.schema import reset_value
from ..connection.passwords import UNMANAGED
from ..fleet.members import MEMBERS
from ..ownership import names_a_user
from .changes import PropertyChange
from .preview import ResourceChange
from .values import REVISION, Mark, Value


@dataclass(frozen=True)
class Meaning:
    """A sentence about one resource.

    Args:
        text: without a full stop.
        grave: whether calls stop, phones are logged out, or strangers can spend money.
        done: the same where it has been done already; empty where the words fit both.
        harm: what a verdict says of it, with `{}` for how many connections; empty where it says it otherwise.
    """

    text: str
    grave: bool = False
    done: str = ""
    harm: str = ""


ANYONE_CAN_CALL: Final = Meaning(
    "anyone can call this SIP URI, billed to you", grave=True, harm="open {} to strangers"
)
OUTBOUND_CALLS_STOP: Final = Meaning(
    "outbound calls stop: the voice profile is removed",
    grave=True,
    done="outbound calls fail: the voice profile was removed",
    harm="stop outbound calls of {}",
)
SWITCHED_OFF: Final = Meaning(
    "the connection is switched off: no call gets through", grave=True, harm="switch off {}"
)
NEW_PASSWORD: Final = Meaning("registered phones must log in again: the password changes", grave=True)
NEW_USER_NAME: Final = Meaning(
    "registered phones must log in again: the user name changes",
    grave=True,
    done="phones that log in with the declared user name are refused: it was changed",
    harm="change the user name of {}",
)
PASSWORD_MAY_CHANGE: Final = Meaning(
    "the password may change, and then registered phones must log in again", grave=True
)
USER_NAME_MAY_CHANGE: Final = Meaning(
    "the user name may change, and then registered phones must log in again",
    grave=True,
    harm="may change the user name of {}",
)
PASSWORD_SET_BACK: Final = Meaning(
    "the password was changed outside and is set back: phones that use it are refused",
    grave=True,
    done="phones that have the declared password are refused: it was changed",
)
NO_MORE_REGISTRATION: Final = Meaning("its phones can no longer register", grave=True)
_TAKES_OVER: Final = "it takes over an existing connection and gives it what is declared"
TAKES_OVER: Final = Meaning(f"{_TAKES_OVER}, password too", grave=True)
TAKES_OVER_WITHOUT_PASSWORD: Final = Meaning(f"{_TAKES_OVER}, the password stays", grave=True)

MEMBERS_MAY_CHANGE: Final = Meaning(
    "its members are not known before the update: each of its connections may change or be deleted",
    grave=True,
)

SAID_BY: Final[Mapping[Meaning, str]] = {
    ANYONE_CAN_CALL: "sip_uri_calling_preference unrestricted:",
    TAKES_OVER: "adopt takes over",
    TAKES_OVER_WITHOUT_PASSWORD: "adopt takes over",
    OUTBOUND_CALLS_STOP: "without outbound.outbound_voice_profile_id",
}
"""How the warning of `check` begins that says the same as a sentence."""

HARMS: Final = (
    *(
        "switch off {}",
        "stop inbound calls of {}",
        "stop outbound calls of {}",
        "refuse calls without SRTP to {}",
    ),
    *("change the user name of {}", "may change the user name of {}"),
    *("open {} to strangers", "stop encryption of {}"),
)
"""What verdicts say of grave sentences, in this order."""

_CODECS: Final[tuple[str, ...]] = get_args(Codec)
_LIMITS: Final = {"inbound.channel_limit": "inbound", "outbound.channel_limit": "outbound"}
_PUSH: Final = {"android_push_credential_id": "Android", "ios_push_credential_id": "iOS"}
_UNENCRYPTED: Final = Meaning(
    "calls are no longer encrypted: SRTP is switched off", grave=True, harm="stop encryption of {}"
)
_CALLERS: Final = {"emergency": "emergency calls", "normal": "outgoing calls but emergency calls"}


def meanings(change: ResourceChange, properties: tuple[PropertyChange, ...]) -> tuple[Meaning, ...]:
    """Return what a change of a connection means, the grave first; nothing for other resources."""
    found = tuple(_meanings(change, {each.path: each for each in properties}))
    return tuple(sorted(found, key=lambda each: not each.grave))


def _meanings(change: ResourceChange, by_path: Mapping[str, PropertyChange]) -> Iterator[Meaning]:
    if not change.is_connection:
        return
    yield from _of_membership(change)
    if change.operation in {"delete", "delete-replaced"}:
        yield _of_deletion(change)
        return
    if "replace" in change.operation:
        yield from _of_replacement(change)
        if "account" in by_path:
            yield Meaning("it moves to another Telnyx account", grave=True)
    elif change.was_protected and not change.is_protected and change.new is not None:
        yield Meaning("it is no longer protected: the next change can delete it")
    if change.is_set:
        if change.old is not None and _of(change.new, MEMBERS) is Mark.UNKNOWN:
            yield MEMBERS_MAY_CHANGE
        return
    yield from _of_log_in(change, by_path)
    yield from _of_calls(change, by_path)
    yield from _of_access(change, by_path)
    if (stored := by_path.get("conversation_persistence")) and stored.new is True:
        yield Meaning("calls are transcribed, stored and indexed")
    # What a new connection can do is its author's choice; only a change surprises anybody.
    if change.old is not None:
        yield from _of_codecs(by_path)
        yield from _of_limits(by_path)
        yield from _of_features(change, by_path)


def takes_over(change: ResourceChange) -> bool:
    """Return whether a new resource is a connection that exists already."""
    return change.is_connection and change.old is None and _of(change.new, "adopt") is not Mark.NOT_SET


def _of_membership(change: ResourceChange) -> Iterator[Meaning]:
    if change.membership is None:
        return
    if change.membership.former:
        yield Meaning("it gets another name in its set, and its connection stays")
    if change.membership.failed:
        yield Meaning("it failed in the last run and is tried again")
    if change.membership.is_hidden:
        yield Meaning("what differs cannot be seen: its settings are secret in the state until it succeeds")


def _of_deletion(change: ResourceChange) -> Meaning:
    if not change.is_kept:
        return NO_MORE_REGISTRATION
    what = "stack" if change.membership is None else "set"
    return Meaning(f"it leaves this {what} and stays at Telnyx: its phones go on working")


def _of_replacement(change: ResourceChange) -> Iterator[Meaning]:
    if change.is_kept:
        yield Meaning(
            "it is made anew, with another id, and the old one stays at Telnyx: phones that log in with the "
            "old user name and password stay there",
            grave=True,
        )
    else:
        yield Meaning("it is deleted and made anew, with another id: its phones are logged out", grave=True)
    if _of(change.new, REVISION) is not Mark.NOT_SET:
        yield Meaning("its password may change")


def _of_log_in(change: ResourceChange, by_path: Mapping[str, PropertyChange]) -> Iterator[Meaning]:
    if change.old is None:
        if takes_over(change):
            unmanaged = _of(change.new, UNMANAGED) is True
            yield TAKES_OVER_WITHOUT_PASSWORD if unmanaged else TAKES_OVER
            which, user_name = (_of(change.new, each) for each in ("adopt", "user_name"))
            if names_a_user(which) and isinstance(user_name, str) and _folded(which) != _folded(user_name):
                yield NEW_USER_NAME
        return
    if (name := by_path.get("user_name")) and _folded(name.old) != _folded(name.new):
        yield USER_NAME_MAY_CHANGE if name.new is Mark.UNKNOWN else NEW_USER_NAME
    if any(each.is_new_password for each in by_path.values()):
        yield PASSWORD_SET_BACK if change.changed_outside else NEW_PASSWORD
    elif any(each.may_be_new_password for each in by_path.values()):
        yield PASSWORD_MAY_CHANGE


def _of_calls(change: ResourceChange, by_path: Mapping[str, PropertyChange]) -> Iterator[Meaning]:
    if active := by_path.get("active"):
        if active.new is False:
            # Nobody misses the calls of a new one.
            yield SWITCHED_OFF if _was_there(change) else Meaning(SWITCHED_OFF.text)
        elif active.old is False and active.new is not Mark.UNKNOWN:
            yield Meaning("the connection is switched on")
    if profile := by_path.get("outbound.outbound_voice_profile_id"):
        if profile.new is Mark.NOT_SET:
            yield OUTBOUND_CALLS_STOP
        elif profile.old is Mark.NOT_SET and change.old is not None:
            may = "may become" if profile.new is Mark.UNKNOWN else "become"
            yield Meaning(f"outbound calls {may} possible: a voice profile is set")
        elif profile.new is Mark.UNKNOWN and change.old is not None:
            yield Meaning("another voice profile may bill and permit outbound calls")
        elif profile.old is not Mark.NOT_SET:
            yield Meaning("another voice profile bills and permits outbound calls")


def _of_access(change: ResourceChange, by_path: Mapping[str, PropertyChange]) -> Iterator[Meaning]:
    if media := by_path.get("encrypted_media"):
        if media.new == "SRTP":
            told = "callers without SRTP are refused"
            if _was_there(change):
                yield Meaning(told, grave=True, harm="refuse calls without SRTP to {}")
            else:
                yield Meaning(told)
        elif media.old == "SRTP" and media.new is Mark.NOT_SET:
            yield _UNENCRYPTED
    if uri := by_path.get("sip_uri_calling_preference"):
        if uri.new == "unrestricted":
            yield ANYONE_CAN_CALL
        elif uri.old == "unrestricted" and uri.new is not Mark.UNKNOWN:
            yield Meaning("strangers can no longer call this SIP URI")


def _of_codecs(by_path: Mapping[str, PropertyChange]) -> Iterator[Meaning]:
    if codecs := by_path.get("inbound.codecs"):
        old, new = (_codecs(each) for each in (codecs.old, codecs.new))
        gone = [each for each in _CODECS if each in old and new and each not in new]
        # What was not declared is Telnyx's default, if nobody has changed it.
        find = "may find" if codecs.old is Mark.NOT_SET else "find"
        if gone:
            yield Meaning(f"phones that know nothing but {' or '.join(gone)} {find} no common codec")


def _of_limits(by_path: Mapping[str, PropertyChange]) -> Iterator[Meaning]:
    for path, direction in _LIMITS.items():
        limit = by_path.get(path)
        if limit is None or not _is_number(limit.new):
            continue
        if limit.new == 0:
            none = f"no {direction} call gets through: the limit is 0"
            yield Meaning(none, grave=True, harm=f"stop {direction} calls of {{}}")
        elif limit.old is Mark.NOT_SET:
            at_most = f"at most {_calls(limit.new)} {direction} calls at the same time"
            yield Meaning(f"{at_most}: until now no limit was declared")
        elif _is_number(limit.old) and limit.new < limit.old:
            fewer = f"fewer {direction} calls at the same time: {_calls(limit.new)}"
            declared = _calls(limit.old)
            yield Meaning(f"{fewer}, until now {declared}", done=f"{fewer}, declared is {declared}")


def _of_features(change: ResourceChange, by_path: Mapping[str, PropertyChange]) -> Iterator[Meaning]:
    if (parking := by_path.get("outbound.call_parking_enabled")) and parking.new is True:
        yield Meaning("outgoing calls are parked until your application takes them over")
    if (url := by_path.get("webhook_event_url")) and url.old is not Mark.NOT_SET:
        if url.new is Mark.UNKNOWN:
            yield Meaning("webhooks may go to another address")
        else:
            gone = url.new in (Mark.NOT_SET, "")
            yield Meaning(f"webhooks {'are no longer sent' if gone else 'go to another address'}")
    if (caller := by_path.get("outbound.ani_override")) and caller.new not in (Mark.NOT_SET, ""):
        when = _of(_object(change.new, "outbound"), "ani_override_type")
        calls = _CALLERS.get(when, "outgoing calls") if isinstance(when, str) else "outgoing calls"
        may = "may show" if Mark.UNKNOWN in (caller.new, when) else "show"
        yield Meaning(f"{calls} {may} another caller number")
    if (ringing := by_path.get("inbound.simultaneous_ringing")) and ringing.old == "enabled":
        may = "may no longer" if ringing.new is Mark.UNKNOWN else "no longer"
        yield Meaning(f"registered phones {may} ring all at once")
    for name, system in _PUSH.items():
        if (push := by_path.get(name)) and push.new is Mark.NOT_SET:
            asleep = f"{system} apps are no longer woken for a call: the push credential"
            yield Meaning(f"{asleep} is removed", done=f"{asleep} was removed")


def _of(inputs: Mapping[str, Value] | None, name: str) -> Value:
    value = (inputs or {}).get(name)
    return Mark.NOT_SET if value is None else value


def _object(inputs: Mapping[str, Value] | None, name: str) -> Mapping[str, Value]:
    value = (inputs or {}).get(name)
    return value if isinstance(value, Mapping) else {}


def _was_there(change: ResourceChange) -> bool:
    return change.old is not None or takes_over(change)


def _codecs(value: Value) -> list[Value]:
    if value is Mark.NOT_SET:
        return list(reset_value(InboundSettings, "codecs"))
    return value if isinstance(value, list) else []


def _folded(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _calls(limit: Value) -> str:
    return f"{limit:g}"
