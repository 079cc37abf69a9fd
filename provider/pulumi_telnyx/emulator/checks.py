"""One value against one field of the reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .errors import Problem

if TYPE_CHECKING:
    from .reference import Field, Place

_FORMATS = {
    "digits": (re.compile(r"[0-9]{1,19}"), "digits only"),
    "uuid": (re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "a UUID"),
    "url": (re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE), "a URL with its scheme"),
}
_TYPE_NAMES = {
    "boolean": "true or false",
    "integer": "a whole number",
    "array": "a list",
    "object": "an object",
}


def find_problem(field: Field, value: Any, place: Place) -> Problem | None:
    """Return what is wrong with a value sent for a field, or `None`.

    Types are taken strictly: no number as text, no 1 for true, no 10.0 for 10. The API may be kinder,
    but a client that counts on it has not been told so.
    """
    if value is None:
        return None if field.takes_null else _bad(field, "must not be null")
    if not _is_type(field, value):
        return _bad(field, f"must be {_TYPE_NAMES.get(field.type, 'text')}")
    if field.type == "string":
        return _text_problem(field, value, place)
    if field.type == "integer":
        return _number_problem(field, value)
    if field.type == "array":
        return _list_problem(field, value)
    return None


def _is_type(field: Field, value: Any) -> bool:
    if field.type == "string":
        return isinstance(value, str)
    if field.type == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"boolean": bool, "array": list, "object": dict}[field.type])


def _text_problem(field: Field, value: str, place: Place) -> Problem | None:
    if value == "" and field.may_be_empty:
        return None
    if field.enum is not None:
        allowed = [one for one in field.enum if place == "create" or one not in field.enum_only_on_create]
        return None if value in allowed else _bad(field, f"must be one of {', '.join(allowed)}")
    if field.min_length is not None and len(value) < field.min_length:
        return _bad(field, f"must have at least {field.min_length} characters")
    if field.max_length is not None and len(value) > field.max_length:
        # The documents give URLs a code of their own, and only them.
        return _bad(field, f"must have at most {field.max_length} characters", _code(field))
    for pattern in field.patterns:
        if not pattern.regex.search(value):
            return _bad(field, f"needs {pattern.asks}")
    if field.format in _FORMATS:
        form, asks = _FORMATS[field.format]
        if not form.fullmatch(value):
            return _bad(field, f"must be {asks}", _code(field))
    # Not documented, but a required name that may be blank would be no name.
    if field.required_on_create and not value.strip():
        return _bad(field, "must not be blank")
    return None


def _number_problem(field: Field, value: int) -> Problem | None:
    if (
        field.minimum is not None
        and field.maximum is not None
        and not field.minimum <= value <= field.maximum
    ):
        return _bad(field, f"must be between {field.minimum} and {field.maximum}")
    if field.multiple_of is not None and value % field.multiple_of:
        return _bad(field, f"must be a multiple of {field.multiple_of}")
    return None


def _list_problem(field: Field, value: list[Any]) -> Problem | None:
    if not all(isinstance(item, str) for item in value):
        return _bad(field, "must be a list of texts")
    if field.item_enum is not None and not set(value) <= set(field.item_enum):
        return _bad(field, f"may hold only {', '.join(field.item_enum)}")
    return None


def _code(field: Field) -> str:
    return "10003" if field.format == "url" else "10015"


def _bad(field: Field, detail: str, code: str = "10015") -> Problem:
    return Problem(code, f"{field.path.rpartition('.')[2]} {detail}", pointer=field.pointer)
