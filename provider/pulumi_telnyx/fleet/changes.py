"""What an update of a set has to do with each of its members."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from . import members as layout
from .removals import RETAIN

Differs: TypeAlias = Callable[[str, dict[str, Any], dict[str, Any]], bool]
"""Whether a single connection has to be changed: its id, its outputs, and the inputs of the program."""


@dataclass(frozen=True)
class Changes:
    """Members by what happens to them, each list sorted by name.

    Args:
        added: those without a connection.
        changed: those whose connection gets other settings, or another member's name.
        removed: those whose connection is deleted.
        retained: those that leave the set while their connection stays.
        staying: all that have a connection before and after.
        former: the old names of those that were renamed.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    retained: list[str] = field(default_factory=list)
    staying: list[str] = field(default_factory=list)
    former: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.retained)


def by_name(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Changes:
    """Return who comes, stays and leaves, as far as names tell; nobody is `changed` yet.

    Args:
        olds: the set's outputs.
        news: its inputs, which may have unknown members.
    """
    plan = Changes(former=layout.renamed(olds, news))
    # A name may have gone to another connection, and its old connection to another name.
    taken = set(plan.former.values())
    free = {name for name in layout.names_of(olds) if name not in taken}
    going_on = set(taken)
    for name in layout.names_of(news):
        if name not in plan.former and name not in free:
            plan.added.append(name)
            continue
        going_on.add(plan.former.get(name, name))
        plan.staying.append(name)
    retain = news.get(RETAIN)
    # A preview may have anything there.
    kept = {name for name in retain if isinstance(name, str)} if isinstance(retain, list) else set()
    for name in layout.names_of(olds):
        if name not in going_on:
            (plan.retained if name in kept else plan.removed).append(name)
    return plan


def changes_between(
    olds: Mapping[str, Any],
    news: Mapping[str, Any],
    had: Mapping[str, dict[str, Any]],
    wanted: Mapping[str, dict[str, Any]],
    differs: Differs,
) -> Changes:
    """Return what has to be done so that a set with these outputs gets these inputs.

    Args:
        olds: the set's outputs.
        news: its inputs, which may have unknown members.
        had: the connections of the outputs, by member.
        wanted: the connections of the inputs, by member.
        differs: is asked about each member that has a connection.
    """
    plan = by_name(olds, news)
    for name in plan.staying:
        old = plan.former.get(name, name)
        if differs(layout.id_of(olds, old), had[old], wanted[name]) or name in plan.former:
            plan.changed.append(name)
    return plan


def waiting(plan: Changes, occupied: Iterable[str]) -> dict[str, str]:
    """Return whose names are not free yet: the new name of each such member, and its name until now.

    Those without a connection until now stand there with their own name.

    Args:
        plan: what the run has to do.
        occupied: the names of connections that could not be deleted.
    """
    waits: dict[str, str] = {}
    names = deque(occupied)
    while names:
        name = names.popleft()
        if (old := plan.former.get(name)) is not None:
            # It stays where it is, and so its own name is not free either.
            waits[name] = old
            names.append(old)
        elif name in plan.added:
            waits[name] = name
    return waits
