"""`pulumi-telnyx rotate`: give connections a new generated password."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ..words import counted, some_of
from . import previews
from .account import settings_of_stack
from .new_passwords import ensure_terminal, print_passwords
from .output import examples
from .phones import apis_of, ask_once
from .project import in_project, read_without_errors
from .pulumi import PulumiFailedError, run_pulumi
from .registration_tables import print_standings, summary
from .rewrite import write_when_confirmed
from .states import exported
from .waves import Waves

if TYPE_CHECKING:
    from ..report.summary import Stack
    from ..stack.password_sources import Passwords
    from ..stack.project import Project, StackFile
    from ..state import State, StateConnection

_MOST_NAMED: Final = 10
_NEW_PASSWORD: Final = frozenset({"create", "replace"})


@click.command(
    "rotate",
    short_help="Give connections a new generated password.",
    epilog=examples(
        "rotate --stack prod desk fax",
        "rotate --stack prod --all --value 2026-07 --wave 50 --up",
    ),
)
@click.argument("connections", metavar="[CONNECTION]...", nargs=-1)
@click.option("--stack", metavar="NAME", required=True, help="The stack that has the connections.")
@click.option("--all", "every", is_flag=True, help="All connections whose password is generated.")
@click.option(
    "--wave",
    type=click.IntRange(1),
    metavar="NUMBER",
    help="With --value: only so many of them, the next ones that do not have this value yet.",
)
@click.option(
    "--after",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="With --wave: not before all of the waves so far are registered again that `registrations --before` "
    "has written there.",
)
@click.option(
    "--value",
    metavar="TEXT",
    help="What rotate_password_when becomes. Left out: today's date, with a number the second time.",
)
@click.option(
    "--generate",
    is_flag=True,
    help="Also where the password is unmanaged, or stands in the settings: it is generated from now on.",
)
@click.option("--up", is_flag=True, help="Run `pulumi up` then, after another question.")
@click.option(
    "--show-password",
    is_flag=True,
    help="With --up: print the new passwords, to a terminal only.",
)
@click.option("-y", "--yes", is_flag=True, help="Write the file, and with --up run it, without asking.")
@in_project
def rotate(
    folder: Path,
    connections: tuple[str, ...],
    stack: str,
    every: bool,
    wave: int | None,
    after: Path | None,
    value: str | None,
    generate: bool,
    up: bool,
    show_password: bool,
    yes: bool,
) -> None:
    """Give CONNECTIONs of a stack, by resource name, a new generated password.

    A member of a set is called SET/MEMBER; SET alone stands for its members whose password is generated, with
    --generate for all of them.

    Sets rotate_password_when in the stack's file, or in the file of a set's members; the change of the file
    shows first, and comments and order stay. Then shows what a preview says, and which phones must log in
    again, with what is registered now. The passwords change with the next `pulumi up`, or at once with --up.

    With --up and --yes, a preview that shows more than these new passwords ends the command.

    Exit codes: 0 done, 1 error, 2 phones of earlier waves are not registered again.
    """
    from ..api.errors import printable
    from ..stack.password_sources import chosen, declared
    from ..stack.project import find_project
    from ..stack.rotation import NotRotatedError, rotation

    _check_usage(connections, every, value, generate, up, show_password)
    waves = _waves(wave, after, value)
    project = find_project(folder)
    (file,) = read_without_errors(project, [stack])
    before = exported(project.root, stack)
    passwords = _passwords(project, file)
    names = chosen(project, file, connections, passwords, generate=generate)
    if not names:
        which = "" if every else f"{', '.join(map(printable, connections))} of "
        raise click.ClickException(
            f"no connection of {which}stack {stack} has a generated password: "
            "with --generate, those that are named get one"
        )
    if waves is not None:
        names = waves.next_of(names, declared(project, file), before, project.root, stack)
    try:
        change = rotation(
            project,
            file,
            names,
            {each.resource: each.rotate_password_when for each in before.connections},
            value=datetime.now().astimezone().date() if value is None else value,
            generate=generate,
            passwords=passwords,
        )
    except NotRotatedError as error:
        for reason in error.reasons:
            click.echo(f"error: {printable(reason)}", err=True)
        raise click.exceptions.Exit(1) from None
    written = write_when_confirmed(project, file, change.rewrites, change.expected, yes=yes)
    click.echo(f"{written} is written: rotate_password_when is now {change.value}", err=True)
    preview = _previewed(project.root, stack)
    _show_phones(project.root, stack, before, _with_new_password(names, preview))
    _expect_all(names, preview)
    if not up or not _is_up_confirmed(names, preview, yes=yes):
        click.echo(f"nothing has changed at Telnyx yet: run `pulumi up --stack {stack}`", err=True)
        return
    _up(project.root, stack, names, before, show_password=show_password)


def _check_usage(
    connections: Sequence[str], every: bool, value: str | None, generate: bool, up: bool, show_password: bool
) -> None:
    if bool(connections) == every:
        raise click.UsageError("name connections, or say --all, and not both")
    if generate and every:
        raise click.UsageError("--generate needs the names of the connections: --all has generated ones only")
    if value is not None and not (value.strip() and value.isprintable()):
        raise click.UsageError("--value must be a text of one line")
    if show_password and not up:
        raise click.UsageError("--show-password goes with --up: before that there is no new password")
    if show_password:
        ensure_terminal()


def _waves(size: int | None, after: Path | None, value: str | None) -> Waves | None:
    if size is None:
        if after is not None:
            raise click.UsageError("--after goes with --wave")
        return None
    if value is None:
        raise click.UsageError("--wave needs --value, the same for all waves: it tells who has had theirs")
    return Waves(size, value, after)


def _passwords(project: Project, file: StackFile) -> Passwords | None:
    """Return the map of passwords, where only the stack's key tells what is in it."""
    from ..stack.located import Secret
    from ..stack.password_sources import Passwords, are_passwords_encrypted_as_a_whole
    from ..stack.project import PASSWORDS
    from ..stack.yaml_file import read_yaml

    if not are_passwords_encrypted_as_a_whole(project, file):
        return None
    key = f"{project.name}:{PASSWORDS}"
    of_stack = ("--stack", file.stack)
    try:
        found = json.loads(run_pulumi(project.root, "config", "get", key, *of_stack))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise click.ClickException(f"{file.name}: {key} must be a map of passwords, by connection")

    def encrypt(by_name: Mapping[str, Any]) -> str:
        # The CLI encrypts into a copy, so that the file itself is changed once, and as a whole.
        with tempfile.TemporaryDirectory() as away:
            copy = Path(away) / file.path.name
            copy.write_bytes(file.path.read_bytes())
            run_pulumi(
                project.root,
                *("config", "set", "--secret", key, "--config-file", str(copy), *of_stack),
                content=json.dumps(by_name),
            )
            content, _ = read_yaml(copy, file.name)
        there = dataclasses.replace(file, content=content).own_config(project.name).get(key)
        if there is None or not isinstance(there.value, Secret) or there.value.ciphertext is None:
            raise click.ClickException(f"`pulumi config set` did not encrypt {key}: nothing was written")
        return there.value.ciphertext

    return Passwords(found, encrypt)


def _previewed(root: Path, stack: str) -> Stack:
    """Show what a preview says, and return it."""
    from rich.console import Console

    from ..report.summary import summarise
    from ..report.terminal import print_report

    found = summarise(previews.run(root, [stack]))
    print_report(found, Console())
    (only,) = found.stacks
    if only.problems:
        raise click.ClickException(
            "the preview failed, and nothing has changed at Telnyx; the file stays as it was written: "
            "correct it, then run `pulumi up`"
        )
    return only


def _with_new_password(names: Collection[str], preview: Stack) -> set[str]:
    """Return the names of the connections that get a new password, whoever asked for it."""
    wanted = set(names)
    return {
        each.change.name
        for each in preview.connections
        if each.changes_password
        or each.may_change_password
        or (each.operation in _NEW_PASSWORD and each.change.name in wanted)
    }


def _show_phones(root: Path, stack: str, state: State, names: Collection[str]) -> None:
    """Show who must log in again, and what is registered at this moment where Telnyx tells."""
    from ..api.errors import TelnyxError
    from ..registrations import Standing, line_of

    lines = [line_of(each) for each in state.connections if each.resource in names]
    if not lines:
        return
    click.echo(f"phones of {counted(len(lines), 'connection')} must log in again, with the new password:")
    try:
        standings = ask_once(lines, apis_of(lines, settings_of_stack(root, stack)))
    except (TelnyxError, click.ClickException) as error:
        standings = [Standing(line, problem=str(error)) for line in lines]
    print_standings(standings)
    click.echo(summary(standings), err=True)


def _expect_all(names: Sequence[str], preview: Stack) -> None:
    """Make sure that the preview shows a new password for each connection."""
    from ..api.errors import printable

    renewed = _with_new_password(names, preview)
    if missing := [printable(name) for name in names if name not in renewed]:
        raise click.ClickException(
            f"the preview shows no new password for {some_of(missing, _MOST_NAMED)}: does the stack's "
            "program declare them from its settings?"
        )


def _is_up_confirmed(names: Sequence[str], preview: Stack, *, yes: bool) -> bool:
    """Ask whether to go on.

    Raises:
        click.ClickException: nobody is to be asked, and the preview shows more than was asked for.
    """
    wanted = set(names)
    more = len(preview.others) + sum(each.change.name not in wanted for each in preview.connections)
    if yes and more:
        raise click.ClickException(
            f"the preview shows {counted(more, 'change')} more than these new passwords: nothing has changed "
            "at Telnyx; run `pulumi up` yourself, or this without --yes"
        )
    return yes or click.confirm("Run `pulumi up`?", err=True)


def _up(root: Path, stack: str, names: Sequence[str], before: State, *, show_password: bool) -> None:
    failure = None
    try:
        run_pulumi(root, "up", "--yes", "--skip-preview", "--stack", stack, shows_output=True)
    except PulumiFailedError as error:
        # Some of the passwords may be new all the same.
        failure = error
    revisions, wanted = {each.id: each.password_revision for each in before.connections}, set(names)
    new: list[StateConnection] = [
        each
        for each in exported(root, stack).connections
        if each.resource in wanted and each.password_revision != revisions.get(each.id, 0)
    ]
    click.echo(f"new passwords: {len(new)} of {len(names)}", err=True)
    if show_password:
        print_passwords(root, stack, new)
    if failure is not None:
        raise failure
