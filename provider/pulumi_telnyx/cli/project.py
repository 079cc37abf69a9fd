"""Which Pulumi project a command is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

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
