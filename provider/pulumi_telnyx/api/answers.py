"""What an HTTP answer means: the API's JSON, one of our errors, or something that is not the API at all."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .errors import (
    NOT_FOUND_CODES,
    ApiError,
    AuthError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    Problem,
    RateLimitError,
    TransportError,
    printable,
)

TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may well succeed."""

_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_INVALID = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_MOST_DIGITS = 25
# Services wrap the field's pointer in the place where the body has it; a program knows only the field.
_POINTER_WRAPPERS = (["data", "attributes"], ["body"], ["base"])


@dataclass(frozen=True)
class Answer:
    """One whole answer, read to its end.

    Args:
        host: who answered, for messages.
        status: the HTTP status.
        headers: looked up without regard to case.
        body: decompressed.
    """

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def content_of(action: str, answer: Answer, secrets: frozenset[str]) -> dict[str, Any]:
    """Return the JSON object in a 2xx answer; an empty one for 204, which has no content.

    Raises:
        TransportError: it is not a JSON object, so it does not come from the API.
    """
    if answer.status == HTTPStatus.NO_CONTENT:
        return {}
    content = _json_object(answer.body)
    if content is None:
        raise _foreign(action, answer, "with something that is not the API's JSON", secrets)
    return content


def error_of(action: str, answer: Answer, secrets: frozenset[str]) -> ApiError | TransportError:
    """Return the error that an answer outside 2xx stands for, decided by status first and code second."""
    status = answer.status
    if status < HTTPStatus.BAD_REQUEST:
        return _foreign(action, answer, "with a redirect, which is never followed", secrets)
    problems = _problems(_json_object(answer.body) or {}, secrets)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        # Whoever sends it, with or without the API's format: it means that nothing was done.
        problems = (*problems, *_limits(answer.headers, secrets)) or (Problem("", "too many requests"),)
    if not problems and status not in _REFUSED:
        return _foreign(action, answer, "without the API's error format", secrets)
    if not problems:
        what = f"{answer.host} gives no reason ({_described(answer, secrets)}): a proxy may have answered"
        problems = (Problem("", what),)
    return _kind_of(status, problems)(
        action, status, problems, request_id=printable(answer.headers.get("x-request-id", ""), secrets)
    )


def _kind_of(status: int, problems: tuple[Problem, ...]) -> type[ApiError]:
    if status in _REFUSED:
        return AuthError
    if status == HTTPStatus.NOT_FOUND and any(problem.code in NOT_FOUND_CODES for problem in problems):
        return NotFoundError
    if status in _INVALID:
        return InvalidInputError
    if status == HTTPStatus.CONFLICT:
        return ConflictError
    return RateLimitError if status == HTTPStatus.TOO_MANY_REQUESTS else ApiError


def _limits(headers: Mapping[str, str], secrets: frozenset[str]) -> tuple[Problem, ...]:
    """Return the headers that tell the limit, for whoever has to choose another pace."""
    names = ("Retry-After", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
    told = [f"{name}: {printable(headers[name], secrets)}" for name in names if headers.get(name)]
    return (Problem("", ", ".join(told)),) if told else ()


def _foreign(action: str, answer: Answer, how: str, secrets: frozenset[str]) -> TransportError:
    return TransportError(
        f"{action}: {answer.host} answered {answer.status} {how} ({_described(answer, secrets)}); "
        "check the base URL and proxies",
        sent=True,
        transient=answer.ok or answer.status in TRANSIENT_STATUSES,
    )


def _described(answer: Answer, secrets: frozenset[str]) -> str:
    # Type and size only: the text of a foreign page could repeat the password that was sent to it.
    kind = printable(answer.headers.get("Content-Type") or "no content type", secrets)
    return f"{kind}, {len(answer.body)} bytes"


def _problems(content: Mapping[str, Any], secrets: frozenset[str]) -> tuple[Problem, ...]:
    """Return what an error answer names, in any of the shapes that Telnyx services use."""
    errors = content.get("errors")
    if isinstance(errors, list):
        return tuple(
            Problem(
                code=printable(item.get("code") or "", secrets),
                title=printable(item.get("title") or "", secrets),
                detail=printable(item.get("detail") or "", secrets),
                field=printable(_field_of(item.get("source")), secrets),
            )
            for item in errors
            if isinstance(item, Mapping)
        )
    by_field = errors if isinstance(errors, Mapping) else content.get("reasons")
    if isinstance(by_field, Mapping):
        return tuple(
            Problem("", printable(_sentence(text), secrets), field=printable(name, secrets))
            for name, text in by_field.items()
        )
    message = content.get("message")
    return (Problem("", printable(message, secrets)),) if isinstance(message, str) else ()


def _sentence(text: object) -> object:
    return ", ".join(map(str, text)) if isinstance(text, list) else text


def _field_of(source: object) -> str:
    """Return the field path in an error's `source`, which comes as an object, a bare string or not at all."""
    if isinstance(source, Mapping):
        source = source.get("pointer") or source.get("parameter")
    if not isinstance(source, str):
        return ""
    steps = [step for step in source.split("/") if step]
    for wrapper in _POINTER_WRAPPERS:
        if steps[: len(wrapper)] == wrapper:
            steps = steps[len(wrapper) :]
    return ".".join(steps)


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body, parse_int=_integer, parse_float=_number, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    return _storable(content) if b"\\u" in body else content


# NaN, Infinity and what is larger than a float are read as nothing, and endless digits as text: the engine
# stores every number as a float, and would fail after a create has happened.
def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def _number(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _storable(value: Any) -> Any:
    """Return `value` with lone surrogates replaced: JSON can carry them, but the engine's state cannot."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return value
