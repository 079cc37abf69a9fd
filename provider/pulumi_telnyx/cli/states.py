"""Where the states that a command compares with come from: files, standard input, or the Pulumi CLI."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from .pulumi import run_pulumi

if TYPE_CHECKING:
    from ..ownership import Owner
    from ..state import State

_STDIN: Final = "-"


def states_in(files: Iterable[str]) -> Iterator[State]:
    """Yield what files with the output of `pulumi stack export` hold; `-` is standard input.

    Raises:
        click.ClickException: a file cannot be read, or holds something else.
    """
    from ..api.errors import printable

    for file in files:
        try:
            content = sys.stdin.buffer.read() if file == _STDIN else Path(file).read_bytes()
        except OSError as error:
            raise click.ClickException(f"--state {printable(file)}: {error.strerror}") from None
        yield _read(content, f"--state {printable(file)}")


def exported(folder: Path, stack: str) -> State:
    """Return what the Pulumi CLI says that a stack has.

    Args:
        folder: in the project.
        stack: the stack's name, as `pulumi` takes it.

    Raises:
        click.ClickException: there is no such stack, or it cannot be exported.
    """
    from ..api.errors import printable

    content = run_pulumi(folder, "stack", "export", f"--stack={stack}")
    return _read(content.encode(), f"`pulumi stack export` of stack {printable(stack)}")


def stacks_of(folder: Path, owner: Owner) -> list[str]:
    """Return the full names of the stacks with the owner's name, one in each organisation that has it.

    Raises:
        click.ClickException: Pulumi cannot be asked.
    """
    return _full_names(folder, owner.project, owner.stack)


def organization_of(folder: Path, project: str, stack: str) -> str:
    """Return the organisation of a stack as a program is told it.

    Args:
        folder: in the project.
        project: the project's name.
        stack: the stack's name, as `pulumi` takes it.

    Raises:
        click.ClickException: Pulumi cannot be asked, or several organisations have such a stack.
    """
    *before, name = stack.split("/")
    if before:
        return before[0]
    # A backend of before there were projects in it has none; a program is told this then.
    found = {
        each.rpartition("/")[0].partition("/")[0] or "organization"
        for each in _full_names(folder, project, name)
    }
    if len(found) > 1:
        raise click.ClickException(
            f"several organisations have a stack {project}/{name}: name it with its own, as "
            f"ORGANISATION/{project}/{name}"
        )
    return found.pop() if found else "organization"


def _full_names(folder: Path, project: str, stack: str) -> list[str]:
    command = ("stack", "ls", "--fully-qualify-stack-names", "--json", f"--project={project}")
    content = run_pulumi(folder, *command)
    try:
        names = [str(each["name"]) for each in json.loads(content)]
    except (ValueError, TypeError, LookupError):
        raise click.ClickException(f"`pulumi {' '.join(command)}` printed no list of stacks") from None
    # Backends of before there were projects in them have the stack's name alone.
    wanted = ([project, stack], [stack])
    return [name for name in names if name.split("/")[-2:] in wanted]


def _read(content: bytes, source: str) -> State:
    from ..state import StateError, read_state

    try:
        return read_state(content)
    except StateError as error:
        raise click.ClickException(f"{source}: {error}") from None
