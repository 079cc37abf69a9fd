"""Tables for a terminal, and for what is no terminal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table


def table_with(columns: Iterable[str], *, whole: Collection[str] = ()) -> Table:
    """Return a table without rows.

    Args:
        columns: its headers.
        whole: those whose cells are not broken where the terminal is narrow, since people copy them.
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in whole)
    return table


def print_table(table: Table, *, folded: bool = True, file: IO[str] | None = None) -> None:
    """Print a table; where stdout is a pipe or a file, which has no width, one row is one line.

    Args:
        table: what to print.
        folded: whether it has to fit into the terminal.
        file: where to; left out: stdout.
    """
    from rich.console import Console

    screen = Console()
    width = screen.width
    if not (folded and screen.is_terminal):
        width = screen.measure(table, options=screen.options.update(width=100_000)).maximum
    console = Console(file=file, width=width)
    with console.capture() as captured:
        console.print(table)
    # The table fills its last column up, too.
    click.echo(re.sub(r" +\n", "\n", captured.get()), nl=False, file=file)


def width_of_terminal() -> int | None:
    """Return how many characters a line of stdout has room for; None where it is no terminal."""
    from rich.console import Console

    console = Console()
    return console.width if console.is_terminal else None
