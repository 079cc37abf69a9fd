"""What may stand in one place only, of all the stacks: user names, and encrypted values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ..api.errors import printable
from .located import Finding, Located, Origin, Path, secrets, spelled
from .password_map import encrypting
from .project import CONNECTIONS, SETS, Project, StackFile
from .sets import MEMBERS, LayeredSet

_KEYS: Final = ("encryptionsalt", "encryptedkey")
"""What the values of a stack file are encrypted with."""
_OF_THE_FILE: Final = "v1:"
"""How a value begins that is encrypted with what stands in its own file; Pulumi Cloud has its keys itself."""


@dataclass(frozen=True)
class Use:
    """Where something stands that may stand in one place only."""

    what: str
    path: str
    origin: Origin
    stack: str
    encrypted_with: frozenset[object] = frozenset()
    command: str = ""
    is_readable: bool = False


def user_names(
    project: Project, file: StackFile, connections: Mapping[str, Located], sets: Mapping[str, LayeredSet]
) -> Iterator[Use]:
    """Yield every user name that a stack gives."""
    yield from _user_names((f"{project.name}:{CONNECTIONS}",), file, connections)
    for name, each in sets.items():
        yield from _user_names((f"{project.name}:{SETS}", name, MEMBERS), file, each.members)


def _user_names(path: Path, file: StackFile, connections: Mapping[str, Located]) -> Iterator[Use]:
    for name, connection in connections.items():
        given = connection.entries().get("user_name")
        if given is not None and isinstance(given.value, str) and given.value:
            where = spelled((*path, name, "user_name"))
            yield Use(given.value.casefold(), where, given.origin, file.stack)


def twice(seen: dict[str, Use], use: Use) -> Iterator[Finding]:
    """Yield that a user name is taken.

    Args:
        seen: where each name was met first; gets this one.
        use: where it stands.
    """
    first = seen.setdefault(use.what, use)
    if first is not use:
        where = "the same stack" if first.stack == use.stack else f"stack {first.stack}"
        yield Finding(
            use.origin,
            f"{use.path}: {printable(use.what)} is taken by {first.path} of {where} ({first.origin}): user "
            "names are unique over all Telnyx customers, without regard to case; choose another, or leave "
            "it out",
        )


def ciphertexts(project: Project, file: StackFile) -> Iterator[Use]:
    """Yield every encrypted value of a stack's file."""
    top = file.content.entries() if file.content else {}
    encrypted_with = frozenset((name, top[name].value) for name in _KEYS if name in top and top[name].value)
    command = encrypting(file.stack)
    for key, entry in file.config(project.name).items():
        for path, origin, secret in secrets(entry, (key,)):
            if secret.ciphertext:
                # What the engine has decrypted was encrypted with a key that it has, wherever that stands.
                is_readable = secret.value is not None
                yield Use(
                    secret.ciphertext,
                    spelled(path),
                    origin,
                    file.stack,
                    encrypted_with,
                    command(path),
                    is_readable,
                )


def undecipherable(seen: dict[str, Use], use: Use) -> Iterator[Finding]:
    """Yield that an encrypted value cannot be read by its stack.

    Args:
        seen: where each value was met first; gets this one.
        use: where it stands.
    """
    first = seen.setdefault(use.what, use)
    if use.what.startswith(_OF_THE_FILE) and not use.encrypted_with and not use.is_readable:
        yield Finding(
            use.origin,
            f"{use.path}: cannot be decrypted, since the file has lost its encryptionsalt (or encryptedkey): "
            f"put back that line as it was, or encrypt the value again, `{use.command}`",
        )
    elif first.stack != use.stack and first.encrypted_with and first.encrypted_with != use.encrypted_with:
        yield Finding(
            use.origin,
            f"{use.path}: the same encrypted value stands in {first.origin}, and each stack has a key of its "
            f"own: Pulumi can decrypt one of the two only; encrypt this one again, `{use.command}`, or the "
            f"other, `{first.command}`",
        )
