"""Everything one running emulator holds, in one place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .faults import Faults
from .journal import Journal
from .limits import RateLimit
from .reference import load_reference
from .rules import Rules
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .options import Options


class State:
    """The parts that requests share.

    Requests are handled by one event loop, and none of them waits between its first look at the store and
    its last: each is atomic without a lock.

    Args:
        options: what the owner chose; a change replaces the whole object.
        data: the data file; `None` keeps everything in memory.
        clock: seconds since 1970; tests bring their own.

    Raises:
        DataFileError: the data file cannot be used.
    """

    def __init__(
        self, options: Options, data: Path | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.reference = load_reference()
        self.rules = Rules(self.reference)
        self.options = self._first_options = options
        self.data = data
        self.clock = clock
        self.store = Store(data, clock)
        self.journal = Journal(clock)
        self.rate_limit = RateLimit(clock)
        self.faults = Faults()

    def reset(self) -> None:
        """Go back to the start: no connections, no log, no faults, the options of the start."""
        self.store.clear()
        self.journal.clear()
        self.rate_limit.clear()
        self.faults.clear()
        self.options = self._first_options

    def close(self) -> None:
        """Let go of the data file."""
        self.store.close()
