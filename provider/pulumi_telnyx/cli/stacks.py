"""Which stacks a command is about, and the Pulumi CLI asked about several of them, one after the other."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click

from .pulumi import Answer, PulumiTimeoutError, ask_pulumi

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

_SILENT_SECS: Final = 20.0


def of_stacks(command: F) -> F:
    """Give a command the names of stacks, as arguments or by --stack; both come in the argument `stacks`."""

    @click.argument("stacks", metavar="[STACK]...", nargs=-1)
    @click.option(
        "--stack",
        "more_stacks",
        metavar="NAME",
        multiple=True,
        help="The same as STACK. May be repeated. No stack named: all that have a file.",
    )
    @functools.wraps(command)
    def named(*arguments: Any, stacks: tuple[str, ...], more_stacks: tuple[str, ...], **options: Any) -> Any:
        return command(*arguments, stacks=(*stacks, *more_stacks), **options)

    return cast("F", named)


def of_each(
    folder: Path, stacks: Iterable[str], doing: str, look: Callable[[Path, str], tuple[T, str]]
) -> Iterator[T]:
    """Yield what is found of each stack, with a line of progress for each on stderr, and one when it is done.

    Args:
        folder: in the project.
        stacks: their names; none stands for all that have a file.
        doing: what is done with each, for its line.
        look: gets the project's folder and a stack, and returns what is found and a verdict in a few words.

    Raises:
        ProjectError: there is no project.
        click.ClickException: there is no stack.
    """
    from ..api.errors import printable
    from ..stack.project import find_project

    project = find_project(folder)
    wanted = list(dict.fromkeys(stacks or project.stack_files))
    if not wanted:
        raise click.ClickException(
            f"no stack has a file in {project.called(project.stacks)}: name one by --stack"
        )
    for place, stack in enumerate(wanted, 1):
        progress = f"[{place}/{len(wanted)}] {printable(stack)}:"
        click.echo(f"{progress} {doing} …", err=True)
        started = time.monotonic()
        with _told_when_slow(progress):
            found, verdict = look(project.root, stack)
        click.echo(f"{progress} {verdict} ({time.monotonic() - started:.0f} s)", err=True)
        yield found


@contextlib.contextmanager
def _told_when_slow(progress: str) -> Iterator[None]:
    """Say what is waited for, once it takes longer than usual."""

    def tell() -> None:
        from ..api.transport import DEADLINE_SECS

        tried = f"without an answer of Telnyx, a call is tried for up to {DEADLINE_SECS:g} s"
        click.echo(f"{progress} still waiting for Pulumi; {tried}", err=True)

    timer = threading.Timer(_SILENT_SECS, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def ask(
    root: Path, stack: str, *command: str, asker: str, environ: Mapping[str, str] | None = None
) -> Answer:
    """Return what a command of the CLI about a stack leaves behind; one that hangs has failed.

    Args:
        root: the project's folder.
        stack: the stack's name.
        command: without `pulumi` itself.
        asker: what needs the CLI, for the error where there is none.
        environ: set beside the caller's environment.

    Raises:
        click.ClickException: it could not be started.
    """
    from ..api.errors import printable

    called = f"the {command[0]} of stack {printable(stack)}"
    try:
        return ask_pulumi(root, *command, f"--stack={stack}", called=called, asker=asker, environ=environ)
    except PulumiTimeoutError as error:
        # The other stacks are looked at all the same.
        return Answer(1, b"", str(error))
