"""Connections that were deleted outside are made again, exactly those, whichever and however many."""

from __future__ import annotations

import random
from pathlib import Path

from tests.engine.stack import LiveApi, Run, StackRunner
from tests.faults.figure import Figure, main
from tests.faults.stacks import emulator, new_stack
from tests.faults.watched import forget_calls, ids_in_state, log, rows, writes

_GOAL = "20 connections: refresh and up make exactly those again that were deleted outside, however many"
_CONNECTIONS = 20
_QUICK_SIZES = (7, _CONNECTIONS)
_SEED = 20
_PROGRAM = f"""
for number in range({_CONNECTIONS}):
    CredentialConnection(f"desk{{number}}", password="fake-password-of-a-desk")
"""


def measure(quick: bool, folder: Path) -> Figure:
    """Delete subsets of each size, one after the other, from one stack."""
    figure = Figure(_GOAL)
    choice = random.Random(_SEED)  # noqa: S311 - repeatable, not secret
    counts = {"deleted": 0, "made_again": 0}
    wrong: list[str] = []
    sizes = _QUICK_SIZES if quick else tuple(range(1, _CONNECTIONS + 1))
    with emulator() as api:
        stack = new_stack(folder / "stack", api)
        stack.program(_PROGRAM)
        stack.up()
        for size in sizes:
            gone = set(choice.sample(sorted(ids_in_state(stack)), size))
            wrong += [f"{size} deleted: {what}" for what in _round(stack, api, gone, counts)]
            if wrong:
                # Further rounds would only repeat it.
                break
        unchanged = stack.try_preview("--expect-no-changes").code == 0
    figure.count("subset_sizes", len(sizes))
    figure.count("deleted_outside", counts["deleted"])
    figure.expect(
        "made_again", counts["made_again"], counts["made_again"] == counts["deleted"], "all that were deleted"
    )
    figure.expect("wrong", len(wrong), not wrong, "0")
    figure.expect("unchanged_at_the_end", unchanged, unchanged, "true")
    for what in wrong:
        figure.fail(what)
    return figure


def _round(stack: StackRunner, api: LiveApi, gone: set[str], counts: dict[str, int]) -> list[str]:
    """Return what went otherwise than it must when these resources' connections are deleted outside."""
    before, rows_before = ids_in_state(stack), rows(api)
    for name in gone:
        api.delete(before[name])
    counts["deleted"] += len(gone)
    kept = {name: key for name, key in before.items() if name not in gone}
    wrong: list[str] = []

    forget_calls(api)
    refresh = stack.try_refresh()
    wrong += _failed("refresh", refresh)
    if ids_in_state(stack) != kept:
        wrong.append("refresh does not leave exactly those that are there")
    if writes(api):
        wrong.append(f"refresh writes: {len(writes(api))}")

    forget_calls(api)
    up = stack.try_up()
    wrong += _failed("up", up)
    counts["made_again"] += up.changes.get("create", 0)
    calls = [entry["method"] for entry in log(api)]
    if calls != ["POST"] * len(gone):
        wrong.append(f"up calls {calls} in place of {len(gone)} creates")
    changes = {"create": len(gone), "same": len(kept)}
    if up.changes != {kind: count for kind, count in changes.items() if count}:
        wrong.append(f"up does {up.changes}")
    after, rows_after = ids_in_state(stack), rows(api)
    if set(after) != set(before) or set(after.values()) != set(rows_after):
        wrong.append("state and API differ")
    same = (after.get(name) == key and rows_after.get(key) == rows_before[key] for name, key in kept.items())
    if not all(same):
        wrong.append("a connection that was there has been touched")
    if any(after.get(name) == before[name] for name in gone):
        wrong.append("the state names a connection that is gone")
    return wrong


def _failed(command: str, run: Run) -> list[str]:
    return [] if run.code == 0 else [f"{command} ends with {run.code}: {run.text[-600:]}"]


if __name__ == "__main__":
    main(measure)
