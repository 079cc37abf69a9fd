"""How a command shows a change of settings files, and asks before it makes it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..stack.project import Project, StackFile
    from ..stack.rewrite import Held, Rewrite


def write_when_confirmed(
    project: Project, file: StackFile, changes: Sequence[Rewrite], expected: Held, *, yes: bool
) -> str:
    """Show what changes in the files, ask, write them, and return their names.

    Args:
        project: the project.
        file: the stack's file, as it was read.
        changes: what to write.
        expected: what then has to hold in the stack.
        yes: write without asking.

    Raises:
        click.Abort: the answer was no; nothing is written.
        ProjectError: see `write`.
    """
    from ..stack.replace import write
    from ..stack.rewrite import verify

    verify(project, file, changes, expected)
    for each in changes:
        _show(each)
    names = " and ".join(each.name for each in changes)
    if not yes:
        click.confirm(f"Write {names}?", abort=True, err=True)
    write(changes)
    return names


def _show(change: Rewrite) -> None:
    old, new = change.old.splitlines(), change.new.splitlines()
    for line in difflib.unified_diff(old, new, f"a/{change.name}", f"b/{change.name}", lineterm=""):
        color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        # As the file has it, but for what a terminal would obey.
        harmless = "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in line)
        click.echo(click.style(harmless, fg=color))
