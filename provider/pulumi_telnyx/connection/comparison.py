"""What counts as a difference between two views of a connection, and what to send so that it goes away.

Only declared fields count. Fields, lists and defaults that the program does not mention are the server's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ..api.connection_settings import ATTENUATION_LIMITS, ConnectionSettings
from ..api.models import Connection
from ..api.schema import NO_DEFAULT, choices_of, fields_of, nested_model, reset_value

Tree = dict[str, Any]


def declared_of(properties: Mapping[str, Any]) -> Tree:
    """Return the settings among the engine's properties as the API takes them.

    `extra` stands among the other fields, where it is sent, and numbers are whole again: the engine hands
    every number over as a float.
    """
    known = {name: value for name, value in properties.items() if name in fields_of(ConnectionSettings)}
    return _merged(_cleaned(known), _cleaned(properties.get("extra") or {}))


def properties_of(tree: Mapping[str, Any]) -> Tree:
    """Return the engine's properties for settings: what `declared_of` put together, apart again."""
    known, extra = _split(tree, ConnectionSettings)
    return {**known, "extra": extra} if extra else known


def live_view(declared: Mapping[str, Any], connection: Connection) -> Tree:
    """Return the declared fields with the values that the connection has.

    Where both mean the same, the declared spelling is kept, so that the result equals `declared` exactly when
    nothing differs. A field that the API does not show counts as it was declared, and so does the password:
    a foreign one must not get into the state (`password_differs` tells).
    """
    shown = connection.model_dump(warnings=False, exclude_unset=True, exclude={"password"})
    return _live(declared, shown, ConnectionSettings)


def password_differs(declared: Mapping[str, Any], connection: Connection) -> bool:
    """Return whether the API shows a password, and one that was not declared."""
    return connection.password is not None and connection.password != declared.get("password")


def all_settings(connection: Connection) -> Tree:
    """Return every setting that the API shows, without the password."""
    shown = connection.model_dump(warnings=False, exclude_unset=True, exclude={"password"})
    return {name: value for name, value in shown.items() if name in fields_of(ConnectionSettings)}


def patch(old: Mapping[str, Any], new: Mapping[str, Any]) -> Tree:
    """Return what to send so that a connection that has `old` gets `new`; empty when nothing differs.

    An object in which anything differs is sent with all its declared fields: the API does not say whether it
    merges or replaces objects, and this comes out right under both. A field that is declared no more goes
    back to the API's default.
    """
    return _patch(old, new, ConnectionSettings)


def altered(declared: Mapping[str, Any], view: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the paths of the fields that the API holds otherwise than they were sent."""
    for name, value in declared.items():
        shown = view.get(name)
        if isinstance(value, Mapping) and isinstance(shown, Mapping):
            yield from altered(value, shown, f"{prefix}{name}.")
        elif shown != value:
            yield f"{prefix}{name}"


def means_default(model: type[BaseModel], field: str, siblings: Mapping[str, Any]) -> bool:
    """Return whether a field that the API shows is what it is when nobody sets it.

    Args:
        model: the object that has the field.
        field: its name.
        siblings: the fields of the object as the API shows them, itself included.
    """
    value = siblings.get(field)
    return _same(model, field, None, value) or _same(model, field, value, _default(model, field, siblings))


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _cleaned(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _merged(tree: Tree, extra: Mapping[str, Any]) -> Tree:
    merged = dict(tree)
    for name, value in extra.items():
        kept = merged.get(name)
        if isinstance(kept, dict) and isinstance(value, Mapping):
            merged[name] = _merged(kept, value)
        else:
            merged[name] = value
    return merged


def _split(tree: Mapping[str, Any], model: type[BaseModel]) -> tuple[Tree, Tree]:
    known: Tree = {}
    extra: Tree = {}
    for name, value in tree.items():
        nested = nested_model(model, name) if name in fields_of(model) else None
        if nested and isinstance(value, Mapping):
            known[name], inner = _split(value, nested)
            if inner:
                extra[name] = inner
        else:
            (known if name in fields_of(model) else extra)[name] = value
    return known, extra


def _live(declared: Mapping[str, Any], live: Mapping[str, Any], model: type[BaseModel] | None) -> Tree:
    view: Tree = {}
    for name, value in declared.items():
        nested = nested_model(model, name) if model and name in fields_of(model) else None
        shown = live.get(name, value)
        if isinstance(value, Mapping) and (nested or isinstance(shown, Mapping)):
            view[name] = _live(value, _object(shown, value), nested)
        else:
            view[name] = value if _same(model, name, value, shown) else shown
    return view


def _object(shown: Any, declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of an object in an answer; null stands for an object at its defaults."""
    if shown is None:
        return dict.fromkeys(declared)
    return shown if isinstance(shown, Mapping) else {}


def _patch(old: Mapping[str, Any], new: Mapping[str, Any], model: type[BaseModel]) -> Tree:
    changes: Tree = {}
    # Fields of the model first and in its order, then those of `extra`.
    fields = fields_of(model)
    for name in dict.fromkeys([*(name for name in fields if name in old or name in new), *new]):
        before, after = old.get(name), new.get(name)
        known = name in fields
        if known and (nested := nested_model(model, name)):
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
        engine = siblings.get("engine") or reset_value(model, "engine")
        # Of an engine that this release does not know, the default is not known either.
        return ATTENUATION_LIMITS.get(engine, NO_DEFAULT)
    return reset_value(model, field)


def _same(model: type[BaseModel] | None, field: str, one: Any, other: Any) -> bool:
    known = model is not None and field in fields_of(model)
    if one is None or other is None:
        # The API shows null for some fields that are at their default.
        default = reset_value(model, field) if model and known else NO_DEFAULT
        given = other if one is None else one
        return given is None or given == "" or given == default
    if isinstance(one, str) and isinstance(other, str):
        # Some answers spell a choice in other letter case; user names are one name in any case.
        folded = field == "user_name" or bool(model and known and choices_of(model, field))
        return one.casefold() == other.casefold() if folded else one == other
    if field == "tags" and isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    return bool(one == other)
