"""What a program pays for `pulumi_telnyx` beyond `import pulumi`: medians of many processes, in turn.

Times are of the processor: other programs change them less than those of a clock. The package alone loads
nothing, so its classes and look-ups are imported as programs do it. Prints JSON; exit code 1 where the
classes cost more than they may:

    .venv/bin/python benchmarks/import_time.py --rounds 40
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import Final

MOST_MS: Final = 150
PULUMI: Final = "import pulumi"
CLASSES: Final = "from pulumi_telnyx import CredentialConnection, CredentialConnectionSet"
IMPORTS: Final = (
    "import pulumi_telnyx",
    CLASSES,
    # These talk to the API from within the program: they need what the provider's process has.
    f"{CLASSES}, get_credential_connection",
)
# Asked within each process, whose start is no part of it; in seconds.
_TIMED: Final = "import time; start = time.process_time(); {}; print(time.process_time() - start)"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40, help="processes of each kind (40)")
    rounds = parser.parse_args().rounds
    taken: dict[str, list[float]] = {program: [] for program in (PULUMI, *IMPORTS)}
    for _ in range(rounds):
        for program, each in taken.items():
            each.append(_milliseconds(program if program == PULUMI else f"{PULUMI}; {program}"))
    medians = {program: statistics.median(each) for program, each in taken.items()}
    beyond = {program: medians[program] - medians[PULUMI] for program in IMPORTS}
    report = {
        "rounds": rounds,
        f"{PULUMI}, ms": round(medians[PULUMI]),
        "beyond it, ms": {program: round(ms) for program, ms in beyond.items()},
        "at most, ms": MOST_MS,
    }
    print(json.dumps(report, indent=2))  # noqa: T201 - the result
    sys.exit(beyond[CLASSES] > MOST_MS)


def _milliseconds(program: str) -> float:
    command = [sys.executable, "-c", _TIMED.format(program)]
    return 1000 * float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
