"""A project in a folder of its own, with its own state, and `pulumi` in it."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.programs.declared import CONNECTIONS_VARIABLE, FIRST_VARIABLE, REVISION_VARIABLE
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY

from .contenders import Contender

ROOT: Final = Path(__file__).parents[2]
PARALLEL: Final = 32
"""Resources that the engine hands over at once, and calls that the provider may have in flight."""

_STACK = "bench"
_RUNTIME = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}


class Project:
    """A project with one stack.

    Args:
        folder: an empty one.
        contender: whose program it runs.
        connections: how many the program declares.
        base_url: the API's.
    """

    def __init__(self, folder: Path, contender: Contender, connections: int, base_url: str) -> None:
        self._folder = folder
        self._environ = {
            # Nothing of the caller's environment but what programs need to run at all.
            "PATH": os.pathsep.join((engine_folder(), str(Path(sys.prefix) / "bin"), os.environ["PATH"])),
            "HOME": str(folder),
            # This checkout's, whichever is installed.
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "provider"))),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "benchmark",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "TELNYX_API_KEY": DEFAULT_API_KEY,
            "TELNYX_BASE_URL": base_url,
            CONNECTIONS_VARIABLE: str(connections),
            REVISION_VARIABLE: "1",
            FIRST_VARIABLE: "1",
            **contender.environ,
        }
        (folder / "state").mkdir()
        (folder / "Pulumi.yaml").write_text(json.dumps({"name": "bench", "runtime": _RUNTIME}))
        (folder / "__main__.py").write_text(contender.program)
        self._do("stack", "init", _STACK)
        self._do("config", "set", "telnyx:parallel", str(PARALLEL), "--stack", _STACK)

    def change_all(self) -> None:
        """Let the program declare another setting of every connection."""
        self._environ[REVISION_VARIABLE] = "2"

    def change_one(self) -> None:
        """Let the program declare another setting of its first connection."""
        self._environ[FIRST_VARIABLE] = "2"

    @property
    def state_mb(self) -> float:
        """How large the state is, in MB."""
        (state,) = self._folder.glob("state/.pulumi/stacks/**/bench.json")
        return state.stat().st_size / 1e6

    def start(self, output: Path, *command: str) -> subprocess.Popen[bytes]:
        """Return `pulumi` as it begins an operation on the stack; what it prints goes to a file.

        Ctrl-C does not reach it: whoever waits for it ends it.
        """
        flags = ("--stack", _STACK, "--parallel", str(PARALLEL), "--non-interactive", "--color", "never")
        with output.open("wb") as text:
            return subprocess.Popen(
                ["pulumi", *command, *flags],
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=text,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _do(self, *command: str) -> None:
        subprocess.run(
            ["pulumi", *command, "--non-interactive"],
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )


@functools.cache
def engine_folder() -> str:
    """Return the folder of the Pulumi CLI, as `make engine` finds it."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "engine"], stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.splitlines()[-1]
