"""Everybody in turn, several times: whoever began the last round ends the next one."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .contenders import ALL
from .measure import Case, measured
from .project import PARALLEL, ROOT

LARGE: Final = 1_000
"""More connections than these are measured in one round, and with the longest latency only."""

_RATE_SECS = 1


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Args:
        contenders: names.
        connections: numbers of connections.
        latencies_ms: what the API lets every call wait.
        rounds: how often.
        operations: which.
    """

    contenders: Sequence[str]
    connections: Sequence[int]
    latencies_ms: Sequence[int]
    rounds: int
    operations: Sequence[str]

    def cases(self) -> Iterator[Case]:
        """Yield every case: a round goes through all sizes, so that an early end leaves whole rounds."""
        for number in range(self.rounds):
            turned = self.contenders[:: -1 if number % 2 else 1]
            for connections in sorted(self.connections):
                large = connections > LARGE
                for latency in [max(self.latencies_ms)] if large else self.latencies_ms:
                    if number == 0 or not large:
                        yield from (Case(name, connections, latency, number + 1) for name in turned)


def run(
    plan: Plan, begins: Callable[[Case, str], None], ended: Callable[[Mapping[str, Any]], None]
) -> dict[str, Any]:
    """Return everything that was measured, as JSON can hold it.

    Args:
        plan: what to measure.
        begins: called with each case and operation that begins.
        ended: called after each case, with everything up to it.
    """
    runs: list[dict[str, Any]] = []
    failures: dict[str, dict[str, Any]] = {}
    measurement = {
        "machine": machine(),
        "parallel": PARALLEL,
        "emulator_requests_per_sec": emulator_rates(),
        "failures": [],
        "runs": runs,
    }
    for case in plan.cases():
        # Who fails with some connections fails with more of them as well, and every time.
        failed = failures.get(case.contender)
        if failed is None or case.connections < failed["connections"]:
            done, failure = measured(
                ALL[case.contender],
                case,
                plan.operations,
                lambda operation, case=case: begins(case, operation),  # type: ignore[misc]
            )
            runs += [dataclasses.asdict(case) | dataclasses.asdict(each) for each in done]
            if failure:
                failures[case.contender] = dataclasses.asdict(case) | dataclasses.asdict(failure)
        measurement["failures"] = [*failures.values()]
        ended(measurement)
    return measurement


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def emulator_rates() -> dict[str, float]:
    """Return how many requests of each kind the local API alone answers in a second, so many in flight."""
    command = [sys.executable, str(ROOT / "benchmarks" / "emulator_rate.py")]
    done = subprocess.run(
        [*command, "--seconds", str(_RATE_SECS), "--threads", str(PARALLEL)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rates: dict[str, float] = json.loads(done.stdout)["requests_per_second"]
    return rates
