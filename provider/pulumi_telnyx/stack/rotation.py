"""The changes of a stack's files that give connections a new generated password at the next `pulumi up`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ..api.errors import printable
from ..connection.passwords import UNMANAGED
from ..words import nearest
from .edit import Drop, Put
from .located import Located, Path, Secret
from .password_sources import (
    WHEN,
    FileConnection,
    Passwords,
    declared,
    is_in_map,
    map_of_passwords,
    other_source,
)
from .project import Project, ProjectError, StackFile
from .rewrite import Held, Rewrite, held, rewrites, taken_away, without_own_settings
from .sets import layered_sets

_NO_LONGER: Final = ("password", UNMANAGED)
"""Settings of a connection whose password is not generated."""


class NotRotatedError(ProjectError):
    """Some of the connections cannot be given a new generated password; nothing has been changed.

    Args:
        reasons: one line for each.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Rotation:
    """What to change in a stack's files.

    Args:
        names: the connections.
        value: what their `rotate_password_when` becomes.
        rewrites: the files, before and after.
        expected: what then holds in the stack.
    """

    names: Sequence[str]
    value: str
    rewrites: Sequence[Rewrite]
    expected: Held


def rotation(
    project: Project,
    file: StackFile,
    names: Sequence[str],
    in_state: Mapping[str, object],
    *,
    value: str | date,
    generate: bool = False,
    passwords: Passwords | None = None,
) -> Rotation:
    """Return what gives connections a new generated password.

    Args:
        project: the project.
        file: the stack's file, without errors.
        names: which connections.
        in_state: the value that each had in the last run, by name.
        value: the new value; of a day, a number is added where the day has been used already.
        generate: also for a connection whose password was not generated so far.
        passwords: the map of passwords, where it is encrypted as a whole.

    Raises:
        NotRotatedError: a connection cannot be given one, with the reason of each.
    """
    known = declared(project, file)
    used = {name: _used(known.get(name), in_state.get(name)) for name in names}
    new = _value_of_day(value, set().union(*used.values())) if isinstance(value, date) else value
    reasons = []
    for name in names:
        if name not in known:
            reasons.append(
                f"stack {file.stack} declares no connection {printable(name)}{nearest(name, known)}"
            )
        elif (other := other_source(project, file, known[name], passwords)) and not generate:
            reasons.append(f"{printable(name)}: {other}")
        elif new in used[name]:
            reasons.append(f"{printable(name)}: {WHEN} has this value already: choose another --value")
    if reasons:
        raise NotRotatedError(reasons)
    wanted = [known[name] for name in names]
    now = held(project, file, each_member=True)
    lower = _lower(project, file, wanted)
    connections = {name: dict(each) for name, each in now.connections.items()}
    members = {path: dict(each) for path, each in (now.members or {}).items()}
    changes: dict[Path, Put | Drop] = {}
    of_members: dict[Path, Put | Drop] = {}
    for each in wanted:
        own = _changes(each, new, lower[each.path])
        here = changes if each.set is None else of_members
        here |= {(*each.path, name): change for name, change in own.items()}
        expected = connections[each.path[0]] if each.set is None else members[each.path[0], each.path[1]]
        for name, change in own.items():
            expected.pop((name,), None)
            if isinstance(change, Put) and change.value is not None:
                expected[(name,)] = change.value
    of_map: Mapping[Path, Put | Drop] = {}
    kept = now.passwords
    if generate:
        of_map, kept = _without_passwords(project, file, [each.path for each in wanted], passwords)
    made = rewrites(project, file, changes, of_map, members=of_members)
    return Rotation(names, new, made, Held(connections, kept, now.sets, members))


def _changes(each: FileConnection, new: str, lower: Located) -> dict[str, Put | Drop]:
    """Return what to change in a connection's own settings, by field.

    Args:
        each: the connection.
        new: its new `rotate_password_when`.
        lower: what would hold for it if it said nothing itself.
    """
    changes: dict[str, Put | Drop] = {WHEN: Put(new)}
    given = each.settings.entries()
    for field in _NO_LONGER:
        if field in given and given[field].value is not False:
            change = taken_away(lower.entries().get(field))
            # A table has no null: there a plain no stands for it.
            changes[field] = Put(False) if each.in_table and isinstance(change, Put) else change
    return changes


def _lower(
    project: Project, file: StackFile, wanted: Sequence[FileConnection]
) -> Mapping[tuple[str, ...], Located]:
    """Return what would hold for connections if the stack's files said nothing of them."""
    alone = [each.path[0] for each in wanted if each.set is None]
    found: dict[tuple[str, ...], Located] = {
        (name,): each for name, each in without_own_settings(project, file, alone).items()
    }
    sets = layered_sets(project, file.config(project.name)).sets
    return {**found, **{each.path: sets[each.set].defaults for each in wanted if each.set is not None}}


def _used(connection: FileConnection | None, in_state: object) -> set[str]:
    values = (connection.when if connection else None, in_state)
    return {str(each) for each in values if isinstance(each, str | int | float)}


def _value_of_day(day: date, used: Collection[str]) -> str:
    """Return a value that is later than all of that day: the earlier ones may have been used before, too."""
    text = day.isoformat()
    found = [re.fullmatch(rf"{text}(?:-(\d+))?", each, re.ASCII) for each in used]
    last = max((int(each[1] or 1) for each in found if each), default=0)
    return f"{text}-{last + 1}" if last else text


def _without_passwords(
    project: Project, file: StackFile, paths: Sequence[tuple[str, ...]], passwords: Passwords | None
) -> tuple[dict[Path, Put | Drop], Mapping[Path, Any]]:
    """Return how to take connections out of the map of passwords, and what stands there then."""
    now = held(project, file).passwords
    found = map_of_passwords(project, file)
    gone: set[Path] = {path for path in paths if is_in_map(path, found, passwords)}
    if isinstance(found, dict):
        return dict.fromkeys(gone, Drop()), {path: each for path, each in now.items() if path not in gone}
    if passwords is None or not gone:
        return {}, now
    kept = {
        name: {member: each for member, each in below.items() if (name, member) not in gone}
        if isinstance(below, Mapping)
        else below
        for name, below in passwords.by_name.items()
        if (name,) not in gone
    }
    kept = {name: each for name, each in kept.items() if each != {}}
    if not kept:
        return {(): Drop()}, {}
    ciphertext = passwords.encrypt(kept)
    return {("secure",): Put(ciphertext)}, {(): Secret(ciphertext)}
