"""Lines in the output of the `pulumi` command; the engine puts them under the stack."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .api.errors import printable

_MOST_ALIKE = 3
_shown: Counter[str] = Counter()
_lock = threading.Lock()


def tell(line: str) -> None:
    """Show a line in the output of the `pulumi` command."""
    # In one write: otherwise another thread's line could come before the line break.
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


# Each thread has its own: the members of a set are worked on in several.
_announce: ContextVar[Callable[[str], object]] = ContextVar("announce", default=tell)


def warn(connection_name: object, message: str) -> None:
    """Show a warning about one connection.

    The same message is shown for the first few connections only: a stack may hold thousands of them.
    """
    with _lock:
        _shown[message] += 1
        count = _shown[message]
    if count <= _MOST_ALIKE:
        tell(f"warning: {_printed(connection_name)}: {message}")
    elif count == _MOST_ALIKE + 1:
        tell(f"warning: and more connections: {message}")


def announce(connection_name: object, message: str) -> None:
    """Show a line about one connection, however many of them there are."""
    _announce.get()(f"{_printed(connection_name)}: {message}")


@contextmanager
def announcing(to: Callable[[str], object]) -> Iterator[None]:
    """Let what is announced inside of this go there: a set makes one list of it."""
    token = _announce.set(to)
    try:
        yield
    finally:
        _announce.reset(token)


def _printed(connection_name: object) -> str:
    return printable(connection_name) if isinstance(connection_name, str) else "a connection"
