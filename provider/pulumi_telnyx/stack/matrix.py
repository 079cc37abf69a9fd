"""The settings of several stacks side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel

from ..api.models import ConnectionSettings
from ..api.schema import NOT_GIVEN, nested_model, reset_value
from .layers import layered
from .located import Located, Origin, Path, Secret, leaves, plain, spelled
from .password_map import is_encrypted_as_a_whole, passwords_of_map, with_password
from .project import CONNECTIONS, DEFAULTS, Project, StackFile

# What happens where a connection does not say it.
_MADE_HERE: Final = {"connection_name": "derived", "user_name": "derived", "password": "generated"}
IN_A_LIST: Final = "[secret]"
"""What stands for an encrypted item of a list."""
_COMPARED: Final = frozenset({"set", "default", "not set", "made", "secret"})

State = Literal["set", "secret", "default", "made", "not set", "no connection"]


@dataclass(frozen=True)
class Cell:
    """One setting in one stack.

    Args:
        state: `set` and `secret` stand in a file; `default` is Telnyx's, `made` is ours (a derived name, a
            generated password); `not set` has none; `no connection` is in a stack without the connection.
        value: the plain value, or the ciphertext of a secret; None where there is none.
        origin: where it stands.
    """

    state: State
    value: Any = None
    origin: Origin | None = None


@dataclass(frozen=True)
class Row:
    """One setting in all stacks.

    Args:
        connection: its connection; None for a setting of the whole stack.
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
            return any(cell.state in {"default", "made", "not set"} for cell in compared)
        return any(not alike(cell.value, compared[0].value) for cell in compared)

    @property
    def same_secret(self) -> bool:
        """Whether the very same encrypted value stands in every stack that has one."""
        ciphertexts = [cell.value for cell in self.cells.values() if cell.state == "secret"]
        return len(ciphertexts) > 1 and len(set(ciphertexts)) == 1


def matrix(project: Project, files: Sequence[StackFile]) -> list[Row]:
    """Return every setting that at least one of the stacks has, the stacks' own before the connections'.

    Args:
        project: the project.
        files: the stack files, without errors.
    """
    configs = {file.stack: file.config(project.name) for file in files}
    connections = {stack: layered(project, config).connections for stack, config in configs.items()}
    own = {f"{project.name}:{CONNECTIONS}", f"{project.name}:{DEFAULTS}"}
    stacks = {
        stack: leaves({key: each for key, each in config.items() if key not in own})
        for stack, config in configs.items()
    }
    rows = [
        Row(None, spelled(path), {stack: _cell(each.get(path)) for stack, each in stacks.items()})
        for path in _in_order(stacks.values())
    ]
    passwords = {stack: passwords_of_map(project.name, config) for stack, config in configs.items()}
    unknown = {stack for stack, config in configs.items() if is_encrypted_as_a_whole(project.name, config)}
    for name in _in_order(connections.values()):
        declared = {
            stack: with_password(each[name], passwords[stack].get(name)) if name in each else None
            for stack, each in connections.items()
        }
        rows += _of_connection(name, declared, unknown)
    return rows


def _of_connection(
    name: str, declared: Mapping[str, Located | None], unknown: Collection[str]
) -> Iterator[Row]:
    """Yield the rows of a connection.

    Args:
        name: its name.
        declared: its settings by stack.
        unknown: the stacks whose passwords are encrypted as a whole: nothing tells for whom there is one.
    """
    there = {
        stack: Cell("set", True, each.origin) if each else Cell("no connection")
        for stack, each in declared.items()
    }
    yield Row(name, "", there)
    declares = {stack: leaves(each.entries()) for stack, each in declared.items() if each}
    for path in sorted(_in_order(declares.values()), key=_place):
        cells = {
            stack: _cell(declares[stack].get(path), path) if stack in declares else Cell("no connection")
            for stack in declared
        }
        if path == ("password",):
            for stack in unknown:
                if cells[stack].state == "made":
                    cells[stack] = Cell("made", "in passwords, or generated")
        yield Row(name, spelled(path), cells)


def _in_order(groups: Any) -> dict[Any, None]:
    return {name: None for group in groups for name in group}


def _cell(located: Located | None, path: Path = ()) -> Cell:
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
    default = reset_value(model, str(path[-1])) if path and path[-1] in model.model_fields else NOT_GIVEN
    return Cell("not set") if default in (NOT_GIVEN, None, "", []) else Cell("default", default)


def _place(path: Path) -> tuple[tuple[int, int | str], ...]:
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
