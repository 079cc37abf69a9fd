"""As many API calls in flight as are wanted: the SDK's plugin server has four workers, and no setting for it.

The worker that runs `configure` is a thread of the server's own executor, which its frame knows. A higher
limit alone is not enough: an executor starts a thread only when work comes in and no worker has ended its own
since, and a destroy hands over the next connection whenever one is done.
"""

from __future__ import annotations

import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Final

DEFAULT_PARALLEL: Final = 16
MOST_PARALLEL: Final = 64


class Workers:
    """The threads that the engine's requests run in."""

    def __init__(self, executor: ThreadPoolExecutor | None) -> None:
        self._executor = executor

    @property
    def count(self) -> int | None:
        """How many there can be; None where this SDK or Python does not let that be known."""
        return getattr(self._executor, "_max_workers", None)

    @property
    def waiting(self) -> int:
        """How many requests of the engine have no worker yet."""
        queue = getattr(self._executor, "_work_queue", None)
        return int(queue.qsize()) if queue is not None else 0

    def raise_to(self, wanted: int) -> None:
        """Let there be so many, where that is possible; there are never fewer than before."""
        if self._executor is not None and self.count is not None:
            self._executor._max_workers = max(wanted, self.count)

    def start_all(self) -> None:
        """Start those that have not begun: calls are about to be made, and each of them waits for Telnyx."""
        threads = getattr(self._executor, "_threads", None)
        idle = getattr(self._executor, "_idle_semaphore", None)
        if self._executor is None or self.count is None:
            return
        if not (isinstance(threads, set) and isinstance(idle, threading.Semaphore)):
            return
        # More often than there are workers to start: one may end its work in between.
        for _ in range(4 * self.count):
            if len(threads) >= self.count:
                return
            # It counts every work that ended as a worker that is free, also while more work waits.
            while idle.acquire(blocking=False):
                continue
            self._executor.submit(_nothing)


def _nothing() -> None:
    """What gives an executor a reason to start a thread."""


def workers_of_this_thread() -> Workers:
    """Return the workers that this thread is one of; without any, nothing can be raised."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        for value in frame.f_locals.values() if _is_worker(frame) else ():
            # The executor itself, or a weak reference to it, as each release of Python has it.
            found = value() if isinstance(value, weakref.ref) else value
            if isinstance(found, ThreadPoolExecutor):
                return Workers(found)
        frame = frame.f_back
    return Workers(None)


def _is_worker(frame: FrameType) -> bool:
    return (
        frame.f_code.co_name == "_worker" and frame.f_globals.get("__name__") == "concurrent.futures.thread"
    )
