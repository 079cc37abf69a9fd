"""`pulumi-telnyx matrix`: the settings of all stacks side by side."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .output import examples, in_format
from .project import in_project, read_without_errors
from .stacks import of_stacks

if TYPE_CHECKING:
    from rich.table import Table

    from ..stack.cells import Cell, Row

_ABSENT: Final = "no"
# A column of a stack that is narrower than this is no pleasure to read.
_NARROWEST: Final = 12
_MOST_VALUES: Final = 3


@click.command(
    "matrix",
    short_help="Show in what the stacks differ.",
    epilog=examples(
        "matrix",
        "matrix staging prod --origin",
    ),
)
@of_stacks
@click.option("--all-rows", is_flag=True, help="Also the settings that are the same everywhere.")
@click.option("--origin", is_flag=True, help="Say for each value in which file and line it stands.")
@in_format("text", "markdown", "json", shows="A table for people, Markdown for a page, or a JSON object.")
@in_project
def matrix(folder: Path, stacks: tuple[str, ...], all_rows: bool, origin: bool, form: str) -> None:
    """Show what holds in each stack, side by side: only what differs, unless told otherwise.

    STACK names the stacks to compare; left out: all that have a file. What a connection does not say shows
    in parentheses: Telnyx's default, or that a name is derived and a password generated. Encrypted values
    show as "set", and as "same" where the very same encrypted value stands everywhere; whether two others
    mean the same cannot be known without their keys. Of a set, each setting shows once: the value that all
    members have, or how many have which.
    """
    from ..stack.matrix import matrix as rows_of
    from ..stack.project import find_project

    project = find_project(folder)
    names = list(dict.fromkeys(stacks or project.stack_files))
    rows = rows_of(project, read_without_errors(project, names))
    shown = [row for row in rows if all_rows or row.differs]
    if form == "json":
        click.echo(json.dumps(_as_json(names, shown), indent=2, ensure_ascii=False))
    elif form == "markdown":
        click.echo(_as_markdown(names, shown, origin))
    else:
        _print_table(names, shown, origin)
    if not shown:
        click.echo("the stacks do not differ" if rows else "the stacks have no settings", err=True)


def _as_json(names: Sequence[str], rows: Iterable[Row]) -> dict[str, Any]:
    return {
        "stacks": list(names),
        "rows": [
            {
                "path": row.path,
                "differs": row.differs,
                "cells": {stack: _cell_as_json(row, row.cells[stack]) for stack in names},
            }
            for row in rows
        ],
    }


def _cell_as_json(row: Row, cell: Cell) -> dict[str, Any]:
    value = cell.value
    if cell.state == "secret":
        value = "same" if row.same_secret else "set"
    elif cell.state == "mixed":
        value = [
            {
                "state": each.state,
                "value": "set" if each.state == "secret" else each.value,
                "members": members,
            }
            for each, members in cell.value
        ]
    origin = cell.origin and {"file": cell.origin.file, "line": cell.origin.line}
    return {"state": cell.state, "value": value, "origin": origin}


def _as_markdown(names: Sequence[str], rows: Iterable[Row], origin: bool) -> str:
    from ..report.escaping import code

    def cell(row: Row, stack: str) -> str:
        text = _text(row, row.cells[stack], origin)
        # Words of ours are no code; what a file says is, or a forge would make links and mentions of it.
        is_ours = not row.setting or row.cells[stack].state not in {"set", "default", "mixed"}
        return text if is_ours and text == _value(row, row.cells[stack]) else code(text)

    lines = [_line(["setting", *map(code, names)]), _line(["---"] * (len(names) + 1))]
    lines += [_line([code(row.path), *(cell(row, stack) for stack in names)]) for row in rows]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _print_table(names: Sequence[str], rows: Sequence[Row], origin: bool) -> None:
    """Print one table, or one after the other where the terminal is too narrow for all stacks."""
    from .console import print_table, width_of_terminal

    width, settings = width_of_terminal(), max((len(row.setting) + 2 for row in rows), default=0)
    fit = len(names) if width is None else max(1, (width - settings) // _NARROWEST)
    for start in range(0, len(names) if rows else 0, fit):
        if start:
            click.echo()
        print_table(_table(names[start : start + fit], rows, origin))


def _table(names: Sequence[str], rows: Sequence[Row], origin: bool) -> Table:
    from rich.text import Text

    from .console import table_with

    table = table_with(["SETTING", *names])
    last = None
    for row in rows:
        if row.connection is not None and row.connection != last:
            there = _texts(row, names, origin) if not row.setting else [""] * len(names)
            table.add_row(Text(row.connection, style="bold"), *map(Text, there))
        if row.setting:
            indent = "" if row.connection is None else "  "
            table.add_row(f"{indent}{row.setting}", *(_styled(row, stack, origin) for stack in names))
        last = row.connection
    return table


def _styled(row: Row, stack: str, origin: bool) -> Any:
    from rich.text import Text

    faint = row.cells[stack].state in {"default", "made", "not set", "no connection"}
    return Text(_text(row, row.cells[stack], origin), style="dim" if faint else "")


def _texts(row: Row, names: Sequence[str], origin: bool) -> list[str]:
    return [_text(row, row.cells[stack], origin) for stack in names]


def _text(row: Row, cell: Cell, origin: bool) -> str:
    text = _value(row, cell)
    return f"{text} ({cell.origin})" if origin and cell.origin else text


def _value(row: Row, cell: Cell) -> str:
    from ..api.errors import printable

    if cell.state == "secret":
        return "same" if row.same_secret else "set"
    if cell.state == "mixed":
        return _counted(row, cell.value)
    if cell.state == "no connection":
        return "" if row.setting else _ABSENT
    if cell.state == "not set":
        return "not set"
    if not row.setting:
        return "declared"
    text = printable(_spelled(cell.value))
    return text if cell.state == "set" else f"({text})"


def _counted(row: Row, values: Sequence[tuple[Cell, int]]) -> str:
    """Return how many members of a set have which value."""
    parts = [
        f"{'set' if each.state == 'secret' else _value(row, each)} for {members:,}"
        for each, members in values[:_MOST_VALUES]
    ]
    if others := values[_MOST_VALUES:]:
        parts.append(f"others for {sum(members for _, members in others):,}")
    return "; ".join(parts)


def _spelled(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_spelled, value)) or "[]"
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) else json.dumps(value)
