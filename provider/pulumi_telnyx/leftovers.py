"""Which connections of an account no stack has any more, or never had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .ownership import Owner, is_mark, owner_in

if TYPE_CHECKING:
    from .api.models import Connection
    from .state import State


def unmanaged(rows: Iterable[Connection], states: Iterable[State]) -> Iterator[Connection]:
    """Yield the connections that none of the states manages; what a state only reads is not managed by it."""
    managed = frozenset[str]().union(*(state.managed_ids for state in states))
    return (row for row in rows if row.id not in managed)


def orphans(rows: Iterable[Connection], states: Iterable[State]) -> Iterator[Connection]:
    """Yield the connections with the mark of a stack, whichever, that are in none of the states."""
    known = _in(states)
    return (row for row in rows if owners_of(row) and row.id not in known)


def left_by(owner: Owner, rows: Iterable[Connection], states: Iterable[State]) -> Iterator[Connection]:
    """Yield the connections that have this stack's mark and no other one, and are in none of the states."""
    known = _in(states)
    return (row for row in rows if owners_of(row) == {owner} and row.id not in known)


def owners_of(row: Connection) -> set[Owner]:
    """Return the stacks that have marked the connection: as a rule one or none."""
    # What is read may be anything: only a list is looked into.
    marks = filter(is_mark, row.tags) if isinstance(row.tags, list) else ()
    return {owner for mark in marks if (owner := owner_in([mark]))}


def _in(states: Iterable[State]) -> frozenset[str]:
    return frozenset[str]().union(*(state.managed_ids | state.read_ids for state in states))
