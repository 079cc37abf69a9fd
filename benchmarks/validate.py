"""How long `pulumi-telnyx validate` takes for very many stack files.

The command runs as a process of its own, as in a pipeline. Prints JSON, or one line that says why there is
nothing to print, with exit code 1:

    .venv/bin/python benchmarks/validate.py --stacks 500 --connections 20
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_PROJECT = """name: phones
runtime: python
stackConfigDir: stacks
config:
  defaults:
    type: object
    default:
      dtmf_type: RFC 2833
      inbound: {timeout_2xx_secs: 30}
"""
_STACK = """encryptionsalt: v1:salt-of-stack-{stack}
config:
  telnyx:baseUrl: https://api.telnyx.com/v2
  telnyx:apiKey:
    secure: v1:key-of-stack-{stack}
  telnyx:account: key:0000
  phones:defaults:
    protect: true
    outbound:
      outbound_voice_profile_id: "2105551234567890123"
  phones:connections:
"""
_CONNECTION = """    desk-{number}:
      connection_name: Desk phones {number}
      user_name: desk{number}of{stack}
      password:
        secure: v1:password-{number}-of-stack-{stack}
      tags: [office, desk-phones]
      anchorsite_override: Frankfurt, Germany
      webhook_api_version: "2"
      webhook_event_url: https://voice.example.com/telnyx/events
      inbound:
        codecs: [G722, G711A, G711U]
        channel_limit: 30
        simultaneous_ringing: enabled
      outbound:
        channel_limit: 20
        localization: DE
      jitter_buffer:
        enable_jitter_buffer: true
        jitterbuffer_msec_max: 120
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stacks", type=int, default=500)
    parser.add_argument("--connections", type=int, default=20, help="in each stack")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder), arguments.stacks, arguments.connections)
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "pulumi_telnyx", "validate", "--all", "-C", folder],
            capture_output=True,
            text=True,
            check=False,
        )
        secs = time.perf_counter() - began
    if done.returncode:
        # These files have nothing to find, so what was measured is something else.
        sys.exit(f"error: {(done.stdout or done.stderr).partition(chr(10))[0]}")
    report = {
        "seconds": round(secs, 2),
        "stacks": arguments.stacks,
        "connections": arguments.stacks * arguments.connections,
        "said": done.stderr.strip(),
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
    }
    print(json.dumps(report, indent=2))  # noqa: T201 - the result


def write_project(folder: Path, stacks: int, connections: int) -> None:
    """Write a project whose stacks have nothing wrong, with values of every kind.

    Args:
        folder: an empty folder.
        stacks: how many stack files.
        connections: how many connections each of them declares.
    """
    (folder / "Pulumi.yaml").write_text(_PROJECT, encoding="utf-8")
    (folder / "stacks").mkdir()
    for stack in range(stacks):
        text = _STACK.format(stack=stack) + "".join(
            _CONNECTION.format(stack=stack, number=number) for number in range(connections)
        )
        (folder / "stacks" / f"Pulumi.customer-{stack}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
