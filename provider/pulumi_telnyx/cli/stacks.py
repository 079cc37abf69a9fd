"""Asks the Pulumi CLI about several stacks, one after the other."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

import click

T = TypeVar("T")

# A preview of thousands of connections takes minutes; one that hangs must not hang forever.
_TIMEOUT_SECS: Final = 3600


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
) -> tuple[int, bytes, str]:
    """Return exit code, standard output and error output of a command of the CLI about a stack.

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

    try:
        done = subprocess.run(
            ["pulumi", *command, "--non-interactive", f"--stack={stack}"],
            cwd=root,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1", **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECS,
            check=False,
        )
    except FileNotFoundError:
        raise click.ClickException(
            f"{asker} needs the Pulumi CLI, and there is no `pulumi` on PATH"
        ) from None
    except (OSError, ValueError):
        raise click.ClickException(
            f"the {command[0]} of stack {printable(stack)} could not be started"
        ) from None
    except subprocess.TimeoutExpired:
        return 1, b"", f"the {command[0]} gave no answer in {_TIMEOUT_SECS} s"
    return (
        done.returncode,
        done.stdout,
        done.stderr.decode("utf-8", "replace").strip().removeprefix("error: "),
    )
