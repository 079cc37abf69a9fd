"""Random programs under random trouble: in the end, model, state and API are one."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY, Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.scripted_server import FakeClock

from . import stacks
from .engine_programs import EngineProgram
from .figure import Figure, main
from .random_programs import Programs
from .random_stack import OTHER_KEY, SECOND_KEY, BrokenPromise, Counts, RandomStack

PROGRAMS, QUICK_PROGRAMS = 1_000, 50
ENGINE_PROGRAMS, QUICK_ENGINE_PROGRAMS = 100, 1
STEPS = 10

_KEYS = {DEFAULT_API_KEY: DEFAULT_ACCOUNT, SECOND_KEY: DEFAULT_ACCOUNT, OTHER_KEY: "another account"}


def measure(quick: bool, folder: Path) -> Figure:
    figure = Figure("random programs, edits and faults: model, state and API are one in the end")
    _in_rpc_mode(figure, QUICK_PROGRAMS if quick else PROGRAMS)
    _with_the_engine(figure, QUICK_ENGINE_PROGRAMS if quick else ENGINE_PROGRAMS, folder)
    return figure


def _in_rpc_mode(figure: Figure, programs: int) -> None:
    counts = Counts()
    clock = FakeClock()
    with EmulatorServer(Options(api_keys=_KEYS), clock=clock.clock().wall) as server:
        stack = RandomStack(server, clock, counts)
        machine = type("Machine", (Programs,), {"stack": stack})
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=programs,
                    stateful_step_count=STEPS,
                    derandomize=True,
                    database=None,
                    deadline=None,
                    report_multiple_bugs=False,
                    phases=[Phase.generate, Phase.shrink],
                    suppress_health_check=list(HealthCheck),
                ),
            )
        except (BrokenPromise, Flaky) as error:
            figure.fail(f"{error}\n" + "\n".join(getattr(error, "__notes__", [])))
    figure.expect("programs", counts.programs, counts.programs >= programs, f"at least {programs}")
    figure.count("operations", dict(counts.operations))
    figure.count("faults set", counts.faults_set)
    figure.count("requests hit by faults", dict(sorted(counts.faults_hit.items())))
    figure.count("processes killed", counts.kills)
    figure.count("errors, all of them ours", dict(counts.errors))


def _with_the_engine(figure: Figure, programs: int, folder: Path) -> None:
    hits: Counter[str] = Counter()
    with stacks.emulator() as api:
        untouched = stacks.new_stack(folder / "untouched", api).folder
    for seed in range(programs):
        program = EngineProgram(folder / f"engine{seed}", untouched, seed, hits)
        for problem in program.problems():
            figure.fail(f"program {seed} with the engine: {problem}")
        shutil.rmtree(folder / f"engine{seed}")
    figure.count("programs with the engine", programs)
    figure.count("requests hit by faults with the engine", dict(sorted(hits.items())))


if __name__ == "__main__":
    main(measure)
