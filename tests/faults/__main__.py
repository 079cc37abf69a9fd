"""Run every fault figure whole: one JSON object to standard output, exit code 1 when any was missed.

Each figure is a process of its own, so that one cannot lean on what another left behind.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

FIGURES = (
    "fault_matrix",
    "listed_reads",
    "messages",
    "engine_matrix",
    "lost_responses",
    "kill",
    "concurrency",
    "disappears",
    "canaries",
    "exfiltration",
    "stateful",
    "bulk",
    "rate_limit",
    "deadlines",
    "revoked_key",
    "sets",
    "sets_with_engine",
)


def main() -> None:
    """Run the named figures, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=main.__doc__)
    parser.add_argument(
        "figures", nargs="*", choices=[*FIGURES, []], metavar="figure", help=", ".join(FIGURES)
    )
    parser.add_argument("--quick", action="store_true", help="the selection of `make test`")
    arguments = parser.parse_args()
    results = {}
    missed = []
    for name in arguments.figures or FIGURES:
        print(f"{name} …", file=sys.stderr, flush=True)  # noqa: T201 - progress of half an hour
        command = [sys.executable, "-m", f"tests.faults.{name}", *(["--quick"] * arguments.quick)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        try:
            results[name] = json.loads(done.stdout)
        except ValueError:
            results[name] = {"missed": [f"ended with {done.returncode} and no result"]}
        if done.returncode or results[name]["missed"]:
            missed.append(name)
    print(json.dumps(results, indent=2))  # noqa: T201 - that is what it is for
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
