"""Prints what a report costs, and what is left of a very large one, as JSON.

Measured in a process of its own, from the files to the text: the command of `pulumi-telnyx report FOLDER`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

_TYPE: Final = "pulumi-python:dynamic/telnyx:CredentialConnection"
_MEBIBYTE: Final = 1 << 20

STACKS: Final = 20
RESOURCES: Final = 500
CHANGED: Final = 10_000


def preview(stack: str, resources: int) -> dict[str, Any]:
    """Return a preview that changes every connection of a stack, with all that the engine prints of each."""
    steps = [_step(stack, number) for number in range(resources)]
    return {"steps": steps, "duration": 1, "changeSummary": {"same": 1, "update": resources}}


def _step(stack: str, number: int) -> dict[str, Any]:
    urn = f"urn:pulumi:{stack}::phones::{_TYPE}::desk-{number:05}"
    old = {
        # As long as the reference to the provider is in a state.
        "__provider": "x" * 120,
        "connection_name": f"Desk {number}",
        "user_name": f"desk{number:05}{stack}",
        "password": "[secret]",
        "password_revision": 1,
        "ownership_mark": f"pulumi:phones/{stack}:{number:016x}",
        "tags": ["office", f"floor-{number % 40}"],
        "inbound": {"codecs": ["G722", "G711U", "OPUS"], "channel_limit": 10},
        "outbound": {"outbound_voice_profile_id": "2105551234567890123", "channel_limit": 2},
    }
    limit = 11 + number % 7
    new = {**old, "inbound": {"codecs": ["OPUS", "G722", "G711U"], "channel_limit": limit}}
    if number % 10 == 0:
        new["password_revision"] = 2
    common = {
        "urn": urn,
        "custom": True,
        "type": _TYPE,
        "parent": f"urn:pulumi:{stack}::phones::pulumi:pulumi:Stack::phones-{stack}",
        "stackTrace": [{"sourcePosition": f"project:///__main__.py#{line}"} for line in range(8)],
    }
    states = {
        "oldState": {
            **common,
            "id": str(number),
            "inputs": old,
            "outputs": {**old, "record_type": "connection"},
        },
        "newState": {**common, "inputs": new},
    }
    return {"op": "update", "urn": urn, **states, "detailedDiff": None}


def _report(folder: Path) -> dict[str, Any]:
    """Return seconds, peak memory and size of the report about the previews in a folder."""
    output = folder / "report.md"
    command = [sys.executable, "-m", "pulumi_telnyx", "report", str(folder), "--output", str(output)]
    before, started = _children(), time.perf_counter()
    subprocess.run(command, check=True)
    took, after = time.perf_counter() - started, _children()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # The largest of all children so far: the small one is measured first.
    peak = after.ru_maxrss * 1024 / _MEBIBYTE
    text = output.read_text(encoding="utf-8")
    return {
        "secs": round(took, 2),
        "cpu_secs": round(cpu, 2),
        "peak_mib": round(peak),
        "characters": len(text),
        "text": text,
    }


def _children() -> resource.struct_rusage:
    return resource.getrusage(resource.RUSAGE_CHILDREN)


def measure() -> dict[str, Any]:
    """Return the figures of 20 stacks with 500 resources each, and of 10,000 resources in one stack."""
    figures: dict[str, Any] = {}
    for name, stacks, resources in (("stacks", STACKS, RESOURCES), ("one_stack", 1, CHANGED)):
        with tempfile.TemporaryDirectory() as folder:
            for number in range(stacks):
                stack = f"site-{number:02}"
                Path(folder, f"{stack}.json").write_text(
                    json.dumps(preview(stack, resources)), encoding="utf-8"
                )
            found = _report(Path(folder))
        text = found.pop("text")
        verdict = text.splitlines()[0]
        figures[name] = {"stacks": stacks, "resources": resources, **found, "verdict": verdict}
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2, ensure_ascii=False))  # noqa: T201 - that is what it is for
