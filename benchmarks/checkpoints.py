"""What it costs to write the state twice for every connection: in a folder and in PostgreSQL, and not at all.

Prints JSON: the seconds of `pulumi up` of new connections against the local API. The order alternates from
round to round. PostgreSQL is on loopback and does not wait for its disk: a real one is slower.

    .venv/bin/python -m benchmarks.checkpoints --connections 300 --rounds 3
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.engine.postgres import installed_programs, postgres
from tests.faults import stacks
from tests.faults.bulk import DEFERRED

_IN_A_FOLDER, _IN_POSTGRES = "in a folder", "in PostgreSQL"
_WAYS: dict[str, Mapping[str, str]] = {"written as usual": {}, "written at the end": DEFERRED}
_PROGRAM = """
for number in range({connections}):
    CredentialConnection(f"phone{{number}}", inbound={{"channel_limit": 2}})
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--connections", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    programs = installed_programs()
    if programs is None:
        sys.exit("PostgreSQL is not installed: no initdb on PATH or in /usr/lib/postgresql/*/bin")
    cases = [(where, way) for where in (_IN_A_FOLDER, _IN_POSTGRES) for way in _WAYS]
    secs: dict[str, list[float]] = defaultdict(list)
    with postgres(programs) as server, tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.rounds):
            for where, way in cases if number % 2 == 0 else reversed(cases):
                name = f"{where}, {way}"
                # Progress of some minutes.
                print(f"round {number + 1}: {name} …", file=sys.stderr)  # noqa: T201
                place = Path(folder) / f"stack{sum(map(len, secs.values()))}"
                backend = server.new_backend(place.name) if where == _IN_POSTGRES else {}
                secs[name].append(_up_secs(place, arguments.connections, {**backend, **_WAYS[way]}))
    report = {
        name: {"median secs": round(statistics.median(each), 1), "all": [round(one, 1) for one in each]}
        for name, each in secs.items()
    }
    print(json.dumps({"connections": arguments.connections, **report}, indent=2))  # noqa: T201 - the result


def _up_secs(folder: Path, connections: int, environ: Mapping[str, str]) -> float:
    """Return how long the first `pulumi up` of a new stack takes, in a new account."""
    with stacks.emulator() as api:
        stack = stacks.new_stack(folder, api)
        if "PULUMI_BACKEND_URL" in environ:
            stacks.move_to(stack, environ)
        stack.environ |= environ
        stack.pulumi("config", "set", "telnyx:parallel", "32")
        stack.program(_PROGRAM.format(connections=connections))
        began = time.monotonic()
        run = stack.up("--parallel", "32")
        secs = time.monotonic() - began
    if run.changes != {"create": connections}:
        sys.exit(f"not all were made: {run.changes}")
    return secs


if __name__ == "__main__":
    main()
