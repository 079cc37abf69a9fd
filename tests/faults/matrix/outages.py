"""Rows 3 to 6, 19 and 26: outages that pass or do not, conflicts, connections broken or never made."""

from __future__ import annotations

import itertools
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import urllib3.util.connection

from pulumi_telnyx.emulator.faults import Kind

from .cell import (
    ALWAYS,
    BACKOFF,
    LOOK_UPS,
    ONCE,
    SIMPLE,
    Cell,
    Expect,
    Moment,
    Op,
    Table,
    fault,
    for_ever,
    lost,
    only,
    refused,
    spread,
    without,
)
from .world import World, nothing

# For 15 seconds, since nothing was sent.
_UNREACHABLE_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
_MOMENTS: tuple[Moment, ...] = ("before", "after")

Within = Callable[[World], AbstractContextManager[object]]


def rows() -> list[Cell]:
    return [*_outages(), *_unclear_creates(), *_conflicts(), *_unreachable(), *_broken(), *_restarts()]


def _outages() -> Iterator[Cell]:
    """Row 3: what may be repeated is, five times at most."""
    for status in (500, 502, 503, 504):
        always = for_ever("ApiError", str(status), "code 10007")
        yield from spread(3, f"{status}", "status", without(ONCE, "create"), status=status)
        yield from spread(
            3, f"{status} for ever", "status", without(always, "create"), status=status, times=ALWAYS
        )
    table: Table = {("read", "after"): Expect(waits=(0.125,))}
    for cell in spread(3, "503 with a jitter of a quarter", "status", table):
        yield replace(cell, prepare=_quarter_jitter)


def _quarter_jitter(world: World) -> None:
    world.clock = replace(world.clock, jitter=lambda: 0.25)
    world.stack.new_process()


def _unclear_creates() -> Iterator[Cell]:
    """Row 4: a create that may have happened is looked for before it is sent again."""
    for status in (408, 500, 502, 503, 504):
        always = for_ever("TransportError", str(status), "code 10007")
        for moment in _MOMENTS:
            once, ever = (only(table, ("create", moment)) for table in (ONCE, always))
            yield from spread(4, f"{status}", "status", once, status=status)
            yield from spread(4, f"{status} for ever", "status", ever, status=status, times=ALWAYS)
            losing = fault("create", "status", moment, status=status)
            faults = (losing, fault("look-up", "status"))
            expect = ONCE["look-up", moment]
            yield Cell(4, f"{status}, then a list that fails once", "look-up", moment, expect, faults)
    lists = {"ignore_name_filter": True}
    unclear = (fault("create", "status", "after"),)
    yield Cell(
        4, "503, and lists that know no filter", "create", "after", Expect(posts=1), unclear, options=lists
    )


def _conflicts() -> Iterator[Cell]:
    """Row 19: looked at, and sent again where it is not there yet."""
    once, twice = Expect(calls=2, waits=(0.5,)), Expect(calls=3, waits=(0.5,))
    table: Table = {
        ("create", "after"): Expect(posts=1),
        ("update", "before"): twice,
        ("update", "after"): once,
        ("delete", "before"): once,
        ("delete", "after"): once,
    }
    yield from spread(19, "409", "status", table, status=409)
    # A masked password never tells whether it is there.
    for cell in spread(19, "409, masked", "status", {("update", "after"): twice}, status=409):
        yield replace(cell, options={"mask_passwords": True})
    says = ("409", "code 10007", "run again")
    error = Expect("ConflictError", calls=5, waits=BACKOFF, says=says)
    table = {
        **refused("ConflictError", *says),
        ("create", "before"): Expect("ConflictError", posts=5, says=says),
        ("update", "before"): error.but(calls=9),
        ("update", "after"): once,
        ("delete", "before"): error,
        ("delete", "after"): error,
    }
    yield from spread(19, "409 for ever", "status", table, status=409, times=ALWAYS)


def _unreachable() -> Iterator[Cell]:
    """Row 5: nothing was sent, so even a create may be tried again without a look."""
    kinds: dict[str, OSError] = {
        "connection refused": ConnectionRefusedError(111, "refused"),
        "no such host": socket.gaierror(-2, "Name or service not known"),
        "connecting takes too long": TimeoutError("timed out"),
        "no route": OSError(113, "No route to host"),
    }
    error = Expect("TransportError", calls=0, waits=_UNREACHABLE_WAITS, says=("no connection", "127.0.0.1"))
    for name, failure in kinds.items():
        for op, moment in (*SIMPLE, *LOOK_UPS):
            look = op == "look-up"
            again = look and moment == "before"
            once = Expect(posts=(op == "create") + look + again, waits=(0.5, 0.5) if again else (0.5,))
            ever = error.but(calls=1, says=(*error.says, "is not known")) if look else error
            # The first connection of a look-up carries its create.
            for title, expect, times in ((name, once, 1), (f"{name}, for ever", ever, ALWAYS)):
                cut = _cut_off(failure, first=int(look), times=times)
                yield Cell(5, title, op, moment, expect, lost(op, moment), within=cut)
    untrusted = Expect("TransportError", calls=0, waits=(), says=("no trusted TLS connection", "127.0.0.1"))
    # Whether a request got through a TLS that is broken in another way, nobody knows.
    no_tls = Expect("TransportError", calls=0, says=("the connection broke", "127.0.0.1"))
    for op, moment in SIMPLE:
        yield Cell(5, "an untrusted certificate", op, moment, untrusted, prepare=_by_tls, within=_distrusting)
        yield Cell(5, "no TLS where it should be", op, moment, no_tls, prepare=_by_tls)


def _cut_off(error: OSError, *, first: int, times: int | None) -> Within:
    """Return what makes new connections fail, from the `first` one on, so many times."""

    @contextmanager
    def within(_: World) -> Iterator[None]:
        real, numbers = urllib3.util.connection.create_connection, itertools.count()

        def connect(*arguments: Any, **named: Any) -> socket.socket:
            number = next(numbers)
            if number >= first and (times is None or number < first + times):
                raise error
            return real(*arguments, **named)

        with patch("urllib3.util.connection.create_connection", connect):
            yield

    return within


def _distrusting(_: World) -> AbstractContextManager[object]:
    return patch(
        "urllib3.connection.ssl_wrap_socket", side_effect=ssl.SSLCertVerificationError(1, "self-signed")
    )


def _by_tls(world: World) -> None:
    world.stack.new_process(url=world.server.url.replace("http:", "https:"))


def _broken() -> Iterator[Cell]:
    """Row 6: the connection breaks after the request was sent."""
    kinds: dict[str, Kind] = {"reset": "reset", "closed without an answer": "close"}
    for name, kind in kinds.items():
        yield from spread(6, name, kind, ONCE)
        broke = for_ever("TransportError", "the connection broke", "127.0.0.1")
        yield from spread(6, f"{name}, for ever", kind, broke, times=ALWAYS)
    silent = [
        *spread(6, "no answer", "timeout", ONCE, secs=20),
        *spread(
            6,
            "no answer, for ever",
            "timeout",
            only(for_ever("TransportError", "no answer in time"), ("read", "after")),
            times=ALWAYS,
            secs=20,
        ),
    ]
    yield from (replace(cell, within=_impatient) for cell in silent)


def _impatient(_: World) -> AbstractContextManager[object]:
    """Return what makes reads end soon: 30 seconds are too long for a test that waits for them."""
    return patch("pulumi_telnyx.api.transport.READ_TIMEOUT_SECS", 1.5)


def _restarts() -> Iterator[Cell]:
    """Row 26: the API is away for some seconds, and comes back with everything it had."""
    for secs in (1.0, 4.0, 10.0, 60.0):
        too_long = Expect("TransportError", says=("no connection",))
        for op, moment in (*SIMPLE, *LOOK_UPS):
            expect = too_long if secs > sum(_UNREACHABLE_WAITS) else Expect()
            yield Cell(
                26, f"away for {secs:.0f} s", op, moment, expect, lost(op, moment), within=_away(secs, op)
            )


def _away(secs: float, op: Op) -> Within:
    @contextmanager
    def within(world: World) -> Iterator[None]:
        back_at: list[float] = []

        def stop() -> None:
            world.server.stop()
            back_at.append(world.fake.now + secs)

        def stop_before_the_list(method: str, moment: str) -> None:
            if (method, moment) == ("GET", "before"):
                world.on_send = nothing
                stop()

        def come_back(_: float) -> None:
            if back_at and world.fake.now >= back_at[0]:
                back_at.clear()
                world.server.start()

        world.on_sleep = come_back
        if op == "look-up":
            world.on_send = stop_before_the_list
        else:
            stop()
        try:
            yield
        finally:
            if back_at:
                world.server.start()

    return within
