"""The connections that a stack declares, and where the password of each comes from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..api.errors import printable
from ..connection.passwords import UNMANAGED
from .layers import layered
from .located import Located, Path, Secret
from .password_map import encrypting
from .project import CONNECTIONS, PASSWORDS, SETS, Project, ProjectError, StackFile
from .rewrite import TABLE, file_of_member
from .sets import MEMBERS, layered_sets

WHEN: Final = "rotate_password_when"


@dataclass(frozen=True)
class Passwords:
    """The map of passwords in a stack's config, where it is encrypted as a whole.

    Args:
        by_name: what it holds, by the connections' names; below a set's name, by those of its members.
        encrypt: returns the ciphertext of another such map, for the stack's file.
    """

    by_name: Mapping[str, Any] = dataclasses.field(repr=False)
    encrypt: Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class FileConnection:
    """A connection that a stack's files declare, as a resource of its own or as a member of a set.

    Args:
        path: its name, or the names of set and member.
        settings: what holds for it.
        in_table: whether it stands in a table, which has no null.
    """

    path: tuple[str, ...]
    settings: Located
    in_table: bool = False

    @property
    def set(self) -> str | None:
        """The set that it is a member of."""
        return self.path[0] if len(self.path) > 1 else None

    @property
    def when(self) -> str | None:
        """The value that its `rotate_password_when` has, as a text."""
        given = self.settings.entries().get(WHEN)
        return str(given.value) if given and isinstance(given.value, str | int | float) else None


def declared(project: Project, file: StackFile) -> dict[str, FileConnection]:
    """Return the connections of a stack by the names that the state has for them, `SET/MEMBER` in a set.

    Raises:
        ProjectError: two of them are called alike, so that one would be left out without a word.
    """
    config = file.config(project.name)
    found: dict[str, FileConnection] = {}

    def add(name: str, each: FileConnection) -> None:
        if name in found:
            twice = " and ".join(_in_words(connection.path) for connection in (found[name], each))
            remedy = f"rename one of them, or set {WHEN} by hand"
            raise ProjectError(f"{file.name}: {printable(name)} is the name of {twice}: {remedy}")
        found[name] = each

    for of_set, each in layered_sets(project, config).sets.items():
        for name, settings in each.members.items():
            there = file_of_member(project, file, each, (of_set, name))
            in_table = there is not None and there.suffix == TABLE
            add(f"{of_set}/{name}", FileConnection((of_set, name), settings, in_table))
    for name, settings in layered(project, config).connections.items():
        add(name, FileConnection((name,), settings))
    return found


def _in_words(path: Sequence[str]) -> str:
    if len(path) == 1:
        return f"connection {printable(path[0])}"
    return f"member {printable(path[1])} of set {printable(path[0])}"


def are_passwords_encrypted_as_a_whole(project: Project, file: StackFile) -> bool:
    """Return whether the file alone does not tell which connections have one in the map of passwords."""
    return isinstance(map_of_passwords(project, file), Secret)


def chosen(
    project: Project,
    file: StackFile,
    names: Iterable[str],
    passwords: Passwords | None,
    *,
    generate: bool = False,
) -> list[str]:
    """Return the connections that are meant, each once.

    Args:
        project: the project.
        file: the stack's file.
        names: of connections, or of sets, which stand for their members whose password is generated; none
            for all connections whose password is generated.
        passwords: the map of passwords, where it is encrypted as a whole.
        generate: let a set stand for all of its members.
    """
    known = declared(project, file)

    def is_generated(name: str) -> bool:
        return not other_source(project, file, known[name], passwords)

    found: dict[str, None] = {}
    for name in names or (None,):
        members = [each for each in known if name is None or known[each].set == name]
        if name in known or not members:
            found |= dict.fromkeys([name] if name is not None else [])
        else:
            found |= dict.fromkeys(each for each in members if generate or is_generated(each))
    return list(found)


def other_source(
    project: Project, file: StackFile, connection: FileConnection, passwords: Passwords | None
) -> str:
    """Return where a connection's password comes from, and what to do; nothing where it is generated."""
    given = connection.settings.entries()
    generates = "--generate has one generated from now on"
    if "password" in given:
        path: Path = (f"{project.name}:{CONNECTIONS}", *connection.path, "password")
        if connection.set is not None:
            path = (f"{project.name}:{SETS}", connection.set, MEMBERS, connection.path[1], "password")
        command = encrypting(file.stack)(path)
        return f"its password stands in {given['password'].origin}: `{command}` sets another; {generates}"
    if UNMANAGED in given:
        # An explicit false counts as well: the map of passwords is not looked at then.
        unmanaged = given[UNMANAGED].value is True
        return f"its password is unmanaged, and stays as it is at Telnyx; {generates}" if unmanaged else ""
    if is_in_map(connection.path, map_of_passwords(project, file), passwords):
        return f"its password stands in {project.name}:{PASSWORDS} of {file.name}; {generates}"
    return ""


def is_in_map(path: Sequence[str], found: Any, passwords: Passwords | None) -> bool:
    """Return whether the map has a password for a connection."""
    if isinstance(found, Secret):
        found = passwords.by_name if passwords else {}
    for step in path:
        if isinstance(found, Located):
            found = found.value
        if not isinstance(found, Mapping) or step not in found:
            return False
        found = found[step]
    return (found.value if isinstance(found, Located) else found) is not None


def map_of_passwords(project: Project, file: StackFile) -> Any:
    """Return what stands in the stack's map of passwords; None where there is none."""
    found = file.own_config(project.name).get(f"{project.name}:{PASSWORDS}")
    return found.value if found else None
