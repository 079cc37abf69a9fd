"""The failure table with the real engine: every row that needs it, under four operations."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.figure import Figure, main
from tests.faults.with_engine.accounts import account_rows
from tests.faults.with_engine.answers import answer_rows
from tests.faults.with_engine.cells import Cell, Outcome, play
from tests.faults.with_engine.requests import request_rows
from tests.faults.with_engine.runs import run_rows
from tests.faults.with_engine.scene import Kind, Templates

_GOAL = "15 rows of the failure table or more, 4 operations each, with the real engine: each as specified"
_LEAST_ROWS, _LEAST_CELLS = 15, 60
_QUICK: tuple[tuple[int, Kind], ...] = (
    (4, "create"),
    (8, "refresh"),
    (17, "update"),
    (20, "destroy"),
    (26, "create"),
)
# A core each.
_AT_ONCE = 2
_COUNTS = (
    "not_happened",
    "not_as_specified",
    "wrong_messages",
    "wrongly_dropped",
    "lost_meanwhile",
    "foreign_writes",
    "foreign_deletes",
    "not_converged",
    "left_by_destroy",
    "lost",
    "missing",
    "duplicates",
    "different",
)


def cells() -> list[Cell]:
    """Return the whole matrix."""
    return [*request_rows(), *account_rows(), *answer_rows(), *run_rows()]


def measure(quick: bool, folder: Path) -> Figure:
    """Play the cells, two at a time."""
    figure = Figure(_GOAL)
    chosen = _first_of_each(cells()) if quick else cells()
    templates = Templates(folder)
    for size in {cell.size for cell in chosen if cell.made}:
        templates.make(size)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = list(pool.map(lambda each: play(each[1], templates, f"cell{each[0]}"), enumerate(chosen)))
    rows, operations = {cell.row for cell in chosen}, {(cell.row, cell.kind) for cell in chosen}
    if quick:
        figure.expect("cells", len(chosen), len(chosen) == len(_QUICK), str(len(_QUICK)))
    else:
        figure.expect("rows", len(rows), len(rows) >= _LEAST_ROWS, f"{_LEAST_ROWS} or more")
        figure.expect("cells", len(chosen), len(chosen) >= _LEAST_CELLS, f"{_LEAST_CELLS} or more")
        whole = len(operations) == 4 * len(rows)
        figure.expect("operations_of_a_row", 4 if whole else "not all", whole, "4")
    _judge(figure, outcomes)
    return figure


def _first_of_each(matrix: list[Cell]) -> list[Cell]:
    first = {(cell.row, cell.kind): cell for cell in reversed(matrix)}
    return [first[each] for each in _QUICK if each in first]


def _judge(figure: Figure, outcomes: list[Outcome]) -> None:
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total.update(outcome.counts)
    good = sum(not outcome.problems for outcome in outcomes)
    figure.expect("as_specified", good, good == len(outcomes), f"all of {len(outcomes)}")
    for name in _COUNTS:
        figure.expect(name, total[name], total[name] == 0, "0")
    for outcome in outcomes:
        for problem in outcome.problems:
            figure.fail(problem)


if __name__ == "__main__":
    main(measure)
