"""Rows 1, 2 and 31: rate limits, and clocks that are wrong."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from pulumi_telnyx.api.transport import DEADLINE_SECS
from pulumi_telnyx.emulator.faults import Fault
from tests.faults.virtual_time import VirtualTime

from .cell import (
    ALWAYS,
    BACKOFF,
    LOOK_UPS,
    PLACES,
    SIMPLE,
    Cell,
    Expect,
    Moment,
    Op,
    Table,
    fault,
    lost,
    spread,
)
from .stack import Outcome
from .world import World

# How a 429 tells when to come back, and the wait that must come of it.
STYLES: dict[str, tuple[dict[str, Any], float]] = {
    "Retry-After: 7": ({"limit_headers": "retry-after", "secs": 7}, 7.0),
    "Retry-After as a date": ({"limit_headers": "retry-after-date", "secs": 12}, 12.0),
    "Retry-After: 0": ({"limit_headers": "retry-after-zero"}, 0.5),
    "Retry-After: -3": ({"limit_headers": "retry-after-negative", "secs": 3}, 0.5),
    "Retry-After: soon": ({"limit_headers": "retry-after-nonsense"}, 0.5),
    "Retry-After of 30,000 years": ({"limit_headers": "retry-after-huge"}, 60.0),
    "x-ratelimit-reset: 4": ({"limit_headers": "x-ratelimit", "secs": 4}, 4.0),
    "429 without a header": ({"limit_headers": "none"}, 0.5),
}
# The same for ever: every wait until the deadline, and what the error has to name.
STUBBORN: dict[str, tuple[dict[str, Any], tuple[float, ...], str]] = {
    "Retry-After: 30": ({"limit_headers": "retry-after", "secs": 30}, (30.0,) * 3, "Retry-After: 30"),
    "x-ratelimit-reset: 50": ({"secs": 50}, (50.0,) * 2, "x-ratelimit-reset: 50"),
    "Retry-After of 30,000 years": ({"limit_headers": "retry-after-huge"}, (60.0,), "Retry-After: 9999"),
    "429 without a header": ({"limit_headers": "none"}, (*BACKOFF, *(8.0,) * 14), "429"),
}
_DATE: dict[str, Any] = {"limit_headers": "retry-after-date", "secs": 12}
_HOUR, _DAY = 3600.0, 86_400.0


def rows() -> list[Cell]:
    return [*_limited_once(), *_limited_for_all(), *_limited_for_ever(), *_slow_answers(), *_wrong_clocks()]


def _limited_once() -> Iterator[Cell]:
    for name, (fields, wait) in STYLES.items():
        told = Expect(calls=2, waits=(wait,))
        table: Table = {
            **dict.fromkeys(SIMPLE, told),
            # Looked for twice before it is sent again.
            ("look-up", "before"): Expect(posts=2, waits=(wait, 0.5)),
            ("look-up", "after"): Expect(posts=1, calls=3, waits=(wait,)),
        }
        yield from spread(1, name, "rate_limit", table, **fields)


def _limited_for_all() -> Iterator[Cell]:
    """One thread is told to wait, and then four others of its process have something to do."""
    for name, (fields, wait) in STYLES.items():
        for op in ("create", "read", "update", "delete"):
            limit = Fault("rate_limit", method="POST", **fields)
            name_of_all = f"{name}, heeded by four more threads that {op}"
            yield Cell(1, name_of_all, "create", act=_five_at_once(op, limit, wait))


def _five_at_once(op: str, limit: Fault, wait: float) -> Callable[[World], Outcome]:
    def act(world: World) -> Outcome:
        others = [world.new_stack(f"other{number}") for number in range(4)]
        for each in others if op != "create" else []:
            assert each.up().result == "ok"
            each.program["connection_name"] += ", renamed"
        world.log()
        waits: dict[int, list[float]] = {}
        told = threading.Event()

        def waiting(secs: float) -> None:
            waits.setdefault(threading.get_ident(), []).append(secs)
            told.set()

        def other(number: int) -> Outcome:
            told.wait(10)
            stack = others[number]
            stack.process = process
            return {"read": stack.refresh, "delete": stack.destroy}.get(op, stack.up)()

        time = VirtualTime()
        time.now = world.fake.now
        world.clock, world.server_now = replace(time.clock(waiting), jitter=lambda: 1.0), time.wall
        process = world.stack.new_process()
        world.server.inject(limit)
        may_go_on = time.wall() + wait - 0.001
        jobs: list[Callable[[], Outcome]] = [world.stack.up, *(_bound(other, number) for number in range(4))]
        outcomes = time.run(5, jobs)
        for each in others:
            if each.id:
                world.leave_alone(each.id)
        log = world.log(forget=False)
        early = sum(_moment(entry) < may_go_on for entry in log[1:])
        firsts = [each[0] for each in waits.values()]
        if firsts != [wait] * 5 or early or len(log) != 6:
            return Outcome("ran on", f"waits {waits}, {early} of {len(log)} requests too early")
        return next((each for each in outcomes if each.result != "ok"), Outcome("ok"))

    return act


def _bound(operation: Callable[[int], Outcome], number: int) -> Callable[[], Outcome]:
    return lambda: operation(number)


def _moment(entry: dict[str, Any]) -> float:
    return datetime.fromisoformat(entry["time"].replace("Z", "+00:00")).timestamp()


def _limited_for_ever() -> Iterator[Cell]:
    for name, (fields, waits, says) in STUBBORN.items():
        error = Expect("RateLimitError", calls=len(waits) + 1, waits=waits, says=(says,))
        unknown = Expect("TransportError", 1, len(waits) + 2, waits, (says, "is not known"))
        table: Table = {**dict.fromkeys(SIMPLE, error), **dict.fromkeys(LOOK_UPS, unknown)}
        yield from spread(2, name, "rate_limit", table, times=ALWAYS, **fields)


def _slow_answers() -> Iterator[Cell]:
    """An answer of which a byte comes now and then ends with the call's deadline, read time-out or not."""
    for op, moment in PLACES:
        if moment == "before":
            continue
        drip = Fault("drip", moment="after", secs=0.002, times=ALWAYS)
        if op == "look-up":
            drip = fault("look-up", "drip", secs=0.002, times=ALWAYS)
        yield Cell(
            31,
            "an answer that drips in",
            op,
            moment,
            Expect("TransportError", says=("no answer in time",)),
            (*lost(op, moment), drip),
            prepare=_ticking,
            check=_kept_the_deadline,
        )


def _ticking(world: World) -> None:
    """Let a second pass whenever somebody looks at the clock: so a deadline passes while bytes come in."""

    def monotonic() -> float:
        world.fake.now += 1.0
        return world.fake.now

    world.clock = replace(world.clock, monotonic=monotonic)
    world.stack.new_process()
    world.began = world.fake.now


def _kept_the_deadline(world: World) -> list[str]:
    # The clock ticks on while the call ends.
    took = world.fake.now - world.began
    return [] if took <= DEADLINE_SECS + 60 else [f"took {took} s by its own clock"]


def _wrong_clocks() -> Iterator[Cell]:
    """A clock that is wrong changes neither waits nor what counts as made by this very create."""
    jumps = itertools.cycle((0.0, _HOUR))
    clocks: dict[str, Callable[[], float]] = {
        "a day late": lambda: -_DAY,
        "a day early": lambda: _DAY,
        "an hour early": lambda: _HOUR,
        "jumping by an hour": lambda: next(jumps),
    }
    for name, offset in clocks.items():
        for op in ("read", "update", "delete"):
            yield _at_odds(name, offset, op, fault(op, "rate_limit", **_DATE), waits=(12.0,))
        yield _at_odds(name, offset, "create", fault("create", "close", "after"), posts=1)
        limit = fault("look-up", "rate_limit", **_DATE)
        yield _at_odds(name, offset, "look-up", *lost("look-up", "after"), limit, posts=1, waits=(12.0,))


def _at_odds(name: str, offset: Callable[[], float], op: Op, *faults: Fault, **expect: Any) -> Cell:
    def prepare(world: World) -> None:
        world.clock = replace(world.clock, wall=lambda: world.server_now() + offset())
        world.stack.new_process()

    moment: Moment = "before" if op in {"update", "delete"} else "after"
    return Cell(31, f"our clock is {name}", op, moment, Expect(**expect), faults, prepare=prepare)
