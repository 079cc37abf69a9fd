"""Asks the Pulumi CLI about several stacks, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import click

from .pulumi import Answer, PulumiTimeoutError, ask_pulumi

T = TypeVar("T")


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
        found, verdict = look(project.root, stack)
        click.echo(f"{progress} {verdict} ({time.monotonic() - started:.0f} s)", err=True)
        yield found


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
