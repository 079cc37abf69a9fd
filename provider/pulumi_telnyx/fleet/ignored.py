"""What paths of `ignore_changes` name of a set: members, fields of members, or what has no effect."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import pulumi

from ..api.errors import printable
from .members import MEMBERS, PASSWORDS

# A path of one member, or of all, and what of the member it names.
_OF_MEMBERS: Final = re.compile(
    MEMBERS + r'(?P<member>\.[^.[]+|\["(?:[^"\\]|\\.)*"\]|\[[^]]*\])?' + r"(?P<field>[.[].*)?", re.DOTALL
)


def ignores_fields(ignored: Iterable[str]) -> bool:
    """Return whether paths of `ignore_changes` name fields of members."""
    return any((found := _OF_MEMBERS.fullmatch(path)) and found["field"] for path in ignored)


def ignored_passwords(set_name: str, ignored: Iterable[str]) -> list[str]:
    """Return the paths of the passwords of those members whose changes are ignored as a whole.

    Args:
        set_name: the set.
        ignored: paths as `ignore_changes` names them.

    Raises:
        pulumi.RunError: a path would have no effect.
    """
    paths = []
    for path in ignored:
        if why := _without_effect(path):
            where = f"CredentialConnectionSet '{printable(set_name)}': ignore_changes: {printable(path)}"
            raise pulumi.RunError(f"{where}: {why}")
        found = _OF_MEMBERS.fullmatch(path)
        if found and not found["field"]:
            paths.append(f"{PASSWORDS}{found['member'] or ''}")
    return paths


def _without_effect(path: str) -> str | None:
    """Return why a path would leave nothing alone, and what to do instead; None where it would."""
    if re.match(r"defaults\b", path):
        return f"the engine sees no defaults, they are in each member: name {MEMBERS}.* and the field"
    found = _OF_MEMBERS.fullmatch(path)
    if found and found["field"] in {".password", '["password"]'}:
        return "a password alone cannot be ignored: set unmanaged_password, or name all of the member"
    return None
