"""Reads the members of a set from a table as spreadsheets save it, and keeps the line of each cell.

The first line names the columns: `name`, and fields of a connection with dots, as `inbound.channel_limit`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from ..api.connection_settings import ConnectionSettings
from ..api.errors import printable
from ..api.schema import json_schema, nested_model
from ..words import counted, nearest
from .located import Finding, Located, Origin
from .text_file import CONTROL_CHARACTER, UnreadableError, line_of_control_character, read_text

NAME: Final = "name"
ITEMS: Final = "|"
"""What stands between the items of a list: commas and semicolons part cells."""
REMARK: Final = "#"
"""How the name of a column begins that is not read."""

Kind: TypeAlias = Literal["text", "number", "boolean", "list"]

_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BOOLEANS: Final = {"true": True, "false": False}
_KINDS: Final[Mapping[str, Kind]] = {"integer": "number", "boolean": "boolean", "array": "list"}
# What a connection has beside the API's fields, and a member can have for itself.
_OPTIONS: Final[Mapping[str, Kind]] = {
    "adopt": "text",
    "rotate_password_when": "text",
    "unmanaged_password": "boolean",
}


@dataclass(frozen=True)
class _Column:
    place: int
    path: tuple[str, ...]
    kind: Kind


class _Table:
    """A file's members so far, and what is wrong with it."""

    def __init__(self, name: str, passwords: str) -> None:
        self.members: dict[str, Located] = {}
        self.findings: list[Finding] = []
        self._name, self._passwords = name, passwords

    def found(self, line: int | None, message: str) -> None:
        self.findings.append(Finding(Origin(self._name, line), message))

    def read(self, text: str) -> None:
        if line := line_of_control_character(text):
            self.found(line, CONTROL_CHARACTER)
            return
        # Without strict, whatever follows a quote that is not closed becomes one cell.
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
        columns: Sequence[_Column] | None = None
        width, place = 0, 0
        for line, cells in self._rows(rows):
            # Spreadsheets leave rows of nothing but separators behind.
            if not any(map(str.strip, cells)):
                continue
            if columns is None:
                columns, width, place = self._columns(line, cells), len(cells), _place_of_name(cells)
                if place < 0:
                    return
            elif len(cells) != width:
                self.found(
                    line,
                    f"has {counted(len(cells), 'cell')}, and the header has {width}: a value with a "
                    "separator in it stands in double quotes",
                )
            else:
                self._add(line, cells, columns, place)
        if columns is None:
            self.found(1, f"is empty: it needs a header with a column {NAME}, and a line for each member")

    def _rows(self, rows: Any) -> Iterator[tuple[int, list[str]]]:
        """Yield each row with the line in which it begins: cells may have line breaks within."""
        line = 1
        try:
            for row in rows:
                yield line, row
                line = rows.line_num + 1
        except csv.Error as error:
            # Its words have no cell in them.
            self.found(line, f"is no row of a table: {error}; a double quote within a cell is doubled")

    def _columns(self, line: int, header: Sequence[str]) -> list[_Column]:
        names = [cell.strip() for cell in header]
        columns: list[_Column] = []
        known = {".".join(path): kind for path, kind in _fields(ConnectionSettings)} | dict(_OPTIONS)
        if NAME not in names:
            self.found(line, _without_names(names))
            return []
        for place, name in enumerate(names):
            if name == NAME or name.startswith(REMARK):
                continue
            if name.casefold() == "password":
                self.found(line, _no_passwords(name, self._passwords))
            elif name not in known:
                self.found(line, _no_column(name, place, known))
            elif name in names[:place]:
                self.found(line, f"has the column {name} twice: remove one of the two")
            else:
                columns.append(_Column(place, tuple(name.split(".")), known[name]))
        if names.count(NAME) > 1:
            self.found(line, f"has the column {NAME} twice: remove one of the two")
        return columns

    def _add(self, line: int, cells: Sequence[str], columns: Sequence[_Column], place: int) -> None:
        origin = Origin(self._name, line)
        member = cells[place].strip()
        if not member:
            self.found(line, f"has an empty cell in the column {NAME}: each member needs a name")
        elif member in self.members:
            first = self.members[member].origin.line
            self.found(line, f"'{printable(member)}' stands in line {first} too: remove one of the two")
        else:
            lines = _lines_of(line, cells)
            settings: dict[str, Located] = {}
            for column in columns:
                if cell := cells[column.place].strip():
                    at = origin if lines is None else Origin(self._name, lines[column.place])
                    _put(settings, column.path, Located(_value(cell, column.kind, at), at))
            self.members[member] = Located(settings, origin)


def read_csv(path: Path, name: str, passwords: str) -> tuple[dict[str, Located], list[Finding]]:
    """Return the members in a table, and what is wrong with it.

    Args:
        path: the file.
        name: what users call it.
        passwords: the key of the stack's config in which passwords stand.
    """
    table = _Table(name, passwords)
    try:
        table.read(read_text(path))
    except UnreadableError as error:
        table.found(error.line, error.message)
    return table.members, table.findings


def delimiter_of(text: str) -> str:
    """Return what parts the cells: names of columns have neither commas nor semicolons in them."""
    header = next((line for line in text.splitlines() if line.strip(" ,;")), "")
    return ";" if header.count(";") > header.count(",") else ","


def _place_of_name(header: Sequence[str]) -> int:
    names = [cell.strip() for cell in header]
    return names.index(NAME) if NAME in names else -1


def _without_names(names: Sequence[str]) -> str:
    if any("\t" in name for name in names):
        return "has tabs between its cells: save it with commas or semicolons"
    close = [name for name in names if nearest(name, [NAME])]
    hint = f" (is '{printable(close[0])}' the one?)" if close else ""
    return f"has no column {NAME}{hint}: the first line names the columns, and {NAME} is the member's"


def _no_passwords(name: str, passwords: str) -> str:
    return (
        f"has a column {printable(name)}, and passwords never stand in plain text: remove it, and each "
        "member gets a generated one; to give one, encrypt it, `pulumi config set --secret --path "
        f"{passwords}.<set>.<member> --stack <stack>`"
    )


def _no_column(name: str, place: int, known: Mapping[str, Kind]) -> str:
    model = ConnectionSettings.model_fields
    if not name:
        return f"has a column without a name, number {place + 1}: name it, or remove it"
    if name in model and name != "extra":
        return f"has a column {name}, which has fields of its own: name one of them, as {_example(name)}"
    if name.partition(".")[0] == "extra":
        return (
            f"has a column {printable(name)}, and nothing tells whether its cells are text: declare extra in "
            "a stack's file, below defaults or members"
        )
    return (
        f"has a column {printable(name)}, which is no field of a connection{nearest(name, (*known, NAME))}; "
        f"a column that is not to be read begins with {REMARK}"
    )


def _example(field: str) -> str:
    below = nested_model(ConnectionSettings, field)
    return f"{field}.{next(iter(below.model_fields))}" if below else field


def _fields(model: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Kind]]:
    for field in model.model_fields:
        if below := nested_model(model, field):
            yield from _fields(below, (*path, field))
        elif (*path, field) != ("password",):
            yield (*path, field), _KINDS.get(json_schema(model, field).get("type", ""), "text")


def _value(cell: str, kind: Kind, at: Origin) -> Any:
    """Return what a cell means; what is not of its column's kind stays text, and is refused as such."""
    if kind == "list":
        return [Located(item.strip(), at) for item in cell.split(ITEMS) if item.strip()]
    if kind == "boolean":
        return _BOOLEANS.get(cell.casefold(), cell)
    return int(cell) if kind == "number" and _NUMBER.fullmatch(cell) else cell


def _put(entries: dict[str, Located], path: Sequence[str], value: Located) -> None:
    first, *rest = path
    if rest:
        below = dict(entries[first].entries()) if first in entries else {}
        _put(below, rest, value)
        value = Located(below, value.origin)
    entries[first] = value


def _lines_of(line: int, cells: Sequence[str]) -> list[int] | None:
    """Return the line in which each cell begins, or None where all stand in one."""
    breaks = [len(_BREAK.findall(cell)) if "\n" in cell or "\r" in cell else 0 for cell in cells]
    return [line + sum(breaks[:place]) for place in range(len(cells))] if any(breaks) else None
