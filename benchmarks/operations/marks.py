"""What is to be reached, and whether it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .contenders import FLOOR, OURS, SET
from .summary import Figures, Summary

CONNECTIONS: Final = 1_000
LATENCY_MS: Final = 100
"""The ratios are those of so many connections and of an API as slow as this."""
ACCOUNT: Final = 10_000
"""The most connections that an account can have."""

_RATIOS = {
    "up": 1.35,
    "no-op up": 1.1,
    "preview": 1.1,
    "refresh": 1.4,
    "update all": 1.4,
}
_MOST_MINUTES = {"up": 3.0, "no-op up": 3.0, "refresh": 1.0, "destroy": 1.5}
_MOST_MB = {"plugin": 250, "program": 1_000}
# Of one set: seconds at CONNECTIONS and at ACCOUNT.
_SET_SECS = {"no-op up": 4.0, "preview": 4.0, "refresh": 4.0}
_SET_ACCOUNT_SECS = {"up": 60.0, "preview": 15.0, "refresh": 15.0, "update one": 20.0}
_SET_MB = {"plugin": 300, "program": 400}
_SET_STATE_MB = 20
_SET_WAITS, _SET_SPARE_SECS = 1.3, 4.0
_WAITS = 1.2
_LINEAR = 12
_LISTED = 250
_SPARE_CALLS = 5


@dataclass(frozen=True)
class Mark:
    """One thing to reach.

    Args:
        what: with its limit.
        found: what was measured.
        met: whether it is within the limit.
    """

    what: str
    found: str
    met: bool


def marks(summary: Summary) -> Iterator[Mark]:
    """Yield every mark that this measurement can tell something about."""
    for operation, most in _RATIOS.items():
        ours, floor = _both(summary, operation)
        if ours and floor:
            ratio = ours.median_secs / floor.median_secs
            yield Mark(f"{operation}: at most {most:g} times the floor", f"{ratio:.2f}", ratio <= most)
    yield from _destroy(summary)
    yield from _calls(summary)
    yield from _account(summary)
    yield from _memory(summary)
    yield from _of_set(summary)


def _both(summary: Summary, operation: str) -> tuple[Figures | None, Figures | None]:
    ours, floor = (summary.of(each.name, CONNECTIONS, LATENCY_MS, operation) for each in (OURS, FLOOR))
    return ours, floor


def _destroy(summary: Summary) -> Iterator[Mark]:
    ours, floor = _both(summary, "destroy")
    if ours and floor:
        calls_secs = CONNECTIONS * LATENCY_MS / 1000 / summary.about["parallel"]
        most = floor.median_secs + _WAITS * calls_secs
        what = f"destroy: at most the floor + {_WAITS:g} times what the API's latency takes ({most:.1f} s)"
        yield Mark(what, f"{ours.median_secs:.1f} s", ours.median_secs <= most)


def _calls(summary: Summary) -> Iterator[Mark]:
    """Calls: one for each connection that is written, none where nothing changes, and lists for reads."""
    reads = math.ceil(CONNECTIONS / _LISTED) + _SPARE_CALLS
    limits = dict.fromkeys(("up", "update all", "destroy"), CONNECTIONS)
    limits |= dict.fromkeys(("no-op up", "preview"), 0)
    limits |= dict.fromkeys(("preview --refresh", "refresh"), reads)
    for operation, most in limits.items():
        ours, _ = _both(summary, operation)
        if ours:
            calls = ours.all_calls
            yield Mark(f"{operation}: at most {most:,} API calls", f"{calls:,}", calls <= most)


def _account(summary: Summary) -> Iterator[Mark]:
    for operation, most in _MOST_MINUTES.items():
        ours = summary.of(OURS.name, ACCOUNT, LATENCY_MS, operation)
        if ours:
            minutes = ours.median_secs / 60
            what = f"{operation} of {ACCOUNT:,}: at most {most:g} min"
            yield Mark(what, f"{minutes:.1f} min", minutes <= most)
    for operation in summary.operations():
        large = summary.of(OURS.name, ACCOUNT, LATENCY_MS, operation)
        small = summary.of(OURS.name, CONNECTIONS, LATENCY_MS, operation)
        if large and small:
            ratio = large.median_secs / small.median_secs
            what = f"{operation} of {ACCOUNT:,}: at most {_LINEAR} times as long as of {CONNECTIONS:,}"
            yield Mark(what, f"{ratio:.1f}", ratio <= _LINEAR)


def _memory(summary: Summary) -> Iterator[Mark]:
    most = max(summary.sizes(), default=0)
    for part, limit in _MOST_MB.items():
        peaks = [
            each.peak_mb.get(part, 0)
            for each in summary.figures
            if (each.contender, each.connections) == (OURS.name, most)
        ]
        if peaks:
            found = max(peaks)
            what = f"memory of the {part} at {most:,}: at most {limit:,} MB"
            yield Mark(what, f"{found:.0f} MB", found <= limit)


def _of_set(summary: Summary) -> Iterator[Mark]:
    waits = CONNECTIONS * LATENCY_MS / 1000 / summary.about["parallel"]
    limits = dict.fromkeys(("up", "destroy"), waits * _SET_WAITS + _SET_SPARE_SECS) | _SET_SECS
    for connections, most in ((CONNECTIONS, limits), (ACCOUNT, _SET_ACCOUNT_SECS)):
        for operation, secs in most.items():
            found = summary.of(SET.name, connections, LATENCY_MS, operation)
            if found:
                what = f"a set of {connections:,}, {operation}: at most {secs:.1f} s"
                yield Mark(what, f"{found.median_secs:.1f} s", found.median_secs <= secs)
    for connections in (CONNECTIONS, ACCOUNT):
        found = summary.of(SET.name, connections, LATENCY_MS, "update one")
        if found:
            what = f"a set of {connections:,}, one member changed: 1 API call"
            yield Mark(what, f"{found.all_calls}", found.calls == {"PATCH": 1})
    largest = [each for each in summary.figures if (each.contender, each.connections) == (SET.name, ACCOUNT)]
    for part, limit in _SET_MB.items():
        if peak := max((each.peak_mb.get(part, 0) for each in largest), default=0):
            what = f"a set of {ACCOUNT:,}, memory of the {part}: at most {limit} MB"
            yield Mark(what, f"{peak:.0f} MB", peak <= limit)
    if size := max((each.state_mb for each in largest), default=0):
        what = f"a set of {ACCOUNT:,}, state: at most {_SET_STATE_MB} MB"
        yield Mark(what, f"{size:.1f} MB", size <= _SET_STATE_MB)
