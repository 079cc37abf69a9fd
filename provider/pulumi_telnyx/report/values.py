"""The values of a preview as a report may show them: no secret, nothing that is ours alone.

The engine prints `[secret]` in place of what it knows to be secret. A name says the rest: what is called a
password or a token is never shown, however it was declared.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import re
from collections.abc import Container
from typing import Any, Final, TypeAlias

from ..account import FINGERPRINT
from ..connection.passwords import CHANGED_OUTSIDE
from ..connection.properties import DERIVED_NAMES, PROVIDER_KEY
from ..engine_secrets import SIGNATURE
from ..leaks import structural
from ..ownership import MARK


class Mark(enum.Enum):
    """What stands in for a value."""

    SECRET = "[secret]"  # noqa: S105 - stands in place of one
    UNKNOWN = "known after apply"
    NOT_SET = "not set"


class Masked(str):
    """A text of which a part is `[secret]`; two that differ only there are not equal.

    Args:
        hidden: tells the hidden parts apart, and not what they are.
    """

    __slots__ = ("hidden",)
    hidden: bytes

    def __eq__(self, other: object) -> bool:
        """Return whether text and hidden parts are the same."""
        return isinstance(other, Masked) and str.__eq__(self, other) and self.hidden == other.hidden

    __hash__ = str.__hash__


Value: TypeAlias = Any
"""Text, number, boolean, None, a list or mapping of values, or a `Mark`."""

PASSWORD: Final = "password"  # noqa: S105 - the name of the input
REVISION: Final = "password_revision"

INTERNAL: Final = frozenset({PROVIDER_KEY, DERIVED_NAMES, FINGERPRINT, MARK, CHANGED_OUTSIDE})
"""Inputs that are ours: no user declared them."""

UNKNOWN: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""What the engine prints for a text, boolean, number, list … that is not known before the update."""

HIDDEN: Final = frozenset({Mark.SECRET.value, SIGNATURE})
"""What stands in the engine's JSON where a secret is."""

_CONFIDENTIAL_NAME: Final = re.compile(
    r"passw(or)?d$|passphrase|secret|token$|api_?key|private_?key|access_?key", re.IGNORECASE
)
_CONFIDENTIAL_WORDS: Final = frozenset(
    (
        *(
            "password",
            "passwd",
            "pwd",
            "pass",
            "passcode",
            "pin",
            "auth",
            "authorization",
            "bearer",
            "cookie",
        ),
        *("credential", "credentials", "token", "tokens", "ha1"),
    )
)
# Counters, switches and ids tell about a secret, and are none.
_TELLS_ABOUT_ONE: Final = re.compile(r"password_revision|(rotate|unmanaged)_password.*|.*_ids?", re.DOTALL)
_BETWEEN_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^\s/?#]*@)?([^\s?#]*)(\?[^\s#]*)?")
# Deeper than anything that the API has; what lies below is one value.
_DEEPEST: Final = 30


def shown(value: object, name: str = "", depth: int = 0) -> Value:
    """Return a value of the engine's JSON with marks in place of what must not or cannot be shown.

    Args:
        value: as JSON has it.
        name: of the property that has the value.
        depth: how far below the resource's inputs it stands.
    """
    if isinstance(value, str) and value in UNKNOWN:
        return Mark.UNKNOWN
    # A boolean tells about a secret, and is none.
    if value is not None and not isinstance(value, bool) and _is_confidential(name):
        return Mark.SECRET
    if isinstance(value, str):
        return Mark.SECRET if value == Mark.SECRET.value or shows_a_key(value) else without_credentials(value)
    if isinstance(value, dict):
        if SIGNATURE in value or depth >= _DEEPEST:
            return Mark.SECRET
        return {key: shown(each, key, depth + 1) for key, each in value.items() if key not in INTERNAL}
    if isinstance(value, list):
        return Mark.SECRET if depth >= _DEEPEST else [shown(each, name, depth + 1) for each in value]
    return value


# The same few names come with every resource.
@functools.lru_cache(maxsize=1024)
def _is_confidential(name: str) -> bool:
    if _CONFIDENTIAL_NAME.search(name):
        return True
    words = {each.casefold().rstrip("0123456789") or each for each in _BETWEEN_WORDS.split(name)}
    return not _CONFIDENTIAL_WORDS.isdisjoint(words | {name.casefold()}) and not _TELLS_ABOUT_ONE.fullmatch(
        name
    )


def holds(value: object, texts: Container[str]) -> bool:
    """Return whether one of these texts, or a member of that name, stands anywhere in the engine's JSON."""
    if isinstance(value, dict):
        return any(name in texts or holds(each, texts) for name, each in value.items())
    if isinstance(value, list):
        return any(holds(each, texts) for each in value)
    return isinstance(value, str) and value in texts


def without_credentials(text: str) -> str:
    """Return a text with `[secret]` in place of the log-in and the query of each URL in it."""
    if "://" not in text:
        return text
    shown = _URL.sub(_without_credentials, text)
    if shown == text:
        return text
    masked = Masked(shown)
    masked.hidden = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return masked


def _without_credentials(found: re.Match[str]) -> str:
    scheme, log_in, place, query = found.groups()
    return f"{scheme}{'[secret]@' if log_in else ''}{place}{'?[secret]' if query else ''}"


def shows_a_key(text: str) -> bool:
    """Return whether a text holds what has the form of an API key."""
    # The search looks into base64 as well, and takes its time: nearly every text is spared it.
    return "KEY" in text and bool(structural(text.encode("utf-8", "surrogatepass")))


def same(one: Value, other: Value) -> bool:
    """Return whether two values are equal; true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(each, other[name]) for name, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
