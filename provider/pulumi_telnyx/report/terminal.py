"""A report in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import wording
from .escaping import shortened, visible, visible_line
from .size import names
from .summary import TITLES, Resource, Stack, Summary

_MOST_OF_NAME: Final = 120
_MOST_OF_NAMES: Final = 400
_MOST_OF_VALUE: Final = 200
_MOST_OF_MESSAGE: Final = 10_000
_MOST_PATHS: Final = 8

_COLOURS: Final = {
    "delete": "red",
    "replace": "magenta",
    "update": "yellow",
    "rename": "yellow",
    "create": "green",
}
_GRAVE: Final = "bold red"


def print_report(summary: Summary, console: Console) -> None:
    """Print what changes, resource by resource, then table and verdicts: the end is what people see."""
    for stack in summary.stacks:
        if stack.verdict:
            for line in _section(stack):
                console.print(line, soft_wrap=True)
            console.print()
    console.print(_table(summary))
    console.print()
    for stack in summary.stacks:
        console.print(_verdict(stack), soft_wrap=True)


def _verdict(stack: Stack) -> Text:
    parts = [Text(each.text, _GRAVE if each.grave else "") for each in stack.verdict]
    return Text.assemble(_name(stack.name), ": ", Text(", ").join(parts) if parts else "no changes")


def _table(summary: Summary) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(Text("stack"), overflow="fold")
    for each in summary.columns:
        title = Text(TITLES.get(each) or _shown(each, _MOST_OF_NAME))
        table.add_column(title, justify="right", no_wrap=True)
    for stack in summary.stacks:
        counts = stack.preview.counts
        cells = [f"{counts.get(each, 0):,}" for each in summary.columns]
        table.add_row(_name(stack.name), *(["failed"] if stack.problems else cells))
    return table


def _section(stack: Stack) -> Iterator[Text]:
    yield Text.assemble(_name(stack.name, "bold"))
    if stack.is_another:
        yield _below(Text(f"a preview of the stack that Pulumi calls {visible(stack.preview.engine_stack)}"))
    for message, about in stack.problems.items():
        if about:
            who = names([_shown(each, _MOST_OF_NAME) for each in about], _MOST_OF_NAMES)
            yield _below(Text(f"{who}:", _GRAVE))
        lines = shortened(message, _MOST_OF_MESSAGE).splitlines()
        yield _below(Text("\n".join(map(visible_line, lines)), _GRAVE))
    for message, about in stack.warnings.items():
        who = ", ".join(_shown(each, _MOST_OF_NAME) for each in about)
        yield _below(Text.assemble(("warning: ", "yellow"), who, ": " if who else "", visible(message)))
    for resource in stack.connections:
        yield from _resource(resource)
    for resource in stack.others:
        type_ = Text(f" ({_shown(resource.change.type, _MOST_OF_NAME)})", "dim")
        yield _below(Text.assemble(_operation(resource), " ", _name(resource.change.name), type_))


def _resource(resource: Resource) -> Iterator[Text]:
    yield _below(Text.assemble(_operation(resource), " ", _name(resource.change.name, "bold")))
    for meaning in resource.meanings:
        yield _below(Text(meaning.text, _GRAVE if meaning.grave else "yellow"), 4)
    if resource.change.old is None or resource.change.new is None:
        for path, value in wording.values(resource, _MOST_OF_VALUE):
            yield _below(Text.assemble((visible(path), "cyan"), ": ", wording.in_one_line(value)), 4)
        return
    for path, old, new in wording.property_rows(resource, _MOST_OF_VALUE):
        yield _below(
            Text.assemble(
                (visible(path), "cyan"), ": ", wording.in_one_line(old), " → ", wording.in_one_line(new)
            ),
            4,
        )
    if not resource.properties and (told := wording.in_one_line(wording.paths(resource, _MOST_PATHS))):
        yield _below(Text(told), 4)


def _operation(resource: Resource) -> Text:
    return Text(_shown(resource.operation, _MOST_OF_NAME), _COLOURS.get(resource.operation, ""))


def _below(text: Text, depth: int = 2) -> Text:
    # A line that is too long is the terminal's to break: padding would cut it.
    return Text("\n").join(Text(" " * depth) + line for line in text.split("\n", allow_blank=True))


def _name(name: str, style: str = "") -> Text:
    return Text(_shown(name, _MOST_OF_NAME), style)


def _shown(text: str, limit: int) -> str:
    return visible(shortened(text, limit))
