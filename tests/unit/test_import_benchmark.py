"""What a program loads with the package: the benchmark of it, and what makes its figure small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.import_time import CLASSES, IMPORTS, PULUMI

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "import_time.py"


def test_declaring_connections_loads_no_model_and_no_http() -> None:
    """They are for the provider's own process, and take longer to load than the classes."""
    code = f"{PULUMI}; {CLASSES}; import sys; print({{'pydantic', 'requests'}} & {{*sys.modules}})"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_the_benchmark_tells_each_import_apart() -> None:
    """One round; its exit code is the mark's, which is nobody's business on a busy machine."""
    command = [sys.executable, str(SCRIPT), "--rounds", "1"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    found = json.loads(done.stdout)
    assert found["beyond it, ms"].keys() == {*IMPORTS}
    assert done.returncode == (found["beyond it, ms"][CLASSES] > found["at most, ms"])
