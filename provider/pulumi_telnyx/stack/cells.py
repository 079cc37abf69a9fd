"""One setting in several stacks: what a file says of it, or what holds where none does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel

from ..api.connection_settings import ConnectionSettings
from ..api.schema import NO_DEFAULT, nested_model, reset_value
from .located import Located, Origin, Path, Secret, plain, spelled

# What happens where a connection does not say it.
_MADE_HERE: Final = {"connection_name": "derived", "user_name": "derived", "password": "generated"}
IN_A_LIST: Final = "[secret]"
"""What stands for an encrypted item of a list."""
_COMPARED: Final = frozenset({"set", "default", "not set", "made", "secret", "mixed"})

State = Literal["set", "secret", "default", "made", "not set", "no connection", "mixed"]


@dataclass(frozen=True)
class Cell:
    """One setting in one stack.

    Args:
        state: `set` and `secret` stand in a file; `default` is Telnyx's, `made` is ours (a derived name, a
            generated password); `not set` has none; `no connection` is in a stack without the connection;
            `mixed` is a set whose members differ.
        value: the plain value, or the ciphertext of a secret; None where there is none. Of `mixed`, cells and
            how many members have each, the most frequent first.
        origin: where it stands.
    """

    state: State
    value: Any = None
    origin: Origin | None = None


@dataclass(frozen=True)
class Row:
    """One setting in all stacks.

    Args:
        connection: its connection or set; None for a setting of the whole stack.
        setting: its path below the connection, or its key; empty for the connection itself.
        cells: by stack.
    """

    connection: str | None
    setting: str
    cells: Mapping[str, Cell]

    @property
    def path(self) -> str:
        """The whole path."""
        if self.connection is None:
            return self.setting
        return ".".join(filter(None, (spelled((self.connection,)), self.setting)))

    @property
    def differs(self) -> bool:
        """Whether two stacks are known to differ; two secrets may be one and the same value."""
        if not self.setting:
            return any(cell.state == "no connection" for cell in self.cells.values())
        compared = [cell for cell in self.cells.values() if cell.state in _COMPARED]
        secrets = [cell for cell in compared if cell.state == "secret"]
        if secrets:
            return any(cell.state in {"default", "made", "not set", "mixed"} for cell in compared)
        return any(not alike(cell.value, compared[0].value) for cell in compared)

    @property
    def same_secret(self) -> bool:
        """Whether the very same encrypted value stands in every stack that has one."""
        ciphertexts = [cell.value for cell in self.cells.values() if cell.state == "secret"]
        return len(ciphertexts) > 1 and len(set(ciphertexts)) == 1


def cell_of(located: Located | None, path: Path = ()) -> Cell:
    """Return the cell of a setting.

    Args:
        located: what a file says of it; None where none does.
        path: which field of a connection it is; empty for anything else.
    """
    if located is None:
        return _unset(path)
    if isinstance(located.value, Secret):
        return Cell("secret", located.value.ciphertext, located.origin)
    return Cell("set", plain(located, lambda _: IN_A_LIST), located.origin)


def _unset(path: Path) -> Cell:
    """Return what holds for a field that a connection does not say; `path` is empty for a stack's setting."""
    if len(path) == 1 and path[0] in _MADE_HERE:
        return Cell("made", _MADE_HERE[path[0]])
    model: type[BaseModel] = ConnectionSettings
    for step in path[:-1]:
        below = nested_model(model, str(step)) if step in model.model_fields else None
        if below is None:
            return Cell("not set")
        model = below
    default = reset_value(model, str(path[-1])) if path and path[-1] in model.model_fields else NO_DEFAULT
    return Cell("not set") if default in (NO_DEFAULT, None, "", []) else Cell("default", default)


def place_of(path: Path) -> tuple[tuple[int, int | str], ...]:
    """Return what sorts fields as the reference has them, and what is no field behind them."""
    model: type[BaseModel] | None = ConnectionSettings
    place: list[tuple[int, int | str]] = []
    for step in map(str, path):
        known = list(model.model_fields) if model else []
        place.append((0, known.index(step)) if step in known else (1, step))
        model = nested_model(model, step) if model and step in known else None
    return tuple(place)


def alike(one: Any, other: Any) -> bool:
    """Return whether two values of a field mean the same to Telnyx."""
    # 1 is not true, though Python says so; and an empty text is what clears a field.
    nothing: tuple[Any, ...] = (None, "", [])
    same = bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
    return same or (one in nothing and other in nothing)
