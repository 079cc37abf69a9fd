"""`pulumi-telnyx list`: what the account holds."""

from __future__ import annotations

import csv
import io
import json
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .account import of_account, settings_of, told_of
from .console import print_table, table_with
from .output import examples, in_format
from .project import in_project
from .states import exported, states_in

if TYPE_CHECKING:
    from ..api.models import Connection
    from ..state import State

# What is shown unless all columns are asked for, and how a table calls it.
_HEADERS: Final = {"connection_name": "NAME", "user_name": "USER NAME", "id": "ID", "active": "ACTIVE"}

# Spreadsheets take a cell that begins like this for a formula; some know the wide forms as well.
_FORMULA: Final = tuple("=+-@＝＋－＠")  # noqa: RUF001 - the wide forms are meant


def _column(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, bool] | None:
    """Return the column that a name, after a `-` or not, stands for, and whether its order is reversed."""
    from ..api.errors import printable
    from ..lookup.results import columns
    from ..words import nearest

    if value is None:
        return None
    column = value.removeprefix("-")
    if column not in columns():
        hint = nearest(column, columns()) or "; `--format csv --all-columns` shows them all"
        raise click.BadParameter(f"there is no column '{printable(column)}'{hint}")
    return column, value != column


@click.command(
    "list",
    short_help="Print the connections of the account.",
    epilog=examples(
        "list --tag office --sort user_name",
        "list --format csv --all-columns",
        "list --orphans --stack dev --stack prod",
    ),
)
@click.option("--name", metavar="TEXT", help="Part of the connection name, without regard to case.")
@click.option("--user-name", metavar="TEXT", help="The whole user name, without regard to case.")
@click.option("--voice-profile", metavar="ID", help="Connections with this outbound voice profile.")
@click.option("--tag", metavar="TEXT", help="Connections with this tag.")
@click.option("--active/--inactive", default=None, help="Those that can be used, or that cannot.")
@in_format(
    "text",
    "json",
    "csv",
    shows="A table for people, every setting as a JSON array, or CSV for spreadsheets. Passwords are in "
    "none.",
)
@click.option(
    "--sort",
    callback=_column,
    metavar="COLUMN",
    help="Order by a column, such as connection_name or outbound.channel_limit; -COLUMN reverses. What has "
    "no value comes last. Left out: oldest first.",
)
@click.option(
    "--all-columns", is_flag=True, help="Every setting, in tables and CSV; JSON always has them all."
)
@of_account
@click.option(
    "--unmanaged",
    is_flag=True,
    help="Those that none of the given states manages, also where one reads them by `.get()`.",
)
@click.option(
    "--orphans",
    is_flag=True,
    help="Those with the mark of a Pulumi stack that are in none of the given states. Give the states of all "
    "stacks: a connection of any other one shows as well.",
)
@click.option(
    "--state",
    "files",
    metavar="FILE",
    multiple=True,
    help="With --unmanaged or --orphans: a state as `pulumi stack export` prints it, - for standard input. "
    "May be repeated.",
)
@click.option(
    "--stack",
    "stacks",
    metavar="NAME",
    multiple=True,
    help="With --unmanaged or --orphans: a stack whose state the Pulumi CLI exports. May be repeated.",
)
@in_project
def list_connections(
    name: str | None,
    user_name: str | None,
    voice_profile: str | None,
    tag: str | None,
    active: bool | None,
    form: str,
    sort: tuple[str, bool] | None,
    all_columns: bool,
    account: str | None,
    unmanaged: bool,
    orphans: bool,
    files: tuple[str, ...],
    stacks: tuple[str, ...],
    folder: Path,
) -> None:
    """Print the account's credential connections: all, or those that match every filter.

    JSON and CSV are printed while the pages are read, unless they are sorted. In CSV a cell that a
    spreadsheet would take for a formula has a ' before it, also a phone number with its +; JSON has values
    as they are.
    """
    from ..api.filters import Filters
    from ..lookup.results import columns
    from ..settings import connect

    if unmanaged and orphans:
        raise click.UsageError("name --unmanaged or --orphans, and not both: orphans are unmanaged, too")
    which = "unmanaged" if unmanaged else "orphans" if orphans else None
    states = _states(which, files, stacks, folder)
    filters = Filters(name, user_name, voice_profile, tag, active)
    api = connect(settings_of(account))
    listed = api.list(name_contains=filters.asked_name, voice_profile_id=voice_profile)
    rows: Iterable[Connection] = _left(which, filters.select(listed), states)
    shown = tuple(dict.fromkeys((*_HEADERS, *columns()))) if all_columns else tuple(_HEADERS)
    with told_of(account):
        if sort is not None:
            rows = _sorted(rows, *sort)
        if form == "json":
            _print_json(rows)
        elif form == "csv":
            _print_csv(rows, shown)
        else:
            _print_table(rows, shown, folded=not all_columns)


def _states(which: str | None, files: tuple[str, ...], stacks: tuple[str, ...], folder: Path) -> list[State]:
    given = bool(files or stacks)
    if which is None and given:
        raise click.UsageError("--state and --stack go with --unmanaged or --orphans")
    if which is not None and not given:
        raise click.UsageError(
            f"--{which} needs the states to compare with: name each by --state FILE or --stack NAME"
        )
    return [*states_in(files), *(exported(folder, stack) for stack in stacks)]


def _left(which: str | None, rows: Iterable[Connection], states: list[State]) -> Iterable[Connection]:
    from .. import leftovers

    if which is None:
        return rows
    return (leftovers.orphans if which == "orphans" else leftovers.unmanaged)(rows, states)


def _sorted(rows: Iterable[Connection], column: str, descending: bool) -> list[Connection]:
    def value(row: Connection) -> object:
        return _values(row, (column,))[0]

    known: list[Connection] = []
    unknown: list[Connection] = []
    for row in rows:
        (unknown if value(row) in (None, "", ()) else known).append(row)
    return sorted(known, key=lambda row: _rank(value(row)), reverse=descending) + unknown


def _rank(value: object) -> tuple[Any, ...]:
    """Return what orders the values of one column: ids by their number, texts without regard to case."""
    if isinstance(value, tuple):
        return tuple(map(_rank, value))
    text = str(value)
    if text.isascii() and text.isdigit():
        return (0, int(text), "")
    return (1, text.casefold(), text)


def _values(row: Connection, shown: tuple[str, ...]) -> list[object]:
    from ..lookup.results import result_of, value_at

    result = result_of(row)
    return [value_at(result, column) for column in shown]


def _print_json(rows: Iterable[Connection]) -> None:
    """Print the same text as `json.dumps(…, indent=2)` would, one connection at a time."""
    before = "[\n"
    for row in rows:
        settings = _without_passwords(row.model_dump(mode="json", warnings=False))
        click.echo(before + textwrap.indent(json.dumps(settings, indent=2), "  "), nl=False)
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


def _without_passwords(value: Any) -> Any:
    """Return the value without any field that is a password by its name, also one that is new to us."""
    if isinstance(value, dict):
        return {
            name: _without_passwords(inner) for name, inner in value.items() if "password" not in name.lower()
        }
    return [_without_passwords(inner) for inner in value] if isinstance(value, list) else value


def _print_csv(rows: Iterable[Connection], shown: tuple[str, ...]) -> None:
    for cells in _lines(rows, shown):
        line = io.StringIO()
        # All in quotes: where a spreadsheet separates by semicolons, what follows one in a cell stays inside.
        csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="").writerow(cells)
        click.echo(line.getvalue())


def _lines(rows: Iterable[Connection], shown: tuple[str, ...]) -> Iterator[list[str]]:
    yield list(shown)
    for row in rows:
        yield [_harmless(_text(value, "true", "false")) for value in _values(row, shown)]


def _harmless(text: str) -> str:
    """Return a cell that is no formula, and steers no terminal."""
    # "C" holds controls and format characters, such as line breaks and bidi overrides.
    text = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _print_table(rows: Iterable[Connection], shown: tuple[str, ...], *, folded: bool) -> None:
    from rich.text import Text

    from ..api.errors import printable

    headers = [_HEADERS.get(column, column) for column in shown]
    table = table_with(headers, whole=[each for each in headers if not folded or each != "NAME"])
    for row in rows:
        table.add_row(*(Text(printable(_text(value, "yes", "no"))) for value in _values(row, shown)))
    if table.row_count:
        print_table(table, folded=folded)
    else:
        click.echo("no credential connections")


def _text(value: object, true: str, false: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return true if value else false
    return ", ".join(value) if isinstance(value, tuple) else str(value)
