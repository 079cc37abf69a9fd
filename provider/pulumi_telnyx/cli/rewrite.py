"""How a command shows a change of settings files, and asks before it makes it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from ..stack.project import Project, StackFile
    from ..stack.rewrite import Held, Rewrite

_INDENT: Final = re.compile("[-+ ]?[ ]*")


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
    from ..stack.rewrite import write

    for each in changes:
        _show(each)
    names = " and ".join(each.name for each in changes)
    if not yes:
        click.confirm(f"Write {names}?", abort=True, err=True)
    write(project, file, changes, expected)
    return names


def _show(change: Rewrite) -> None:
    from ..api.errors import printable

    old, new = change.old.splitlines(), change.new.splitlines()
    for line in difflib.unified_diff(old, new, f"a/{change.name}", f"b/{change.name}", lineterm=""):
        indent = _INDENT.match(line)
        start = indent.end() if indent else 0
        color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        click.echo(click.style(line[:start] + printable(line[start:]), fg=color))
