"""Time as the API client sees it, and the deadline that a call has to keep."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


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
