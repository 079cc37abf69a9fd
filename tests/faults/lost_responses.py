"""Creates whose answers are lost: at the end, the state has exactly what the API has.

Three requests in ten meet a fault, whatever they are, and half of the faults come after the API has acted.
The first runs are disturbed like this; the last one, where it is needed, is not.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pulumi_telnyx.connection.passwords import GENERATED
from pulumi_telnyx.emulator.options import Options
from pulumi_telnyx.emulator.server import EmulatorServer
from pulumi_telnyx.ownership import is_mark
from tests.engine.stack import CONNECTION_TYPE, LiveApi, StackRunner
from tests.faults.figure import Figure, main
from tests.faults.rpc import Plugin, program
from tests.faults.scattered import blind_creates, hits_after_commit, scattered, undisturbed_creates
from tests.faults.stacks import emulator, new_stack
from tests.faults.virtual_time import VirtualTime
from tests.servicer import AbortedError

SHARE = 0.3
RUNS = 3
DISTURBED_RUNS = 2
THREADS = 8

# Of these chances; with it, few requests are hit as often as many.
_SEED = 12


@dataclass(frozen=True)
class Known:
    """What a state knows of a connection."""

    id: str
    user_name: str
    password: str


@dataclass
class Tally:
    """What happened on the way."""

    missing: list[int] = field(default_factory=list)
    requests: int = 0
    hit: int = 0
    hit_after_commit: int = 0
    undisturbed: int = 0
    deletes: int = 0
    blind: list[str] = field(default_factory=list)


def measure(quick: bool, folder: Path) -> Figure:
    """Create with the provider's real servicer, then with the real engine."""
    figure = Figure("creates whose answers are lost are made once: the state has what the API has")
    figure.count("share of requests that shall be hit", SHARE)
    figure.count("runs, at most", RUNS)
    figure.count("runs that are disturbed", DISTURBED_RUNS)
    for masked in (False, True):
        _servicer(figure, 150 if quick else 500, masked)
    _engine(figure, 30 if quick else 1_000, folder)
    return figure


def _servicer(figure: Figure, count: int, masked: bool) -> None:
    """Create with threads that share one virtual time; each run is a new process."""
    time = VirtualTime(_SEED)
    names = [f"desk{number:04}" for number in range(count)]
    state: dict[str, Known] = {}
    with EmulatorServer(Options(mask_passwords=masked), clock=time.wall) as server:
        plugin = Plugin(server.url, clock=time.clock())

        def make(name: str) -> None:
            # Half of them as the resource does it where the program gives no password.
            password = GENERATED if int(name[-1]) % 2 else f"fake-password-of-{name}"
            inputs, problems = plugin.engine.check({}, program(name, password=password))
            assert not problems, problems
            try:
                key, outputs = plugin.engine.create(inputs)
            except AbortedError:
                return
            state[name] = Known(key, outputs["user_name"], outputs["password"])

        def run() -> int:
            plugin.restart()
            missing = [name for name in names if name not in state]
            time.run(THREADS, [functools.partial(make, name) for name in missing])
            return count - len(state)

        api = LiveApi(server)
        # What the engine would show.
        with contextlib.redirect_stderr(io.StringIO()):
            tally = _disturbed(api, run)
        _report(figure, "threads, masked" if masked else "threads, readable", count, tally, state, api)


def _engine(figure: Figure, count: int, folder: Path) -> None:
    """Create with one stack. Its runs go on after an error, and write the state at their end only."""
    with emulator(Options(mask_passwords=True)) as api:
        stack = new_stack(folder, api)
        stack.environ.update({"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"})
        stack.program(f"""
            for i in range({count}):
                CredentialConnection(f"desk{{i:04}}", password=None if i % 2 else "fake-password-of-desk")
        """)

        def run() -> int:
            stack.try_up("--continue-on-error")
            return count - len(stack.connections())

        tally = _disturbed(api, run)
        state = _exported(stack)
        _report(figure, "engine", count, tally, state, api)
        clean = stack.try_preview("--expect-no-changes").code == 0
        figure.expect("engine: preview without changes afterwards", clean, clean, "true")


def _disturbed(api: LiveApi, run: Callable[[], int]) -> Tally:
    """Run until nothing is missing, as often as is allowed; `run` returns how many still are."""
    tally = Tally()
    for number in range(RUNS):
        api.server.clear_faults()
        if number < DISTURBED_RUNS:
            api.server.inject(*scattered(SHARE), seed=_SEED + number)
        tally.missing.append(run())
        hits, log = api.server.fault_hits(), api.requests()
        api.calls()
        if number < DISTURBED_RUNS:
            tally.requests += len(log)
            tally.hit += sum(hits)
            tally.hit_after_commit += hits_after_commit(hits)
        tally.undisturbed += undisturbed_creates(log)
        tally.deletes += sum(each["method"] == "DELETE" for each in log)
        tally.blind += blind_creates(log)
        if not tally.missing[-1]:
            break
    api.server.clear_faults()
    return tally


def _exported(stack: StackRunner) -> dict[str, Known]:
    """Return what the state holds, by resource name, with passwords in clear."""
    resources = json.loads(stack.pulumi("stack", "export", "--show-secrets"))["deployment"]["resources"]
    return {
        each["urn"].rpartition("::")[2]: Known(
            each["id"], each["outputs"]["user_name"], json.loads(each["outputs"]["password"]["plaintext"])
        )
        for each in resources
        if each["type"] == CONNECTION_TYPE
    }


def _report(
    figure: Figure, name: str, count: int, tally: Tally, state: Mapping[str, Known], api: LiveApi
) -> None:
    live = {each["id"]: each for each in api.connections()}
    held = Counter(each.id for each in state.values())
    # The API refuses a user name that is taken; a second connection would have the same mark.
    made = Counter(each["user_name"].casefold() for each in live.values())
    made.update(tag for each in live.values() for tag in each["tags"] if is_mark(tag))
    both = [(known, live[known.id]) for known in state.values() if known.id in live]
    figure.count(f"{name}: creates", count)
    figure.count(f"{name}: missing in the state after each run", tally.missing)
    figure.count(f"{name}: requests of disturbed runs", tally.requests)
    share, after = tally.hit / tally.requests, tally.hit_after_commit / max(tally.hit, 1)
    tested = "or too little was tested"
    figure.expect(
        f"{name}: of them hit", round(share, 3), share >= SHARE / 2, f"{SHARE / 2} or more, {tested}"
    )
    figure.expect(
        f"{name}: of the hits after the commit", round(after, 3), after >= 0.3, f"0.3 or more, {tested}"
    )
    lost_answers = len(live) - tally.undisturbed
    least = count // 20
    met = lost_answers >= least
    figure.expect(
        f"{name}: made by a create whose answer was lost", lost_answers, met, f"{least} or more, {tested}"
    )
    for what, value in {
        "lost: in the API only": len(live.keys() - held.keys()),
        "in the state only": len(held.keys() - live.keys()),
        "not made": count - len(state),
        "ids in the state twice": sum(times > 1 for times in held.values()),
        "marks or user names in the API twice": sum(times > 1 for times in made.values()),
        "other user names than in the state": sum(one.user_name != two["user_name"] for one, two in both),
        "other passwords than in the state": sum(one.password != two["password"] for one, two in both),
        "deletes": tally.deletes,
        "sent again without a look-up": len(tally.blind),
    }.items():
        figure.expect(f"{name}: {what}", value, value == 0, "0")


if __name__ == "__main__":
    main(measure)
