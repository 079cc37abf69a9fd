"""A port of this machine at which nobody listens, and nobody else begins to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def closed_port(port: int = 0) -> Iterator[int]:
    """Yield a port that refuses every connection, and is given to nobody who asks for any free one.

    Args:
        port: of a server that has stopped, and may be started again meanwhile; 0 takes any.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        # As the emulator does: two may be bound to one port as long as neither listens.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        yield bound.getsockname()[1]
