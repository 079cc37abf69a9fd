"""Everything that can be known to be wrong with a connection's settings before the API is called."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pulumi.output import Unknown
from pydantic import BaseModel, ValidationError

from ..api.connection_settings import FORMS, ConnectionSettings
from ..api.errors import printable
from ..api.schema import choices_of, nested_model
from ..words import nearest
from .rules import broken

Path = tuple[str | int, ...]

# Fields of earlier pages of the API's reference, which programs and examples still have.
_RETIRED = {
    "rtcp_settings.report_frequency_seconds": "is called report_frequency_secs now",
    "rtcp_settings.report_enabled": "is not a setting any more: reports are always on",
    "inbound.privacy_zone_enabled": "is not a setting any more: leave it out",
    "outbound_voice_profile_id": "stands in outbound now: outbound.outbound_voice_profile_id",
}


def validated(settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the settings as the API wants them, and every problem that they have.

    Nulls count as not given. Values that are unknown during a preview are kept and not judged.

    Args:
        settings: field names and values as a stack program gave them; numbers may be floats.

    Returns:
        The normalised settings, to be used only when the list is empty, and one line a problem: path, rule,
        what was found instead. A line never repeats a value, since any value may be secret.
    """
    given = _without_nulls(settings)
    extra = given.pop("extra", {})
    known = _known(given)
    normalised: dict[str, Any] = {}
    problems: dict[str, str] = {}
    try:
        normalised = ConnectionSettings.model_validate(known).model_dump(exclude_unset=True)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            problems[_dotted(each["loc"])] = _explained(each, each["loc"], known)
    at_fault = {_parent(path) or path for path in problems}
    more = dict((*broken(given), *_extra_problems(extra, ConnectionSettings, "extra")))
    # Where a value is wrong by itself, what follows from it is no news.
    problems |= {path: reason for path, reason in more.items() if (_parent(path) or path) not in at_fault}
    result = _with_unknowns(normalised, given)
    if extra:
        result["extra"] = extra
    return result, [f"{path}: {reason}" for path, reason in problems.items()]


def _extra_problems(extra: Any, model: type[BaseModel] | None, path: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with fields that the models do not know."""
    if isinstance(extra, Unknown):
        return
    if not isinstance(extra, Mapping):
        yield path, f"must be a dictionary of fields, not {_kind(extra)}"
        return
    for name, value in extra.items():
        known = model is not None and name in model.model_fields
        nested = nested_model(model, name) if model and known else None
        if nested:
            yield from _extra_problems(value, nested, f"{path}.{printable(name)}")
        elif known:
            yield f"{path}.{name}", "is a field of its own: declare it outside of extra"
        elif not _is_sendable(value):
            yield f"{path}.{printable(name)}", "holds a number or text that JSON cannot carry"


def _is_sendable(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_sendable(name) and _is_sendable(item) for name, item in value.items())
    if isinstance(value, list):
        return all(map(_is_sendable, value))
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    return not isinstance(value, float) or math.isfinite(value)


def is_unknown(value: object) -> bool:
    """Return whether `value` is, or holds, something that only `pulumi up` will know."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(map(is_unknown, value.values()))
    return isinstance(value, list) and any(map(is_unknown, value))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return value


def _known(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _known(item) for name, item in value.items() if not isinstance(item, Unknown)}
    if isinstance(value, list):
        return [_known(item) for item in value if not isinstance(item, Unknown)]
    return value


def _with_unknowns(normalised: Any, given: Any) -> Any:
    if isinstance(given, Mapping) and isinstance(normalised, Mapping):
        return {
            name: _with_unknowns(normalised[name], item) if name in normalised else item
            for name, item in given.items()
            if name in normalised or is_unknown(item)
        }
    return given if isinstance(given, list) and is_unknown(given) else normalised


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _dotted(path: Path) -> str:
    return printable(".".join(f"{step}" for step in path))


def _explained(error: Mapping[str, Any], path: Path, known: Mapping[str, Any]) -> str:
    found = _at(known, path)
    explain = _EXPLANATIONS.get(error["type"])
    if explain is None:
        return f"{error['msg'][:1].lower()}{error['msg'][1:]}"
    return explain(error.get("ctx", {}), path, found)


def _wanted(kind: str, *, hint: str = "") -> Callable[[Mapping[str, Any], Path, object], str]:
    return lambda _ctx, _path, found: f"must be {kind}, not {_kind(found)}{hint}"


def _bound(words: str, key: str) -> Callable[[Mapping[str, Any], Path, object], str]:
    return lambda ctx, _path, _found: f"must be {words.format(ctx[key])}"


def _no_such_field(_ctx: Mapping[str, Any], path: Path, _found: object) -> str:
    if retired := _RETIRED.get(_dotted(path)):
        return retired
    fields = _model_at(path[:-1]).model_fields
    return (
        f"is not a field of a credential connection{nearest(str(path[-1]), fields)}; "
        "pass a field that is newer than this release in `extra`"
    )


def _not_in_list(_ctx: Mapping[str, Any], path: Path, found: object) -> str:
    *parents, field = (step for step in path if isinstance(step, str))
    allowed = choices_of(_model_at(tuple(parents)), field)
    if len(allowed) == 1:
        return f"must be '{allowed[0]}', or left out"
    hint = nearest(found, allowed) if isinstance(found, str) else f", not {_kind(found)}"
    return f"must be one of {', '.join(map(repr, allowed))}{hint}"


_EXPLANATIONS: dict[str, Callable[[Mapping[str, Any], Path, object], str]] = {
    "extra_forbidden": _no_such_field,
    "literal_error": _not_in_list,
    "string_type": _wanted("a string", hint=" (put it in quotes)"),
    "string_unicode": lambda *_: "contains an unpaired surrogate, which no text may",
    "string_pattern_mismatch": lambda ctx, *_: f"must be {FORMS[ctx['pattern']]}",
    "string_too_short": _bound("at least {} characters long", "min_length"),
    "string_too_long": _bound("at most {} characters long", "max_length"),
    "int_type": _wanted("a whole number"),
    "bool_type": _wanted("true or false"),
    "list_type": _wanted("a list"),
    "model_type": _wanted("a dictionary of fields"),
    "greater_than_equal": _bound("{} or more", "ge"),
    "less_than_equal": _bound("{} or less", "le"),
    "multiple_of": _bound("a multiple of {}", "multiple_of"),
}


def _kind(value: object) -> str:
    """Return what kind of value it is, never the value: a secret may sit in any field."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        # The engine hands whole numbers over as floats too.
        return "a number" if float(value).is_integer() else "a number with a fraction"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list):
        return "a list"
    return "a dictionary" if isinstance(value, Mapping) else "something else"


def _at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _model_at(path: Path) -> type[BaseModel]:
    model: type[BaseModel] = ConnectionSettings
    for step in path:
        model = nested_model(model, str(step)) or model
    return model
