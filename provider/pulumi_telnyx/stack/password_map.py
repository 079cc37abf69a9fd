"""Passwords of connections: none stands in plain text, and many stand together in a map."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from ..api.errors import printable
from ..connection.passwords import UNMANAGED
from ..words import nearest
from .connection import in_plain_text
from .located import Finding, Located, Path, Secret, spelled
from .project import CONNECTIONS, PASSWORDS, SETS
from .sets import MEMBERS

# Among more names than this, looking for a similar one takes too long.
_MOST_COMPARED: Final = 1_000


def encrypting(stack: str | None) -> Callable[[Path], str]:
    """Return a function that gives the command which encrypts the value at a path of a stack's config.

    Args:
        stack: the stack; None for a value of the project, which each stack has to have for itself.
    """
    of_stack = "" if stack is None else f" --stack {shlex.quote(stack)}"

    def command(path: Path) -> str:
        option = "" if len(path) == 1 else "--path "
        return f"pulumi config set --secret {option}{shlex.quote(spelled(path))}{of_stack}"

    return command


def passwords_in_plain_text(
    project: str, config: Mapping[str, Located], command: Callable[[Path], str]
) -> Iterator[Finding]:
    """Yield every password in plain text, also one that another layer replaces.

    Args:
        project: the project's name.
        config: what one file says, by full key.
        command: the command that encrypts the value at a path.
    """
    key = f"{project}:{CONNECTIONS}"
    yield from _among_settings((key,), _entries(config, key), command)
    key = f"{project}:{SETS}"
    for name, each in _entries(config, key).items():
        if members := each.entries().get(MEMBERS):
            yield from _among_settings((key, name, MEMBERS), members.entries(), command)
    key = f"{project}:{PASSWORDS}"
    found = config.get(key)
    if found is not None and not isinstance(found.value, dict | list):
        yield from in_plain_text((key,), found, command)
    for name, password in _entries(config, key).items():
        if _is_of_members(password):
            for member, each in password.entries().items():
                yield from in_plain_text((key, name, member), each, command)
        else:
            yield from in_plain_text((key, name), password, command)


def _is_of_members(password: Located) -> bool:
    """Return whether it is a map of passwords, and no password without quotes, as {abc}."""
    below = password.entries()
    return bool(below) and all(each.value is not None for each in below.values())


def _among_settings(
    path: Path, connections: Mapping[str, Located], command: Callable[[Path], str]
) -> Iterator[Finding]:
    for name, connection in connections.items():
        password = connection.entries().get("password")
        # An empty one is no secret, only too short.
        if password is not None and password.value != "":
            yield from in_plain_text((*path, name, "password"), password, command)


def passwords_of_map(project: str, config: Mapping[str, Located]) -> dict[str, Located]:
    """Return the passwords in the stack's map, by connection; none of one that is encrypted as a whole."""
    found = _entries(config, f"{project}:{PASSWORDS}")
    return {name: each for name, each in found.items() if each.value is not None}


def passwords_of_set(passwords: Mapping[str, Located], name: str) -> Mapping[str, Located]:
    """Return what the map has below the name of a set, by member."""
    return passwords[name].entries() if name in passwords else {}


def is_encrypted_as_a_whole(project: str, config: Mapping[str, Located]) -> bool:
    """Return whether nobody can say, without the key, whose passwords are in the map."""
    found = config.get(f"{project}:{PASSWORDS}")
    return found is not None and isinstance(found.value, Secret)


def findings_of_map(
    project: str,
    config: Mapping[str, Located],
    connections: Collection[str] | None,
    sets: Mapping[str, Collection[str]] | None = None,
) -> Iterator[Finding]:
    """Yield what is wrong with the map of passwords, as far as it is not encrypted or has been decrypted.

    Args:
        project: the project's name.
        config: the stack's config, by full key.
        connections: the names of the stack's connections; None where they cannot be known.
        sets: the names of each set's members; None where they cannot be known.
    """
    key = f"{project}:{PASSWORDS}"
    found = config.get(key)
    is_decrypted = found is not None and isinstance(found.value, Secret) and found.value.value is not None
    if found is not None and (is_decrypted or isinstance(found.value, list)):
        example = json.dumps({"front-desk": "…"}, ensure_ascii=False)
        message = (
            f"{key} must be a map from connections to their passwords: encrypted as a whole, it is JSON like "
            f"{example}; set it again"
        )
        yield Finding(found.origin, message)
    for name, each in passwords_of_map(project, config).items():
        if isinstance(each.value, dict):
            if sets is not None and _is_of_members(each):
                yield from _of_set((key, name), each, sets)
        elif sets is not None and name in sets:
            message = "must be a map from members to their passwords, each encrypted by itself"
            yield Finding(each.origin, f"{spelled((key, name))}: {message}")
        else:
            yield from _of_one((key, name), each, "connection", connections)


def _of_set(path: Path, passwords: Located, sets: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    name = str(path[-1])
    if name not in sets:
        message = f"there is no set {printable(name)}{nearest(name, sets)}: correct the name, or remove it"
        yield Finding(passwords.origin, f"{spelled(path)}: {message}")
        return
    for member, each in passwords.entries().items():
        yield from _of_one((*path, member), each, "member", sets[name])


def _of_one(path: Path, password: Located, what: str, names: Collection[str] | None) -> Iterator[Finding]:
    name, where = str(path[-1]), spelled(path)
    if isinstance(password.value, Secret) and not isinstance(password.value.value, str | None):
        yield Finding(password.origin, f"{where}: must be a text: put it in quotes")
    if names is not None and name not in names:
        hint = nearest(name, names) if len(names) <= _MOST_COMPARED else ""
        message = (
            f"{where}: there is no {what} {printable(name)}{hint}: correct the name, or remove the password"
        )
        yield Finding(password.origin, message)


def with_password(connection: Located, password: Located | None) -> Located:
    """Return a connection with the password that the map has for it; one of its own comes first."""
    given = connection.entries()
    if password is None or not given.keys().isdisjoint(("password", UNMANAGED)):
        return connection
    return Located({**given, "password": password}, connection.origin)


def unused_password(path: Path, connection: Located, password: Located | None) -> Iterator[Finding]:
    """Yield that the map has a password for a connection that says itself whether it is managed."""
    given = connection.entries()
    if password is not None and UNMANAGED in given and "password" not in given:
        message = f"{spelled(path)}: {UNMANAGED}: the password in {password.origin} is not used beside it"
        yield Finding(given[UNMANAGED].origin, f"{message}: remove one of the two", "warning")


def _entries(config: Mapping[str, Located], key: str) -> Mapping[str, Located]:
    found = config.get(key)
    return found.entries() if found else {}
