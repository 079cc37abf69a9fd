"""Where a connection's password comes from: the program, or `check`, which makes one; or it is left alone.

The revision is a plain counter, and what a preview shows of a change: the engine prints both passwords as
`[secret]` and marks neither.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any, Final

GENERATED: Final = "pulumi-telnyx:generated-password"
"""What the resource sends in place of a password that `check` shall make or keep."""

UNMANAGED: Final = "unmanaged_password"
"""The input that leaves the password to others: it is neither known here nor ever sent."""

CHANGED_OUTSIDE: Final = "password_changed_outside"
"""The input that a refresh leaves where the API shows a password that is not ours.

The next run removes it, so that its preview says what happened. The password itself never gets into the
state.
"""

_LENGTH: Final = 32
# Letters and digits without those that are mistaken for each other when a person types them into a phone.
_ALPHABET: Final = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))


def resolve(olds: Mapping[str, Any], news: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the password to use and its revision.

    Args:
        olds: the inputs of the last run; empty for a new connection.
        news: the inputs of this run.

    Returns:
        Password and revision; both unknown while it is unknown whether the password changes, and the password
        None where it is unmanaged.
    """
    # Here and not at the top: the command line reads the names above, and needs no SDK.
    from pulumi.output import Unknown

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
    revision = olds.get("password_revision")
    revision = int(revision) if isinstance(revision, int | float) else 0
    if news.get(UNMANAGED):
        return None, revision
    changed = not revision or new != old or olds.get(CHANGED_OUTSIDE)
    return new, revision + 1 if changed else revision


def _generate() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
