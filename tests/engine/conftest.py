"""The real engine and the emulator, fresh for each story and gone after it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from pulumi_telnyx.emulator.options import Options
from pulumi_telnyx.emulator.server import EmulatorServer

from .stack import LiveApi, StackRunner

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def engine() -> str:
    """The folder of the Pulumi CLI, as `make engine` finds it."""
    found = subprocess.run(
        [sys.executable, _ROOT / "scripts" / "engine"], stdout=subprocess.PIPE, text=True, check=True
    )
    return found.stdout.splitlines()[-1]


@pytest.fixture
def mask_passwords() -> bool:
    """Whether the account is one whose passwords read as asterisks; IN_BOTH_ACCOUNTS has both."""
    return False


@pytest.fixture
def nested_patch() -> Literal["merge", "replace"]:
    """What the API does with an object in an update; IN_BOTH_APIS has both."""
    return "merge"


@pytest.fixture
def api(mask_passwords: bool, nested_patch: Literal["merge", "replace"]) -> Iterator[LiveApi]:
    with EmulatorServer(Options(mask_passwords=mask_passwords, nested_patch=nested_patch)) as server:
        yield LiveApi(server)


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Path:
    """The folder of a stack that was made and never used: copying it is faster than making one each time."""
    folder = tmp_path_factory.mktemp("untouched")
    with EmulatorServer() as server:
        StackRunner(folder, engine, LiveApi(server))
    return folder


@pytest.fixture
def stack(
    tmp_path: Path, engine: str, api: LiveApi, untouched: Path, mask_passwords: bool
) -> Iterator[StackRunner]:
    """A stack of its own, destroyed at the end; once, where a story runs in both accounts."""
    runner = StackRunner(tmp_path, engine, api, like=untouched)
    yield runner
    if not mask_passwords and runner.resources():
        runner.destroy()
