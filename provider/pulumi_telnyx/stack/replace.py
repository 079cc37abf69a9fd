"""New texts of files put in their place: in that of all of them, or of none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Final

from .project import ProjectError

if TYPE_CHECKING:
    from .rewrite import Rewrite

_ANYBODY_WRITES: Final = 0o222


def write(changes: Sequence[Rewrite]) -> None:
    """Put new texts in the place of files: of all of them, or of none.

    Args:
        changes: what to write, verified; the files are replaced in this order.

    Raises:
        ProjectError: a file has been changed meanwhile, or cannot be written; all are as they were. Where a
            file cannot be put back, the error names it and where its old text is.
    """
    for each in changes:
        _refuse_other_text(each)
    news: dict[FilePath, FilePath] = {}
    olds: dict[FilePath, FilePath] = {}
    try:
        for each in changes:
            news[each.path] = _beside(each, each.new)
            olds[each.path] = _beside(each, each.old)
        _replace(changes, news, olds)
    finally:
        for file in (*news.values(), *olds.values()):
            file.unlink(missing_ok=True)


def _refuse_other_text(change: Rewrite) -> None:
    try:
        if not change.path.stat().st_mode & _ANYBODY_WRITES:
            raise ProjectError(f"{change.name} is read-only: nothing was written; make it writable first")
        if change.path.read_bytes() != change.old.encode("utf-8"):
            raise ProjectError(f"{change.name} was changed meanwhile: nothing was written; run again")
    except OSError as error:
        raise _unwritable(change, error) from None


def _beside(change: Rewrite, text: str) -> FilePath:
    """Return a new file with a text, in the folder of the old one and as readable."""
    try:
        handle, name = tempfile.mkstemp(dir=change.path.resolve().parent, prefix=f".{change.path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            FilePath(name).chmod(change.path.stat().st_mode & 0o777)
        except BaseException:
            FilePath(name).unlink()
            raise
    except OSError as error:
        raise _unwritable(change, error) from None
    return FilePath(name)


def _replace(
    changes: Sequence[Rewrite], news: Mapping[FilePath, FilePath], olds: dict[FilePath, FilePath]
) -> None:
    """Replace files one after the other; where one cannot be, those before it are put back.

    Args:
        changes: what to write.
        news: files with the new texts, by path.
        olds: files with the old texts, by path; one that the user still needs is taken out.
    """
    replaced: list[Rewrite] = []
    try:
        for each in changes:
            # Before it is done, so that a Ctrl-C in between does not leave it.
            replaced.append(each)
            try:
                news[each.path].replace(each.path.resolve())
            except OSError as error:
                replaced.pop()
                raise _unwritable(each, error) from None
    except BaseException:
        _put_back(replaced, olds)
        raise


def _put_back(replaced: Sequence[Rewrite], olds: dict[FilePath, FilePath]) -> None:
    """Put the old texts back in the place of the new ones, each that can be.

    Args:
        replaced: what is written.
        olds: see `_replace`.

    Raises:
        ProjectError: some cannot be.
    """
    left = []
    for each in replaced:
        old = olds[each.path]
        try:
            old.replace(each.path.resolve())
        except OSError as error:
            del olds[each.path]
            left.append(
                f"{each.name} was written, another file was not, and {each.name} cannot be put back: "
                f"{error.strerror}; put {old.name}, beside it, in its place"
            )
    if left:
        raise ProjectError("; ".join(left)) from None


def _unwritable(change: Rewrite, error: OSError) -> ProjectError:
    return ProjectError(
        f"{change.name} cannot be written: {error.strerror}; nothing was changed: correct that and run again"
    )
