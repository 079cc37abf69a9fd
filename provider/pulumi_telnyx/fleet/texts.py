"""The settings of one member as one text, which is how those of a large set lie in inputs and outputs.

The engine copies, compares and logs each entry of each map together with all that lies below it, and does so
several times in every operation. With ten thousand members that is most of what a run takes. A text is one
entry, and since it is JSON, a preview shows the fields in it like any others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

MOST_BY_FIELD: Final = 500
"""A set with more members than these sends each as one text."""

_WRITER: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
)
# Neither what stands for a secret, nor what stands for a value that is not known yet, begins like this.
_BEGINS: Final = ("{", '"')


def as_text(settings: Any) -> Any:
    """Return settings as one text, or as they are where something in them is no plain value yet."""
    try:
        return _WRITER.encode(settings)
    except (TypeError, ValueError):
        return settings


def names_of_texts(members: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the members that are texts."""
    return frozenset(
        name for name, each in members.items() if isinstance(each, str) and each.startswith(_BEGINS)
    )


def taken_apart(members: Any) -> Any:
    """Return members with their fields, whether they were texts or not; what is no map comes as it is."""
    if not isinstance(members, Mapping) or not (names := names_of_texts(members)):
        return members
    try:
        # All at once: quicker, and the names of the fields are held once.
        found = json.loads(f"[{','.join(members[name] for name in names)}]")
    except ValueError:
        # Changed by hand. Whoever needs the fields says that there are none.
        return members
    return {**members, **dict(zip(names, found, strict=True))}
