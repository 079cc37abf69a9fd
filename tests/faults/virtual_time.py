"""One time for many threads and the emulator: it passes only while all of them wait, and costs nothing."""

from __future__ import annotations

import heapq
import random
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pulumi_telnyx.api.clock import Clock

T = TypeVar("T")

_EPOCH_SECS = 1_700_000_000.0
# Real seconds: whoever still waits then would wait for ever.
_STUCK_SECS = 60


class VirtualTime:
    """Time that stands still as long as one of its threads does anything but sleep.

    So a request takes no time, however busy the machine is, and a run is judged by its waits alone. When all
    threads sleep, the time jumps to the moment at which the first of them wakes.

    Args:
        seed: of the random numbers behind the clock's jitter.
    """

    def __init__(self, seed: int = 0) -> None:
        self.now = 1_000.0
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._changed = threading.Condition()
        self._awake = 0
        self._wakes: list[float] = []

    def wall(self) -> float:
        """Return seconds since 1970, as the emulator wants them."""
        return _EPOCH_SECS + self.now

    def clock(self, waited: Callable[[float], None] = lambda _: None) -> Clock:
        """Return this time as the API client wants it; `waited` is told of every wait before it begins."""

        def sleep(secs: float) -> None:
            waited(secs)
            self.sleep(secs)

        return Clock(monotonic=lambda: self.now, wall=self.wall, sleep=sleep, jitter=self._jitter)

    def sleep(self, secs: float) -> None:
        """Return when so many seconds have passed."""
        with self._changed:
            wakes = self.now + secs
            if wakes <= self.now:
                return
            heapq.heappush(self._wakes, wakes)
            self._awake -= 1
            self._pass()
            while self.now < wakes:
                if not self._changed.wait(_STUCK_SECS):
                    raise AssertionError("a thread holds up the time of all others")

    def run(self, workers: int, jobs: Iterable[Callable[[], T]]) -> list[T]:
        """Return what the jobs return, done by so many threads."""
        queue = list(jobs)
        # A job that no thread has taken yet counts as awake, and would stop the time: so each thread is one.
        self._awake = workers
        lock, left = threading.Lock(), iter(enumerate(queue))
        results: dict[int, T] = {}

        def work() -> None:
            try:
                while True:
                    with lock:
                        number, job = next(left, (-1, None))
                    if job is None:
                        return
                    results[number] = job()
            finally:
                with self._changed:
                    self._awake -= 1
                    self._pass()

        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(work) for _ in range(workers)]:
                done.result()
        return [results[number] for number in range(len(queue))]

    def _pass(self) -> None:
        if self._awake > 0 or not self._wakes:
            return
        self.now = self._wakes[0]
        while self._wakes and self._wakes[0] <= self.now:
            heapq.heappop(self._wakes)
            self._awake += 1
        self._changed.notify_all()

    def _jitter(self) -> float:
        with self._changed:
            return self._random.random()
