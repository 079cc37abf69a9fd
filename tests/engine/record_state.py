"""Records the state that a release leaves behind, for `test_recorded_states.py`; once for each release.

python -m tests.engine.record_state 0.1.0
python -m tests.engine.record_state 0.1.0 FOLDER    with the package in provider/ of another checkout
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from pulumi_telnyx.emulator.server import EmulatorServer

from .stack import LiveApi, StackRunner

ROOT: Final = Path(__file__).parents[2]
STATES: Final = Path(__file__).parent / "states"


def record(release: str, checkout: Path = ROOT) -> None:
    """Write one state for each program that the release can run.

    Args:
        release: what the files are called after.
        checkout: where its package is.
    """
    found = [sys.executable, str(ROOT / "scripts" / "engine")]
    engine = subprocess.run(found, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1]
    for program in sorted(STATES.glob("*.py")):
        with tempfile.TemporaryDirectory() as folder, EmulatorServer() as server:
            stack = StackRunner(Path(folder), engine, LiveApi(server))
            stack.environ["PYTHONPATH"] = str(checkout / "provider")
            (stack.folder / "__main__.py").write_text(program.read_text())
            run = stack.try_up()
            if run.code:
                sys.stderr.write(f"{program.name}: {run.text}\n")
                continue
            # Passwords are encrypted with the passphrase of all stories, and are fakes in any case.
            state = json.loads(stack.pulumi("stack", "export"))
            for resource in state["deployment"]["resources"]:
                # Where things lie on this machine.
                resource.pop("sourcePosition", None)
                resource.pop("stackTrace", None)
            (STATES / f"{program.stem}-{release}.json").write_text(json.dumps(state, indent=2) + "\n")


if __name__ == "__main__":
    record(sys.argv[1], *map(Path, sys.argv[2:]))
