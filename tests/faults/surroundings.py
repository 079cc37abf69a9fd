"""What a process finds around it, set and watched by a figure that runs in it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def environ(**variables: str) -> Iterator[None]:
    """Set variables for a while."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def forget_the_callers() -> None:
    """Remove what the caller's environment says about any of this."""
    for name in list(os.environ):
        if name.startswith("TELNYX_") or name.upper().endswith(("_PROXY", "_CA_BUNDLE")):
            del os.environ[name]


_watching: list[tuple[int, list[str]]] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith("socket."):
        for thread, seen in _watching:
            if thread == threading.get_ident():
                seen.append(event)


# Python itself reports every socket and every name that is looked up, whoever asks for it. For ever.
sys.addaudithook(_watch)


@contextmanager
def sockets() -> Iterator[list[str]]:
    """Note what this thread does with sockets, looking up a name included."""
    seen: list[str] = []
    entry = (threading.get_ident(), seen)
    _watching.append(entry)
    try:
        yield seen
    finally:
        _watching.remove(entry)
