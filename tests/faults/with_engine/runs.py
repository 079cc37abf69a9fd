"""Rows about runs and processes: a killed plugin, signals, a second run, an API that restarts."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.closed_port import closed_port
from tests.engine.stack import LiveApi, Operation, Run
from tests.faults.processes import plugin_of
from tests.faults.watched import log, until
from tests.faults.with_engine.cells import Cell
from tests.faults.with_engine.scene import CHANGED, KINDS, SIZE, Kind, Scene
from tests.faults.with_engine.steps import METHODS, always, injecting, nothing

_LOST: Final = 2
_WORKERS: Final = 4
# Connections are refused for so long, in real seconds: the plugin has its own clock.
_DOWN_SECS: Final = 3.0


def run_rows() -> Iterable[Cell]:
    """Return the cells of these rows."""
    yield from _killed_plugin()
    yield from _signals()
    yield from _second_run()
    yield from _restarted_api()


def _latency(secs: float) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        scene.server.configure(latency_secs=secs)

    return begin


def _until_calls(scene: Scene, running: Operation, count: int) -> None:
    """Wait for so many calls of a run."""
    if not until(lambda: len(log(scene.api)) >= count or running.process.poll() is not None):
        scene.problems.append(f"the API is not called {count} times")


def _killed_plugin() -> Iterable[Cell]:
    for kind in KINDS:
        # The API acts, and says nothing as long as anybody listens.
        lost = Fault("timeout", method=METHODS[kind], nth=3, times=_LOST, secs=600, moment="after")
        yield Cell(
            7,
            kind,
            "two answers lost, and the plugin that could look for them killed",
            injecting(lost),
            _kill_plugin,
            fails=("error reading from server",),
            ours=False,
            agrees=_only_lost_unknown,
            may_be_lost=kind == "create",
            made=kind != "create",
        )


def _kill_plugin(scene: Scene) -> Run:
    running = scene.start()
    if not until(lambda: _acted(scene) or running.process.poll() is not None):
        scene.problems.append("the API does not get to act")
    plugin = plugin_of(scene.stack.environ["PULUMI_HOME"])
    if plugin is None:
        scene.problems.append("there is no plugin to kill")
    else:
        plugin.kill()
    return running.finish()


def _acted(scene: Scene) -> bool:
    """Return whether the API has done everything, however much of it was answered."""
    own = scene.own()
    if scene.kind == "create":
        return len(own) == SIZE
    if scene.kind == "update":
        return all(row["settings"]["dtmf_type"] == "SIP INFO" for row in own.values())
    return not own if scene.kind == "destroy" else len(log(scene.api)) >= SIZE


def _only_lost_unknown(scene: Scene, run: Run) -> Iterable[str]:
    unknown = len(scene.own()) - len(scene.held())
    # What the API has answered may not have reached the engine either, from a worker each at most.
    least, most = {"create": (_LOST, _WORKERS), "destroy": (-_WORKERS, -_LOST)}.get(scene.kind, (0, 0))
    if not least <= unknown <= most:
        yield f"the API has {unknown} connections more than the state, in place of {least} to {most}"


def _signals() -> Iterable[Cell]:
    for number in (signal.SIGINT, signal.SIGTERM):
        for kind in KINDS:
            yield Cell(
                24,
                kind,
                number.name,
                _latency(0.5),
                _interrupt(number),
                fails=("cancelling",),
                ours=False,
                # An interrupted destroy has the exit code 0 in CLI 3.259.0.
                may_exit_0=kind == "destroy",
                happened=_in_the_middle,
                agrees=_in_flight_finished,
                made=kind != "create",
            )


def _interrupt(number: signal.Signals) -> Callable[[Scene], Run]:
    def run(scene: Scene) -> Run:
        running = scene.start("-p", "2")
        _until_calls(scene, running, 2)
        running.process.send_signal(number)
        return running.finish()

    return run


def _in_the_middle(scene: Scene, run: Run) -> bool:
    return 2 <= len(log(scene.api)) < SIZE


def _in_flight_finished(scene: Scene, run: Run) -> Iterable[str]:
    calls = log(scene.api)
    if unanswered := [entry["method"] for entry in calls if entry["status"] not in (200, 201)]:
        yield f"requests in flight were not waited for: {unanswered}"
    states = scene.stack.connections().values()
    done: dict[Kind, int] = {
        "create": len(states),
        "refresh": len(calls),
        "update": len([each for each in states if "dtmf_type" in each["outputs"]]),
        "destroy": SIZE - len(states),
    }
    if done[scene.kind] != len(calls):
        yield f"{len(calls)} calls, and {done[scene.kind]} of them in the state"


def _second_run() -> Iterable[Cell]:
    for kind in KINDS:
        yield Cell(
            25,
            kind,
            "while another run has the stack",
            nothing,
            _rival,
            fails=("the stack is currently locked by",),
            ours=False,
            happened=always,
            made=kind != "create",
        )


def _rival(scene: Scene) -> Run:
    """Return what a second run did while a first one, which is slow, had the stack."""
    scene.server.configure(latency_secs=1.0)
    scene.more = CHANGED
    scene.declare()
    first = scene.stack.start("up", "--yes", "--skip-preview", "-p", "1")
    _until_calls(scene, first, 1)
    # An API of its own tells what the second one calls.
    with EmulatorServer() as server:
        checkout = scene.twin(LiveApi(server))
        attempts: dict[Kind, Callable[[], Run]] = {
            "create": checkout.try_up,
            "refresh": checkout.try_refresh,
            "update": checkout.try_up,
            "destroy": checkout.try_destroy,
        }
        run = attempts[scene.kind]()
        if calls := log(checkout.api):
            scene.problems.append(f"the second run calls {[entry['method'] for entry in calls]}")
    if first.process.poll() is not None:
        scene.problems.append("the first run had ended by then")
    scene.server.configure(latency_secs=0)
    done = first.finish()
    if done.code != 0:
        scene.problems.append(f"the first run fails: {done.text[-600:]}")
    return run


def _restarted_api() -> Iterable[Cell]:
    for kind in KINDS:
        yield Cell(
            26,
            kind,
            "API down for seconds in the middle",
            _latency(0.3),
            _restart_api,
            happened=_called_again,
            made=kind != "create",
        )


def _restart_api(scene: Scene) -> Run:
    running = scene.start()
    _until_calls(scene, running, 2)
    port = urlsplit(scene.server.url).port or 0
    scene.server.stop()
    with closed_port(port):
        time.sleep(_DOWN_SECS)
        scene.server.start()
    if running.process.poll() is not None:
        scene.problems.append("the run had ended before the API was back")
    return running.finish()


def _called_again(scene: Scene, run: Run) -> bool:
    # The log began anew.
    return bool(log(scene.api))
