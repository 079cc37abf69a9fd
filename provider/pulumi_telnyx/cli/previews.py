"""Where the previews of a report come from: files, standard input, or the Pulumi CLI itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from .stacks import ask, of_each

if TYPE_CHECKING:
    from ..report.preview import StackPreview

_STDIN: Final = "-"


def read(files: Iterable[str]) -> Iterator[StackPreview]:
    """Yield the previews in files; one that holds none is a preview that failed.

    Args:
        files: as the command line has them: FILE, STACK=FILE, a folder, or `-`.

    Raises:
        click.ClickException: a file cannot be read, a folder is empty, or nothing tells a preview's stack.
    """
    from ..api.errors import printable
    from ..report.preview import failed, read_preview
    from ..report.steps import PreviewError

    for stack, path in _named(files):
        try:
            content = sys.stdin.buffer.read() if path == _STDIN else Path(path).read_bytes()
        except OSError as error:
            raise click.ClickException(f"{printable(path)}: {error.strerror}") from None
        shown = "standard input" if path == _STDIN else printable(Path(path).name)
        try:
            yield read_preview(content, stack)
        except PreviewError as error:
            if stack is None:
                raise click.ClickException(f"{shown}: {error}") from None
            click.echo(f"{shown}: {error}", err=True)
            yield failed(stack, f"{shown}: {error}")


def paths(files: Iterable[str]) -> Iterator[Path]:
    """Yield the files that hold previews; standard input is none.

    Args:
        files: as the command line has them.

    Raises:
        click.ClickException: a folder is empty.
    """
    yield from (Path(path) for _, path in _named(files) if path != _STDIN)


def _named(files: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    """Yield stack and path of every preview; the stack is None where the preview itself has to tell it."""
    from ..api.errors import printable

    for each in files:
        name, equals, path = each.partition("=")
        # A file may have the sign in its name.
        if not equals or _found(Path.exists, each):
            name, path = "", each
        if path != _STDIN and _found(Path.is_dir, path):
            if name:
                raise click.ClickException(
                    f"{printable(each)}: a folder holds the previews of several stacks: name files"
                )
            found = sorted(Path(path).glob("*.json"))
            if not found:
                raise click.ClickException(f"{printable(path)}: there is no *.json in this folder")
            yield from ((file.stem, str(file)) for file in found)
        else:
            yield name or (None if path == _STDIN else Path(path).stem), path


def _found(look: Callable[[Path], bool], path: str) -> bool:
    try:
        return look(Path(path))
    except OSError:
        # A name that no file can have; reading it says why.
        return False


def run(folder: Path, stacks: Iterable[str]) -> Iterator[StackPreview]:
    """Run the previews of stacks, one after the other, with a line of progress for each on stderr.

    Args:
        folder: in the project.
        stacks: their names; none stands for all that have a file.

    Raises:
        ProjectError: there is no project.
        click.ClickException: there is no stack, or no Pulumi CLI.
    """
    return of_each(folder, stacks, "preview", _preview)


def _preview(root: Path, stack: str) -> tuple[StackPreview, str]:
    """Return the preview of a stack, and its verdict."""
    from ..report.preview import failed, read_preview
    from ..report.steps import PreviewError
    from ..report.summary import summarise

    code, content, errors = ask(root, stack, "preview", "--json", asker="--run")
    try:
        preview = read_preview(content, stack)
    except PreviewError as error:
        preview = failed(stack, errors or str(error))
    if code and not preview.problems:
        preview = failed(stack, errors or f"`pulumi preview` ended with exit code {code}")
    (only,) = summarise([preview]).stacks
    return preview, ", ".join(each.text for each in only.verdict) or "no changes"
