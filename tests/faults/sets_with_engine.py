"""What is promised of sets with the real engine: lost answers, killed runs, and runs at the same time.

A set is one resource, so the engine's state has all of a run or nothing of it: what was done in between is
found again by the members' marks.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

from pulumi_telnyx.emulator.options import Options
from pulumi_telnyx.ownership import is_mark
from tests.engine.stack import LiveApi, StackRunner
from tests.faults.figure import Figure, main
from tests.faults.processes import of_home, plugin_of
from tests.faults.scattered import scattered
from tests.faults.stacks import at_once, emulator, new_stack

SHARE = 0.3
RUNS = 3
DISTURBED_RUNS = 2
SET_TYPE = "pulumi-python:dynamic/telnyx:CredentialConnectionSet"

_LATENCY_SECS = 0.05
_IMPORT = "from pulumi_telnyx import CredentialConnectionSet\n"
_MOST_SECS = 300
_BEFORE, _AFTER = 60, 90


def measure(quick: bool, folder: Path) -> Figure:
    figure = Figure("with the engine, a set ends as it was declared, whatever is lost or killed on the way")
    _lost_answers(figure, 60 if quick else 1_000, folder / "lost")
    _killed(figure, 2 if quick else 40, folder / "killed")
    _one_stack_twice(figure, 1 if quick else 20, folder / "twice")
    _two_stacks(figure, 1 if quick else 20, folder / "two")
    return figure


def _lost_answers(figure: Figure, members: int, folder: Path) -> None:
    """Three requests in ten meet a fault, half of them after the API has acted."""
    with emulator(Options(mask_passwords=True)) as api:
        stack = new_stack(folder, api)
        stack.program(_set(f'{{f"desk-{{n:04}}": {{}} for n in range({members})}}'))
        missing = []
        for number in range(RUNS):
            api.server.clear_faults()
            if number < DISTURBED_RUNS:
                api.server.inject(*scattered(SHARE), seed=number)
            stack.try_up()
            missing.append(members - len(_members(stack)))
            hits = sum(api.server.fault_hits())
            if not missing[-1]:
                break
        api.server.clear_faults()
        figure.count("lost answers: members", members)
        figure.count("lost answers: missing after each run", missing)
        figure.expect(
            "lost answers: requests hit in the last run", hits, hits > 0 or len(missing) > 1, "above 0"
        )
        _same(figure, "lost answers", stack, api, members)


def _killed(figure: Figure, rounds: int, folder: Path) -> None:
    """Kill engine or plugin while a set is made, or while it is changed; then `cancel` and `up`."""
    source = random.Random(31)  # noqa: S311 - repeatable, not secret
    hit = taken = 0
    with emulator(Options(latency_secs=_LATENCY_SECS, mask_passwords=True)) as api:
        new_stack(folder / "untouched", api)
        for number in range(rounds):
            victim = ("engine", "plugin")[number % 2]
            stack = new_stack(folder / f"round{number}", api, like=folder / "untouched")
            if number % 4 >= 2:
                stack.program(_set(f'{{f"desk-{{n:03}}": {{}} for n in range({_BEFORE})}}', number))
                stack.up()
            wanted = f'{{f"desk-{{n:03}}": {{"active": True}} for n in range(20, {_AFTER})}}'
            stack.program(_set(wanted, number))
            writes = source.randrange(5, 60)
            api.calls()
            try:
                operation = stack.start("up", "--yes", "--skip-preview")
                hit += _kill(operation.process.pid, stack, api, victim, writes)
                operation.finish()
                stack.run("pulumi", "cancel", "--yes", "--stack", "test")
                recovery = stack.try_up()
                if recovery.code:
                    figure.fail(f"round {number}: {victim} killed after {writes}: {recovery.text[-600:]}")
                taken += recovery.text.count("took over")
                _same(figure, f"killed, round {number}", stack, api, _AFTER - 20, told=False)
            finally:
                # A plugin outlives its engine, for ever.
                for process in of_home(stack.environ["PULUMI_HOME"]):
                    process.kill()
            if number + 1 < rounds:
                stack.destroy()
    figure.count("killed: rounds", rounds)
    figure.expect("killed: before their end", hit, hit >= max(rounds // 2, 1), "at least half")
    figure.count("killed: connections taken over", taken)


def _kill(engine: int, stack: StackRunner, api: LiveApi, victim: str, writes: int) -> bool:
    """Kill after so many writes; return whether the run was still going on."""
    ends = time.monotonic() + _MOST_SECS
    while time.monotonic() < ends:
        sent = sum(each["method"] != "GET" for each in api.requests())
        plugin = plugin_of(stack.environ["PULUMI_HOME"])
        if sent >= writes and plugin is not None:
            processes = of_home(stack.environ["PULUMI_HOME"])
            target = plugin if victim == "plugin" else next((p for p in processes if p.pid == engine), None)
            if target is not None:
                target.kill()
            return target is not None
        time.sleep(0.01)
    return False


def _one_stack_twice(figure: Figure, rounds: int, folder: Path) -> None:
    """Two checkouts of one project run at once: one waits outside, and nothing is made twice."""
    with emulator(Options(latency_secs=_LATENCY_SECS)) as api:
        first = new_stack(folder / "first", api)
        second = new_stack(folder / "second", api, like=folder / "first")
        second.environ["PULUMI_BACKEND_URL"] = first.environ["PULUMI_BACKEND_URL"]
        for number in range(rounds):
            for runner in (first, second):
                runner.program(_set('{f"desk-{n:02}": {} for n in range(30)}', number))
            runs = at_once([first, second])
            if not any(run.code == 0 for run in runs):
                figure.fail(f"round {number}: both lost: {runs[0].text[-300:]} {runs[1].text[-300:]}")
            _same(figure, f"one stack twice, round {number}", first, api, 30, told=False)
            first.destroy()
    figure.count("one stack twice: rounds", rounds)


def _two_stacks(figure: Figure, rounds: int, folder: Path) -> None:
    """Two stacks want the same user names: each is one stack's alone, and nobody writes to the other's."""
    with emulator(Options(latency_secs=_LATENCY_SECS)) as api:
        for number in range(rounds):
            runners = [new_stack(folder / f"{name}{number}", api, name=name) for name in ("left", "right")]
            for runner in runners:
                names = f'"desk-{{n:02}}": {{"user_name": f"phone{number}x{{n:02}}"}} for n in range(20)'
                runner.program(_set(f"{{f{names}}}"))
            at_once(runners)
            held = [_members(runner) for runner in runners]
            live = {each["id"]: each for each in api.connections()}
            both = set(held[0].values()) & set(held[1].values())
            foreign = [
                key
                for runner, members in zip(runners, held, strict=True)
                for key in members.values()
                if not any(tag.startswith(f"pulumi:stories/{runner.name}:") for tag in live[key]["tags"])
            ]
            if both or foreign or {*held[0].values(), *held[1].values()} != set(live):
                figure.fail(f"round {number}: held by both {both}, another's mark {foreign}")
            for runner in runners:
                if _members(runner):
                    runner.destroy()
    figure.count("two stacks: rounds", rounds)


def _set(members: str, number: int = 0) -> str:
    return f'{_IMPORT}CredentialConnectionSet("phones{number}", members={members}, max_removals="off")\n'


def _members(stack: StackRunner) -> dict[str, str]:
    """Return the ids of the set's members in the state."""
    return next((each["outputs"]["ids"] for each in stack.resources() if each["type"] == SET_TYPE), {})


def _same(
    figure: Figure, name: str, stack: StackRunner, api: LiveApi, members: int, *, told: bool = True
) -> None:
    """Note whether state and API have the same connections, each once, and nothing is left to do."""
    live, held = api.connections(), _members(stack)
    marks = [tag for each in live for tag in each["tags"] if is_mark(tag)]
    right = {
        "connections": len(live) == members,
        "state and API": {each["id"] for each in live} == set(held.values()),
        "marks": len(marks) == len(set(marks)) == members,
        "nothing left to do": stack.try_preview("--expect-no-changes").code == 0,
    }
    for what, fits in right.items():
        if told:
            figure.expect(f"{name}: {what} as they must be", fits, fits, "true")
        elif not fits:
            figure.fail(f"{name}: {what}: {len(live)} connections, {len(held)} in the state")


if __name__ == "__main__":
    main(measure)
