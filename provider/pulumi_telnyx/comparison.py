"""What counts as a difference between two views of a connection, and what to send so that it goes away.

Only declared fields count. Fields, lists and defaults that the program does not mention are the server's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from .api.models import ATTENUATION_LIMITS, Connection, ConnectionSettings
from .api.schema import choices, nested_model, reset_value

DECLARABLE = frozenset(ConnectionSettings.model_fields)
"""The fields that a program can declare, and so the ones that are compared."""


def declared_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a connection among the engine's properties, numbers made whole again."""
    return {
        name: _whole(value) for name, value in properties.items() if name in DECLARABLE and value is not None
    }


def _whole(value: Any) -> Any:
    # The engine hands every number over as a float; the API has whole numbers only.
    if isinstance(value, float):
        return int(value)
    if isinstance(value, Mapping):
        return {name: _whole(item) for name, item in value.items()}
    return value


def live_view(declared: Mapping[str, Any], connection: Connection) -> dict[str, Any]:
    """Return the declared fields with the values that the connection has.

    Where both mean the same, the declared spelling is kept, so that the result equals `declared` exactly when
    nothing differs. A field that the API does not show counts as it was declared.
    """
    return _live(declared, connection.model_dump(warnings=False, exclude_unset=True), ConnectionSettings)


def all_settings(connection: Connection) -> dict[str, Any]:
    """Return every setting that the API shows, without the password."""
    shown = connection.model_dump(warnings=False, exclude_none=True, exclude={"password"})
    return {name: value for name, value in shown.items() if name in DECLARABLE}


def patch(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to send so that a connection that has `old` gets `new`; empty when nothing differs.

    An object in which anything differs is sent with all its declared fields: the API does not say whether it
    merges or replaces objects, and this comes out right under both. A field that is declared no more goes
    back to the API's default.
    """
    return _patch(old, new, ConnectionSettings)


def _live(declared: Mapping[str, Any], live: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    view: dict[str, Any] = {}
    for name, value in declared.items():
        nested = nested_model(model, name)
        shown = live.get(name, value)
        if nested and isinstance(value, Mapping):
            view[name] = _live(value, _object(shown, nested), nested)
        else:
            view[name] = value if _same(model, name, value, shown) else shown
    return view


def _object(shown: Any, model: type[BaseModel]) -> Mapping[str, Any]:
    """Return the fields of an object in an answer; null stands for an object at its defaults."""
    if shown is None:
        return dict.fromkeys(model.model_fields)
    return shown if isinstance(shown, Mapping) else {}


def _patch(old: Mapping[str, Any], new: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name in model.model_fields:
        before, after = old.get(name), new.get(name)
        if nested := nested_model(model, name):
            before = before if isinstance(before, Mapping) else {}
            after = after if isinstance(after, Mapping) else {}
            if nested_changes := _patch(before, after, nested):
                changes[name] = {**after, **nested_changes}
        elif name in new:
            if name not in old or not _same(model, name, before, after):
                changes[name] = after
        elif name in old:
            default = _default(model, name, new)
            if not _same(model, name, before, default):
                changes[name] = default
    return changes


def _default(model: type[BaseModel], field: str, siblings: Mapping[str, Any]) -> Any:
    if field == "attenuation_limit":
        return ATTENUATION_LIMITS[siblings.get("engine", reset_value(model, "engine"))]
    return reset_value(model, field)


def _same(model: type[BaseModel], field: str, one: Any, other: Any) -> bool:
    if one is None or other is None:
        if field == "password":
            # Masked or left out: neither drift nor proof that nothing changed.
            return True
        # The API shows null for some fields that are at their default.
        given = other if one is None else one
        return given is None or given in ("", reset_value(model, field))
    if isinstance(one, str) and isinstance(other, str):
        # Some answers spell a choice in other letter case; user names are one name in any case.
        folded = field == "user_name" or bool(choices(model, field))
        return one.casefold() == other.casefold() if folded else one == other
    if field == "tags" and isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    return bool(one == other)
