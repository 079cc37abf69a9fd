"""The connection below HTTP, for layers that break it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_EXTENSION = "pulumi_telnyx.wire"


class Wire(H11Protocol):
    """Uvicorn's connection, within reach of the applications it serves: see `wire_of`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lost = asyncio.Event()
        self.stopping = asyncio.Event()
        self._over = asyncio.Event()
        inner = cast("ASGIApp", self.app)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[_EXTENSION] = self
            await inner(scope, receive, send)

        self.app = cast("Any", app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits that nobody is there any more."""
        super().connection_lost(exc)
        self.lost.set()
        self._over.set()

    def shutdown(self) -> None:
        """Tell who waits that the server stops."""
        super().shutdown()
        self.stopping.set()
        self._over.set()

    async def hold(self, secs: float) -> bool:
        """Wait, and return whether anybody still waits with us: no client gone, no server that stops."""
        return not await _happens(self._over, secs)

    async def hold_unheard(self, secs: float) -> bool:
        """Wait whether or not the client has gone, and return `False` only where the server stops."""
        return not await _happens(self.stopping, secs)

    def frame_by_close(self) -> None:
        """Let the answer that comes next have no length and no chunks: it ends where the connection ends."""
        # What h11 does for clients too old for chunks.
        self.conn.their_http_version = b"1.0"

    async def hang_up(self) -> None:
        """Close the connection in the usual way, after what was sent; whatever is missing stays so."""
        self.transport.close()
        # Uvicorn would answer a request whose application ends earlier.
        await self.lost.wait()

    async def reset(self) -> None:
        """End the connection by a TCP reset."""
        if self.lost.is_set():
            return
        accepted: socket.socket = self.transport.get_extra_info("socket")
        # Not to linger, for no time at all: that is how to ask for a reset.
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
        await self.lost.wait()


def wire_of(scope: Scope) -> Wire:
    """Return the connection that a request came in on."""
    wire: Wire = scope["extensions"][_EXTENSION]
    return wire


async def _happens(event: asyncio.Event, secs: float) -> bool:
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(event.wait(), secs)
    return event.is_set()
