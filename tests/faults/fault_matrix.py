"""Every row of the failure table at every operation: ended as specified, nothing lost, nothing made twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from .figure import Figure, main
from .matrix.table import cells, run, selection

ROWS = 35
LEAST_CELLS = 300
QUICK_STEP = 10


def measure(quick: bool, folder: Path) -> Figure:
    figure = Figure("G1: every fault at every operation ends as specified; nothing is lost or made twice")
    every = cells()
    verdicts = run(selection(every, QUICK_STEP) if quick else every, folder)
    right = sum(not verdict.wrong for verdict in verdicts)
    figure.expect("cells in the matrix", len(every), len(every) >= LEAST_CELLS, f"at least {LEAST_CELLS}")
    figure.count("cells run", len(verdicts))
    figure.expect("as specified", right, right == len(verdicts), "every one of them")
    for name in ("lost", "duplicates", "foreign_writes", "wrongly_dropped"):
        count = sum(getattr(verdict, name) for verdict in verdicts)
        figure.expect(name.replace("_", " "), count, count == 0, "0")
    per_row = Counter(verdict.cell.row for verdict in verdicts)
    figure.expect("rows", len(per_row), len(per_row) == ROWS, str(ROWS))
    doubled = [title for title, count in Counter(cell.title for cell in every).items() if count > 1]
    figure.expect("cells that are there twice", len(doubled), not doubled, f"0: {doubled[:3]}")
    figure.count("cells per row", {str(row): per_row[row] for row in sorted(per_row)})
    figure.count("cells per operation", dict(Counter(verdict.cell.op for verdict in verdicts)))
    for verdict in verdicts:
        for what in verdict.wrong:
            figure.fail(f"{verdict.cell.title}: {what}")
    return figure


if __name__ == "__main__":
    main(measure)
