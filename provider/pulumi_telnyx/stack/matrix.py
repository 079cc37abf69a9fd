"""The settings of several stacks side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from .cells import Cell, Row, cell_of, place_of
from .layers import layered
from .located import Located, leaves, spelled
from .password_map import is_encrypted_as_a_whole, passwords_of_map, passwords_of_set, with_password
from .project import CONNECTIONS, DEFAULTS, PASSWORDS, SETS, Project, StackFile
from .set_matrix import rows_of_set
from .sets import LayeredSet, layered_sets


def matrix(project: Project, files: Sequence[StackFile]) -> list[Row]:
    """Return every setting that at least one of the stacks has: the stacks' own, the connections', the sets'.

    Args:
        project: the project.
        files: the stack files, without errors.
    """
    configs = {file.stack: file.config(project.name) for file in files}
    connections = {stack: layered(project, config).connections for stack, config in configs.items()}
    stacks = {stack: leaves(_of_stack(project, config)) for stack, config in configs.items()}
    rows = [
        Row(None, spelled(path), {stack: cell_of(each.get(path)) for stack, each in stacks.items()})
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
    sets = {stack: layered_sets(project, config).sets for stack, config in configs.items()}
    for name in _in_order(sets.values()):
        rows += rows_of_set(
            name,
            {
                stack: _with_passwords(each[name], passwords_of_set(passwords[stack], name))
                if name in each
                else None
                for stack, each in sets.items()
            },
            unknown,
        )
    return rows


def _of_stack(project: Project, config: Mapping[str, Located]) -> dict[str, Located]:
    """Return the settings of the stack itself; what members have for a password shows with their set."""
    keys = {f"{project.name}:{each}" for each in (CONNECTIONS, SETS, DEFAULTS)}
    own = {key: each for key, each in config.items() if key not in keys}
    passwords = own.get(f"{project.name}:{PASSWORDS}")
    if passwords is not None and isinstance(passwords.value, dict):
        of_connections = {name: each for name, each in passwords.value.items() if not each.entries()}
        own[f"{project.name}:{PASSWORDS}"] = Located(of_connections, passwords.origin)
    return own


def _with_passwords(found: LayeredSet, passwords: Mapping[str, Located]) -> LayeredSet:
    members = {name: with_password(each, passwords.get(name)) for name, each in found.members.items()}
    return dataclasses.replace(found, members=members)


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
    for path in sorted(_in_order(declares.values()), key=place_of):
        cells = {
            stack: cell_of(declares[stack].get(path), path) if stack in declares else Cell("no connection")
            for stack in declared
        }
        if path == ("password",):
            for stack in unknown:
                if cells[stack].state == "made":
                    cells[stack] = Cell("made", "in passwords, or generated")
        yield Row(name, spelled(path), cells)


def _in_order(groups: Any) -> dict[Any, None]:
    return {name: None for group in groups for name in group}
