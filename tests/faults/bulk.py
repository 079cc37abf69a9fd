"""Thousands of connections, and the state written once at the end: a killed run is taken up by the next."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from tests.engine.postgres import installed_programs, postgres
from tests.engine.stack import CONNECTION_TYPE, LiveApi, StackRunner

from . import stacks
from .figure import Figure, main
from .processes import of_home

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
    _run(figure, "state in a folder", folder / "bulk", connections, {})
    if not quick:
        programs = installed_programs()
        if programs is None:
            figure.fail("PostgreSQL is not installed")
            return figure
        with postgres(programs) as server:
            backend = server.new_backend("bulk")
            _run(figure, "state in PostgreSQL", folder / "bulk-postgres", connections, backend)
    return figure


def _run(figure: Figure, where: str, folder: Path, connections: int, backend: Mapping[str, str]) -> None:
    with stacks.emulator() as api:
        runner = stacks.new_stack(folder, api)
        if backend:
            stacks.move_to(runner, backend)
        runner.environ |= DEFERRED
        runner.program(_PROGRAM.format(connections=connections))
        made = _killed_halfway(runner, api, connections)
        halfway = connections // 2 <= made < connections
        figure.expect(f"{where}: made when it was killed", made, halfway, "about a half")
        figure.count(f"{where}: of them in the state", len(_ids_in_state(runner)))
        runner.pulumi("cancel", "--yes")
        ids = {each["id"] for each in api.connections()}
        after = runner.try_up(*_PARALLEL)
        figure.expect(f"{where}: exit code of the next run", after.code, after.code == 0, "0")
        live = {each["id"] for each in api.connections()}
        state = _ids_in_state(runner)
        figure.expect(f"{where}: connections", len(live), len(live) == connections, str(connections))
        figure.expect(f"{where}: made twice or lost", len(live ^ state), live == state, "0")
        figure.expect(f"{where}: taken over", len(ids & state), ids <= state, str(len(ids)))
        changed = _changed(runner)
        figure.expect(f"{where}: a preview changes", changed, not changed, "0")
        runner.destroy(*_PARALLEL)


def _ids_in_state(runner: StackRunner) -> set[str]:
    """Return the ids of the connections that the state has, wherever it is kept."""
    deployment = json.loads(runner.pulumi("stack", "export"))["deployment"]
    resources = deployment.get("resources") or []
    return {each["id"] for each in resources if each["type"] == CONNECTION_TYPE}


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
    # And then for ever.
    for process in of_home(runner.environ["PULUMI_HOME"]):
        process.kill()
    return made


def _changed(runner: StackRunner) -> int:
    return sum(count for operation, count in runner.preview().changes.items() if operation != "same")


if __name__ == "__main__":
    main(measure)
