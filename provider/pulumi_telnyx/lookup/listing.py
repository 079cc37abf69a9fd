"""A list whose rows are read as they are needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class Listing(Sequence[T]):
    """The rows of an iterator, each taken from it once and then kept. Safe to share between threads.

    Whoever stops early leaves the rest unread. A row that cannot be read raises the iterator's error, every
    time: a list that broke off is no list that ended.

    Args:
        rows: where they come from.
    """

    def __init__(self, rows: Iterator[T]) -> None:
        self._rows = rows
        self._read: list[T] = []
        self._ended = False
        self._failure: BaseException | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        self._reaches(None)
        return len(self._read)

    def __bool__(self) -> bool:
        return self._reaches(0)

    def __iter__(self) -> Iterator[T]:
        index = 0
        while self._reaches(index):
            yield self._read[index]
            index += 1

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        self._reaches(_last(index))
        return self._read[index]

    def _reaches(self, index: int | None) -> bool:
        """Read up to the row with this index, or all; return whether it is there."""
        with self._lock:
            while not self._ended and (index is None or len(self._read) <= index):
                if self._failure is not None:
                    raise self._failure
                try:
                    self._read.append(next(self._rows))
                except StopIteration:
                    self._ended = True
                except BaseException as error:
                    # The iterator is over now, and would say that there is nothing more.
                    self._failure = error
                    raise
        return index is not None and index < len(self._read)


def _last(index: int | slice) -> int | None:
    """Return the last row that has to be read, or None for all: what counts from the end needs them."""
    if isinstance(index, int):
        return index if index >= 0 else None
    if index.stop is None or min(index.start or 0, index.stop, index.step or 1) < 0:
        return None
    return int(index.stop) - 1
