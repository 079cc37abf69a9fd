"""What a request brings along: its key, its body, its query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import ApiError, Problem, refusal
from .store import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from .options import Options
    from .reference import ListReference


def account_of(request: Request, options: Options) -> str:
    """Return the account that the request's API key belongs to.

    Raises:
        ApiError: 401 without a key that we know, 403 with one that may do nothing.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise refusal(401, "10009", "No API key given: send the header Authorization: Bearer KEY")
    if key in options.forbidden_keys:
        raise refusal(403, "10010", "This API key may not do that", "/")
    account = options.api_keys.get(key)
    if account is None:
        raise refusal(401, "10009", "No such API key")
    return account


async def json_object(request: Request, max_bytes: int) -> dict[str, Any]:
    """Return the body, a JSON object.

    Raises:
        ApiError: 413, 415 or 400: too large, of another type, or not a JSON object.
    """
    value = await json_value(request, max_bytes)
    if not isinstance(value, dict):
        raise refusal(400, "10015", "The body must be a JSON object", "/")
    return value


async def json_value(request: Request, max_bytes: int) -> Any:
    """Return the body, whatever JSON it is.

    Raises:
        ApiError: 413, 415 or 400: too large, of another type, or not JSON.
    """
    body = await bounded_body(request, max_bytes)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise refusal(415, "10024", "The content type must be application/json", "/")
    return _parsed(body)


async def bounded_body(request: Request, max_bytes: int) -> bytearray:
    """Return the body, whatever it is.

    Raises:
        ApiError: 413, too large.
    """
    body = bytearray()
    too_large = False
    async for chunk in request.stream():
        # Read to the end even then: a client that is cut off while it sends never sees the answer.
        too_large = too_large or len(body) + len(chunk) > max_bytes
        if not too_large:
            body += chunk
    if too_large:
        raise refusal(413, "10015", f"The body is larger than {max_bytes} bytes", "/")
    return body


def _parsed(body: bytearray) -> Any:
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise refusal(400, "10023", "The body is not valid JSON in UTF-8", "/") from None
    # Half of a surrogate pair is valid JSON, but no text: it could not be sent back.
    if "\\ud" in text or "\\uD" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise refusal(400, "10028", "The body holds half of a surrogate pair", "/") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is Python's, not JSON's")


def selection_of(query: Mapping[str, str], reference: ListReference) -> Selection:
    """Return what a list is asked to show; parameters that the API does not document are ignored.

    Raises:
        ApiError: 400 with a problem for each parameter at fault.
    """
    problems: list[Problem] = []

    def number(parameter: str, default: int, largest: int | None) -> int:
        text = query.get(parameter)
        if text is None:
            return default
        # Eighteen digits: what SQLite can count is enough for any page.
        if text.isascii() and text.isdigit() and len(text) <= 18:
            value = int(text)
            if value >= 1 and (largest is None or value <= largest):
                return value
        limit = "at least 1" if largest is None else f"between 1 and {largest}"
        problems.append(Problem("10015", f"{parameter} must be {limit}", parameter=parameter))
        return default

    name = query.get(reference.name_filter)
    if name is not None and len(name) < reference.min_name_filter:
        detail = f"{reference.name_filter} needs at least {reference.min_name_filter} characters"
        problems.append(Problem("10031", detail, parameter=reference.name_filter))
    sort = query.get("sort", "-created_at")
    if sort.removeprefix("-") not in reference.sort_keys:
        detail = f"sort must be one of {', '.join(reference.sort_keys)}, or the same with a leading minus"
        problems.append(Problem("10018", detail, parameter="sort"))
    profiles = [query[spelling] for spelling in reference.voice_profile_filters if spelling in query]
    selection = Selection(
        page_number=number("page[number]", 1, None),
        page_size=number("page[size]", reference.default_page_size, reference.max_page_size),
        name_contains=name,
        voice_profile_id=profiles[0] if profiles else None,
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
    )
    if problems:
        raise ApiError(400, problems)
    return selection
