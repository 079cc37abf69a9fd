"""Which Pulumi project a command is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .findings import FINDING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..stack.project import Project, StackFile

F = TypeVar("F", bound=Callable[..., Any])


def in_project(command: F) -> F:
    """Give a command the option that names a folder of the project, as `pulumi` has it."""
    return click.option(
        "-C",
        "--cwd",
        "folder",
        metavar="FOLDER",
        default=".",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Folder of the Pulumi project, or one below it; left out: where you are.",
    )(command)


def read_without_errors(project: Project, stacks: Iterable[str]) -> list[StackFile]:
    """Return the files of stacks, or end the command with 2 after it has printed what is wrong with them."""
    from ..stack.validate import check

    files = [project.read(each) for each in stacks]
    if errors := check(project, files).errors:
        for error in errors:
            click.echo(str(error), err=True)
        raise click.exceptions.Exit(FINDING)
    return files
