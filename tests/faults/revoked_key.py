"""A key that is revoked in the middle of a run: no storm of refused requests, nothing lost, nothing doubled.

The engine stops by itself after a failure. So the same is measured with `--continue-on-error`, where it hands
over every other connection all the same, and only the provider can hold the requests back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pulumi_telnyx.emulator.options import Options
from tests.faults.figure import Figure, main
from tests.faults.stacks import emulator, new_stack
from tests.faults.watched import forget_calls, ids_in_state, log, rows

_GOAL = (
    "key revoked after 50 of 200 creates: at most 4 + 4 more requests, what was made is in the state, and "
    "the next run completes"
)
# As many as the SDK's plugin has workers are in flight, and each may have begun one more.
_MOST_REFUSED = 4 + 4
_REFUSAL = "AuthError: create credential connection 'desk"
_WAYS: dict[str, tuple[str, ...]] = {"stops": (), "continues": ("--continue-on-error",)}


def measure(quick: bool, folder: Path) -> Figure:
    """Run both ways, each in a stack of its own."""
    figure = Figure(_GOAL)
    creates, good = (40, 10) if quick else (200, 50)
    figure.count("creates", creates)
    figure.count("revoked_after", good)
    untouched = folder / "untouched"
    with emulator() as api:
        new_stack(untouched, api)
    for way, flags in _WAYS.items():
        numbers = _interrupted(folder / way, untouched, creates, good, flags)
        for name, (value, met, wanted) in numbers.items():
            figure.expect(f"{way}_{name}", value, met, wanted)
    return figure


def _interrupted(
    folder: Path, untouched: Path, creates: int, good: int, flags: tuple[str, ...]
) -> dict[str, tuple[Any, bool, str]]:
    """Return the numbers of one run and of the one that completes it, each with what it must be."""
    with emulator(Options(revoke_after=good)) as api:
        stack = new_stack(folder, api, like=untouched)
        stack.program(
            f"for number in range({creates}):\n"
            '    CredentialConnection(f"desk{number}", password="fake-password-of-a-desk")'
        )
        run = stack.try_up(*flags)
        refused = len(log(api)) - good
        handed_over = run.changes.get("create", 0)
        least = creates if flags else good + 1
        made, held = set(rows(api)), set(ids_in_state(stack).values())
        before = rows(api)

        api.server.configure(revoke_after=None)
        forget_calls(api)
        again = stack.try_up()
        calls = [entry["method"] for entry in log(api)]
        live, ids = rows(api), list(ids_in_state(stack).values())
        unchanged = stack.try_preview("--expect-no-changes").code == 0
    touched = [key for key, row in before.items() if live.get(key) != row]
    return {
        "exit_code": (run.code, run.code != 0, "not 0"),
        "says_why": (run.text.count(_REFUSAL) > 0, _REFUSAL in run.text, "true"),
        "tracebacks": (run.text.count("Traceback"), "Traceback" not in run.text, "0"),
        # Without these, the engine alone would have held the requests back.
        "handed_over": (handed_over, handed_over >= least, f"{least} or more"),
        # None at all would mean that the key was not revoked in the middle.
        "refused_requests": (refused, 0 < refused <= _MOST_REFUSED, f"1 to {_MOST_REFUSED}"),
        "made_before": (len(made), len(made) == good, str(good)),
        "made_but_not_in_state": (len(made - held), not made - held, "0"),
        "in_state_but_not_made": (len(held - made), not held - made, "0"),
        "next_run_exit_code": (again.code, again.code == 0, "0"),
        "next_run_calls": (len(calls), calls == ["POST"] * (creates - good), f"{creates - good} creates"),
        "touched": (len(touched), not touched, "0"),
        "lost": (len(set(live) - set(ids)), not set(live) - set(ids), "0"),
        "missing": (len(set(ids) - set(live)), not set(ids) - set(live), "0"),
        "connections": (len(live), len(live) == len(ids) == len(set(ids)) == creates, str(creates)),
        "unchanged_at_the_end": (unchanged, unchanged, "true"),
    }


if __name__ == "__main__":
    main(measure)
