"""Where the output of a command goes, and in which format; and how its help ends."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from ..api.errors import printable

F = TypeVar("F", bound=Callable[..., Any])


def examples(*commands: str) -> str:
    """Return what stands at the end of a command's help: how it is called, one line each.

    Args:
        commands: without `pulumi-telnyx` before them.
    """
    # The character is click's: the lines after it stay lines.
    return "\n".join(["\b", "Examples:", *(f"  pulumi-telnyx {each}" for each in commands)])


def in_format(default: str, *others: str, shows: str) -> Callable[[F], F]:
    """Give a command the option that says in which format it prints; the argument is called `form`.

    Args:
        default: the format where none is named.
        others: the other ones.
        shows: the option's help, one phrase for each.
    """
    return click.option(
        "--format",
        "form",
        type=click.Choice([default, *others]),
        default=default,
        show_default=True,
        help=shows,
    )


def to_file(command: F) -> F:
    """Give a command the option that names a file for its output."""
    return click.option(
        "--output",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Write to this file in place of standard output, whole or not at all.",
    )(command)


def write_whole(path: Path, text: str | Iterable[str]) -> None:
    """Write a file whole, in UTF-8, or leave what is there.

    Args:
        path: the file.
        text: what shall stand there, or its pieces.

    Raises:
        click.ClickException: it cannot be written.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            for piece in [text] if isinstance(text, str) else text:
                file.write(piece.encode("utf-8", "replace"))
        # As any other program would have made it; a temporary file is for its owner alone.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise click.ClickException(f"{printable(path)} cannot be written: {error.strerror}") from None
