"""Shows passwords that were just made: to a person at a terminal, and to nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
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
            "--show-password prints to a terminal only, and standard output is none: nothing was done"
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
    from ..state import SET_TYPE

    try:
        resources: list[dict[str, Any]] = json.loads(export)["deployment"].get("resources") or []
    except (ValueError, TypeError, LookupError):
        # Without the text, which may hold passwords.
        raise click.ClickException("`pulumi stack export` printed no state") from None
    for each in resources:
        outputs = each.get("outputs") or {}
        yield from _shown({each.get("id"): outputs.get("password")})
        ids = outputs.get("ids")
        if each.get("type") == SET_TYPE and isinstance(ids, dict):
            # One secret with all of them, or a secret for each member.
            secrets = outputs.get("passwords") or {}
            by_member = _plaintext(secrets) or {}
            if by_member:
                yield from ((ids[name], each) for name, each in by_member.items() if name in ids)
            else:
                yield from _shown({ids.get(name): secret for name, secret in secrets.items()})


def _shown(secrets: Mapping[str | None, Any]) -> Iterator[tuple[str, str]]:
    for connection_id, secret in secrets.items():
        if connection_id and isinstance(password := _plaintext(secret), str):
            yield connection_id, password


def _plaintext(secret: Any) -> Any:
    """Return what stands in a secret; None where it is none, or does not show it."""
    shown = secret.get("plaintext") if isinstance(secret, dict) else None
    return json.loads(shown) if isinstance(shown, str) else None
