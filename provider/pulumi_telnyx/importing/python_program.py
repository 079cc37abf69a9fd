"""Imported connections as a Python program, formatted as ruff and black leave it."""

from __future__ import annotations

import builtins
import json
import keyword
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from ..stack.project import PASSWORDS
from .plan import Importable

_WIDEST: Final = 88
_TAKEN: Final = frozenset({"pulumi", "CredentialConnection", PASSWORDS, *keyword.kwlist, *dir(builtins)})


def python_program(imports: Sequence[Importable], *, protect: bool) -> str:
    """Return the program.

    Args:
        imports: the connections; their names are unique.
        protect: whether Pulumi shall refuse to delete them.
    """
    lines = [
        '"""Credential connections that were imported from Telnyx."""',
        "",
        "import pulumi",
        "from pulumi_telnyx import CredentialConnection",
    ]
    if any(each.password is not None for each in imports):
        lines += ["", f'{PASSWORDS} = pulumi.Config().require_secret_object("{PASSWORDS}")']
    taken = set(_TAKEN)
    for each in imports:
        variable = _variable(each.name, taken)
        taken.add(variable)
        lines += ["", f"{variable} = CredentialConnection(", f"    {_literal(each.name, 4)},"]
        for name, value in each.declared.settings.items():
            lines.append(f"    {name}={_literal(value, 4, len(name) + 2)},")
        if each.password is None:
            lines.append("    unmanaged_password=True,")
        else:
            lines.append(f"    password={PASSWORDS}[{_literal(each.name, 4)}],")
        if protect:
            lines.append("    opts=pulumi.ResourceOptions(protect=True),")
        lines.append(")")
    return "\n".join([*lines, ""])


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
