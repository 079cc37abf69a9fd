"""Files that a command writes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from ..api.errors import printable


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
