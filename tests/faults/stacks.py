"""Engine mode: the real Pulumi CLI, without pytest's fixtures around it."""

from __future__ import annotations

import functools
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi_telnyx.emulator.options import Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi, Run, StackRunner

_ROOT = Path(__file__).parents[2]


@functools.cache
def engine_folder() -> str:
    """Return the folder of the Pulumi CLI, as `make engine` finds it."""
    found = subprocess.run(
        [sys.executable, _ROOT / "scripts" / "engine"], stdout=subprocess.PIPE, text=True, check=True
    )
    return found.stdout.splitlines()[-1]


@contextmanager
def emulator(options: Options | None = None) -> Iterator[LiveApi]:
    """Yield a local API of its own."""
    with EmulatorServer(options or Options()) as server:
        yield LiveApi(server)


def new_stack(
    folder: Path,
    api: LiveApi,
    *,
    name: str = "test",
    project: Mapping[str, Any] | None = None,
    like: Path | None = None,
) -> StackRunner:
    """Return a stack in a folder of its own; `like` names the folder of an untouched one to copy."""
    folder.mkdir(parents=True, exist_ok=True)
    return StackRunner(folder, engine_folder(), api, name=name, project=project, like=like)


def at_once(runners: Sequence[StackRunner]) -> list[Run]:
    """Return what runs of `up` did that were started together."""
    together = threading.Barrier(len(runners))

    def run(runner: StackRunner) -> Run:
        together.wait()
        return runner.try_up()

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))


def move_to(runner: StackRunner, backend: Mapping[str, str]) -> None:
    """Keep the state of a stack that is still empty where these variables say."""
    runner.environ |= backend
    runner.command("stack", "init", runner.name)
