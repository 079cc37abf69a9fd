"""Everything one running emulator holds, in one place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .faults import Faults
from .journal import Journal
from .limits import RateLimit
from .reference import load_reference
from .rules import Rules
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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
        self._key_uses = 0

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change options for the requests to come.

        Raises:
            ValueError: an option is unknown, or its value is not allowed; nothing is changed.
        """
        changed = self.options.changed(changes)
        # Before the options: a request in between must not be the one too many.
        if "revoke_after" in changes:
            self._key_uses = 0
        self.options = changed

    def keys_are_revoked(self, options: Options) -> bool:
        """Count a request with a key, and return whether that is one more than keys are good for."""
        self._key_uses += 1
        return options.revoke_after is not None and self._key_uses > options.revoke_after

    def reset(self) -> None:
        """Go back to the start: no connections, no log, no faults, the options of the start."""
        self.store.clear()
        self.journal.clear()
        self.rate_limit.clear()
        self.faults.clear()
        self._key_uses = 0
        self.options = self._first_options

    def close(self) -> None:
        """Let go of the data file."""
        self.store.close()
