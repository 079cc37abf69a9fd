"""Reads of many connections, served by lists: 250 of them come in one answer.

A refresh asks for every connection of the stack at once. The first few are read one by one, since most runs
need no more. Then the account is listed once, by one thread while the others wait, and the list serves the
rest. A connection that is not in it is asked for by its id all the same: a list can miss one that comes or
goes meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from .api.errors import TelnyxError

if TYPE_CHECKING:
    from .api.connections import CredentialConnections
    from .api.models import Connection

SINGLE_READS: Final = 4
"""So many connections are read one by one first."""

FRESH_SECS: Final = 30.0
"""As long a list may be used, counted from its first request."""

_WAIT_SECS: Final = 30.0


class ListedReads:
    """The reads of one process from one account. Safe to share between threads.

    Args:
        api: the account.
        parallel: how many pages are asked for at once.
        waiting: tells how many more requests of the engine there are, which may be reads.
    """

    def __init__(self, api: CredentialConnections, parallel: int, waiting: Callable[[], int]) -> None:
        self._api, self._parallel, self._waiting = api, parallel, waiting
        self._lock = threading.Lock()
        self._asked = 0
        self._inside = 0
        self._flight: _Flight | None = None
        self._gave_up = False

    def retrieve(self, connection_id: str, *, secrets: Iterable[str] = ()) -> Connection:
        """Return the connection, from a list where that is quicker.

        Raises:
            NotFoundError: there is none; it was asked for by its id.
        """
        with self._lock:
            self._asked += 1
            self._inside += 1
            one_by_one = self._asked <= SINGLE_READS or self._gave_up
        try:
            rows = None if one_by_one else self._rows()
            found = rows.get(connection_id) if rows else None
            return found or self._api.retrieve(connection_id, secrets=secrets)
        finally:
            with self._lock:
                self._inside -= 1

    def forget(self) -> None:
        """Use no list any more that was made before now: something is about to be changed."""
        with self._lock:
            self._flight = None

    def _rows(self) -> dict[str, Connection] | None:
        """Return the account's connections by id, or None where single reads are better."""
        now = self._api.clock.monotonic()
        with self._lock:
            flight = self._flight
            if flight is None or now - flight.began >= FRESH_SECS:
                flight = self._flight = _Flight(now)
                is_pilot = True
            else:
                is_pilot = False
        if not is_pilot:
            flight.landed.wait(_WAIT_SECS)
            return flight.rows
        try:
            flight.rows = self._list()
        finally:
            flight.landed.set()
        return flight.rows

    def _list(self) -> dict[str, Connection] | None:
        try:
            first, pages = self._api.page(1)
            rows = {each.id: each for each in first}
            with self._lock:
                needed = self._waiting() + self._inside
            if pages - 1 > needed:
                # The account is large and the stack is not. What the page has is served all the same.
                self._gave_up = True
                return rows
            with ThreadPoolExecutor(min(self._parallel, max(pages - 1, 1))) as executor:
                for page, _ in executor.map(self._api.page, range(2, pages + 1)):
                    rows |= {each.id: each for each in page}
        except TelnyxError:
            # Single reads tell what is wrong, for each connection.
            self._gave_up = True
            return None
        return rows


class _Flight:
    """One list that is being read, or has been."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.landed = threading.Event()
        self.rows: dict[str, Connection] | None = None
