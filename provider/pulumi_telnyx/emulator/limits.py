"""The rate limit: so many requests per window and account."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .errors import ApiError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from .options import Options


class RateLimit:
    """Fixed windows that begin with an account's first request after the previous one.

    The real API publishes neither its numbers nor its kind of window.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def admit(self, account: str, options: Options) -> dict[str, str]:
        """Return the headers that tell where the account stands; none when there is no limit to tell of.

        Raises:
            ApiError: 429, with headers that tell when the next window opens; the request does not count.
        """
        if options.rate_limit is None:
            return {}
        now = self._clock()
        began, used = self._windows.get(account, (now, 0))
        if not began <= now < began + options.rate_window_secs:
            began, used = now, 0
        # Whole seconds, never 0: a client that waits as told finds the next window open.
        reset = str(max(1, math.ceil(began + options.rate_window_secs - now)))
        headers = {}
        if options.rate_limit_headers in ("x-ratelimit", "both"):
            headers = {
                "x-ratelimit-limit": str(options.rate_limit),
                "x-ratelimit-remaining": str(max(0, options.rate_limit - used - 1)),
                "x-ratelimit-reset": reset,
            }
        if used >= options.rate_limit:
            if options.rate_limit_headers in ("retry-after", "both"):
                headers["retry-after"] = reset
            raise ApiError(429, [Problem("10011", "Request limit reached")], headers)
        self._windows[account] = (began, used + 1)
        return headers

    def clear(self) -> None:
        """Let every account begin anew."""
        self._windows.clear()
