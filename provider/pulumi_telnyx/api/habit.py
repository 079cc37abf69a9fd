"""A rate limit that no answer tells of: what its refusals teach."""

from __future__ import annotations

from typing import Final

# So long until a look whether the request that went alone has been answered, and so long it goes alone.
_SHORT_SECS: Final = 0.05
_ALONE_SECS: Final = 2.0
# So many requests go alone before it counts as chance that the last refusal came where it did.
_CAREFUL: Final = 4
# Nobody waits longer for a refusal that is only expected.
_LONGEST_SECS: Final = 10.0
_NEVER, _NOT_YET = float("-inf"), float("inf")


class Habit:
    """Expects what has happened before; not safe to share between threads.

    After a refusal one request goes alone, and when it comes through, the others follow. Who comes after as
    many as came through before the last refusal goes alone as well. Where that was refused again, a refusal
    is expected the next time: instead of being refused, everybody waits as long as the last one asked for.
    """

    def __init__(self) -> None:
        # How many came through since the first one after the last refusal, and when that was sent.
        self._served = 0
        self._began = _NEVER
        # Whether the last refusal, or one that was expected, has not been followed by such a request yet.
        self._refused = False
        # How many came through before the last refusal, and the pause that it asked for.
        self._requests, self._pause_secs = 0, 0.0
        self._expects_refusal = False
        self._pause_ends = self._alone_until = _NEVER

    def enter(self, now: float, in_flight: int) -> float:
        """Return 0 where a request may be sent now, else the seconds to wait.

        Args:
            now: after the pause that a refusal asked for.
            in_flight: requests that are not answered yet.
        """
        if now < self._pause_ends:
            return self._pause_ends - now
        beyond = self._served + in_flight - self._requests
        suspicious = self._requests > 0 and 0 <= beyond < _CAREFUL
        if in_flight and (self._refused or suspicious):
            if now < self._alone_until:
                return _SHORT_SECS
        elif suspicious and self._expects_refusal and not self._refused:
            self._expects_refusal, self._refused, self._began = False, True, _NOT_YET
            self._pause_ends = now + self._pause_secs
            return self._pause_secs
        elif self._refused:
            self._began, self._served = now, 0
        self._alone_until = now + _ALONE_SECS
        return 0.0

    def served(self, sent: float) -> None:
        """Note that a request came through that was sent at this time."""
        if sent >= self._began:
            self._served += 1
            self._refused = False
        elif self._refused:
            # It was in flight when another one was refused.
            self._requests += 1

    def refused(self, sent: float, pause_secs: float) -> None:
        """Note that a request which was sent at this time was answered with 429, and asked for a pause."""
        if sent < self._began:
            return
        if self._served:
            again = 0 < self._requests <= self._served <= self._requests + _CAREFUL
            self._expects_refusal = again and pause_secs <= _LONGEST_SECS
            self._requests, self._pause_secs = self._served, pause_secs
        self._refused, self._began = True, _NOT_YET
