"""What a program has to declare of a connection so that nothing of it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pulumi.output import UNKNOWN
from pydantic import BaseModel

from ..api.connection_settings import ConnectionSettings
from ..api.schema import nested_model
from ..connection.comparison import means_default
from ..connection.validation import validated
from ..ownership import without_marks

if TYPE_CHECKING:
    from ..api.models import Connection

# They name the connection, and are declared whatever they are.
_NAMES: Final = ("connection_name", "user_name")


@dataclass(frozen=True)
class Declared:
    """The settings to declare.

    Args:
        settings: the names, and what differs from Telnyx's defaults; never a password.
        left_out: paths and reasons of what Telnyx holds and a program cannot declare; it stays as it is.
        unusable: why the connection cannot be declared at all; empty where it can.
    """

    settings: dict[str, Any]
    left_out: list[str] = field(default_factory=list)
    unusable: str = ""


def declared(connection: Connection) -> Declared:
    """Return what to declare of a connection.

    Args:
        connection: as the API shows it.
    """
    shown = without_marks(connection).model_dump(warnings=False, exclude_unset=True, exclude={"password"})
    settings = _beyond_defaults(shown, ConnectionSettings)
    settings = {name: shown.get(name) for name in _NAMES if shown.get(name) is not None} | settings
    left_out: list[str] = []
    while problems := validated({**settings, "password": UNKNOWN})[1]:
        path, _, reason = problems[0].partition(": ")
        name = path.split(".")[0]
        if name in _NAMES or not _left_out(settings, path.split(".")):
            return Declared(settings, left_out, f"{path}: {reason}")
        left_out.append(f"{path}: {reason}")
        settings = {field: value for field, value in settings.items() if value != {}}
    return Declared(settings, left_out)


def _beyond_defaults(shown: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in model.model_fields:
        value = shown.get(name)
        below = nested_model(model, name)
        if below and isinstance(value, Mapping):
            if inner := _beyond_defaults(value, below):
                found[name] = inner
        elif not means_default(model, name, shown) and value != []:
            found[name] = value
    return found


def _left_out(settings: dict[str, Any], path: list[str]) -> bool:
    """Take a field out, or what holds it where the path leads no further; return whether it was there."""
    below = settings
    for step in path[:-1]:
        if not isinstance(below.get(step), dict):
            return below.pop(step, None) is not None
        below = below[step]
    return below.pop(path[-1], None) is not None
