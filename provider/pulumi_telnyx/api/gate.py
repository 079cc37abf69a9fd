"""What all threads that use one key have to heed: the pause after a 429, the rate limit, a refused key."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from .backoff import allowance, asked_wait_secs, window_limit
from .clock import Clock
from .errors import AuthError
from .habit import Habit

# How long to wait before looking again whether somebody else has made room.
_SHORT_SECS = 0.05
# The same where as many requests are under way as may be: one of them ends soon.
_MOMENT_SECS = 0.01
_NEVER = float("-inf")


class Gate:
    """Lets requests through, one gate for all threads of a process.

    It closes for everybody when one request was told that there are too many, and it lets only as many
    through as the answers say are left in the current window. Where they say nothing, it goes by what came
    through before. Once the key was refused it stays refused: a thousand more requests with it would not
    change that, and may lock the account.

    Args:
        clock: what counts the seconds.
        parallel: how many requests may be under way at once; None for any number.
    """

    def __init__(self, clock: Clock | None = None, parallel: int | None = None) -> None:
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._closed_until = _NEVER
        self._in_flight, self._parallel = 0, parallel
        # The fewest requests that an answer said are left, in which window, and how many each window has.
        self._left: int | None = None
        self._window_began = self._window_ends = _NEVER
        self._limit: int | None = None
        self._habit = Habit()
        self._refusal: AuthError | None = None

    @property
    def refusal(self) -> AuthError | None:
        """The answer that refused the key, or None."""
        return self._refusal

    def refuse(self, error: AuthError) -> None:
        """Let nothing through any more."""
        self._refusal = self._refusal or error

    def enter(self) -> float:
        """Return 0 when the caller may send now, and has to `leave` afterwards; else the seconds to wait."""
        now = self._clock.monotonic()
        with self._lock:
            if self._parallel is not None and self._in_flight >= self._parallel:
                return _MOMENT_SECS
            wait = max(self._closed_until - now, 0.0) or self._full_secs(now)
            if not wait:
                self._in_flight += 1
            return wait

    def _full_secs(self, now: float) -> float:
        """Return how long nobody may send because the current window has no more room."""
        over = now >= self._window_ends
        left = self._limit if over else self._left
        if left is None:
            return self._habit.enter(now, self._in_flight)
        # What is in flight may not be counted in the answers yet.
        if self._in_flight < left:
            return 0.0
        # One at least finds out how it stands, in a window of which nothing is known yet.
        if over:
            return _SHORT_SECS if self._in_flight else 0.0
        # An answer may come that has counted what was in flight.
        return self._window_ends - now if left <= 0 else min(self._window_ends - now, _SHORT_SECS)

    def leave(
        self, headers: Mapping[str, str] | None, sent: float, refused_secs: float | None = None
    ) -> float:
        """Note that a request has ended, and return how long nobody may send because it was refused.

        Args:
            headers: of its answer; None where there was none.
            sent: when it was sent, by the clock's monotonic time.
            refused_secs: where the answer was 429, the pause that it asks for, or one by chance.
        """
        now = self._clock.monotonic()
        told = None if headers is None else allowance(headers)
        with self._lock:
            self._in_flight -= 1
            if told is not None:
                self._learn(*told, now, sent)
                self._limit = window_limit(headers or {})
            elif refused_secs is not None:
                asked = asked_wait_secs(headers or {}, self._clock.wall()) is not None
                refused_secs = self._habit.refused(sent, refused_secs, now, told=asked)
            elif headers is not None:
                self._habit.served(sent)
            if refused_secs is None:
                return 0.0
            self._closed_until = max(self._closed_until, now + refused_secs)
            return refused_secs

    def _learn(self, left: int, secs: float, now: float, sent: float) -> None:
        if now >= self._window_ends:
            # What was counted in the window that is over tells nothing of the next one.
            if sent >= self._window_ends:
                self._window_began, self._window_ends = self._window_ends, now + secs
                self._left = left
        elif sent >= self._window_began:
            # The server rounds up to whole seconds: the earliest answer of a window is the most exact.
            self._window_ends = min(self._window_ends, now + secs)
            self._left = left if self._left is None else min(self._left, left)
