"""Reads of many connections, served by lists: 250 of them come in one answer.

A refresh asks for every connection of the stack at once. The first few are read one by one, since most runs
need no more. Then the account is listed once, by one thread while the others wait, and the list serves the
rest. A connection that is not in it is asked for by its id all the same: a list can miss one that comes or
goes meanwhile. So is one that the list shows in two ways, or with less than the single reads have shown of
others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..api.clock import Deadline
from ..api.errors import TelnyxError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..api.connections import CredentialConnections
    from ..api.models import Connection

SINGLE_READS: Final = 4
"""How many connections are read one by one before the account is listed."""

FRESH_SECS: Final = 30.0
"""How long a list may be used, counted from its first request."""

LIST_SECS: Final = 20.0
"""The most that a list may take; the time that is left then is for single reads."""


class ListedReads:
    """The reads of one process from one account. Safe to share between threads.

    Args:
        api: the account.
        parallel: how many pages are asked for at once.
        waiting: tells how many more requests of the engine there are, which may be reads.
        start_workers: lets as many reads run at once as there may be; called when they are not listed.
    """

    def __init__(
        self,
        api: CredentialConnections,
        parallel: int,
        waiting: Callable[[], int],
        start_workers: Callable[[], None] = lambda: None,
    ) -> None:
        self._api, self._parallel, self._waiting, self._start_workers = api, parallel, waiting, start_workers
        self._lock = threading.Lock()
        self._asked = 0
        self._inside = 0
        self._expected = 0
        self._current: _AccountList | None = None
        self._gave_up = False
        # Pages that were left unread since fewer reads than these were known of, and reads since then that
        # the first page did not serve. And whether the next list is read whole, however few are known of.
        self._left_pages = self._missed = 0
        self._whole = False
        # What every single answer so far has shown: paths of fields. And whether the first few have ended.
        self._shown: frozenset[str] | None = None
        self._ended = 0
        self._compared = threading.Event()

    def retrieve(self, connection_id: str, *, secrets: Iterable[str] = ()) -> Connection:
        """Return the connection, from a list where that is quicker.

        Raises:
            NotFoundError: there is none; it was asked for by its id.
        """
        with self._lock:
            self._asked += 1
            self._inside += 1
            one_by_one = self._asked <= SINGLE_READS
        if self._gave_up or self._left_pages:
            self._start_workers()
        try:
            listed = None if one_by_one else self._listed(connection_id)
            return listed or self._single(connection_id, secrets)
        finally:
            with self._lock:
                self._inside -= 1

    @contextmanager
    def expecting(self, reads: int) -> Iterator[None]:
        """Count on so many reads inside of this, which no request of the engine tells of."""
        with self._lock:
            self._expected += reads
        try:
            yield
        finally:
            with self._lock:
                self._expected -= reads

    def forget(self) -> None:
        """Use no list any more that was begun before now: something has been changed."""
        with self._lock:
            self._current = None

    def _single(self, connection_id: str, secrets: Iterable[str]) -> Connection:
        shows: frozenset[str] | None = None
        try:
            connection = self._api.retrieve(connection_id, secrets=secrets)
            shows = frozenset(_shown(connection))
        finally:
            with self._lock:
                self._ended += 1
                if shows is not None:
                    self._shown = shows if self._shown is None else self._shown & shows
                if self._shown is not None or self._ended >= SINGLE_READS:
                    self._compared.set()
        return connection

    def _listed(self, connection_id: str) -> Connection | None:
        """Return the connection from the list; None where it has to be asked for by its id."""
        # Given away: ten thousand of them are a third of what a refresh holds, and none is read twice.
        found = self._rows().pop(connection_id, None)
        if found is None:
            self._miss()
            return None
        self._compared.wait(self._api.deadline().left_secs / 2)
        with self._lock:
            shown = self._shown
        # Where no single answer came, nothing tells what a whole one is.
        return found if shown is not None and shown.issubset(_shown(found)) else None

    def _miss(self) -> None:
        """Note a read that no list serves; when they are as many as pages were left, those are worth it.

        The engine hands over so many reads at once as its `--parallel` says, however many there are.
        """
        with self._lock:
            if not self._left_pages:
                return
            self._missed += 1
            if self._missed + self._known() >= self._left_pages:
                self._left_pages, self._missed, self._whole, self._current = 0, 0, True, None

    def _known(self) -> int:
        """Return how many reads there are at this moment, as far as anything tells of them."""
        return self._waiting() + max(self._inside, self._expected)

    def _rows(self) -> dict[str, Connection | None]:
        """Return the account's connections by id, as far as a list that is fresh has them."""
        clock = self._api.clock
        now = clock.monotonic()
        with self._lock:
            current = self._current
            is_over = current is None or (current.was_read.is_set() and not current.is_fresh(now))
            is_reader = is_over and not self._gave_up
            if is_reader:
                # Whoever lists, or waits for it, keeps half of its time for a read of its own.
                secs = min(LIST_SECS, self._api.deadline().left_secs / 2)
                current = self._current = _AccountList(now, Deadline(clock, secs))
        if current is None:
            return {}
        if is_reader:
            try:
                self._list(current)
            finally:
                current.was_read.set()
        else:
            current.was_read.wait(min(current.deadline.left_secs, self._api.deadline().left_secs / 2))
        usable = current.was_read.is_set() and current.is_fresh(clock.monotonic())
        return current.rows if usable else {}

    def _list(self, current: _AccountList) -> None:
        """Read the list, as much of it as can be had; where that is not all of it, there is no other list."""
        try:
            first, pages = self._api.page(1, deadline=current.deadline)
            current.add(first)
            with self._lock:
                whole, self._whole = self._whole, False
                if not whole and pages - 1 > self._known():
                    # The account is large and the stack may not be. What the page has is served all the same.
                    self._left_pages = pages - 1
                    return

            def page(number: int) -> Iterable[Connection]:
                return self._api.page(number, deadline=current.deadline)[0]

            with ThreadPoolExecutor(min(self._parallel, max(pages - 1, 1))) as executor:
                for rows in executor.map(page, range(2, pages + 1)):
                    current.add(rows)
        except TelnyxError:
            # Single reads tell what is wrong, for each connection.
            self._gave_up = True


class _AccountList:
    """One list that is being read, or has been.

    Args:
        began: when, by the clock's monotonic time.
        deadline: of all of its requests.
    """

    def __init__(self, began: float, deadline: Deadline) -> None:
        self._began = began
        self.deadline = deadline
        self.was_read = threading.Event()
        self.rows: dict[str, Connection | None] = {}

    def is_fresh(self, now: float) -> bool:
        return now - self._began < FRESH_SECS

    def add(self, rows: Iterable[Connection]) -> None:
        """Add the rows of a page; what is there in two ways is None from then on, since either may hold."""
        for each in rows:
            if self.rows.setdefault(each.id, each) != each:
                self.rows[each.id] = None


def _shown(answer: BaseModel, path: str = "") -> Iterator[str]:
    """Yield the path of each field that an answer holds."""
    for name in answer.model_fields_set:
        value = getattr(answer, name)
        # A password that is masked is not shown.
        if name != "password" or value is not None:
            yield f"{path}{name}"
        if hasattr(value, "model_fields_set"):
            yield from _shown(value, f"{path}{name}.")
