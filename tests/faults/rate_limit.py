"""A rate limit: everything gets through, hardly slower than the limit allows, and hardly ever refused.

Threads and emulator share one virtual time, so that only waits count, and not this machine's speed. A request
takes a virtual moment on its way there and back: several are always under way, as in a real run.
"""

from __future__ import annotations

import functools
import itertools
import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pulumi_telnyx.api.answers import Answer
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.gate import Gate
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY, Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.servicer import AbortedError, Engine

from . import stacks
from .figure import Figure, main
from .rpc import program
from .virtual_time import VirtualTime

PER_WINDOW = 20
ENGINE_CREATES, WORKERS = 200, 32
THREADS = (4, 16, 32)
QUICK_THREADS = (4, 16)
STYLES = ("x-ratelimit", "retry-after", "both", "none")
# Of the limit.
LEAST_THROUGHPUT = 0.8
# Where nothing tells when the next window opens, that has to be tried: 0.03 to 0.06 was seen.
MOST_REFUSED = {"x-ratelimit": 0.05, "retry-after": 0.05, "both": 0.05, "none": 0.1}

_FASTEST_SECS, _SLOWEST_SECS = 0.005, 0.02


@dataclass
class Journey:
    """What a process did, in its order: `(what, thread, when, pause)`.

    `sent` is a request that leaves, and `refused` a 429 that arrived, with the pause that it asks for.
    """

    time: VirtualTime
    events: list[tuple[str, int, float, float]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def note(self, what: str, pause: float = 0.0) -> None:
        self.events.append((what, threading.get_ident(), self.time.now, pause))

    def most_in_a_pause(self) -> int:
        """Return the most requests that one thread sent after a 429 had come, before its pause was over."""
        most = 0
        for place, (what, _, when, pause) in enumerate(self.events):
            if what == "refused":
                later = itertools.takewhile(lambda event: event[2] < when + pause, self.events[place + 1 :])  # noqa: B023 - used up at once
                sent = Counter(thread for what, thread, _, _ in later if what == "sent")
                most = max(most, *sent.values(), 0)
        return most


class WatchedGate(Gate):
    """A gate whose pauses are noted."""

    def __init__(self, journey: Journey) -> None:
        super().__init__(journey.time.clock())
        self._journey = journey

    def leave(
        self, headers: Mapping[str, str] | None, sent: float, refused_secs: float | None = None
    ) -> float:
        pause = super().leave(headers, sent, refused_secs)
        if headers is not None and refused_secs is not None:
            told = headers.get("retry-after") or headers.get("x-ratelimit-reset") or "0"
            self._journey.note("refused", max(pause, float(told)))
        return pause


class DistantTransport(Transport):
    """A transport with a network between itself and the API, in virtual time."""

    def __init__(self, url: str, journey: Journey, seed: int) -> None:
        super().__init__(url, DEFAULT_API_KEY, clock=journey.time.clock())
        self._gate = WatchedGate(journey)
        self._journey = journey
        self._delays = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def _send(self, *arguments: Any) -> Answer:
        journey = self._journey
        journey.note("sent")
        journey.time.sleep(self._delays.uniform(_FASTEST_SECS, _SLOWEST_SECS))
        answer = super()._send(*arguments)
        journey.time.sleep(self._delays.uniform(_FASTEST_SECS, _SLOWEST_SECS))
        journey.statuses[answer.status] += 1
        return answer


def measure(quick: bool, folder: Path) -> Figure:
    figure = Figure(
        f"1,000 creates at {PER_WINDOW} a second: none fails, hardly slower than the limit, few 429s"
    )
    for style in STYLES:
        # More workers are more of the same, but where the answers tell how many may still come.
        for threads in THREADS if not quick or style == "x-ratelimit" else QUICK_THREADS:
            # At the beginning each thread may be refused once, which a shorter run would not make up for.
            # Where nothing tells of the limit, chance has a part in every window, and evens out only then.
            whole = not quick or style == "none"
            count = 1_000 if whole else (40 if style == "retry-after" else 15) * threads
            _processes(figure, style, threads, count)
    if not quick:
        _engine(figure, folder)
    return figure


def _processes(figure: Figure, style: str, threads: int, count: int) -> None:
    """Measure one process, whose threads share a transport."""
    time = VirtualTime(seed=threads)
    journey = Journey(time)
    options = Options(rate_limit=PER_WINDOW, rate_window_secs=1).changed({"rate_limit_headers": style})
    with EmulatorServer(options, clock=time.wall) as server:
        engine = Engine(CredentialConnections(DistantTransport(server.url, journey, seed=threads)))

        def make(number: int) -> str:
            """Return why it failed, or nothing."""
            inputs, problems = engine.check({}, program(f"desk{number:04}"))
            if problems:
                return problems[0]
            try:
                engine.create(inputs)
            except AbortedError as error:
                return str(error)
            return ""

        began = time.now
        results = time.run(threads, [functools.partial(make, number) for number in range(count)])
        secs = time.now - began
    name = f"{style}, {threads} threads"
    failures = [each for each in results if each]
    throughput = count / PER_WINDOW / secs
    share = journey.statuses[429] / sum(journey.statuses.values())
    figure.count(f"{name}: creates", count)
    figure.expect(f"{name}: failures", len(failures), not failures, "0")
    figure.expect(f"{name}: made", journey.statuses[201], journey.statuses[201] == count, str(count))
    fast, least = throughput >= LEAST_THROUGHPUT, f"at least {LEAST_THROUGHPUT}"
    figure.expect(f"{name}: throughput, of the limit", round(throughput, 3), fast, least)
    met, most = share <= MOST_REFUSED[style], f"at most {MOST_REFUSED[style]}"
    figure.expect(f"{name}: answers that are 429", round(share, 4), met, most)
    sent = journey.most_in_a_pause()
    figure.expect(f"{name}: sent by a thread in the pause of a 429, at most", sent, sent <= 1, "at most 1")


def _engine(figure: Figure, folder: Path) -> None:
    """Measure the real plugin process with as many workers as docs/bulk.md sets, in real time."""
    options = Options(rate_limit=PER_WINDOW, rate_window_secs=1, rate_limit_headers="x-ratelimit")
    with stacks.emulator(options) as api:
        stack = stacks.new_stack(folder / "engine", api)
        stack.pulumi("config", "set", "telnyx:parallel", str(WORKERS))
        stack.program(
            f"""
            for number in range({ENGINE_CREATES}):
                CredentialConnection(f"desk{{number}}", password="correct-horse-7")
            """
        )
        run = stack.up("--parallel", str(WORKERS))
        log = api._control("GET", "/requests")["requests"]
    first, last = (datetime.fromisoformat(log[place]["time"].replace("Z", "+00:00")) for place in (0, -1))
    throughput = ENGINE_CREATES / PER_WINDOW / (last - first).total_seconds()
    statuses = Counter(entry["status"] for entry in log)
    made = run.changes.get("create", 0)
    figure.expect(
        "engine, 32 workers: made", made, made == statuses[201] == ENGINE_CREATES, str(ENGINE_CREATES)
    )
    fast, least = throughput >= LEAST_THROUGHPUT, f"at least {LEAST_THROUGHPUT}"
    figure.expect("engine, 32 workers: throughput, of the limit", round(throughput, 3), fast, least)
    share, most = statuses[429] / len(log), MOST_REFUSED["x-ratelimit"]
    figure.expect(
        "engine, 32 workers: answers that are 429", round(share, 4), share <= most, f"at most {most}"
    )


if __name__ == "__main__":
    main(measure)
