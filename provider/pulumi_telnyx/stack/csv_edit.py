"""Changes cells of a table where they have to change, and leaves every other byte of it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from .csv_file import NAME, delimiter_of

_NEEDS_QUOTES: Final = re.compile(r'[",;\r\n]|^\s|\s$')
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def edited_table(text: str, changes: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text of a table of members with changes made.

    Args:
        text: the table, in which nothing is wrong.
        changes: the new cells by member and column; a column that is not there is added at the end.
    """
    delimiter = delimiter_of(text)
    columns: list[str] | None = None
    added: list[str] = []
    parts, done = [], 0

    def put(start: int, end: int, new: str) -> None:
        nonlocal done
        parts.extend([text[done:start], new])
        done = end

    for cells in _rows(text, delimiter):
        values = [_value(text[start:end]) for start, end in cells]
        if not any(values):
            continue
        if columns is None:
            columns = values
            wanted = dict.fromkeys(column for each in changes.values() for column in each)
            added = [column for column in wanted if column not in columns]
            new = {column: column for column in added}
        else:
            new = dict(changes.get(values[columns.index(NAME)], {}))
        for column, (start, end) in zip(columns, cells, strict=True):
            if column in new and values is not columns:
                put(start, end, _cell(new[column]))
        last = cells[-1][1]
        put(last, last, "".join(f"{delimiter}{_cell(new.get(column, ''))}" for column in added))
    return "".join([*parts, text[done:]])


def _rows(text: str, delimiter: str) -> Iterator[list[tuple[int, int]]]:
    """Yield where the cells of each row stand, with their quotes."""
    cell = re.compile(rf'"(?:[^"]|"")*"|[^{delimiter}\r\n]*')
    place, row = 0, list[tuple[int, int]]()
    while place <= len(text):
        found = cell.match(text, place)
        # An empty cell is one, too.
        end = found.end() if found else place
        row.append((place, end))
        place = end
        if text[place : place + 1] == delimiter:
            place += 1
            continue
        yield row
        row = []
        line_end = _LINE_END.match(text, place)
        if line_end is None:
            return
        place = line_end.end()


def _value(cell: str) -> str:
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return (cell[1:-1].replace('""', '"') if quoted else cell).strip()


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value
