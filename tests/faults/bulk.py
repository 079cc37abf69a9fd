"""Thousands of connections, and the state written once at the end: a killed run is taken up by the next."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.engine.stack import LiveApi, StackRunner

from . import stacks
from .figure import Figure, main

CONNECTIONS, QUICK_CONNECTIONS = 2_000, 120
# What `make up BULK=1` sets; docs/bulk.md says when that is right.
DEFERRED = {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
_PARALLEL = ("--parallel", "32")
_MOST_SECS = 1_800
_PROGRAM = """
for number in range({connections}):
    CredentialConnection(f"phone{{number}}", inbound={{"channel_limit": 2}})
"""


def measure(quick: bool, folder: Path) -> Figure:
    """Kill the engine when half of the connections are there, and run it again."""
    figure = Figure(
        "with deferred checkpoints, a run that is killed in the middle is taken up by the next one"
    )
    connections = QUICK_CONNECTIONS if quick else CONNECTIONS
    with stacks.emulator() as api:
        runner = stacks.new_stack(folder / "bulk", api)
        runner.environ |= DEFERRED
        runner.program(_PROGRAM.format(connections=connections))
        made = _killed_halfway(runner, api, connections)
        figure.expect("made when it was killed", made, connections // 2 <= made < connections, "about a half")
        figure.count("of them in the state", len(runner.connections()))
        runner.pulumi("cancel", "--yes")
        ids = {each["id"] for each in api.connections()}
        after = runner.try_up(*_PARALLEL)
        figure.expect("exit code of the next run", after.code, after.code == 0, "0")
        live = {each["id"] for each in api.connections()}
        state = {each["id"] for each in runner.connections().values()}
        figure.expect("connections", len(live), len(live) == connections, str(connections))
        figure.expect("made twice or lost", len(live ^ state), live == state, "0")
        figure.expect("taken over", len(ids & state), ids <= state, str(len(ids)))
        figure.expect("a preview changes", _changed(runner), not _changed(runner), "0")
        runner.destroy(*_PARALLEL)
    return figure


def _killed_halfway(runner: StackRunner, api: LiveApi, connections: int) -> int:
    """Return how many connections there are when nothing of the killed run goes on."""
    operation = runner.start("up", "--yes", "--skip-preview", *_PARALLEL)
    ends = time.monotonic() + _MOST_SECS
    while len(api.connections()) < connections // 2 and time.monotonic() < ends:
        time.sleep(0.05)
    operation.process.send_signal(signal.SIGKILL)
    operation.finish()
    made = -1
    # The plugin outlives the engine for the requests that are on their way.
    while (now := len(api.connections())) != made and time.monotonic() < ends:
        made = now
        time.sleep(2)
    return made


def _changed(runner: StackRunner) -> int:
    return sum(count for operation, count in runner.preview().changes.items() if operation != "same")


if __name__ == "__main__":
    main(measure)
