"""Imported connections as a Python program, formatted as ruff and black leave it."""

from __future__ import annotations

import builtins
import json
import keyword
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..connection.passwords import UNMANAGED
from ..connection.properties import OWN_FIELDS
from ..stack.project import PASSWORDS
from .plan import Importable
from .resource_names import cleaned

_WIDEST: Final = 88
_TAKEN: Final = frozenset(
    {
        *("pulumi", "CredentialConnection", "CredentialConnectionSet", PASSWORDS),
        *keyword.kwlist,
        *dir(builtins),
    }
)


def python_program(imports: Sequence[Importable], *, protect: bool) -> str:
    """Return the program.

    Args:
        imports: the connections; their names are unique.
        protect: whether Pulumi shall refuse to delete them.
    """
    lines = _head("CredentialConnection", imports)
    taken = set(_TAKEN)
    for each in imports:
        variable = _variable(each.name, taken)
        taken.add(variable)
        lines += ["", f"{variable} = CredentialConnection(", f"    {_literal(each.name, 4)},"]
        lines += _arguments(_declaration(each, (each.name,)))
        lines += _end(protect=protect)
    return "\n".join([*lines, ""])


def python_program_of_set(set_name: str, imports: Sequence[Importable], *, protect: bool) -> str:
    """Return the program that declares the connections as members of one set.

    Args:
        set_name: the set's name.
        imports: the connections; their names are those of the members.
        protect: whether Pulumi shall refuse to delete the set.
    """
    members = {each.name: _declaration(each, (set_name, each.name)) for each in imports}
    # What all of them have, said once.
    first = next(iter(members.values()))
    defaults = {
        name: value
        for name, value in first.items()
        if name not in OWN_FIELDS
        and all(name in each and _alike(each[name], value) for each in members.values())
    }
    arguments: dict[str, Any] = {"defaults": defaults} if defaults else {}
    arguments["members"] = {
        name: {field: value for field, value in each.items() if field not in defaults}
        for name, each in members.items()
    }
    lines = _head("CredentialConnectionSet", imports)
    lines += ["", f"{_variable(cleaned(set_name), _TAKEN)} = CredentialConnectionSet("]
    lines += [f"    {_literal(set_name, 4)},", *_arguments(arguments), *_end(protect=protect)]
    return "\n".join([*lines, ""])


@dataclass(frozen=True)
class _Code:
    """What stands in the program as it is."""

    text: str


def _head(kind: str, imports: Sequence[Importable]) -> list[str]:
    lines = [
        '"""Credential connections that were imported from Telnyx."""',
        "",
        "import pulumi",
        f"from pulumi_telnyx import {kind}",
    ]
    if any(each.password is not None for each in imports):
        lines += ["", f'{PASSWORDS} = pulumi.Config().require_secret_object("{PASSWORDS}")']
    return lines


def _declaration(each: Importable, kept_at: Sequence[str]) -> dict[str, Any]:
    """Return what the program says of a connection.

    Args:
        each: the connection.
        kept_at: where its password stands in the stack's map, if it is kept.
    """
    if each.password is None:
        return {**each.declared.settings, UNMANAGED: True}
    place = "".join(f"[{_literal(step, 4)}]" for step in kept_at)
    return {**each.declared.settings, "password": _Code(f"{PASSWORDS}{place}")}


def _arguments(settings: Mapping[str, Any]) -> list[str]:
    return [f"    {name}={_literal(value, 4, len(name) + 2)}," for name, value in settings.items()]


def _end(*, protect: bool) -> list[str]:
    return [*(["    opts=pulumi.ResourceOptions(protect=True),"] if protect else []), ")"]


def _alike(one: Any, other: Any) -> bool:
    return json.dumps(one) == json.dumps(other)


def _variable(name: str, taken: Collection[str]) -> str:
    variable = name.replace("-", "_")
    if not variable[:1].isalpha():
        variable = f"connection_{variable}"
    while variable in taken:
        variable += "_"
    return variable


def _literal(value: Any, indent: int, before: int = 0) -> str:
    """Return a value as Python has it: on one line where it fits, else an item on each line.

    Args:
        value: from JSON.
        indent: of the line that it begins in.
        before: how many characters of that line, and of what follows, are taken.
    """
    if not isinstance(value, Mapping | list):
        if isinstance(value, _Code):
            return value.text
        return _quoted(value) if isinstance(value, str) else repr(value)
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    items = (
        [(f"{_literal(name, 0)}: ", each) for name, each in value.items()]
        if isinstance(value, Mapping)
        else [("", each) for each in value]
    )
    flat = f"{opening}{', '.join(f'{name}{_literal(each, 0, -_WIDEST)}' for name, each in items)}{closing}"
    if "\n" not in flat and indent + before + len(flat) + 1 <= _WIDEST:
        return flat
    deeper = " " * (indent + 4)
    inner = "".join(f"{deeper}{name}{_literal(each, indent + 4, len(name) + 1)},\n" for name, each in items)
    return f"{opening}\n{inner}{' ' * indent}{closing}"


def _quoted(text: str) -> str:
    """Return a text in the quotes that need fewer escapes, double ones if in doubt."""
    quoted = json.dumps(text, ensure_ascii=False)
    if text.count('"') <= text.count("'"):
        return quoted
    marks = {'"': '"', "'": "\\'"}
    inner = "".join(marks.get(each) or json.dumps(each, ensure_ascii=False)[1:-1] for each in text)
    return f"'{inner}'"
