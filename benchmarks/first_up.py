"""How long a newcomer waits: a fresh clone, then `make up`, on a machine that has the Pulumi CLI.

Clones this checkout as it was committed last, runs `make up` in the clone, which has no virtual environment,
and ends what that has started. Packages come from pip's cache, or from the index. Prints JSON: seconds, how
many of them a processor worked, and how busy the machine was; exit code 1 where it takes longer than it may:

    .venv/bin/python benchmarks/first_up.py
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
MOST_SECS: Final = 90


def main() -> None:
    """Measure and print."""
    # Where there is no CLI yet, getting one would be measured too.
    subprocess.run(["make", "engine"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    # As in a shell of its own: without this virtual environment, and without what a make around it says.
    environ = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "MAKEFLAGS"}}
    with tempfile.TemporaryDirectory(prefix="first-up-") as folder:
        clone = Path(folder, "pulumi-telnyx")
        started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
            done = subprocess.run(
                ["make", "up"], cwd=clone, env=environ, stdout=subprocess.PIPE, text=True, check=True
            )
        finally:
            secs, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
            if (clone / ".local").exists():
                subprocess.run(["make", "stop"], cwd=clone, env=environ, check=True)
    if "+ 4 created" not in done.stdout:
        sys.exit(f"error: make up has not made the stack and its three connections:\n{done.stdout}")
    report = {
        "secs": round(secs, 1),
        "of the processor": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "at most": MOST_SECS,
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(report, indent=2))  # noqa: T201 - the result
    sys.exit(secs > MOST_SECS)


if __name__ == "__main__":
    main()
