"""Which resource of a program has which user name, as far as the present run has seen: no two can have one.

Telnyx would refuse the second one, but only in the middle of `up`, after a preview that promised both.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

DECLARED_AS: Final = "declared_as"
"""What the check of a set adds to a member's inputs: which set of the program declares it."""


@dataclass(frozen=True)
class Holder:
    """Who has a user name.

    Args:
        mark: its ownership mark, or its connection's name without one.
        label: how messages name it.
        declared_as: what tells one resource of the program from another. A mark does not: it stays when its
            resource gets another name, and another resource may have the old one. And where a resource is
            replaced, it is checked a second time as a new one, with the mark of its new name.
    """

    mark: object
    label: str
    declared_as: object = None


class Claims:
    """The user names of one run. Safe to share between threads."""

    def __init__(self) -> None:
        self._held: dict[str, Holder] = {}
        self._given_up: dict[str, Holder] = {}
        self._lock = threading.Lock()

    def claim(self, user_name: str, holder: Holder) -> str | None:
        """Note who has a user name, and return what stands against it."""
        key = user_name.casefold()
        with self._lock:
            first = self._held.setdefault(key, holder)
            given_up = self._given_up.get(key)
        if first.declared_as != holder.declared_as:
            return f"is the one of {first.label} too, and no two connections can have the same"
        if given_up is not None and given_up.mark != holder.mark:
            return _leaves(given_up)
        return None

    def give_up(self, user_name: str, holder: Holder) -> str | None:
        """Note that a connection with this user name will be deleted, and return what stands against it."""
        key = user_name.casefold()
        with self._lock:
            self._given_up[key] = holder
            taken = self._held.get(key)
        if taken is None or taken.mark == holder.mark:
            return None
        return f"{taken.label} of this program has its user name: {_leaves(holder)}"


def _leaves(holder: Holder) -> str:
    return (
        f"{holder.label} would be deleted in the same run: to move its connection as it is, name it in "
        "retain of its set; to make a new one, remove it first, in a run of its own"
    )
