"""What an import of a whole account costs and leaves: `python -m tests.figures.import_account 1000`."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pulumi_telnyx.api.models import MASKED_PASSWORD
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi, StackRunner

from .generated import LEAVES, consistent, nested, valid_values

ROOT = Path(__file__).parents[2]
LATENCY_SECS = 0.1
_NAMES = ("Front desk", "Büro Köln", "class", "🙂", "FRONT  desk!", "Empfang (2)", "x" * 200)


def measure(connections: int, folder: Path, engine: str) -> dict[str, Any]:
    """Import an account of so many connections, and return what it took and what came of it.

    Every field is in use somewhere, half of the passwords are masked, and names stand twice and in other
    scripts.
    """
    with EmulatorServer() as server:
        api = LiveApi(server)
        for number in range(connections):
            api.create(**_settings(number))
        before = api.connections()
        stack = _stack(folder, engine, api)
        api.forget_requests()
        server.configure(latency_secs=LATENCY_SECS)
        started = time.monotonic()
        done = stack.run("pulumi-telnyx", "import", "--run", "--stack", stack.name)
        secs = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        requests = api.calls()
        server.configure(latency_secs=0.0)
        preview, refresh = stack.preview().changes, stack.refresh().changes
        again = stack.preview().changes
        _edit(folder)
        edited = stack.up().changes
        after = api.connections()
    return {
        "connections": connections,
        "exit code": done.returncode,
        "said": done.stderr.splitlines()[-3:],
        "seconds": round(secs, 1),
        "peak MB of the largest process": round(peak / 1024),
        "requests": len(requests),
        "requests that write": sum(each != "GET" for each in requests),
        "preview": preview,
        "refresh": refresh,
        "preview after the refresh": again,
        "one edit": edited,
        "connections that changed": sum(one != other for one, other in zip(before, after, strict=True)),
        "passwords in files": _leaks(folder),
    }


def _settings(number: int) -> dict[str, Any]:
    paths = sorted(LEAVES)
    chosen = {
        path: paths.index(path) for path in (paths[number % len(paths)], paths[number * 7 % len(paths)])
    }
    fields = {
        path: valid_values(path)[(number + place) % len(valid_values(path))] for path, place in chosen.items()
    }
    password = MASKED_PASSWORD if number % 2 else f"fake-password-CANARY{number}"
    return {
        **nested(consistent(fields)),
        "connection_name": _NAMES[number % len(_NAMES)],
        "user_name": f"phone{number}abc",
        "password": password,
    }


def _stack(folder: Path, engine: str, api: LiveApi) -> StackRunner:
    shutil.copy(ROOT / "__main__.py", folder)
    (folder / "stacks").mkdir()
    # The repository's own: what it declares without a default has to be in every stack's file.
    project = YAML(typ="safe").load((ROOT / "Pulumi.yaml").read_text())
    return StackRunner(folder, engine, api, project=project)


def _edit(folder: Path) -> None:
    """Switch one connection off, whichever file declares it."""
    for path in (folder / "stacks").glob("*.yaml"):
        text = path.read_text()
        path.write_text(
            re.sub(r"^( *)(front-desk-phone0abc:)\n", r"\1\2\n\1  active: false\n", text, flags=re.MULTILINE)
        )


def _leaks(folder: Path) -> int:
    files = (each for each in folder.rglob("*") if each.is_file() and "home" not in each.parts)
    return sum(each.read_bytes().count(b"CANARY") for each in files)


def main() -> None:
    """Print the figures as JSON; exit code 1 when one is missed."""
    connections = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    found = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "engine")], stdout=subprocess.PIPE, text=True, check=True
    )
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(connections, Path(folder), found.stdout.splitlines()[-1])
    print(json.dumps(figures, indent=2))  # noqa: T201 - that is what it is for
    sys.exit(
        bool(
            figures["exit code"] or figures["passwords in files"] or figures["connections that changed"] != 1
        )
    )


if __name__ == "__main__":
    main()
