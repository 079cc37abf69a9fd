"""`pulumi-telnyx sweep`: delete what the tests of a stack, or its interrupted runs, have left behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..words import counted
from .account import of_account, settings_of, told_of
from .console import print_table, table_with
from .output import examples
from .project import in_project
from .states import exported, stacks_of, states_in

if TYPE_CHECKING:
    from ..api.connections import CredentialConnections
    from ..api.models import Connection
    from ..ownership import Owner


def _age(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    from ..api.errors import printable
    from ..settings import duration_secs

    if value is None:
        return None
    secs = duration_secs(value.strip())
    if secs is None:
        raise click.BadParameter(f"no duration: {printable(value)}; expected like 24h, 30m or 7d")
    return secs


@click.command(
    "sweep",
    short_help="Delete what tests of a stack have left behind.",
    epilog=examples(
        "sweep --marked-by test --older-than 2h",
    ),
)
@click.option(
    "--marked-by",
    metavar="[PROJECT/]STACK",
    required=True,
    help="The stack whose mark the connections carry. Without PROJECT: the project of the folder.",
)
@click.option(
    "--older-than",
    metavar="AGE",
    callback=_age,
    help="Only connections that were created longer ago than 30m, 2h or 7d, by Telnyx's clock.",
)
@click.option(
    "--state",
    "files",
    metavar="FILE",
    multiple=True,
    help="What this state has stays as well: the output of `pulumi stack export`, - for standard input. May "
    "be repeated.",
)
@of_account
@click.option("-y", "--yes", is_flag=True, help="Delete without asking.")
@in_project
@click.pass_context
def sweep(
    context: click.Context,
    folder: Path,
    marked_by: str,
    older_than: float | None,
    files: tuple[str, ...],
    account: str | None,
    yes: bool,
) -> None:
    """Delete the connections at Telnyx that a stack has marked and no longer has: leftovers of tests.

    Shows them first, and asks. What the stack's state has is never touched, nor is a connection without a
    mark or with the mark of another stack. Each is read once more right before it is deleted.

    The mark tells project and stack, but neither organisation nor backend: where the same stack has a state
    elsewhere, on another machine for instance, name that by --state. Do not run it beside an update of the
    stack, whose new connections are in no state yet, or leave the young ones out by --older-than.

    Exit codes: 0 done, 1 error; where one connection cannot be deleted, the others are all the same.
    """
    from ..leftovers import left_by
    from ..settings import connect

    owner = _owner(marked_by, folder)
    known = list(states_in(files))
    api = connect(settings_of(account))
    # The account before the states: what is created in between is not among the rows.
    with told_of(account):
        rows = list(api.list())
    stacks = stacks_of(folder, owner)
    if not stacks:
        click.echo(
            f"there is no stack {_name(owner)} in the backend that `pulumi whoami --verbose` names: all that "
            "has its mark counts as left behind",
            err=True,
        )
    known += (exported(folder, stack) for stack in stacks)
    found = [row for row in left_by(owner, rows, known) if _is_older(api, row, older_than)]
    if not found:
        click.echo(f"stack {_name(owner)} has left nothing behind", err=True)
        return
    _show(api, found)
    if not yes:
        click.confirm(f"Delete {counted(len(found), 'connection')} at Telnyx?", abort=True, err=True)
        # An answer takes its time, and the stack may have taken a connection over meanwhile.
        found = list(left_by(owner, found, [*known, *(exported(folder, stack) for stack in stacks)]))
    failed = 0
    for row in found:
        failed += not _is_deleted(api, row, owner)
    if failed:
        context.exit(1)


def _owner(marked_by: str, folder: Path) -> Owner:
    from ..api.errors import printable
    from ..ownership import owner_named
    from ..stack.project import find_project

    project, _, stack = marked_by.rpartition("/")
    if not project and "/" not in marked_by:
        project = find_project(folder).name
    owner = owner_named(project, stack)
    if owner is None:
        raise click.ClickException(
            f"--marked-by {printable(marked_by)}: not PROJECT/STACK, or a name too long for a mark, so that "
            "the marks of other stacks may look alike: find them by `pulumi-telnyx list --orphans` instead"
        )
    return owner


def _name(owner: Owner) -> str:
    return f"{owner.project}/{owner.stack}"


def _age_secs(api: CredentialConnections, row: Connection) -> float | None:
    from ..ownership import age_secs

    return age_secs(row.created_at, api.server_time(api.clock.monotonic()))


def _is_older(api: CredentialConnections, row: Connection, least_secs: float | None) -> bool:
    age = _age_secs(api, row)
    # What may be young is left alone.
    return least_secs is None or (age is not None and age > least_secs)


def _show(api: CredentialConnections, rows: Sequence[Connection]) -> None:
    from rich.text import Text

    from ..api.errors import printable
    from ..ownership import in_words

    table = table_with(("NAME", "USER NAME", "ID", "AGE"), whole=("USER NAME", "ID", "AGE"))
    for row in rows:
        cells = (row.connection_name or "", row.user_name or "", row.id, in_words(_age_secs(api, row)))
        table.add_row(*(Text(printable(cell)) for cell in cells))
    print_table(table)


def _is_deleted(api: CredentialConnections, row: Connection, owner: Owner) -> bool:
    """Delete a connection that still has the mark, and say so; return whether nothing went wrong."""
    from ..api.errors import ApiError, AuthError, NotFoundError, TelnyxError, printable
    from ..leftovers import owners_of
    from ..remedies import remedy_of

    shown = f"{printable(row.id)} {printable(row.user_name or '')} ({printable(row.connection_name or '')})"
    try:
        if owners_of(api.retrieve(row.id)) != {owner}:
            click.echo(f"left alone, since its mark is another one now: {shown}")
            return True
        api.delete(row.id)
    except NotFoundError:
        click.echo(f"gone already: {shown}")
    except TelnyxError as error:
        if isinstance(error, AuthError) and error.concerns_the_key:
            # The others would end like this, too.
            raise
        if isinstance(error, ApiError) and error.is_in_use:
            error = error.advising(remedy_of(error))
        click.echo(f"error: {error}", err=True)
        return False
    else:
        click.echo(f"deleted: {shown}")
    return True
