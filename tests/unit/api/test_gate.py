"""Who may send, and when: the pause after a 429, told limits, limits that nothing tells of, a refused key."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest

from pulumi_telnyx.api.errors import AuthError
from pulumi_telnyx.api.gate import Gate
from tests.faults.virtual_time import VirtualTime
from tests.scripted_server import FakeClock


@pytest.fixture
def gate(clock: FakeClock) -> Gate:
    return Gate(clock.clock())


def told(left: object, limit: object = 20, reset: object = 10) -> dict[str, str]:
    """Return the headers of an answer that tells the limit."""
    values = {"limit": limit, "remaining": left, "reset": reset}
    return {f"x-ratelimit-{name}": str(value) for name, value in values.items() if value is not None}


def pass_through(gate: Gate, clock: FakeClock, headers: dict[str, str] | None = None) -> None:
    """Send one request, and get its answer at once."""
    assert gate.enter() == 0
    gate.leave({} if headers is None else headers, clock.now)


def refuse(gate: Gate, clock: FakeClock, secs: float, headers: dict[str, str] | None = None) -> None:
    """Send one request that is answered with 429."""
    assert gate.enter() == 0
    gate.leave(headers or {}, clock.now, secs)


def entered(gate: Gate, most: int = 100) -> int:
    """Return how many requests may be sent without waiting for an answer."""
    for number in range(most):
        if gate.enter():
            return number
    return most


def test_nothing_holds_back_requests_as_long_as_no_answer_does(gate: Gate) -> None:
    """An API without a limit is asked by as many threads as there are."""
    assert entered(gate) == 100


def test_no_more_are_under_way_than_are_wanted(clock: FakeClock) -> None:
    """The SDK has four workers at least, and a set has threads of its own beside them."""
    gate = Gate(clock.clock(), parallel=2)

    assert entered(gate) == 2
    assert 0 < gate.enter() < 0.1
    gate.leave({}, clock.now)
    assert entered(gate) == 1


def test_a_refusal_closes_for_everybody_as_long_as_it_says(gate: Gate, clock: FakeClock) -> None:
    """Also for those who were not refused themselves, and then it opens by itself."""
    refuse(gate, clock, 7)

    assert gate.enter() == 7
    clock.now += 6.5
    assert gate.enter() == 0.5
    clock.now += 0.5
    assert gate.enter() == 0


def test_of_two_refusals_the_longer_pause_counts(gate: Gate, clock: FakeClock) -> None:
    """A short one that arrives later must not open the gate."""
    assert gate.enter() == gate.enter() == 0
    gate.leave({}, clock.now, 30)
    gate.leave({}, clock.now, 1)

    assert gate.enter() == 30


def test_as_many_are_under_way_as_the_answers_leave(gate: Gate, clock: FakeClock) -> None:
    """What is in flight may not be counted in the number that is left."""
    pass_through(gate, clock, told(left=3))

    assert entered(gate) == 3


def test_an_answer_that_counted_what_was_under_way_makes_room_again(gate: Gate, clock: FakeClock) -> None:
    """So nobody sleeps to the end of the window while requests are in flight."""
    pass_through(gate, clock, told(left=3))
    assert entered(gate) == 3

    wait = gate.enter()
    assert 0 < wait < 1
    gate.leave(told(left=2), clock.now)
    gate.leave(told(left=2), clock.now)
    assert gate.enter() == 0


def test_a_used_up_window_is_waited_for(gate: Gate, clock: FakeClock) -> None:
    """Nobody is sent to be refused; afterwards the whole limit is there again, and not more."""
    pass_through(gate, clock, told(left=0, reset=10))

    assert gate.enter() == 10
    clock.now += 10
    assert entered(gate) == 20


def test_the_earliest_answer_tells_the_end_of_a_window_best(gate: Gate, clock: FakeClock) -> None:
    """The server rounds up to whole seconds, so every later answer seems to end later."""
    pass_through(gate, clock, told(left=2, reset=1))
    clock.now += 0.9
    pass_through(gate, clock, told(left=0, reset=1))

    assert gate.enter() == pytest.approx(0.1)


def test_a_late_answer_of_an_old_window_does_not_use_up_the_new_one(gate: Gate, clock: FakeClock) -> None:
    """It was sent, and counted, before the window ended."""
    pass_through(gate, clock, told(left=5, reset=1))
    assert gate.enter() == 0
    sent = clock.now
    clock.now += 1.2
    gate.leave(told(left=0, reset=1), sent)
    assert gate.enter() == 0
    gate.leave(told(left=19, reset=1), clock.now)
    assert gate.enter() == 0
    gate.leave(told(left=0, reset=1), sent)

    assert entered(gate) == 19


def test_answers_in_the_wrong_order_never_make_room(gate: Gate, clock: FakeClock) -> None:
    """The fewest that an answer of this window has named are left."""
    pass_through(gate, clock, told(left=4))
    assert entered(gate, most=2) == 2
    gate.leave(told(left=1), clock.now)
    gate.leave(told(left=2), clock.now)

    assert entered(gate) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        told(left=None),
        told(left="many"),
        told(left="nan"),
        told(left=0, reset=0),
        told(left=0, reset=-3),
        told(left=0, reset=None),
        told(left=0, reset="soon"),
        told(left=0, reset="inf"),
    ],
)
def test_headers_that_say_nothing_hold_back_nobody(
    gate: Gate, clock: FakeClock, headers: dict[str, str]
) -> None:
    """A window without a sensible end cannot be waited for."""
    pass_through(gate, clock, headers)

    assert entered(gate) == 100


@pytest.mark.parametrize("limit", [None, "", "many", "²", "9" * 5_000, "-1", "0", "1e400", "nan"])
def test_a_limit_that_cannot_be_meant_neither_fails_nor_locks(
    gate: Gate, clock: FakeClock, limit: str | None
) -> None:
    """After the window that was told, one request at least may find out how it stands."""
    pass_through(gate, clock, told(left=0, limit=limit, reset=5))

    assert gate.enter() == 5
    clock.now += 5
    assert gate.enter() == 0


def test_less_than_nothing_left_is_nothing_left(gate: Gate, clock: FakeClock) -> None:
    """Some limiters count on below zero."""
    pass_through(gate, clock, told(left=-3, reset=10))

    assert gate.enter() == 10


def test_a_huge_reset_is_not_believed(gate: Gate, clock: FakeClock) -> None:
    """A run must not hang on one header."""
    pass_through(gate, clock, told(left=0, reset=86_400))

    assert gate.enter() == 60


def test_a_clock_that_jumps_ahead_opens_the_gate(gate: Gate, clock: FakeClock) -> None:
    """A laptop that slept: windows and pauses of before are over."""
    refuse(gate, clock, 60, told(left=0, reset=60))
    clock.now += 100_000

    assert entered(gate) == 20


def test_requests_that_get_no_answer_leave_room(gate: Gate, clock: FakeClock) -> None:
    """A broken connection is not in flight any more."""
    pass_through(gate, clock, told(left=2))
    for _ in range(10):
        assert gate.enter() == 0
        gate.leave(None, clock.now)

    assert entered(gate) == 2


def test_after_a_refusal_without_a_limit_one_request_finds_out(gate: Gate, clock: FakeClock) -> None:
    """Sixteen threads that come back together would be refused together."""
    pass_through(gate, clock)
    refuse(gate, clock, 1)
    clock.now += 1

    assert entered(gate) == 1
    gate.leave({}, clock.now)
    # One came through before the refusal, and one now: who follows goes alone.
    assert entered(gate) == 1
    gate.leave({}, clock.now)
    for _ in range(4):
        pass_through(gate, clock)
    assert entered(gate) == 100


def test_who_goes_alone_holds_up_the_others_for_a_moment_only(gate: Gate, clock: FakeClock) -> None:
    """It may wait for its answer for half a minute."""
    refuse(gate, clock, 1)
    clock.now += 1
    assert entered(gate) == 1

    clock.now += 2
    assert gate.enter() == 0


def test_a_refusal_that_came_twice_at_the_same_place_is_expected_there(gate: Gate, clock: FakeClock) -> None:
    """The pause is kept without being refused, and the next time it is found out whether that is still so."""
    for _ in range(2):
        for _ in range(20):
            pass_through(gate, clock)
        refuse(gate, clock, 3)
        clock.now += 3
    for _ in range(20):
        pass_through(gate, clock)

    assert gate.enter() == 3
    clock.now += 1
    assert gate.enter() == 2
    clock.now += 2
    for _ in range(25):
        pass_through(gate, clock)
    assert entered(gate) == 100


def test_a_pause_that_was_too_short_teaches_nothing_else(gate: Gate, clock: FakeClock) -> None:
    """The request that went alone is refused as well; what came through before stays known."""
    for _ in range(20):
        pass_through(gate, clock)
    for _ in range(3):
        refuse(gate, clock, 1)
        clock.now += 1
    for _ in range(20):
        pass_through(gate, clock)

    assert entered(gate) == 1


def test_a_refusal_that_happened_once_is_not_expected(gate: Gate, clock: FakeClock) -> None:
    """Nor are two that came at different places, nor one whose pause would be long."""
    for requests, secs in ((5, 3.0), (50, 3.0), (50, 30.0)):
        for _ in range(requests):
            pass_through(gate, clock)
        refuse(gate, clock, secs)
        clock.now += secs
    for _ in range(60):
        pass_through(gate, clock)

    assert entered(gate) == 100


@pytest.mark.parametrize("later_secs", [5, 8])
def test_a_window_that_no_answer_tells_of_is_found(gate: Gate, clock: FakeClock, later_secs: int) -> None:
    """By those that go alone, also when it changes; waits by chance make windows longer by a third."""
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    windows, most, window_secs = 0, 20, 5
    began = opens = clock.now
    used = refused = 0
    while windows < 40:
        if wait := gate.enter():
            clock.now += wait
            continue
        if clock.now >= opens:
            windows, used = windows + 1, 0
            window_secs = 5 if windows < 20 else later_secs
            opens = clock.now + window_secs
        used += 1
        refused += used > most
        sent, clock.now = clock.now, clock.now + 0.01
        gate.leave({}, sent, 8 * chance.random() if used > most else None)

    ideal_secs = 20 * 5 + 20 * later_secs
    assert clock.now - began <= ideal_secs / 0.8
    assert refused <= 40


def test_nobody_waits_long_for_a_refusal_that_is_only_expected(gate: Gate, clock: FakeClock) -> None:
    """A call has two minutes: it had better be sent and refused than given up for what may not be so."""
    waits = []
    for _ in range(12):
        # Other calls than the one that is refused again and again, as where reads are and lists are not.
        for refused in (False, True, True, True):
            while wait := gate.enter():
                waits.append(wait)
                clock.now += wait
            gate.leave({}, clock.now, 9.0 if refused else None)
        clock.now += 5

    assert max(waits) <= 10


def test_who_comes_when_the_expected_refusal_is_long_past_goes_at_once(gate: Gate, clock: FakeClock) -> None:
    """Alone, and counted as any other: a negative wait would let it go without having entered."""
    windows = used = 0
    opens = clock.now
    while windows < 3 or used < 20:
        if wait := gate.enter():
            clock.now += wait
            continue
        if clock.now >= opens:
            windows, used, opens = windows + 1, 0, clock.now + 5
        used += 1
        gate.leave({}, clock.now, 0.3 if used > 20 else None)
    clock.now += 60

    assert entered(gate) == 1


def test_a_pause_that_is_asked_for_is_never_shortened(gate: Gate, clock: FakeClock) -> None:
    """However often the next window was open sooner."""
    for _ in range(4):
        for _ in range(20):
            pass_through(gate, clock)
        # When it is expected, nobody is sent to be refused.
        if not (wait := gate.enter()):
            gate.leave({"Retry-After": "8"}, clock.now, 8)
            wait = gate.enter()

        assert wait == 8
        clock.now += 8


def test_a_refused_key_stays_refused(gate: Gate) -> None:
    """The first answer that said so is kept."""
    first, second = AuthError("read", 401), AuthError("list", 401)

    assert gate.refusal is None
    gate.refuse(first)
    gate.refuse(second)
    assert gate.refusal is first


@pytest.mark.parametrize("style", ["told", "untold"])
@pytest.mark.parametrize("threads", [1, 4, 32])
def test_every_thread_gets_through(style: str, threads: int) -> None:
    """A limit of 5 per 2 seconds: no thread waits for ever, none is counted twice, and the limit is kept."""
    time = VirtualTime()
    clock = time.clock()
    gate = Gate(clock)
    lock = threading.Lock()
    window = [time.now, 0]
    refused = []

    def answer() -> tuple[dict[str, str], float | None]:
        with lock:
            if time.now >= window[0] + 2:
                window[:] = [time.now, 0]
            left = 5 - window[1]
            window[1] += left > 0
            headers = told(max(left - 1, 0), limit=5, reset=2) if style == "told" else {}
            return headers, None if left > 0 else 2.0

    def request() -> bool:
        for _ in range(1_000):
            while wait := gate.enter():
                clock.sleep(wait)
            sent = time.now
            time.sleep(0.01)
            headers, secs = answer()
            time.sleep(0.01)
            gate.leave(headers, sent, secs)
            if secs is None:
                return True
            refused.append(sent)
        return False

    jobs: list[Callable[[], bool]] = [request] * 100
    began = time.now

    assert all(time.run(threads, jobs))
    assert time.now - began <= 100 / 5 * 2 * 1.2
    # At the start nobody knows of the limit; nothing tells of it later, where no answer does.
    assert len(refused) <= max(threads - 5, 0) + (0 if style == "told" else 20)
    assert gate._in_flight == 0
