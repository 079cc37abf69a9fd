"""Drift in a terminal: one line per field, then what it means and what can be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from . import wording
from .escaping import shortened, visible, visible_line
from .size import names
from .summary import Resource, Stack, Summary

_MOST_OF_NAME: Final = 120
_MOST_OF_NAMES: Final = 400
_MOST_OF_VALUE: Final = 200
_MOST_OF_MESSAGE: Final = 10_000
_MOST_PATHS: Final = 8


def table_of(summary: Summary) -> Table:
    """Return what differs, as a table; it has no row where nothing does."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("stack", "connection", "field", *summary.voice.sides, "last changed"):
        table.add_column(title, overflow="fold")
    for stack in summary.stacks:
        for resource in stack.connections:
            for cells in _rows(resource):
                table.add_row(*map(Text, (_name(stack.name), _name(resource.change.name), *cells)))
        for resource in stack.others:
            name = f"{_name(resource.change.name)} ({_name(resource.change.type)})"
            table.add_row(
                *map(Text, (_name(stack.name), name, f"({resource.voice.called(resource.operation)})"))
            )
    return table


def notes_of(summary: Summary) -> Iterator[str]:
    """Yield lines: errors, what the differences mean, what can be done, and last a verdict per stack."""
    for stack in summary.stacks:
        for each in _notes(stack):
            yield f"{_name(stack.name)}: {each}"
    yield from summary.remedies
    for stack in summary.stacks:
        told = ", ".join(each.text for each in stack.verdict)
        yield f"{_name(stack.name)}: {told or summary.voice.nothing}"


def _rows(resource: Resource) -> Iterator[tuple[str, str, str, str]]:
    if resource.change.new is None:
        yield f"({resource.voice.called(resource.operation)})", "", "", resource.when
        return
    for path, declared, live in wording.property_rows(resource, _MOST_OF_VALUE):
        yield visible(path), wording.in_one_line(declared), wording.in_one_line(live), resource.when
    if not resource.properties:
        yield wording.in_one_line(wording.paths(resource, _MOST_PATHS)), "", "", resource.when


def _notes(stack: Stack) -> Iterator[str]:
    for message, about in stack.problems.items():
        who = names([_name(each) for each in about], _MOST_OF_NAMES)
        lines = shortened(message, _MOST_OF_MESSAGE).splitlines()
        yield "\n  ".join([f"error: {who}" if who else "error:", *map(visible_line, lines)])
    for message, about in stack.warnings.items():
        who = ", ".join(map(_name, about))
        yield f"warning: {who}{': ' if who else ''}{visible(message)}"
    for resource in stack.connections:
        for meaning in resource.meanings:
            yield f"{_name(resource.change.name)}: {meaning.text}"


def _name(name: str) -> str:
    return visible(shortened(name, _MOST_OF_NAME))
