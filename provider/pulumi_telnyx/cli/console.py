"""Tables for a terminal, and for what is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def print_table(table: Table, *, folded: bool = True) -> None:
    """Print a table to stdout; into a pipe or a file, which has no width, one row is one line.

    Args:
        table: what to print.
        folded: whether it has to fit into the terminal.
    """
    from rich.console import Console

    console = Console()
    if not (folded and console.is_terminal):
        console = Console(width=console.measure(table, options=console.options.update(width=10_000)).maximum)
    console.print(table)


def width_of_terminal() -> int | None:
    """Return how many characters a line of stdout has room for; None where it is no terminal."""
    from rich.console import Console

    console = Console()
    return console.width if console.is_terminal else None
