"""Time as the API client sees it, the moments that answers tell, and the deadline that a call has to keep."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone


@dataclass(frozen=True)
class Clock:
    """Where time, waiting and chance come from, so that a test can count waits and need not sit through them.

    Args:
        monotonic: seconds from any start, never set back.
        wall: seconds since 1970.
        sleep: waits so many seconds.
        jitter: a random number from 0 to 1.
    """

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


def moment_in(text: str | None) -> datetime | None:
    """Return a moment that an answer tells, such as `2026-11-25T16:41:50Z`, in UTC; None where it is none."""
    try:
        # Python 3.10 knows no "Z"; some answers have no zone at all and mean UTC.
        moment = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
        if moment.tzinfo is None:
            return moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


class Deadline:
    """The moment at which a call gives up, waits and repeated tries included.

    Args:
        clock: what counts the seconds.
        secs: how long the call may take from now on.
    """

    def __init__(self, clock: Clock, secs: float) -> None:
        self._clock = clock
        self.secs = secs
        self._until = clock.monotonic() + secs

    @property
    def left_secs(self) -> float:
        """Seconds that are left; 0 or less when there are none."""
        return self._until - self._clock.monotonic()

    def allows(self, wait_secs: float) -> bool:
        """Return whether there is time left after a wait."""
        return wait_secs < self.left_secs
