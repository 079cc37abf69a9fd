"""`pulumi-telnyx import`: bring connections that exist under code."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..words import counted, some_of
from .account import settings_of_stack
from .findings import FINDING
from .import_target import ImportTarget
from .output import examples
from .project import in_project
from .stacks import ask

if TYPE_CHECKING:
    from ..api.connections import CredentialConnections
    from ..api.filters import Filters
    from ..api.models import Connection
    from ..importing.plan import Plan
    from ..report.summary import Resource

_MOST_NAMED: Final = 10


@click.command(
    "import",
    short_help="Bring existing connections under code.",
    epilog=examples(
        "import --stack office --dry-run",
        "import --stack office --user-name 'desk*' --run",
        "import --stack office --as-set desks --exclude 'lab*' --run",
    ),
)
@click.option("--stack", metavar="NAME", required=True, help="The stack that will own the connections.")
@click.option("--name", metavar="TEXT", help="Part of the connection name, without regard to case.")
@click.option("--user-name", metavar="PATTERN", help="User names that match, such as `desk*`.")
@click.option("--voice-profile", metavar="ID", help="Connections with this outbound voice profile.")
@click.option("--tag", metavar="TEXT", help="Connections with this tag.")
@click.option(
    "--id", "ids", metavar="ID", multiple=True, help="The connection with this id. May be repeated."
)
@click.option(
    "--exclude",
    metavar="PATTERN",
    multiple=True,
    help="Leave out connections whose id, user name or name matches. May be repeated.",
)
@click.option(
    "--as-set",
    "set_name",
    metavar="NAME",
    help="Make them the members of a new CredentialConnectionSet with this name, one resource for all.",
)
@click.option(
    "--style",
    type=click.Choice(["settings", "python"]),
    default="settings",
    show_default=True,
    help="Declare them in the stack's file, or in a Python program.",
)
@click.option(
    "--program",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --style python: the program to write; it must not exist. Left out: connections.py.",
)
@click.option(
    "--protect/--no-protect",
    default=True,
    show_default=True,
    help="Whether Pulumi shall refuse to delete the connections.",
)
@click.option(
    "--unmanaged-passwords",
    is_flag=True,
    help="With --run: leave all passwords as they are at Telnyx, also those that the account shows.",
)
@click.option("--run", is_flag=True, help="Import them, and make sure that a preview is empty.")
@click.option("--dry-run", is_flag=True, help="Say what would be imported, and write nothing.")
@in_project
@click.pass_context
def import_connections(
    context: click.Context,
    folder: Path,
    stack: str,
    name: str | None,
    user_name: str | None,
    voice_profile: str | None,
    tag: str | None,
    ids: tuple[str, ...],
    exclude: tuple[str, ...],
    set_name: str | None,
    style: str,
    program: Path | None,
    protect: bool,
    unmanaged_passwords: bool,
    run: bool,
    dry_run: bool,
) -> None:
    """Bring existing connections of the account under code; nothing changes at Telnyx.

    Declares the connections in the stack's file (or a Python program), and writes import-STACK.json for
    `pulumi import`; with --run it imports them itself. What the stack has already is skipped, so it can be
    run again after an interruption, or for connections that came later.

    With --as-set they become members of one set, which has to be new; its members are called like their
    connections.

    A password that the account shows is kept with --run, encrypted. Any other stays as it is at Telnyx:
    unmanaged, until you set or rotate it. No password is ever written in plain text.

    Exit codes: 0 done, 1 error, 2 imported, but the preview is not empty.
    """
    from ..api.errors import SettingsError
    from ..api.filters import Filters
    from ..importing.plan import plan
    from ..stack.project import find_project

    if run and dry_run:
        raise click.UsageError("name --run or --dry-run, and not both")
    if program is not None and style != "python":
        raise click.UsageError("--program goes with --style python")
    if user_name is not None and not user_name.strip():
        raise SettingsError("the filter user_name is empty: leave it out to list all connections")
    if set_name is not None and not (set_name.strip() and set_name.isprintable()):
        raise click.UsageError("--as-set needs the name of a resource, and that is a text of one line")
    project = find_project(folder)
    wanted = _Wanted(Filters(name=name, voice_profile=voice_profile, tag=tag), user_name, ids, exclude)
    path = project.root / (program or "connections.py") if style == "python" else None
    target = ImportTarget(project, stack, path, protect=protect, set_name=set_name)
    target.check()
    api, fingerprint = _account(project.root, stack)
    found = wanted.of(api)
    planned = plan(
        found,
        target.in_state(),
        target.in_settings(),
        keep_passwords=run and not unmanaged_passwords,
        reads_passwords=run,
        target=(project.name, stack.rpartition("/")[2]),
        as_set=set_name is not None,
        kept=target.kept_passwords() if run and not unmanaged_passwords else {},
    )
    planned.attention.extend(wanted.missing(found))
    if planned.imports and not dry_run:
        target.write(planned)
        if run:
            target.keep_passwords(planned)
            target.run_import(planned, fingerprint)
            planned.attention.extend(_changed_meanwhile(planned, wanted.of(api)))
        else:
            target.write_import_file(planned, fingerprint)
    _report(planned, set_name, done="imported" if run else "to import")
    # What the stack has already may have been cut off before it was looked at.
    if run and (planned.imports or planned.skipped) and not _is_preview_empty(project.root, stack):
        context.exit(FINDING)


@dataclass(frozen=True)
class _Wanted:
    """Which of the account's connections are wanted."""

    filters: Filters
    user_name: str | None
    ids: Collection[str]
    excluded: Collection[str]

    def of(self, api: CredentialConnections) -> list[Connection]:
        """Return them as the account has them now."""
        filters = self.filters
        rows = api.list(name_contains=filters.asked_name, voice_profile_id=filters.voice_profile)
        return list(self._select(rows))

    def missing(self, found: Iterable[Connection]) -> Iterator[str]:
        """Yield which of the ids are none of those that were found."""
        there = {each.id for each in found}
        for each in dict.fromkeys(self.ids):
            if each not in there:
                yield f"--id {each}: not imported: no connection has this id and matches the other options"

    def _select(self, rows: Iterable[Connection]) -> Iterator[Connection]:
        for row in self.filters.select(rows):
            names = [str(each or "") for each in (row.id, row.user_name, row.connection_name)]
            if self.ids and row.id not in self.ids:
                continue
            if self.user_name and not _matches(names[1], self.user_name):
                continue
            if not any(_matches(name, pattern) for name in names for pattern in self.excluded):
                yield row


def _matches(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name.casefold(), pattern.casefold())


def _account(root: Path, stack: str) -> tuple[CredentialConnections, str]:
    """Return the account of the stack, and the fingerprint of its key."""
    from ..settings import account_of, connect

    settings = settings_of_stack(root, stack)(None)
    api = connect(settings)
    account = account_of(settings, api)
    account.check_before_write()
    return api, account.fingerprint


def _changed_meanwhile(planned: Plan, now: Collection[Connection]) -> Iterator[str]:
    """Yield what came or went while the import ran: nobody asks Telnyx about each connection."""
    ids = {each.id for each in now}
    for each in planned.imports:
        if each.connection.id not in ids:
            yield f"{each.name}: was deleted at Telnyx while the import ran: run `pulumi refresh`"
    if len(ids) > len(planned.imports) + len(planned.skipped) + planned.refused:
        yield "more connections came while the import ran: run again"


def _report(planned: Plan, set_name: str | None, *, done: str) -> None:
    from ..api.errors import printable

    if not planned.imports:
        click.echo("nothing to import", err=True)
    of_set = "" if set_name is None else f" as members of set {printable(set_name)}"
    click.echo(
        f"{counted(len(planned.imports), 'connection')} {done}{of_set}, {len(planned.skipped)} skipped "
        f"(in the state already), {counted(len(planned.attention), 'matter')} to look at",
        err=True,
    )
    for line in planned.attention:
        click.echo(printable(line))


def _is_preview_empty(root: Path, stack: str) -> bool:
    """Say what a preview says.

    Raises:
        click.ClickException: it failed; its own reasons are the message.
    """
    from ..report.preview import read_preview
    from ..report.steps import PreviewError
    from ..report.summary import summarise

    code, content, errors = ask(root, stack, "preview", "--json", asker="--run")
    try:
        preview = read_preview(content, stack)
    except PreviewError as error:
        raise click.ClickException(f"the preview failed: {errors or error}") from None
    if code or preview.problems:
        reasons = "; ".join(each.message for each in preview.problems) or errors or f"exit code {code}"
        raise click.ClickException(f"the preview failed: {reasons}")
    (only,) = summarise([preview]).stacks
    if locked_out := [each.change.name for each in only.connections if _may_lock_out(each)]:
        message = f"passwords would change: do not run `pulumi up`: {some_of(locked_out, _MOST_NAMED)}"
        click.secho(message, bold=True, err=True)
    changes = sorted(each.name for each in preview.resources)
    if changes:
        see = f"`pulumi preview --diff --stack {stack}`"
        click.echo(f"the preview is not empty: {some_of(changes, _MOST_NAMED)}; see: {see}", err=True)
    else:
        click.echo("a preview is empty: nothing changes", err=True)
    return not changes


def _may_lock_out(resource: Resource) -> bool:
    """Return whether phones would have to log in again with another password."""
    return resource.changes_password or resource.may_change_password or resource.operation == "replace"
