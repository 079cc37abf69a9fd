"""A Pulumi stack of its own for a test: temporary folder, own home and state, the real engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer
from pulumi_telnyx.testing import EmulatorControl

CONNECTION_TYPE = "pulumi-python:dynamic/telnyx:CredentialConnection"

# For a story in which it matters whether passwords can be read.
IN_BOTH_ACCOUNTS = pytest.mark.parametrize("mask_passwords", [False, True], ids=["readable", "masked"])

# The interpreter that runs the tests has the provider and the SDK installed.
_RUNTIME = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
# Far longer than any story takes.
_MOST_SECS = 1800


@dataclass(frozen=True)
class Run:
    """What one `pulumi` command did.

    Args:
        code: the exit code.
        text: standard output and standard error, as a user would see them.
        changes: how many resources of each operation (`create`, `same` …), without the stack itself.
    """

    code: int
    text: str
    changes: dict[str, int]

    @property
    def diff(self) -> str:
        """The text without the blanks that align it: `name: old => new`."""
        return re.sub(r" +: ", ": ", self.text)


@dataclass(frozen=True)
class Operation:
    """A `pulumi` command that runs; a runner has one at a time.

    Args:
        process: the engine.
        events: the file of its events.
        output: the file of what a user would see.
    """

    process: subprocess.Popen[bytes]
    events: Path
    output: Path

    def finish(self) -> Run:
        """Return what it did, when it has ended; one that hangs is killed, and fails like that."""
        try:
            code = self.process.wait(_MOST_SECS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        return Run(code, self.output.read_text(errors="replace"), _changes(self.events))


class LiveApi(EmulatorControl):
    """The emulator of a stack's story, which others may have started."""

    def __init__(self, server: EmulatorServer) -> None:
        self.server = server

    @property
    def control_url(self) -> str:
        return self.server.control_url

    def calls(self) -> list[str]:
        """Return the API calls since the last time as `METHOD`, oldest first."""
        log = self.requests()
        self.forget_requests()
        return [entry["method"] for entry in log]

    def bodies(self, method: str) -> list[dict[str, Any]]:
        """Return the bodies of the calls with this method since the log was last emptied."""
        return [entry["body"] for entry in self.requests() if entry["method"] == method]


class StackRunner:
    """Runs `pulumi` on one program; every operation that must succeed has a sibling that returns anyway."""

    def __init__(
        self,
        folder: Path,
        engine: str,
        api: LiveApi,
        *,
        project: Mapping[str, Any] | None = None,
        name: str = "test",
        like: Path | None = None,
    ) -> None:
        """Make the stack, or copy the untouched one of another runner, whose folder is `like`."""
        self.folder = folder
        self.api = api
        self.name = name
        self.environ = {
            # Nothing of the caller's environment but what programs need to run at all.
            "PATH": os.pathsep.join((engine, str(Path(sys.prefix) / "bin"), os.environ["PATH"])),
            "HOME": str(folder),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            # The one that stacks/Pulumi.dev.yaml has its salt for.
            "PULUMI_CONFIG_PASSPHRASE": "emulator",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            # Unlocks --event-log, which counts exactly what the engine did.
            "PULUMI_DEBUG_COMMANDS": "1",
            "TELNYX_API_KEY": DEFAULT_API_KEY,
            "TELNYX_BASE_URL": api.server.url,
            # `make coverage` looks into the processes that the engine starts, too.
            **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
        }
        settings = {**(project or {"name": "stories"}), "runtime": _RUNTIME}
        (folder / "Pulumi.yaml").write_text(json.dumps(settings))
        if like is None:
            (folder / "state").mkdir()
            self.command("stack", "init", name)
        else:
            shutil.copytree(like / "state", folder / "state")
            shutil.copy(like / f"Pulumi.{name}.yaml", folder)

    def program(self, text: str) -> None:
        """Set the stack program, after imports of `pulumi` and `CredentialConnection`."""
        imports = "import pulumi\nfrom pulumi_telnyx import CredentialConnection\n"
        (self.folder / "__main__.py").write_text(imports + textwrap.dedent(text))

    def up(self, *flags: str) -> Run:
        return _succeeded(self.try_up(*flags))

    def try_up(self, *flags: str) -> Run:
        return self._operation("up", "--yes", "--skip-preview", *flags)

    def preview(self, *flags: str) -> Run:
        return _succeeded(self.try_preview(*flags))

    def try_preview(self, *flags: str) -> Run:
        return self._operation("preview", *flags)

    def refresh(self, *flags: str) -> Run:
        return _succeeded(self.try_refresh(*flags))

    def try_refresh(self, *flags: str) -> Run:
        return self._operation("refresh", "--yes", "--skip-preview", *flags)

    def destroy(self, *flags: str) -> Run:
        return _succeeded(self.try_destroy(*flags))

    def try_destroy(self, *flags: str) -> Run:
        return self._operation("destroy", "--yes", "--skip-preview", *flags)

    def outputs(self, *flags: str) -> dict[str, Any]:
        """Return the stack's outputs; pass `--show-secrets` to see secret ones."""
        outputs: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json", *flags))
        return outputs

    def connections(self) -> dict[str, dict[str, Any]]:
        """Return what the state holds for each credential connection, by resource name."""
        return {
            each["urn"].rpartition("::")[2]: each
            for each in self.resources()
            if each["type"] == CONNECTION_TYPE
        }

    def resources(self) -> list[dict[str, Any]]:
        """Return what the state holds, the stack and its providers included."""
        # From the file: asking the CLI for it would start it once more in every story.
        (checkpoint,) = (self.folder / "state" / ".pulumi" / "stacks").glob(f"*/{self.name}.json")
        latest = json.loads(checkpoint.read_text())["checkpoint"]["latest"] or {}
        return latest.get("resources") or []

    def state_text(self) -> str:
        """Return every byte that the state folder holds, as text."""
        files = (path for path in (self.folder / "state").rglob("*") if path.is_file())
        return "\n".join(path.read_text() for path in files)

    def pulumi(self, *command: str) -> str:
        """Return the standard output of a command about this stack that must succeed."""
        return self.command(*command, "--stack", self.name)

    def command(self, *command: str) -> str:
        """Return the standard output of a command, about whatever stack, that must succeed."""
        done = self.run("pulumi", *command, "--non-interactive")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Return what any command did in the project's folder, with nobody to answer it."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, *command: str) -> Operation:
        """Return while an operation, such as `"up", "--yes", "--skip-preview"`, still runs."""
        events, output = self.folder / "events.json", self.folder / "output.txt"
        events.unlink(missing_ok=True)
        flags = ("--stack", self.name, "--non-interactive", "--color", "never", "--event-log", str(events))
        with output.open("w") as text:
            process = subprocess.Popen(
                ["pulumi", *command, *flags],
                cwd=self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=text,
                stderr=subprocess.STDOUT,
            )
        return Operation(process, events, output)

    def _operation(self, *command: str) -> Run:
        return self.start(*command).finish()


def _changes(events: Path) -> dict[str, int]:
    """Count the steps of resources; the engine's summary counts the stack and providers as well."""
    counted: dict[str, int] = {}
    for line in events.read_text().splitlines() if events.exists() else ():
        event = json.loads(line)
        step = event.get("resourcePreEvent", {}).get("metadata")
        if step and not step["type"].startswith("pulumi:"):
            counted[step["op"]] = counted.get(step["op"], 0) + 1
    return counted


def _succeeded(run: Run) -> Run:
    assert run.code == 0, run.text
    return run
