"""Shows passwords that were just made: to a person at a terminal, and to nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .pulumi import run_pulumi

if TYPE_CHECKING:
    from ..state import StateConnection


def ensure_terminal() -> None:
    """Make sure that what is printed is read by a person, before anything is done.

    Raises:
        click.ClickException: stdout is a pipe or a file.
    """
    if not sys.stdout.isatty():
        raise click.ClickException(
            "--show-password prints to a terminal only, and stdout is none: nothing was done"
        )


def print_passwords(folder: Path, stack: str, connections: Iterable[StateConnection]) -> None:
    """Print user name and password of connections; the state with them stays in memory.

    Args:
        folder: in the project.
        stack: the stack's name.
        connections: as the state has them.

    Raises:
        click.ClickException: stdout is no terminal, or the state cannot be read.
    """
    from ..api.errors import printable

    ensure_terminal()
    passwords = dict(_passwords(run_pulumi(folder, "stack", "export", "--show-secrets", "--stack", stack)))
    for each in connections:
        password = passwords.get(each.id) or "not in the state"
        click.echo(
            printable(f"{each.resource}: user name {each.user_name or '[secret]'}, password {password}")
        )


def _passwords(export: str) -> Iterator[tuple[str, str]]:
    """Yield the passwords in a state by the connections' ids."""
    try:
        resources: list[dict[str, Any]] = json.loads(export)["deployment"].get("resources") or []
    except (ValueError, TypeError, LookupError):
        # Without the text, which may hold passwords.
        raise click.ClickException("`pulumi stack export` printed no state") from None
    for each in resources:
        secret = (each.get("outputs") or {}).get("password")
        if each.get("id") and isinstance(secret, dict) and isinstance(secret.get("plaintext"), str):
            yield each["id"], json.loads(secret["plaintext"])
