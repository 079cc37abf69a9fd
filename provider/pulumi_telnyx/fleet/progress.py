"""What a long run tells while it goes on: a line every few seconds, and none where it is short."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ..api.errors import printable
from ..notices import tell

if TYPE_CHECKING:
    from ..api.clock import Clock

EVERY_SECS: Final = 5.0


class Progress:
    """Counts members. Safe to share between threads.

    Args:
        set_name: the set.
        done: what is done with a member, as a participle: `created`.
        members: how many there are.
        clock: what the seconds are counted with.
    """

    def __init__(self, set_name: str, done: str, members: int, clock: Clock) -> None:
        self._set_name, self._verb, self._members, self._clock = set_name, done, members, clock
        self._lock = threading.Lock()
        self._done = 0
        self._began = clock.monotonic()
        self._told = self._began

    def one_more(self, *, failed: int) -> None:
        """Note that one more member was tried, and how many have failed so far."""
        with self._lock:
            self._done += 1
            now = self._clock.monotonic()
            if self._done == self._members or now - self._told < EVERY_SECS:
                return
            self._told = now
            rate = self._done / (now - self._began)
            left_secs = (self._members - self._done) / rate
            fault = f", {failed:,} failed" if failed else ""
            line = (
                f"{printable(self._set_name)}: {self._done - failed:,} of {self._members:,} {self._verb}"
                f"{fault}, {rate:.0f} a second, {_in_words(left_secs)} left"
            )
        tell(line)


def _in_words(secs: float) -> str:
    return f"{secs / 60:.0f} minutes" if secs >= 120 else f"{secs:.0f} seconds"
