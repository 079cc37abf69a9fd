"""Makes faults happen: around the API, so that it may act before its answer is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fault_answers import Answer, answer_of
from .wire import wire_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .faults import Fault, Faults
    from .wire import Wire


class FaultLayer:
    """Wraps the API: requests that a fault hits are answered badly, or not at all.

    The kind of the fault is left in the request's scope, under `fault`.

    Args:
        app: what is wrapped.
        faults: chooses.
        clock: seconds since 1970.
    """

    def __init__(self, app: ASGIApp, faults: Faults, clock: Callable[[], float]) -> None:
        self._app = app
        self._faults = faults
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the inner application answer, unless a fault hits the request."""
        fault = self._faults.choose(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        scope["fault"] = fault.kind
        wire = wire_of(scope)
        request = _Request(receive)
        if fault.kind == "latency" and fault.moment == "before":
            await request.read()
            # As a slow API would, it acts even for a client that has given up: the late write is the fault.
            if not await wire.hold_unheard(fault.secs):
                await wire.hang_up()
                return
        acts = fault.moment == "after" or fault.kind == "latency"
        real = await self._acted(scope, request) if acts else None
        # To the end, or closing would be a reset: the system throws away what was not read.
        await request.read()
        await self._spoil(fault, real, scope, send)

    async def _acted(self, scope: Scope, request: _Request) -> Answer | None:
        """The real answer, kept from the client; `None` if that has gone before it had asked in full."""
        started: Message = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            started.update(message if message["type"] == "http.response.start" else {})
            body.extend(message.get("body", b""))

        await self._app(scope, request.receive, keep)
        if not started:
            return None
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in started["headers"]}
        return Answer(started["status"], headers, bytes(body))

    async def _spoil(self, fault: Fault, real: Answer | None, scope: Scope, send: Send) -> None:
        wire = wire_of(scope)
        if fault.kind == "reset":
            await wire.reset()
        elif fault.kind == "close":
            await wire.hang_up()
        elif fault.kind == "timeout":
            await wire.hold(fault.secs)
            await wire.hang_up()
        else:
            answer = answer_of(fault, real, self._clock())
            # Without a body such an answer is whole, and closing after it would hit the next request.
            bodied = scope["method"] != "HEAD" and answer.body != b""
            if fault.kind == "truncate" and bodied:
                await _truncate(fault, answer, wire, send)
            elif fault.kind == "drip" and bodied:
                await _drip(fault, answer, wire, send)
            elif fault.kind == "latency" and fault.moment == "after":
                if await wire.hold(fault.secs):
                    await _send(answer, send)
                else:
                    await wire.hang_up()
            else:
                await _send(answer, send)


class _Request:
    """A request's body: the API reads what it needs of it, and the rest is read by us."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: list[Message] = []
        self._ended = False

    async def receive(self) -> Message:
        """Return what comes next, as ASGI has it."""
        if self._kept:
            return self._kept.pop(0)
        message = await self._receive()
        self._ended = not message.get("more_body", False)
        return message

    async def read(self) -> None:
        """Return when the client has sent everything; `receive` gives it later."""
        while not self._ended:
            message = await self._receive()
            self._kept.append(message)
            self._ended = not message.get("more_body", False)


async def _send(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _truncate(fault: Fault, answer: Answer, wire: Wire, send: Send) -> None:
    headers = answer.raw_headers
    if fault.framing != "length":
        # Without a length, an answer is sent in chunks; or until the connection is closed.
        headers = [header for header in headers if header[0] != b"content-length"]
    if fault.framing == "close":
        wire.frame_by_close()
    kept = answer.body[: min(fault.keep_bytes, len(answer.body) - 1)]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": kept, "more_body": True})
    await wire.hang_up()


async def _drip(fault: Fault, answer: Answer, wire: Wire, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.raw_headers})
    for place in range(len(answer.body)):
        await send({"type": "http.response.body", "body": answer.body[place : place + 1], "more_body": True})
        if not await wire.hold(fault.secs):
            await wire.hang_up()
            return
    await send({"type": "http.response.body", "body": b""})
