"""Where a connection's password comes from: given by the program, or made here and kept in the state."""

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

    The revision is a plain counter, the only thing in a preview that shows a changed password: the engine
    prints both passwords as `[secret]` and marks neither.

    Args:
        olds: the inputs of the last run; empty for a new connection.
        news: the inputs of this run.

    Returns:
        Password and revision; both unknown while the password is.
    """
    old, new = olds.get("password"), news.get("password")
    if isinstance(new, Unknown):
        return new, new
    if new == GENERATED:
        new = old if isinstance(old, str) and old else _generate()
    revision = olds.get("password_revision")
    revision = int(revision) if isinstance(revision, int | float) else 0
    return new, revision if revision and new == old else revision + 1


def _generate() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
