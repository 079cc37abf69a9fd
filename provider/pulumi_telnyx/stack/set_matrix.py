"""A set of several stacks side by side: how many members have which value, not one row for each of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from ..connection.properties import OWN_FIELDS
from ..fleet.removals import DEFAULT_MAX_REMOVALS, MAX_REMOVALS
from ..words import some_of
from .cells import Cell, Row, cell_of, place_of
from .located import Located, Path, leaves, spelled
from .project import DEFAULTS
from .sets import MEMBERS, SETTINGS, LayeredSet

_MOST_NAMES: Final = 5


def rows_of_set(
    name: str, declared: Mapping[str, LayeredSet | None], unknown: Collection[str]
) -> Iterator[Row]:
    """Yield the rows of a set.

    Args:
        name: its name.
        declared: the set by stack, each member with its password; None in a stack without it.
        unknown: the stacks whose passwords are encrypted as a whole: nothing tells for whom there is one.
    """
    there = {stack: each for stack, each in declared.items() if each is not None}
    absent = Cell("no connection")

    def row(setting: str, cells: Mapping[str, Cell]) -> Row:
        return Row(name, setting, {stack: cells.get(stack, absent) for stack in declared})

    yield row("", {stack: Cell("set", True, each.origin) for stack, each in there.items()})
    yield row(MEMBERS, {stack: Cell("set", len(each.members), each.origin) for stack, each in there.items()})
    if only := _only_in_some(there):
        yield row(f"{MEMBERS} not in each stack", only)
    said = {stack: each.settings.entries() for stack, each in there.items()}
    for setting in SETTINGS:
        if setting not in (DEFAULTS, MEMBERS) and any(setting in each for each in said.values()):
            yield row(setting, {stack: _setting(setting, each.get(setting)) for stack, each in said.items()})
    members = {
        stack: [leaves(member.entries()) for member in each.members.values()] for stack, each in there.items()
    }
    paths = {path: None for each in members.values() for member in each for path in member}
    for path in sorted(paths, key=place_of):
        yield row(
            spelled(path),
            {
                stack: _summary(path, [each.get(path) for each in found], is_unknown=stack in unknown)
                for stack, found in members.items()
            },
        )


def _only_in_some(there: Mapping[str, LayeredSet]) -> dict[str, Cell]:
    """Return which members each stack has and another has not; nothing where all have the same."""
    common = frozenset.intersection(*(frozenset(each.members) for each in there.values()))
    found = {
        stack: [member for member in each.members if member not in common] for stack, each in there.items()
    }
    if not any(found.values()):
        return {}
    return {stack: Cell("set", some_of(names, _MOST_NAMES) or "none") for stack, names in found.items()}


def _setting(name: str, located: Located | None) -> Cell:
    if located is None and name == MAX_REMOVALS:
        return Cell("default", DEFAULT_MAX_REMOVALS)
    return cell_of(located)


def _summary(path: Path, members: Iterable[Located | None], *, is_unknown: bool) -> Cell:
    """Return the one value that all members have, or how many have which, the most frequent first."""
    is_own = path[0] in OWN_FIELDS
    groups: dict[str, list[Cell]] = {}
    for each in members:
        cell = cell_of(each, path)
        if is_own and cell.state == "set":
            # Each has another one, and that is as it should be.
            cell = Cell("set", "given", cell.origin)
        elif is_unknown and path == ("password",) and cell.state == "made":
            cell = Cell("made", "in passwords, or generated")
        # Nobody can tell which secrets of single members are the same value.
        value = None if is_own and cell.state == "secret" else cell.value
        groups.setdefault(json.dumps([cell.state, value]), []).append(cell)
    found = sorted(groups.values(), key=len, reverse=True)
    if len(found) == 1:
        (alike,) = found
        first = alike[0]
        origins = {each.origin for each in alike}
        # Of secrets, what tells whether another stack has the very same ones.
        value = tuple(each.value for each in alike) if is_own and first.state == "secret" else first.value
        return Cell(first.state, value, first.origin if len(origins) == 1 else None)
    return Cell("mixed", [(Cell(each[0].state, _shown(each[0])), len(each)) for each in found])


def _shown(cell: Cell) -> object:
    return None if cell.state == "secret" else cell.value
