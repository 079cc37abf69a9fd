"""Passwords of connections: none stands in plain text, and many stand together in a map."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping

from ..api.errors import printable
from ..passwords import UNMANAGED
from ..spelling import nearest
from .connection import in_plain_text
from .located import Finding, Located, Path, Secret, spelled
from .project import CONNECTIONS, PASSWORDS


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
    for name, connection in _entries(config, key).items():
        password = connection.entries().get("password")
        # An empty one is no secret, only too short.
        if password is not None and password.value != "":
            yield from in_plain_text((key, name, "password"), password, command)
    key = f"{project}:{PASSWORDS}"
    found = config.get(key)
    if found is not None and not isinstance(found.value, dict | list):
        yield from in_plain_text((key,), found, command)
    for name, password in _entries(config, key).items():
        yield from in_plain_text((key, name), password, command)


def passwords_of_map(project: str, config: Mapping[str, Located]) -> dict[str, Located]:
    """Return the passwords in the stack's map, by connection; none of one that is encrypted as a whole."""
    found = _entries(config, f"{project}:{PASSWORDS}")
    return {name: each for name, each in found.items() if each.value is not None}


def is_encrypted_as_a_whole(project: str, config: Mapping[str, Located]) -> bool:
    """Return whether nobody can say, without the key, whose passwords are in the map."""
    found = config.get(f"{project}:{PASSWORDS}")
    return found is not None and isinstance(found.value, Secret)


def findings_of_map(
    project: str, config: Mapping[str, Located], connections: Collection[str] | None
) -> Iterator[Finding]:
    """Yield what is wrong with the map of passwords, as far as it is not encrypted or has been decrypted.

    Args:
        project: the project's name.
        config: the stack's config, by full key.
        connections: the names of the stack's connections; None where they cannot be known.
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
        path = spelled((key, name))
        if isinstance(each.value, Secret) and not isinstance(each.value.value, str | None):
            yield Finding(each.origin, f"{path}: must be a text: put it in quotes")
        if connections is not None and name not in connections:
            message = (
                f"{path}: there is no connection {printable(name)}{nearest(name, connections)}: correct the "
                "name, or take the password out"
            )
            yield Finding(each.origin, message)


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
        yield Finding(given[UNMANAGED].origin, f"{message}: take one of the two out", "warning")


def _entries(config: Mapping[str, Located], key: str) -> Mapping[str, Located]:
    found = config.get(key)
    return found.entries() if found else {}
