"""What all threads that use one key have to heed: the pause after a 429, the rate limit, a refused key."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from .backoff import allowance
from .clock import Clock
from .errors import AuthError


class Gate:
    """Lets requests through, one gate for all threads of a process.

    It closes for everybody when one request was told that there are too many, and it lets only as many
    through as the answers say are left in the current window. Once the key was refused it stays refused: a
    thousand more requests with it would not change that, and may lock the account.

    Args:
        clock: what counts the seconds.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._closed_until = 0.0
        self._in_flight = 0
        # The fewest requests that an answer said are left, until when, and how many each window has.
        self._left: int | None = None
        self._window_ends = 0.0
        self._limit: int | None = None
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
            if now < self._closed_until:
                return self._closed_until - now
            if self._left is not None and now >= self._window_ends:
                self._left = self._limit
            # What is in flight may not be counted in the answers yet; one at least finds out how it stands.
            if self._left is not None and self._in_flight and self._in_flight >= self._left:
                return max(self._window_ends - now, _SHORT_SECS)
            if self._left == 0 and now < self._window_ends:
                return self._window_ends - now
            self._in_flight += 1
            return 0.0

    def leave(self, headers: Mapping[str, str]) -> None:
        """Note that a request has ended.

        Args:
            headers: of its answer; empty where there was none.
        """
        now = self._clock.monotonic()
        told = allowance(headers)
        with self._lock:
            self._in_flight -= 1
            if told is None:
                return
            left, secs = told
            if self._left is None or now >= self._window_ends:
                self._left, self._window_ends = left, now + secs
            else:
                # The server rounds up to whole seconds: the earliest answer of a window is the most exact.
                self._left, self._window_ends = min(self._left, left), min(self._window_ends, now + secs)
            limit = headers.get("x-ratelimit-limit", "")
            self._limit = int(limit) if limit.isdigit() else None

    def close(self, secs: float) -> None:
        """Let nothing through for so many seconds."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock.monotonic() + secs)


_SHORT_SECS = 0.05
