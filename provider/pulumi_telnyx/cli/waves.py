"""New passwords in waves: which connections come next, and whether the phones of earlier ones are back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..words import counted, some_of
from .account import settings_of_stack
from .findings import FINDING
from .phones import apis_of, ask_once, earlier
from .registration_tables import print_changes

if TYPE_CHECKING:
    from ..registrations import Change
    from ..stack.password_sources import FileConnection
    from ..state import State, StateConnection

_MOST_NAMED: Final = 5
# One that is registered by its login of before may be dead when that has run out.
_NOT_BACK: Final[frozenset[Change]] = frozenset({"lost", "unknown", "no new login"})


@dataclass(frozen=True)
class Waves:
    """How connections get new passwords one part after the other.

    Args:
        size: how many at once.
        value: what `rotate_password_when` becomes, the same for all waves.
        after: who was registered before the first wave; None where that does not count.
    """

    size: int
    value: str
    after: Path | None

    def next_of(
        self, names: Sequence[str], known: Mapping[str, FileConnection], state: State, root: Path, stack: str
    ) -> list[str]:
        """Return the connections of the next wave.

        Args:
            names: all that are to get a new password.
            known: what the stack's files declare, by name.
            state: what the stack has.
            root: the project's folder.
            stack: the stack's name.

        Raises:
            click.ClickException: the last wave is not deployed yet, or Telnyx cannot be asked.
            click.exceptions.Exit: all have it, or phones are not back.
        """
        wanted = set(names)
        there = {each.resource: each for each in state.connections if each.resource in wanted}
        done = [each for each in there.values() if str(each.rotate_password_when) == self.value]
        finished = {each.resource for each in done}
        written = {name for name in names if name in known and known[name].when == self.value}
        missing = written & there.keys() - finished
        if waiting := [name for name in names if name in missing]:
            raise click.ClickException(
                f"{some_of(waiting, _MOST_NAMED)}: the settings have {self.value}, and the stack does not "
                f"yet: run `pulumi up --stack {stack}` first"
            )
        self._wait_for(done, root, stack)
        had = written | finished
        left = [name for name in names if name not in had]
        if not left:
            click.echo(f"all of {counted(len(names), 'connection')} have {self.value}", err=True)
            raise click.exceptions.Exit(0)
        wave = left[: self.size]
        click.echo(
            f"{counted(len(wave), 'connection')} in this wave; {len(finished)} had theirs, "
            f"{len(left) - len(wave)} are left",
            err=True,
        )
        return wave

    def _wait_for(self, done: Iterable[StateConnection], root: Path, stack: str) -> None:
        """Make sure that all phones of these connections are back that were registered before."""
        if self.after is None:
            return
        from ..registrations import compare, line_of

        before, lines = earlier(self.after), [line_of(each) for each in done]
        if not lines:
            return
        standings = ask_once(lines, apis_of(lines, settings_of_stack(root, stack)))
        missing = [each for each in compare(before, standings) if each.change in _NOT_BACK]
        if missing:
            print_changes(missing)
            click.echo(
                f"{counted(len(missing), 'phone')} of the waves so far have not come back with their new "
                "password: nothing was written; look at them, then run again",
                err=True,
            )
            raise click.exceptions.Exit(FINDING)
