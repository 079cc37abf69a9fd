"""How many members one `pulumi up` may delete.

A list of phones that was cut short, or read with the wrong column, looks like many phones to be deleted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ..api.errors import TelnyxError, printable
from ..words import counted, some_of

MAX_REMOVALS: Final = "max_removals"
RETAIN: Final = "retain"
"""The input that names members whose connections stay at Telnyx when they leave the set."""

DEFAULT_MAX_REMOVALS: Final = "10%"
OFF: Final = "off"

_PERCENTAGE: Final = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_MOST_NAMED: Final = 20


class TooManyRemovalsError(TelnyxError):
    """The run would delete more members than it may. Nothing was changed."""


def most_removals(limit: object, members: int) -> int | None:
    """Return how many of so many members may go at once; None for any number.

    Raises:
        ValueError: the limit is neither a whole number, nor a percentage, nor `off`.
    """
    if limit is None:
        limit = DEFAULT_MAX_REMOVALS
    if limit == OFF:
        return None
    if isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0:
        return limit
    # Every number of a program arrives as a float.
    if isinstance(limit, float) and limit >= 0 and limit.is_integer():
        return int(limit)
    found = _PERCENTAGE.fullmatch(limit) if isinstance(limit, str) else None
    if found is None or float(found[1]) > 100:
        raise ValueError(
            f"{MAX_REMOVALS}: must be a whole number, a percentage such as '{DEFAULT_MAX_REMOVALS}', "
            f"or '{OFF}'"
        )
    # One at least: with nine phones, 10 % would allow none.
    return max(1, int(members * float(found[1]) / 100))


def check_removals(set_name: str, limit: object, members: int, removed: Sequence[str]) -> None:
    """Raise where more members would be deleted than is allowed.

    Args:
        set_name: the set.
        limit: `max_removals` as it was given, and found to be good.
        members: how many members the set has.
        removed: the names of those that would be deleted.

    Raises:
        TooManyRemovalsError: they are too many; the text names them.
    """
    if not removed:
        return
    most = most_removals(limit, members)
    if most is None or len(removed) <= most:
        return
    names = some_of([printable(name) for name in removed], _MOST_NAMED)
    raise TooManyRemovalsError(
        f"credential connection set '{printable(set_name)}': {len(removed):,} of its "
        f"{counted(members, 'member')} would be deleted, and {MAX_REMOVALS} allows {most:,}: {names}. "
        f"If that is meant, set {MAX_REMOVALS}={len(removed)} for this run; connections that are to stay at "
        f"Telnyx are named in {RETAIN}"
    )
