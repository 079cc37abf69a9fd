"""`pulumi-telnyx import`: bring connections that exist under code."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from .account import settings_of_stack
from .findings import counted
from .output import write_whole
from .project import in_project, read_without_errors
from .pulumi import run_pulumi

if TYPE_CHECKING:
    from ..api.connections import CredentialConnections
    from ..api.filters import Filters
    from ..api.models import Connection
    from ..importing.plan import Plan
    from ..stack.project import Project, StackFile

# Import files with outputs are read since then.
_OLDEST_CLI: Final = (3, 254, 0)
# A run that is cut off leaves nothing at Telnyx, so the state need not be written after each resource.
_QUICKLY: Final = {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}


@click.command("import")
@click.option("--stack", metavar="NAME", required=True, help="The stack that will own the connections.")
@click.option("--name", metavar="TEXT", help="Part of the connection name, without regard to case.")
@click.option("--user-name", metavar="PATTERN", help="User names that match, such as `desk*`.")
@click.option("--voice-profile", metavar="ID", help="Outbound voice profile, by id.")
@click.option("--tag", metavar="TEXT", help="One of the tags.")
@click.option("--id", "ids", metavar="ID", multiple=True, help="This connection. May be repeated.")
@click.option(
    "--exclude",
    metavar="PATTERN",
    multiple=True,
    help="Leave out connections whose id, user name or name matches. May be repeated.",
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

    A password that the account shows is kept with --run, encrypted. Any other stays as it is at Telnyx:
    unmanaged, until you set or rotate it. No password is ever written in plain text.

    Exit codes: 0 done, 1 error, 2 imported, but the preview is not empty.
    """
    from ..api.filters import Filters
    from ..importing.plan import plan
    from ..stack.project import find_project

    if run and dry_run:
        raise click.UsageError("--run and --dry-run contradict each other")
    project = find_project(folder)
    wanted = _Wanted(Filters(name=name, voice_profile=voice_profile, tag=tag), user_name, ids, exclude)
    target = _Target(
        project, stack, protect, (project.root / (program or "connections.py"), style == "python")
    )
    target.check()
    api, fingerprint = _account(project.root, stack)
    planned = plan(
        wanted.of(api),
        target.in_state(),
        target.in_settings(),
        keep_passwords=run and not unmanaged_passwords,
    )
    if planned.imports and not dry_run:
        target.write(planned)
        if run:
            target.keep_passwords(planned)
            target.run_import(planned, fingerprint)
            planned.attention.extend(_changed_meanwhile(planned, wanted.of(api)))
        else:
            target.write_import_file(planned, fingerprint)
    _report(planned, done="imported" if run else "to import")
    if run and not _is_preview_empty(project.root, stack):
        context.exit(2)


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


class _Target:
    """The stack that the connections are imported into.

    Args:
        project: the project.
        stack: the stack's name.
        protect: whether Pulumi shall refuse to delete the connections.
        program: the Python program to write, and whether it is wanted in place of settings.
    """

    def __init__(self, project: Project, stack: str, protect: bool, program: tuple[Path, bool]) -> None:
        self._project, self._stack, self._protect = project, stack, protect
        self._program, self._is_program = program
        self._state: dict[str, str] | None = None

    def check(self) -> None:
        """Make sure of what the import needs, before anything is asked or written."""
        version = run_pulumi(self._project.root, "version")
        numbers = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
        if numbers and tuple(map(int, numbers.groups())) < _OLDEST_CLI:
            needed = ".".join(map(str, _OLDEST_CLI))
            raise click.ClickException(
                f"this needs the Pulumi CLI {needed} or newer, not {version.strip()}: older ones cannot "
                "import dynamic resources"
            )
        if self._is_program and self._program.exists():
            raise click.ClickException(
                f"{self._project.called(self._program)} exists and is not overwritten: name another --program"
            )
        if not self._is_program and self._file().config(self._project.name):
            read_without_errors(self._project, [self._stack])

    def in_state(self) -> dict[str, str]:
        """Return the names of the connections that the stack's state has, by id."""
        from ..importing.import_file import RESOURCE_TYPE

        deployment = json.loads(run_pulumi(self._project.root, "stack", "export", "--stack", self._stack))
        resources = deployment.get("deployment", {}).get("resources") or []
        return {
            each["id"]: each["urn"].rpartition("::")[2]
            for each in resources
            if each.get("type") == RESOURCE_TYPE and each.get("id") and not each.get("external")
        }

    def in_settings(self) -> dict[str, str]:
        """Return the names of the connections that the stack's file declares, by folded user name."""
        from ..stack.layers import layered

        if self._is_program:
            return {}
        config = self._file().config(self._project.name)
        return {
            str(given.value).casefold(): name
            for name, each in layered(self._project, config).connections.items()
            if (given := each.entries().get("user_name"))
        }

    def write(self, planned: Plan) -> None:
        """Declare the connections: in the stack's file, or in a program."""
        if self._is_program:
            from ..importing.python_program import python_program

            write_whole(self._program, python_program(planned.imports, protect=self._protect))
            click.echo(
                f"{self._project.called(self._program)} declares them: import it in the stack's program",
                err=True,
            )
            return
        from ..importing.stack_settings import settings_to_write

        for path, text in settings_to_write(
            self._project, self._file(), planned.imports, protect=self._protect
        ):
            write_whole(path, text)
            click.echo(f"{self._project.called(path)} declares them", err=True)

    def _file(self) -> StackFile:
        """Return the stack's file as it is now; a new stack may have none."""
        from ..stack.project import StackFile

        if self._stack in self._project.stack_files:
            return self._project.read(self._stack)
        path = self._project.stacks / f"Pulumi.{self._stack}.yaml"
        return StackFile(self._stack, path, self._project.called(path), None)

    def keep_passwords(self, planned: Plan) -> None:
        """Put the passwords that are kept into the stack's config, encrypted, beside earlier ones."""
        kept = {each.name: each.password for each in planned.imports if each.password is not None}
        if not kept:
            return
        from ..stack.project import PASSWORDS

        key = f"{self._project.name}:{PASSWORDS}"
        config = json.loads(
            run_pulumi(self._project.root, "config", "--json", "--show-secrets", "--stack", self._stack)
        )
        before = json.loads(config.get(key, {}).get("value") or "{}")
        run_pulumi(
            *(self._project.root, "config", "set", "--secret", key, "--stack", self._stack),
            content=json.dumps({**before, **kept}),
        )

    def write_import_file(self, planned: Plan, fingerprint: str) -> None:
        """Write the file for `pulumi import`; there is no password in it."""
        from ..importing.import_file import import_file

        path = self._project.root / f"import-{self._stack}.json"
        write_whole(path, import_file(planned.imports, fingerprint))
        called = self._project.called(path)
        click.echo(
            f"{called} is written; import them with: pulumi import --file {called} --generate-code=false "
            f"--yes --protect={str(self._protect).lower()} --stack {self._stack}",
            err=True,
        )

    def run_import(self, planned: Plan, fingerprint: str) -> None:
        """Import the connections; the file goes through a pipe, since it may hold passwords."""
        from ..importing.import_file import import_file

        run_pulumi(
            self._project.root,
            *("import", "--file", "/dev/stdin", "--generate-code=false", "--yes", "--skip-preview"),
            *(f"--protect={str(self._protect).lower()}", "--stack", self._stack),
            content=import_file(planned.imports, fingerprint),
            environ=_QUICKLY,
        )


def _changed_meanwhile(planned: Plan, now: Collection[Connection]) -> Iterator[str]:
    """Yield what came or went while the import ran: nobody asks Telnyx about each connection."""
    ids = {each.id for each in now}
    for each in planned.imports:
        if each.connection.id not in ids:
            yield f"{each.name}: was deleted at Telnyx while the import ran: run `pulumi refresh`"
    if len(ids) > len(planned.imports) + len(planned.skipped) + planned.refused:
        yield "more connections came while the import ran: run it again"


def _report(planned: Plan, done: str) -> None:
    from ..api.errors import printable

    click.echo(
        f"{counted(len(planned.imports), 'connection')} {done}, {len(planned.skipped)} skipped (in the state "
        f"already), {counted(len(planned.attention), 'matter')} to look at",
        err=True,
    )
    for line in planned.attention:
        click.echo(printable(line))


def _is_preview_empty(root: Path, stack: str) -> bool:
    from ..report.preview import read_preview

    content = run_pulumi(root, "preview", "--json", "--stack", stack)
    changes = sorted(each.name for each in read_preview(content.encode(), stack).resources)
    if changes:
        shown = ", ".join(changes[:10])
        click.echo(f"the preview is not empty: {shown}; see: pulumi preview --diff --stack {stack}", err=True)
    else:
        click.echo("a preview is empty: nothing changes", err=True)
    return not changes
