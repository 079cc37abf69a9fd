"""Requests over bare sockets, for tests that look at the connection itself."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pulumi_telnyx.emulator import DEFAULT_API_KEY
from tests.emulator.client import PATH, PATIENCE_SECS, required

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_telnyx.emulator import EmulatorServer

# Longer than anybody waits: who is let go earlier was let go for another reason.
EVER = 10_000


def sent(api: EmulatorServer, text: str, body: bytes = b"") -> socket.socket:
    """A connection over which something has been sent."""
    address = urlsplit(api.url)
    connection = socket.create_connection((str(address.hostname), address.port or 0), PATIENCE_SECS)
    connection.sendall(text.encode() + body)
    return connection


def requested(api: EmulatorServer, method: str, body: bytes = b"", *, missing: int = 0) -> socket.socket:
    """A connection over which a request to the API has been sent, perhaps without its last bytes."""
    head = [
        f"{method} /v2{PATH} HTTP/1.1",
        f"Host: {urlsplit(api.url).netloc}",
        f"Authorization: Bearer {DEFAULT_API_KEY}",
        "Content-Type: application/json",
        f"Content-Length: {len(body) + missing}",
    ]
    return sent(api, "\r\n".join([*head, "", ""]), body)


def create(api: EmulatorServer) -> socket.socket:
    """A connection over which a create has been sent."""
    return requested(api, "POST", json.dumps(required()).encode())


def rest(connection: socket.socket) -> bytes:
    """Everything that comes until the other side closes; a reset is an error."""
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


def until(met: Callable[[], bool]) -> None:
    """Return when something has happened, or fail."""
    end = time.monotonic() + PATIENCE_SECS
    while not met():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)
