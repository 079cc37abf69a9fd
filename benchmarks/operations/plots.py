"""The plots of docs/performance.md, each for a light and for a dark page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .contenders import ALL, FLOOR, OURS
from .marks import CONNECTIONS, LATENCY_MS
from .summary import Figures, Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PARTS: Final = {"program": "#2f81f7", "engine": "#a371f7", "plugin": "#1f9d7a", "api": "#db8b2a"}
"""Where processor time goes, and its colour; the rest is too little to see."""

_MEMORY_PARTS = ("program", "plugin")
# In an SVG whose text is text, ids that do not change from one run to the next.
_STYLE: dict[str, Any] = {"svg.fonttype": "none", "svg.hashsalt": "benchmarks", "font.size": 11}


@dataclass(frozen=True)
class Theme:
    """The colours of a page.

    Args:
        name: `light` or `dark`.
        ink: of text and lines.
        paper: behind them.
        faint: of the grid.
    """

    name: str
    ink: str
    paper: str
    faint: str


THEMES: Final = (
    Theme("light", "#1f2328", "#ffffff", "#d1d9e0"),
    Theme("dark", "#e6edf3", "#0d1117", "#30363d"),
)


def write_plots(summary: Summary, folder: Path) -> list[Path]:
    """Return the files that were written: time, memory and profile, each in both themes."""
    import matplotlib as mpl

    mpl.use("svg")
    written = []
    for theme in THEMES:
        colors = dict.fromkeys(
            ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), theme.ink
        )
        faces = dict.fromkeys(("figure.facecolor", "axes.facecolor", "legend.facecolor"), theme.paper)
        style: Any = {**_STYLE, **colors, **faces, "grid.color": theme.faint}
        with mpl.rc_context(style):
            for name, figure in _figures(summary):
                path = folder / f"performance-{name}-{theme.name}.svg"
                figure.savefig(path, metadata={"Date": None})
                written.append(path)
    return written


def _figures(summary: Summary) -> Iterator[tuple[str, Figure]]:
    yield "time", _time(summary)
    yield "memory", _memory(summary)
    yield "profile", _profile(summary)


def _time(summary: Summary) -> Figure:
    """Wall time over the number of connections, one panel for each operation."""
    operations = summary.operations()
    columns = min(4, len(operations))
    figure, panels = _panels(-(-len(operations) // columns), columns)
    for panel, operation in zip(panels, operations, strict=False):
        panel.set_title(operation)
        for contender in summary.contenders():
            points = _points(summary, contender, operation)
            _line(panel, contender, [(each.connections, each.median_secs) for each in points])
        _axes(panel, summary.sizes(), "seconds")
        _logarithmic(panel)
    return _finished(figure, panels, len(operations))


def _memory(summary: Summary) -> Figure:
    """Peak memory over the number of connections, for the program and for the plugin."""
    figure, panels = _panels(1, len(_MEMORY_PARTS))
    for panel, part in zip(panels, _MEMORY_PARTS, strict=True):
        panel.set_title(f"memory of the {part}")
        for contender in summary.contenders():
            peaks = [
                (size, peak) for size in summary.sizes() if (peak := peak_mb(summary, contender, size, part))
            ]
            _line(panel, contender, peaks)
        _axes(panel, summary.sizes(), "MB")
        panel.set_ylim(bottom=0)
    return _finished(figure, panels, len(_MEMORY_PARTS))


def _profile(summary: Summary) -> Figure:
    """Processor time by part, stacked, and wall time as a mark: of the floor and of ours."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    panel = figure.subplots()
    labels: list[str] = []
    for operation in summary.operations():
        for contender in (FLOOR, OURS):
            figures = summary.of(contender.name, CONNECTIONS, LATENCY_MS, operation)
            if figures is None:
                continue
            row, left = len(labels), 0.0
            for part, color in PARTS.items():
                secs = figures.cpu_secs.get(part, 0.0)
                panel.barh(row, secs, left=left, color=color, label=None if row else part_name(part))
                left += secs
            panel.plot(
                [figures.median_secs], [row], "D", color=panel.xaxis.label.get_color(), ms=5,
                label=None if row else "wall time",
            )  # fmt: skip
            labels.append(f"{operation}: {contender.label}")
    panel.set_yticks(range(len(labels)), labels)
    panel.invert_yaxis()
    panel.set_xlabel("seconds of processor time, all cores together")
    panel.grid(axis="x")
    panel.set_axisbelow(True)
    if labels:
        figure.legend(loc="outside lower center", ncols=len(PARTS) + 1, frameon=False)
    return figure


def part_name(part: str) -> str:
    """Return what page and plots call a part."""
    return "local API" if part == "api" else part


def peak_mb(summary: Summary, contender: str, connections: int, part: str) -> float:
    """Return the most memory of a part in any operation; 0 where nothing was measured."""
    return max(
        (
            each.peak_mb.get(part, 0.0)
            for each in summary.figures
            if (each.contender, each.connections) == (contender, connections)
        ),
        default=0.0,
    )


def _points(summary: Summary, contender: str, operation: str) -> list[Figures]:
    latency = summary.latencies_ms()[-1]
    found = (summary.of(contender, size, latency, operation) for size in summary.sizes())
    return [each for each in found if each]


def _panels(rows: int, columns: int) -> tuple[Figure, Sequence[Axes]]:
    from matplotlib.figure import Figure

    # As wide as the legend at least.
    width = max(3.2 * columns, 8.4)
    figure = Figure(figsize=(width, 2.9 * rows + 0.5), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def _line(panel: Axes, contender: str, points: Sequence[tuple[float, float]]) -> None:
    known = ALL[contender]
    marker = "osD^v"[list(ALL).index(contender) % 5]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    panel.plot(xs, ys, color=known.color, marker=marker, linewidth=2, label=known.label)


def _axes(panel: Axes, sizes: Sequence[int], unit: str) -> None:
    panel.set_xscale("log")
    panel.set_xticks(sizes, [f"{size:,}" for size in sizes])
    panel.minorticks_off()
    panel.set_xlabel("connections")
    panel.set_ylabel(unit)
    panel.grid()


def _logarithmic(panel: Axes) -> None:
    panel.set_yscale("log")
    low, high = panel.get_ylim()
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    panel.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    panel.minorticks_off()


_TICKS = [step * 10**power for power in range(5) for step in (1, 2, 5)]


def _finished(figure: Figure, panels: Sequence[Axes], used: int) -> Figure:
    for panel in panels[used:]:
        panel.set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure
