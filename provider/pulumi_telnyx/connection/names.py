"""Names for connections whose program gives none: the same in every run, different in every stack."""

from __future__ import annotations

import hashlib
import re
from typing import Final

_MAX_LENGTH: Final = 32
_HASH_LENGTH: Final = 8


def derived_user_name(
    organization: str, project: str, stack: str, resource: str, types_of_parents: str = ""
) -> str:
    """Return a SIP user name: readable start, then a hash that tells apart what the start does not.

    It has no random part: a create that was interrupted is found again by its name.

    Args:
        organization: the Pulumi organisation, `organization` in a local backend.
        project: the project's name.
        stack: the stack's name.
        resource: the resource's name.
        types_of_parents: what the URN has before the resource's own type, where it has a parent.
    """
    identity = "\0".join((organization, project, stack, f"{types_of_parents}{resource}"))
    digest = hashlib.sha256(identity.encode()).hexdigest()[:_HASH_LENGTH]
    readable = re.sub(r"[^a-z0-9]", "", f"{resource}{stack}{project}".lower())
    # A letter first: SIP URI calling wants one, and one is needed among the first five anyway.
    if not readable[:1].isalpha():
        readable = f"u{readable}"
    return readable[: _MAX_LENGTH - _HASH_LENGTH] + digest


def derived_connection_name(stack: str, resource: str) -> str:
    """Return a name for the portal."""
    return f"{resource} ({stack})"
