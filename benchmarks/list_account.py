"""What `pulumi-telnyx list` asks and holds for a large account: requests, and memory next to a tenth of it.

Prints JSON; exit code 1 where a page is asked for twice:

    .venv/bin/python benchmarks/list_account.py --connections 10000
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

import requests

from pulumi_telnyx.api.connections import PAGE_SIZE
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer

# Its own peak, as Linux tells it: what a parent is told of its children includes the parent itself.
_LIST = """
from pulumi_telnyx.cli import cli
import sys
cli(["list", "--format", "csv"], standalone_mode=False)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")), file=sys.stderr)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--connections", type=int, default=10_000)
    most = parser.parse_args().connections
    report = {}
    with EmulatorServer() as server, requests.Session() as session:
        session.trust_env = False
        made = 0
        for connections in (most // 10, most):
            for number in range(made, connections):
                settings = {"user_name": f"phone{number}abc", "connection_name": f"Phone {number}"}
                answer = session.post(f"{server.control_url}/connections", json={"settings": settings})
                answer.raise_for_status()
            made = connections
            report[f"{connections:,} connections"] = _listed(server, session)
    print(json.dumps(report, indent=2))  # noqa: T201 - the result
    sys.exit(any(each["requests"] != each["pages"] for each in report.values()))


def _listed(server: EmulatorServer, session: requests.Session) -> dict[str, int]:
    session.delete(f"{server.control_url}/requests").raise_for_status()
    environ = {**os.environ, "TELNYX_API_KEY": DEFAULT_API_KEY, "TELNYX_BASE_URL": server.url}
    done = subprocess.run(
        [sys.executable, "-c", _LIST],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = len(done.stdout.splitlines()) - 1
    return {
        "rows": rows,
        "pages": -(-rows // PAGE_SIZE),
        "requests": len(session.get(f"{server.control_url}/requests").json()["requests"]),
        "peak MB": int(done.stderr.split()[-2]) >> 10,
    }


if __name__ == "__main__":
    main()
