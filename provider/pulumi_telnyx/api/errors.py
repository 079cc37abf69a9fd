"""The errors that talking to Telnyx can end in.

TelnyxError
├── SettingsError            key, base URL or another setting is unusable; nothing was sent
├── TransportError           no answer that can be read: connection, TLS, deadline, redirect, not JSON
└── ApiError                 Telnyx answered with an error
    ├── AuthError            401, 403: the key is refused or may not do this
    ├── NotFoundError        404 with the API's own code: the connection is gone
    ├── InvalidInputError    400, 422: the request is refused, fields are named
    │   └── ConflictError    409: the same request may be accepted in another moment, or the name is taken
    └── RateLimitError       429 until the call's deadline

A message reads `action: what was wrong; what to do` and is one line. It never holds a secret: texts from
outside pass through `printable`, which also takes out what could steer a terminal.
"""

from __future__ import annotations

import functools
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from .encodings import spellings

NOT_FOUND_CODES = frozenset({"10005", "10006"})
"""Codes with which the API itself says that an id is unknown; any other 404 comes from somewhere else."""

_TEXT_LIMIT = 200
# Encoded, anything shorter would be three or four characters that stand in many a text by chance.
_SHORTEST_ENCODED = 4
# Where a user name is taken, the documents leave open which of these the API answers with.
_TAKEN_STATUSES = frozenset({400, 409, 422})
_DUPLICATE = "10012"
_TAKEN_CODES = frozenset({_DUPLICATE, "10015", "10027"})
_IN_USE = "10021"
_ACCOUNT_LIMITS = frozenset({"10038", "10039"})


class TelnyxError(Exception):
    """Any failure that this package reports; its text is one line and safe to print."""


class SettingsError(TelnyxError):
    """A setting cannot be used. Nothing was sent."""


class TransportError(TelnyxError):
    """No readable answer came back.

    Args:
        message: the whole line.
        sent: whether the request may have reached the API, so that a create may have happened.
        transient: whether the same request may well succeed a moment later.
    """

    def __init__(self, message: str, *, sent: bool, transient: bool = True) -> None:
        super().__init__(message)
        self.sent = sent
        self.transient = transient

    @property
    def may_have_acted(self) -> bool:
        """Whether the request may have been carried out."""
        return self.sent


@dataclass(frozen=True)
class Problem:
    """One entry of the API's error list, made printable.

    Args:
        code: Telnyx's own code, such as `10015`, or empty.
        title: the short text.
        detail: the long text, or empty.
        field: the field's path as a program spells it (`inbound.codecs`), or empty for the whole request.
    """

    code: str
    title: str
    detail: str = ""
    field: str = ""

    def __str__(self) -> str:
        text = self.detail or self.title or "no reason given"
        code = f" (code {self.code})" if self.code else ""
        at = f"at {self.field}: " if self.field else ""
        return f"{at}{text}{code}"


class ApiError(TelnyxError):
    """Telnyx answered with an error status.

    Args:
        action: what was tried, such as `update credential connection 1293`.
        status: the HTTP status.
        problems: what the answer named; may be empty.
        remedy: what the reader can do, where the caller knows more than this module.
        request_id: the API's id of the request, for its support; may be empty.
    """

    remedy = "run again later; if it stays, ask Telnyx support"

    def __init__(
        self,
        action: str,
        status: int,
        problems: Iterable[Problem] = (),
        *,
        remedy: str = "",
        request_id: str = "",
    ) -> None:
        self.action = action
        self.status = status
        self.problems = tuple(problems)
        self.request_id = request_id
        reasons = ", ".join(str(problem) for problem in self.problems) or "no reason given"
        tail = f" [request {request_id}]" if request_id else ""
        super().__init__(f"{action}: {status} {reasons}; {remedy or self.remedy}{tail}")

    @property
    def codes(self) -> frozenset[str]:
        """Telnyx's codes in this answer."""
        return frozenset(problem.code for problem in self.problems)

    @property
    def may_have_acted(self) -> bool:
        """Whether the request may have been carried out all the same."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status == HTTPStatus.REQUEST_TIMEOUT

    @property
    def user_name_taken(self) -> bool:
        """Whether this is how the API says that somebody has the user name, whose form is checked before."""
        at_user_name = {each.code for each in self.problems if each.field == "user_name"}
        at_nothing = {each.code for each in self.problems if not each.field}
        return self.status in _TAKEN_STATUSES and bool(
            at_user_name & _TAKEN_CODES or _DUPLICATE in at_nothing
        )

    @property
    def is_in_use(self) -> bool:
        """Whether something else, such as a phone number, still refers to the connection."""
        return _IN_USE in self.codes

    @property
    def is_account_limit(self) -> bool:
        """Whether the account may not have more."""
        return bool(_ACCOUNT_LIMITS & self.codes)

    def advising(self, remedy: str) -> ApiError:
        """Return the same error with another remedy."""
        return type(self)(self.action, self.status, self.problems, remedy=remedy, request_id=self.request_id)


class AuthError(ApiError):
    """401 or 403: the key is refused, or it may not do this."""

    remedy = "check the API key (TELNYX_API_KEY) and what it may do"

    @property
    def concerns_the_key(self) -> bool:
        """Whether every other call with this key would end like this."""
        # Without one of the API's codes it is a proxy's answer, and may concern this request alone.
        return any(self.codes) and not self.is_account_limit

    def again(self, action: str) -> AuthError:
        """Return the error for a call that is not even sent, since the key was refused before."""
        return type(self)(f"{action}: not sent, since the key was refused before", self.status, self.problems)


class NotFoundError(ApiError):
    """404 with the API's own envelope: the connection does not exist."""

    remedy = "check the id; it may have been deleted"


class InvalidInputError(ApiError):
    """400 or 422: the API refuses the request as it is."""

    remedy = "change what is named and run again"


class ConflictError(InvalidInputError):
    """409: something else is going on with the connection, or its name is taken."""

    remedy = "run again in a minute; if it stays, look at the connection in the portal"


class RateLimitError(ApiError):
    """429, also after waiting as the API asked."""

    remedy = "the account's rate limit is reached: run again in a minute"


def printable(text: object, secrets: Iterable[str] = ()) -> str:
    """Return `text` as one short line that is safe in a terminal.

    Args:
        text: anything from outside.
        secrets: values that must not appear; each is replaced by `[secret]`, also as JSON, a URL, base64 …
            spell it.
    """
    line = str(text)
    hidden = {spelling for secret in secrets for spelling in _spellings(secret)}
    # Longest first: a short secret inside a long one would leave the rest of the long one readable.
    for spelling in sorted(hidden, key=len, reverse=True):
        line = line.replace(spelling, "[secret]")
    # "C" holds controls, format characters such as bidi overrides, surrogates and unassigned code points.
    line = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in line)
    line = " ".join(line.split())
    return line if len(line) <= _TEXT_LIMIT else f"{line[: _TEXT_LIMIT - 1]}…"


# An error's every part is looked through for the same few secrets.
@functools.lru_cache(maxsize=64)
def _spellings(secret: str) -> frozenset[str]:
    """Return how the secret, and the JSON that it was sent in, may have been written down."""
    if len(secret) < _SHORTEST_ENCODED:
        return frozenset({secret} - {""})
    forms = (secret, json.dumps(secret)[1:-1])
    return frozenset(each.decode("utf-8", "surrogatepass") for form in forms for each in spellings(form))
