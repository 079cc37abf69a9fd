"""`pulumi-telnyx list`: what the account holds."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..api.models import Connection


@click.command("list")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="A table for people, or every setting as a JSON array. Passwords are in neither.",
)
def list_connections(form: str) -> None:
    """Print the account's credential connections, oldest first."""
    from ..settings import connect, load_settings

    connections = connect(load_settings(os.environ)).list()
    if form == "json":
        rows = [each.model_dump(mode="json", exclude={"password"}, warnings=False) for each in connections]
        click.echo(json.dumps(rows, indent=2))
    else:
        _print_table(connections)


def _print_table(connections: Iterable[Connection]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ..api.errors import printable

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("NAME", overflow="fold")
    # Whole also where the terminal is narrow: these are copied.
    for header in ("USER NAME", "ID", "ACTIVE"):
        table.add_column(header, no_wrap=True)
    for each in connections:
        active = "?" if each.active is None else "yes" if each.active else "no"
        cells = (each.connection_name, each.user_name, each.id, active)
        table.add_row(*(Text(printable(cell or "")) for cell in cells))
    console = Console()
    if not console.is_terminal:
        # A pipe or a file has no width: one row, one line.
        console = Console(width=console.measure(table, options=console.options.update(width=10_000)).maximum)
    if table.row_count:
        console.print(table)
    else:
        console.print("No credential connections.")
