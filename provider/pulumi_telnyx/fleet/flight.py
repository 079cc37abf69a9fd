"""The same operation on many members, as many at once as the account's settings allow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from ..account import WrongAccountError
from ..api.errors import ApiError, AuthError, SettingsError, TelnyxError, TransportError
from ..plugin import EngineGoneError

if TYPE_CHECKING:
    from ..plugin import Telnyx
    from .progress import Progress

T = TypeVar("T")

# After so many failures in a row, each with retries of its own, it is not the members that are at fault.
_MOST_IN_A_ROW: Final = 16


@dataclass
class Outcome(Generic[T]):
    """What came of it.

    Args:
        done: what the operation returned, by member.
        failed: why it did not, by member; also for those that were not tried any more.
        stopped_by: what made it stop before the end, where it did.
    """

    done: dict[str, T] = field(default_factory=dict)
    failed: dict[str, TelnyxError] = field(default_factory=dict)
    stopped_by: TelnyxError | None = None


class NotTriedError(TelnyxError):
    """A member was left out, because the ones before it had shown that there was no use."""


def for_each(
    members: Iterable[str], operation: Callable[[str], T], telnyx: Telnyx, progress: Progress
) -> Outcome[T]:
    """Return what the operation did with each member.

    It goes on where some fail. It stops where all would: the engine or the account is gone, or one after the
    other gets no answer.

    Args:
        members: their names.
        operation: called with a name, in several threads at once.
        telnyx: the account, which says how many at once.
        progress: is told of each that is done.
    """
    flight = _Flight[T](list(members), operation, telnyx, progress)
    # As few threads as there is work for; this one is one of them.
    threads = [
        threading.Thread(target=flight.work, daemon=True) for _ in range(1, min(telnyx.parallel, flight.size))
    ]
    for each in threads:
        each.start()
    flight.work()
    for each in threads:
        each.join()
    return flight.landed()


class _Flight(Generic[T]):
    def __init__(
        self, members: list[str], operation: Callable[[str], T], telnyx: Telnyx, progress: Progress
    ) -> None:
        self.size = len(members)
        self._left: Iterator[str] = iter(members)
        self._operation, self._telnyx, self._progress = operation, telnyx, progress
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._outcome: Outcome[T] = Outcome()

    def work(self) -> None:
        while (member := self._next()) is not None:
            try:
                # Several sets, each with its own threads, share what the account allows.
                with self._telnyx.slots:
                    result = self._operation(member)
            except TelnyxError as error:
                self._note_failure(member, error)
            else:
                with self._lock:
                    self._in_a_row = 0
                    self._outcome.done[member] = result
            self._progress.one_more(failed=len(self._outcome.failed))

    def landed(self) -> Outcome[T]:
        outcome = self._outcome
        if outcome.stopped_by is not None:
            for member in self._left:
                outcome.failed[member] = NotTriedError(f"not tried any more: {outcome.stopped_by}")
        return outcome

    def _next(self) -> str | None:
        with self._lock:
            return next(self._left, None) if self._outcome.stopped_by is None else None

    def _note_failure(self, member: str, error: TelnyxError) -> None:
        with self._lock:
            self._outcome.failed[member] = error
            self._in_a_row = self._in_a_row + 1 if _may_concern_all(error) else 0
            if _concerns_all(error) or self._in_a_row >= _MOST_IN_A_ROW:
                self._outcome.stopped_by = self._outcome.stopped_by or error


def _concerns_all(error: TelnyxError) -> bool:
    return isinstance(error, EngineGoneError | WrongAccountError | SettingsError)


def _may_concern_all(error: TelnyxError) -> bool:
    if isinstance(error, ApiError):
        return isinstance(error, AuthError) or error.is_account_limit or error.status >= 500
    return isinstance(error, TransportError)
