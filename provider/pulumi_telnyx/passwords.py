"""Where a connection's password comes from: given by the program, or made here and kept in the state.

The revision is a plain counter, and the only thing in a preview that shows a change: the engine prints both
passwords as `[secret]` and marks neither. A refresh that finds somebody else's password makes it negative, so
that the next run sees a difference without that password ever reaching the state.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any, Final

from pulumi.output import Unknown

GENERATED: Final = "pulumi-telnyx:generated-password"
"""What the resource sends in place of a password that `check` shall make or keep."""

_LENGTH: Final = 32
# Letters and digits without those that are mistaken for each other when a person types them into a phone.
_ALPHABET: Final = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))


def resolve(olds: Mapping[str, Any], news: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the password to use and its revision.

    Args:
        olds: the inputs of the last run; empty for a new connection.
        news: the inputs of this run.

    Returns:
        Password and revision; both unknown while it is unknown whether the password changes.
    """
    old, new = olds.get("password"), news.get("password")
    if new == GENERATED:
        when = news.get("rotate_password_when")
        if isinstance(when, Unknown):
            new = when
        elif isinstance(old, str) and old and when in (None, olds.get("rotate_password_when")):
            new = old
        else:
            new = _generate()
    if isinstance(new, Unknown):
        return new, new
    revision = _number(olds.get("password_revision"))
    return new, revision if revision > 0 and new == old else abs(revision) + 1


def observed_revision(revision: object, *, foreign: bool) -> int:
    """Return the revision that a refresh leaves behind.

    Args:
        revision: the one in the state.
        foreign: whether the API shows a password that is not ours.
    """
    return -abs(_number(revision)) if foreign else abs(_number(revision))


def _number(revision: object) -> int:
    return int(revision) if isinstance(revision, int | float) else 0


def _generate() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
