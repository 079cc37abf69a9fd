"""The tables of docs/performance.md, which stand between comments that name them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from .contenders import ALL, FLOOR, OURS
from .marks import CONNECTIONS, LATENCY_MS, marks
from .plots import PARTS, part_name, peak_mb
from .project import ROOT
from .summary import Figures, Summary

PAGE: Final = ROOT / "docs" / "performance.md"
FIGURES: Final = ROOT / "docs" / "performance.json"
IMAGES: Final = ROOT / "docs" / "images"
"""What the page shows, as numbers and as plots."""

_BETWEEN = re.compile(r"(<!-- figures: ([a-z ]+) -->\n).*?(<!-- end of figures -->\n)", re.DOTALL)
LEAST_RATE: Final = 1_000
"""Requests in a second that the local API alone must answer, or it is what is measured."""
MOST_BY_OTHERS: Final = 0.1
"""The share of the processors that other programs may have."""

# A list is 250 connections.
_LARGE_ANSWERS = "list_of_250"
_STEPS = ("up", "no-op up", "refresh", "update all", "destroy")


def renewed(page: str, summary: Summary) -> str:
    """Return a page with its tables as these figures give them."""
    # Where there is nothing to say, one empty line is enough.
    tables = {name: f"\n{text}" if (text := table(summary)) else "" for name, table in TABLES.items()}
    return _BETWEEN.sub(lambda found: f"{found[1]}{tables[found[2]]}\n{found[3]}", page)


def write_page(summary: Summary, page: Path = PAGE, figures: Path = FIGURES) -> None:
    """Write the tables into the page, and the figures that they are made of beside it."""
    page.write_text(renewed(page.read_text(encoding="utf-8"), summary), encoding="utf-8")
    figures.write_text(summary.as_json(), encoding="utf-8")


def marks_table(summary: Summary) -> str:
    """What is to be reached, what was measured, and whether that is enough."""
    rows = [(mark.what, mark.found, "met" if mark.met else "**not met**") for mark in marks(summary)]
    return _table(("mark", "measured", ""), rows)


def against_floor(summary: Summary) -> str:
    """Ours next to the floor, at the size and latency of the marks."""
    rows = []
    for operation in summary.operations():
        ours = summary.of(OURS.name, CONNECTIONS, LATENCY_MS, operation)
        floor = summary.of(FLOOR.name, CONNECTIONS, LATENCY_MS, operation)
        if ours and floor:
            ratio = f"{ours.median_secs / floor.median_secs:.2f}"
            calls = f"{ours.all_calls:,}"
            rows.append((operation, _spread(floor), _spread(ours), ratio, calls, str(ours.most_in_flight)))
    head = ("operation", f"{FLOOR.label}, s", f"{OURS.label}, s", "ratio", "API calls", "most in flight")
    return _table(head, rows)


def times(summary: Summary) -> str:
    """The median of every operation of everybody."""
    operations = summary.operations()
    rows = []
    for size in summary.sizes():
        for latency in summary.latencies_ms():
            for contender in summary.contenders():
                found = [summary.of(contender, size, latency, operation) for operation in operations]
                if any(found):
                    cells = [f"{each.median_secs:.1f}" if each else "" for each in found]
                    rows.append((f"{size:,}", f"{latency} ms", ALL[contender].label, *cells))
    return _table(("connections", "latency", "", *operations), rows)


def memory(summary: Summary) -> str:
    """The most memory of program and plugin in any operation, MB."""
    sizes = summary.sizes()
    rows = []
    for contender in summary.contenders():
        for part in ("program", "plugin"):
            peaks = [peak_mb(summary, contender, size, part) for size in sizes]
            rows.append((ALL[contender].label, part, *(f"{peak:.0f}" if peak else "" for peak in peaks)))
    return _table(("", "MB", *(f"{size:,}" for size in sizes)), rows)


def profile(summary: Summary) -> str:
    """Processor time by part, of the floor and of ours."""
    rows = []
    for operation in summary.operations():
        for contender in (FLOOR, OURS):
            figures = summary.of(contender.name, CONNECTIONS, LATENCY_MS, operation)
            if figures:
                parts = [f"{figures.cpu_secs.get(part, 0):.1f}" for part in PARTS]
                wall = f"{figures.median_secs:.1f}"
                rows.append((operation, contender.label, *parts, wall))
    return _table(("operation", "", *(f"{part_name(part)}, s" for part in PARTS), "wall time, s"), rows)


def steps(summary: Summary) -> str:
    """What would be saved at most, in seconds of processor time, if a part of the work were gone."""
    found = {
        operation: tuple(summary.of(each.name, CONNECTIONS, LATENCY_MS, operation) for each in (OURS, FLOOR))
        for operation in _STEPS
    }
    savings: dict[str, Callable[[Figures, Figures], float]] = {
        "nothing of our own in the program": lambda ours, floor: _less(ours, floor, "program"),
        "nothing of our own in the plugin, HTTP included": lambda ours, floor: _less(ours, floor, "plugin"),
        "nothing of our own in the engine: fewer and smaller properties": lambda ours, floor: _less(
            ours, floor, "engine"
        ),
        "a plugin that is no Python": lambda ours, _: ours.cpu_secs.get("plugin", 0.0),
        "one resource for all connections": lambda ours, _: sum(
            ours.cpu_secs.get(part, 0.0) for part in ("program", "engine", "plugin")
        ),
    }
    rows = []
    for name, saving in savings.items():
        cells = [f"{saving(ours, floor):.1f}" if ours and floor else "" for ours, floor in found.values()]
        rows.append((name, *cells))
    return _table(("step", *(f"{operation}, s" for operation in _STEPS)), rows)


def failures(summary: Summary) -> str:
    """Who failed, where, and with which words."""
    rows = [
        (
            ALL[each["contender"]].label,
            f"{each['operation']} of {each['connections']:,}",
            "" if each["at"] is None else f"connection {each['at']:,}",
            f"`{each['said']}`",
        )
        for each in summary.about["failures"]
    ]
    return _table(("", "operation", "fails at", "and says"), rows)


def caution(summary: Summary) -> str:
    """What to know before the figures are believed; nothing where they can be."""
    rates, share = summary.about["emulator_requests_per_sec"], summary.about["others_share"]
    slowest = min(rate for kind, rate in rates.items() if kind != _LARGE_ANSWERS)
    busy = []
    if share > MOST_BY_OTHERS:
        busy.append(f"other programs had {share:.0%} of its processors meanwhile")
    if slowest < LEAST_RATE:
        busy.append(
            f"the local API alone answered {slowest:,.0f} requests in a second, where {LEAST_RATE:,} should "
            "be"
        )
    if not busy:
        return ""
    return (
        f"**Take care: the machine was busy:** {', and '.join(busy)}. Wall times and their ratios are too "
        "high, and differ from run to run.\n"
    )


def conditions(summary: Summary) -> str:
    """What the figures depend on."""
    about = summary.about
    machine, rates = about["machine"], about["emulator_requests_per_sec"]
    rows = [
        ("processor cores", str(machine["cores"])),
        ("system, Python", f"{machine['system']}, {machine['python']}"),
        ("resources and calls at once", str(about["parallel"])),
        ("rounds", str(about["rounds"])),
        ("processors used by other programs", f"{about['others_share']:.0%}"),
        *((f"local API alone: {kind.replace('_', ' ')}", f"{rate:,.0f}/s") for kind, rate in rates.items()),
    ]
    return _table(("", ""), rows)


TABLES: Final[dict[str, Callable[[Summary], str]]] = {
    "caution": caution,
    "marks": marks_table,
    "against the floor": against_floor,
    "times": times,
    "memory": memory,
    "profile": profile,
    "steps": steps,
    "failures": failures,
    "conditions": conditions,
}
"""The tables by the name that stands in the page."""


def _less(ours: Figures, floor: Figures, part: str) -> float:
    return max(ours.cpu_secs.get(part, 0.0) - floor.cpu_secs.get(part, 0.0), 0.0)


def _spread(figures: Figures) -> str:
    shortest, median, longest = figures.secs
    return f"{median:.1f} ({shortest:.1f} to {longest:.1f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
