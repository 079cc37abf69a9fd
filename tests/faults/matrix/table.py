"""The whole matrix, row by row, and the selection of it that fits into a test run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from . import answers, endings, keys, outages, owners, plans, refusals, values, waiting
from .cell import Cell
from .judge import Verdict, judge
from .process import plugin_process
from .world import World

_PARTS = (waiting, outages, owners, endings, answers, values, keys, refusals, plans)


def cells() -> list[Cell]:
    """Return every cell, row by row."""
    return sorted((cell for part in _PARTS for cell in part.rows()), key=lambda cell: cell.row)


def selection(every: Sequence[Cell], step: int) -> list[Cell]:
    """Return some cells, the same ones each time: each operation of each row, and every so many-th cell."""
    first: dict[tuple[int, str], Cell] = {}
    for cell in every:
        first.setdefault((cell.row, cell.op), cell)
    kept = {id(cell) for cell in (*first.values(), *every[::step])}
    return [cell for cell in every if id(cell) in kept]


def run(chosen: Sequence[Cell], folder: Path) -> list[Verdict]:
    """Return what came of each cell."""
    with plugin_process(), World(folder) as world:
        return [judge(world, cell) for cell in chosen]
