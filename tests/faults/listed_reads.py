"""Reads by list against single reads: whatever goes wrong, both say the same of every connection.

An account is read twice in each trouble of the matrix: one connection after the other, and by a list of
several pages. Among them are connections that nobody touched, that were changed or deleted in the portal,
that another stack has taken over, and that are in another account.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args
from unittest.mock import patch

from pulumi_telnyx.connection import listed_reads
from pulumi_telnyx.connection.listed_reads import ListedReads
from pulumi_telnyx.ownership import mark_of

from .figure import Figure, main
from .matrix.cell import Cell
from .matrix.process import plugin_process
from .matrix.stack import Stack
from .matrix.table import cells, selection
from .matrix.world import OTHER, World

LEAST_SCENARIOS = 450
QUICK_STEP = 12

Kind = Literal["same", "changed", "deleted", "taken over", "another account's", "password changed"]
Place = Literal["every GET", "lists", "single reads"]
"""What the fault of a scenario hits."""

# The first few are read one by one in any case, so each kind is there twice.
_KINDS: Final[tuple[Kind, ...]] = (
    "same",
    "changed",
    "deleted",
    "taken over",
    *get_args(Kind),
    "same",
    "same",
)
_ROWS_A_PAGE: Final = 3
_MANY: Final = 1_000
_OTHER_STACK: Final = mark_of("organization", "stories", "prod", "lobby")


@dataclass(frozen=True)
class Seen:
    """What a read said of a connection: how it ended, and its inputs and outputs, where there are any."""

    name: str
    kind: Kind
    result: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


@dataclass(frozen=True)
class Scenario:
    """A cell of the matrix, and the requests that it hits.

    Args:
        cell: of a read; or of a look-up, which lists.
        place: what the fault hits.
    """

    cell: Cell
    place: Place

    @property
    def title(self) -> str:
        return f"row {self.cell.row}: {self.cell.name}, at {self.place}"


def measure(quick: bool, folder: Path) -> Figure:
    figure = Figure("reads by list say of every connection what single reads say, in every trouble")
    every = scenarios()
    chosen = _quickly(every) if quick else every
    counts: Counter[str] = Counter()
    with plugin_process(), World(folder) as world, patch(f"{_CONNECTIONS}.PAGE_SIZE", _ROWS_A_PAGE):
        clean: dict[str, list[Seen]] = {}
        for scenario in chosen:
            for what in _differences(world, scenario, clean, counts):
                figure.fail(f"{scenario.title}: {what}")
    enough = len(every) >= LEAST_SCENARIOS
    figure.expect("scenarios", len(every), enough, f"at least {LEAST_SCENARIOS}")
    figure.count("scenarios run", len(chosen))
    figure.count("reads compared", counts["reads"])
    figure.expect("of these ended in an error", counts["errors"], counts["errors"] > 0, "above 0")
    by_list = counts["by list"]
    figure.expect("served by a list", by_list, by_list > counts["reads"] / 10, "more than a tenth")
    figure.expect("that differ", counts["differing"], not counts["differing"], "0")
    figure.expect("called gone and there", counts["wrongly gone"], not counts["wrongly gone"], "0")
    return figure


_CONNECTIONS: Final = "pulumi_telnyx.api.connections"


def scenarios() -> list[Scenario]:
    """Return every fault of the matrix that a GET can meet, at each kind of GET."""
    # A process that is killed says nothing, and two at once are no fault of an answer.
    reads = [
        cell for cell in cells() if cell.op == "read" and cell.act is None and cell.expect.result != "killed"
    ]
    lists = [
        cell
        for cell in cells()
        if (cell.op, cell.moment) == ("look-up", "before") and any(edit.listing for edit in cell.edits)
    ]
    found = [Scenario(cell, place) for cell in reads for place in get_args(Place) if _differs(cell, place)]
    return found + [Scenario(cell, "lists") for cell in lists]


def _differs(cell: Cell, place: Place) -> bool:
    """Return whether the place makes a difference: what is no fault of an answer is everywhere."""
    return place == "every GET" or bool(cell.faults or cell.edits)


def _quickly(every: list[Scenario]) -> list[Scenario]:
    kept = {id(cell) for cell in selection([each.cell for each in every], QUICK_STEP)}
    # Now and then another one of the three places, and silence costs real time.
    some = [each for each in every if id(each.cell) in kept and "no answer" not in each.cell.name]
    return [each for number, each in enumerate(some) if number % 4 == 1 or each.cell.row == 30]


def _differences(
    world: World, scenario: Scenario, clean: dict[str, list[Seen]], counts: Counter[str]
) -> Iterator[str]:
    """Yield where the two ways to read do not say the same."""
    cell = scenario.cell
    listed = _read(world, scenario, counts)
    with patch.object(listed_reads, "SINGLE_READS", _MANY):
        options = str(cell.options)
        if options not in clean:
            nothing = replace(cell, faults=(), edits=(), prepare=None, within=None)
            clean[options] = _read(world, Scenario(nothing, "every GET"), Counter())
        # What hits lists alone hits no single read.
        spared = scenario.place == "lists" and not (cell.prepare or cell.within)
        single = clean[options] if spared else _read(world, scenario, Counter())
    for one, other, true in zip(listed, single, clean[options], strict=True):
        counts["reads"] += 1
        counts["errors"] += one.result not in {"ok", "gone"}
        wrongly = one.result == "gone" and other.result != "gone"
        counts["wrongly gone"] += wrongly
        # Where only single reads are hit, a list may spare a connection the trouble.
        met = one == other or (scenario.place == "single reads" and one == true)
        counts["differing"] += not met
        if not met:
            yield f"{one.name}, {one.kind}: by list {_told(one, other)}, singly {_told(other, one)}"


def _told(seen: Seen, other: Seen) -> str:
    """Return what sets what was seen apart from something else, in one line."""
    if seen.result != other.result:
        return seen.result
    names = {*seen.outputs, *other.outputs}
    return str(
        {name: seen.outputs.get(name) for name in names if seen.outputs.get(name) != other.outputs.get(name)}
    )


def _read(world: World, scenario: Scenario, counts: Counter[str]) -> list[Seen]:
    """Return what one process says of each connection, in their order."""
    cell = scenario.cell
    world.reset({}, cell.options)
    with world.quiet():
        stacks = _connections(world)
        world.stack.new_process()
        if cell.prepare:
            cell.prepare(world)
        process = world.stack.process
        assert process is not None
        provider = process.engine._provider
        telnyx = provider._telnyx
        provider._telnyx = replace(telnyx, reads=ListedReads(telnyx.api, 4, lambda: _MANY))
        world.log()
        _break(world, scenario)
        seen: list[Seen] = []
        served: dict[str | None, bool] = {}
        with cell.within(world) if cell.within else contextlib.nullcontext():
            for (kind, stack), name in zip(stacks, _names(), strict=True):
                stack.process = process
                result = stack.refresh().result
                seen.append(Seen(name, kind, result, stack.inputs, stack.outputs))
                served[stack.id] = result == "ok"
        asked = {each["path"].rpartition("/")[2] for each in world.log()}
        counts["by list"] += sum(each not in asked for each, well in served.items() if well)
        world.repair()
    return seen


def _names() -> list[str]:
    return ["desk", *(f"phone{number}" for number in range(1, len(_KINDS)))]


def _connections(world: World) -> list[tuple[Kind, Stack]]:
    """Make the connections, and let happen to them what their kind says."""
    stacks = [world.stack, *(world.new_stack(name) for name in _names()[1:])]
    process = world.stack.new_process()
    for stack in stacks:
        stack.process = process
        assert stack.up().result == "ok", "a connection was not made"
    # Long enough ago that what is not there is gone, and not about to show.
    world.fake.now += 60
    for kind, stack in zip(_KINDS, stacks, strict=True):
        path = f"/connections/{stack.id}"
        if kind == "deleted":
            world.control("DELETE", path)
        elif kind == "another account's":
            world.control("DELETE", path)
            stack.id = world.plant(OTHER, user_name="elsewhere1")
        elif kind != "same":
            world.control("PATCH", path, {"settings": _EDITS[kind]})
    return list(zip(_KINDS, stacks, strict=True))


_EDITS: Final[Mapping[Kind, Mapping[str, Any]]] = {
    "changed": {"connection_name": "Changed in the portal", "inbound": {"channel_limit": 7}},
    "taken over": {"tags": [_OTHER_STACK]},
    "password changed": {"password": "fake-password-of-the-portal"},
}


def _break(world: World, scenario: Scenario) -> None:
    """Let the cell's fault happen at the requests of the scenario."""
    cell, place = scenario.cell, scenario.place
    pattern = {
        "every GET": "/credential_connections*",
        "lists": "/credential_connections",
        "single reads": "/credential_connections/*",
    }[place]
    if cell.op == "read":
        world.server.inject(*(replace(each, path=pattern) for each in cell.faults))
    listings = {"every GET": (True, False), "lists": (True,), "single reads": (False,)}[place]
    world.edits = [replace(each, listing=listing) for each in cell.edits for listing in listings]


if __name__ == "__main__":
    main(measure)
