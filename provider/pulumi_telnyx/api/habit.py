"""A rate limit that no answer tells of: what its refusals teach."""

from __future__ import annotations

from typing import Final

# How long to wait before looking again whether the request that went alone was answered, and how long at
# most it goes alone.
_SHORT_SECS: Final = 0.05
_ALONE_SECS: Final = 2.0
# How many requests go alone before the place of the last refusal counts as chance.
_CAREFUL: Final = 4
# Nobody waits longer for a refusal that is only expected, nor for a window that no answer tells of.
_LONGEST_SECS: Final = 10.0
# How long a window is counts as known when no more than this share of it is in doubt; and so much is added,
# since requests are not always as long on their way.
_DOUBT, _SPARE = 0.1, 1.05
_NEVER, _NOT_YET = float("-inf"), float("inf")


class Habit:
    """Expects what has happened before; not safe to share between threads.

    After a refusal one request goes alone, and when it comes through, the others follow. Who comes after as
    many as came through before the last refusal goes alone as well. Where that was refused again, a refusal
    is expected the next time: instead of being refused, everybody waits for the next window.

    When that opens, a refusal may tell. Where it does not, the requests that go alone narrow it down: how
    long after the first one of a window others were refused at the latest, and served at the earliest.
    """

    def __init__(self) -> None:
        # How many came through since the first one after the last refusal, and when that was sent.
        self._served = 0
        self._began = _NEVER
        # Whether the last refusal, or one that was expected, has not been followed by such a request yet.
        self._refused = False
        # How many came through before the last refusal, the pause that it asked for, and whether it came at
        # the same place as the one before.
        self._requests, self._pause_secs = 0, 0.0
        self._again = False
        self._expects_refusal = False
        self._pause_ends = self._alone_until = _NEVER
        # When the first request of this window was sent; after how long the next one was shut, and open.
        self._opened = _NEVER
        self._shut_secs, self._open_secs = 0.0, _NOT_YET

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
            secs = min(self._window_secs(now) if self._is_known else self._pause_secs, _LONGEST_SECS)
            self._pause_ends = now + secs
            # Where that window is over already, this is the first request of the next one.
            return secs if secs > 0 else self.enter(now, in_flight)
        elif self._refused:
            self._began, self._served = now, 0
        self._alone_until = now + _ALONE_SECS
        return 0.0

    def served(self, sent: float) -> None:
        """Note that a request came through that was sent at this time."""
        if sent >= self._began:
            self._served += 1
            if self._refused or self._opened == _NEVER:
                self._opens(sent)
            self._refused = False
        elif self._refused:
            # It was in flight when another one was refused.
            self._requests += 1

    def refused(self, sent: float, pause_secs: float, now: float, *, told: bool) -> float:
        """Note that a request was answered with 429, and return how long nobody shall send.

        Args:
            sent: when it was sent.
            pause_secs: what it asked for, or chance where it asked for nothing.
            now: when the answer came.
            told: whether it asked.
        """
        if sent < self._began:
            return pause_secs
        if self._served:
            self._again = 0 < self._requests <= self._served <= self._requests + _CAREFUL
            self._requests, self._pause_secs = self._served, pause_secs
        if self._again:
            self._shut_secs = max(self._shut_secs, sent - self._opened)
            if self._shut_secs >= self._open_secs:
                # It was another window's.
                self._shut_secs, self._open_secs = 0.0, _NOT_YET
        secs = self._window_secs(now)
        if not told and self._again and 0 < secs <= _LONGEST_SECS:
            pause_secs = secs
        self._expects_refusal = self._again and pause_secs <= _LONGEST_SECS and (told or self._is_known)
        self._refused, self._began = True, _NOT_YET
        return pause_secs

    def _opens(self, sent: float) -> None:
        """Note that a window is open, whose first request was sent at this time."""
        if self._again:
            self._open_secs = min(self._open_secs, sent - self._opened)
            if self._open_secs <= self._shut_secs:
                self._shut_secs = 0.0
        self._opened = sent

    @property
    def _is_known(self) -> bool:
        return self._open_secs - self._shut_secs <= _DOUBT * self._open_secs

    def _window_secs(self, now: float) -> float:
        """Return how long until the next window, or until half of the doubt about it can be removed."""
        known = _SPARE * self._open_secs
        return self._opened + (known if self._is_known else (self._shut_secs + self._open_secs) / 2) - now
