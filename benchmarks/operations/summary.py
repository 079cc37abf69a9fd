"""Medians and spread of what was measured: all that the marks, the page and the plots are made of."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figures:
    """One operation of one contender over all rounds.

    Args:
        contender: its name.
        connections: how many.
        latency_ms: what the API let every call wait.
        operation: one of `measure.COMMANDS`.
        secs: the shortest run, the median, and the longest one.
        cpu_secs: the median of each part.
        peak_mb: the most of each part.
        calls: API calls by method, the most of each.
        most_in_flight: API calls at once, the most.
        state_mb: the size of the state afterwards, the most.
    """

    contender: str
    connections: int
    latency_ms: int
    operation: str
    secs: tuple[float, float, float]
    cpu_secs: dict[str, float]
    peak_mb: dict[str, float]
    calls: dict[str, int]
    most_in_flight: int
    state_mb: float = 0.0

    @property
    def median_secs(self) -> float:
        """The median of the wall times."""
        return self.secs[1]

    @property
    def all_calls(self) -> int:
        """API calls of whatever method."""
        return sum(self.calls.values())


@dataclass(frozen=True)
class Summary:
    """All figures, and what they depend on.

    Args:
        about: all of a measurement but its runs, how many `rounds` there were, and the mean `others_share`.
        figures: one for each operation of each case.
    """

    about: dict[str, Any]
    figures: Sequence[Figures]

    def of(self, contender: str, connections: int, latency_ms: int, operation: str) -> Figures | None:
        """Return the figures of one operation, or None where it was not measured."""
        wanted = (contender, connections, latency_ms, operation)
        return next((each for each in self.figures if _key(each) == wanted), None)

    def sizes(self) -> list[int]:
        """Return the numbers of connections, from the fewest on."""
        return sorted({each.connections for each in self.figures})

    def latencies_ms(self) -> list[int]:
        """Return the latencies, from the shortest on."""
        return sorted({each.latency_ms for each in self.figures})

    def contenders(self) -> list[str]:
        """Return the names of who was measured, in order."""
        return list(dict.fromkeys(each.contender for each in self.figures))

    def operations(self) -> list[str]:
        """Return the operations that were measured, in order."""
        return list(dict.fromkeys(each.operation for each in self.figures))

    def as_json(self) -> str:
        """Return it as JSON with one line for each operation, so that changes can be read."""
        rows = ",\n".join(f"    {json.dumps(asdict(each))}" for each in self.figures)
        return f'{{\n  "about": {json.dumps(self.about)},\n  "figures": [\n{rows}\n  ]\n}}\n'


def summary_of(measurement: dict[str, Any]) -> Summary:
    """Return the medians of what `rounds.run` returns."""
    groups: dict[tuple[str, int, int, str], list[dict[str, Any]]] = {}
    for run in measurement["runs"]:
        key = (run["contender"], run["connections"], run["latency_ms"], run["operation"])
        groups.setdefault(key, []).append(run)
    figures = []
    for key, runs in groups.items():
        secs = sorted(run["secs"] for run in runs)
        figures.append(
            Figures(
                *key,
                secs=(secs[0], round(statistics.median(secs), 3), secs[-1]),
                cpu_secs=_each((run["cpu_secs"] for run in runs), statistics.median),
                peak_mb=_each((run["peak_mb"] for run in runs), max),
                calls=_each((run["calls"] for run in runs), max),
                most_in_flight=max(run["most_in_flight"] for run in runs),
                state_mb=max(run.get("state_mb", 0.0) for run in runs),
            )
        )
    about = {name: value for name, value in measurement.items() if name != "runs"}
    shares = [run["others_share"] for run in measurement["runs"]]
    about["others_share"] = round(statistics.mean(shares), 2) if shares else 0.0
    return Summary({**about, "rounds": max(map(len, groups.values()), default=0)}, figures)


def read_summary(text: str) -> Summary:
    """Return what `Summary.as_json` wrote."""
    found = json.loads(text)
    return Summary(
        found["about"], [Figures(**{**each, "secs": tuple(each["secs"])}) for each in found["figures"]]
    )


def _key(figures: Figures) -> tuple[str, int, int, str]:
    return figures.contender, figures.connections, figures.latency_ms, figures.operation


def _each(parts: Iterable[dict[str, Any]], of: Any) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for each in parts:
        for name, value in each.items():
            found.setdefault(name, []).append(value)
    return {name: round(of(values), 2) for name, values in sorted(found.items())}
