"""The changes of a stack's files that give connections a new generated password at the next `pulumi up`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ..passwords import UNMANAGED
from ..spelling import nearest
from .edit import Drop, Put
from .layers import layered
from .located import Located, Path, Secret, spelled
from .password_map import encrypting
from .project import CONNECTIONS, PASSWORDS, Project, ProjectError, StackFile
from .rewrite import Held, Rewrite, held, rewrites, taken_away, without_own_settings

WHEN: Final = "rotate_password_when"
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
class Passwords:
    """The map of passwords in a stack's config, where it is encrypted as a whole.

    Args:
        by_name: what it holds, by the connections' names.
        encrypt: returns the ciphertext of another such map, for the stack's file.
    """

    by_name: Mapping[str, str] = dataclasses.field(repr=False)
    encrypt: Callable[[Mapping[str, str]], str]


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


def are_passwords_encrypted_as_a_whole(project: Project, file: StackFile) -> bool:
    """Return whether the file alone does not tell which connections have one in the map of passwords."""
    return isinstance(_map_of_passwords(project, file), Secret)


def generated(project: Project, file: StackFile, passwords: Passwords | None) -> list[str]:
    """Return the connections of a stack whose password is generated."""
    return [
        name
        for name, each in layered(project, file.config(project.name)).connections.items()
        if not _other_source(project, file, name, each, passwords)
    ]


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
    connections = layered(project, file.config(project.name)).connections
    used = {name: _used(connections.get(name), in_state.get(name)) for name in names}
    new = _value_of_day(value, set().union(*used.values())) if isinstance(value, date) else value
    reasons = []
    for name in names:
        if name not in connections:
            reasons.append(
                f"stack {file.stack} declares no connection {spelled((name,))}{nearest(name, connections)}"
            )
        elif (other := _other_source(project, file, name, connections[name], passwords)) and not generate:
            reasons.append(f"{spelled((name,))}: {other}")
        elif new in used[name]:
            reasons.append(f"{spelled((name,))}: {WHEN} has this value already: choose another --value")
    if reasons:
        raise NotRotatedError(reasons)
    changes: dict[Path, Put | Drop] = {}
    now = held(project, file)
    expected = {name: dict(each) for name, each in now.connections.items()}
    lower = without_own_settings(project, file, names)
    for name in names:
        changes[(name, WHEN)] = Put(new)
        expected[name][(WHEN,)] = new
        given = connections[name].entries()
        for field in _NO_LONGER:
            if field in given and given[field].value is not False:
                changes[(name, field)] = taken_away(lower[name].entries().get(field))
                del expected[name][(field,)]
    of_map, kept = _without_passwords(project, file, names, passwords) if generate else ({}, now.passwords)
    return Rotation(names, new, rewrites(project, file, changes, of_map), Held(expected, kept, now.sets))


def _used(connection: Located | None, in_state: object) -> set[str]:
    given = connection.entries().get(WHEN) if connection else None
    values = (given.value if given else None, in_state)
    return {str(each) for each in values if isinstance(each, str | int | float)}


def _value_of_day(day: date, used: Collection[str]) -> str:
    """Return a value that is later than all of that day: the earlier ones may have been used before, too."""
    text = day.isoformat()
    found = [re.fullmatch(rf"{text}(?:-(\d+))?", each, re.ASCII) for each in used]
    last = max((int(each[1] or 1) for each in found if each), default=0)
    return f"{text}-{last + 1}" if last else text


def _map_of_passwords(project: Project, file: StackFile) -> Any:
    found = file.own_config(project.name).get(f"{project.name}:{PASSWORDS}")
    return found.value if found else None


def _other_source(
    project: Project, file: StackFile, name: str, connection: Located, passwords: Passwords | None
) -> str:
    """Return where a connection's password comes from, and what to do; nothing where it is generated."""
    given = connection.entries()
    generates = "--generate has one generated from now on"
    if "password" in given:
        command = encrypting(file.stack)((f"{project.name}:{CONNECTIONS}", name, "password"))
        return f"its password stands in {given['password'].origin}: `{command}` sets another; {generates}"
    if UNMANAGED in given:
        # An explicit false counts as well: the map of passwords is not looked at then.
        unmanaged = given[UNMANAGED].value is True
        return f"its password is unmanaged, and stays as it is at Telnyx; {generates}" if unmanaged else ""
    if name in _names_with_password(project, file, passwords):
        return f"its password stands in {project.name}:{PASSWORDS} of {file.name}; {generates}"
    return ""


def _names_with_password(project: Project, file: StackFile, passwords: Passwords | None) -> Collection[str]:
    found = _map_of_passwords(project, file)
    if isinstance(found, dict):
        return [name for name, each in found.items() if each.value is not None]
    return passwords.by_name if passwords else ()


def _without_passwords(
    project: Project, file: StackFile, names: Sequence[str], passwords: Passwords | None
) -> tuple[dict[Path, Put | Drop], Mapping[Path, Any]]:
    """Return how to take connections out of the map of passwords, and what stands there then."""
    now = held(project, file).passwords
    found = _map_of_passwords(project, file)
    if isinstance(found, dict):
        gone: list[Path] = [(name,) for name in names if name in found]
        return dict.fromkeys(gone, Drop()), {path: each for path, each in now.items() if path not in gone}
    if passwords is None or not set(names) & set(passwords.by_name):
        return {}, now
    kept = {name: each for name, each in passwords.by_name.items() if name not in names}
    if not kept:
        return {(): Drop()}, {}
    ciphertext = passwords.encrypt(kept)
    return {("secure",): Put(ciphertext)}, {(): Secret(ciphertext)}
