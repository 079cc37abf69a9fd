"""A connection's settings in the order of the API's reference, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..reference import Field, Reference

# These stand at the top of the page, in words of their own.
_TOLD_ELSEWHERE = {"connection_name", "user_name", "password"}


@dataclass(frozen=True)
class Setting:
    """One field: its name, its value, whether that is the default, and what the field means."""

    name: str
    value: Any
    is_default: bool
    meaning: str


@dataclass(frozen=True)
class Group:
    """The settings of one object; the connection's own have no name."""

    name: str
    meaning: str
    settings: list[Setting]


def groups(settings: Mapping[str, Any], reference: Reference) -> Iterator[Group]:
    """Yield the connection's own settings, then those of each object that it has."""
    # An edit behind the API's back may have left anything in an object's place.
    objects = {
        name: settings[name]
        for name, field in reference.top.items()
        if field.type == "object" and isinstance(settings.get(name), dict)
    }
    own = {
        name: value for name, value in settings.items() if name not in objects and name not in _TOLD_ELSEWHERE
    }
    yield Group("", "", _settings(own, reference.top))
    for name, inner in objects.items():
        yield Group(name, reference.top[name].meaning, _settings(inner, reference.fields[name]))


def _settings(values: Mapping[str, Any], fields: Mapping[str, Field]) -> list[Setting]:
    known = [name for name in fields if name in values]
    others = [name for name in values if name not in fields]
    return [_setting(name, values[name], fields.get(name), values) for name in (*known, *others)]


def _setting(name: str, value: Any, field: Field | None, beside: Mapping[str, Any]) -> Setting:
    if field is None:
        return Setting(name, value, is_default=False, meaning="")
    default = field.default
    if field.default_by is not None:
        path, values = field.default_by
        default = values.get(str(beside.get(path.rpartition(".")[2])), default)
    return Setting(name, value, is_default=value == default, meaning=field.meaning)
