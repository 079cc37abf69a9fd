"""One interrupted run of a stack that is half through creates, updates, deletes and replacements.

Stack and API are copied for every run, so that all of them interrupt the same.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import CONNECTION_TYPE, LiveApi, Operation, StackRunner
from tests.faults.processes import of_home, plugin_of
from tests.faults.relay import Relay
from tests.faults.stacks import new_stack

Victim = Literal["engine", "plugin", "machine", "engine in backoff", "Ctrl-C twice"]

LATENCY_SECS = 0.2
OF_EACH = 5
NAMES = frozenset(f"{kind}{number}" for kind in ("kept", "anew", "more") for number in range(OF_EACH))
"""The resources of the program that is interrupted."""
TIMEOUT_SECS = 9
"""What it changes in the `kept` ones."""
REPLACED = "anew"
"""How the names of the resources begin that it replaces."""
REPLACE = [
    part
    for number in range(OF_EACH)
    for part in ("--replace", f"urn:pulumi:test::stories::{CONNECTION_TYPE}::{REPLACED}{number}")
]
"""The flags that make it replace them."""
WRITES = 5 * OF_EACH
"""Requests of the whole run: a replacement has two."""

# Half of the passwords are given and half generated: a lost state loses the generated ones.
_BEFORE = f"""
for i in range({OF_EACH}):
    CredentialConnection(f"kept{{i}}", webhook_timeout_secs=5)
    CredentialConnection(f"gone{{i}}", password="fake-password-of-gone")
    CredentialConnection(f"anew{{i}}", password=None if i % 2 else "fake-password-of-anew")
"""
_AFTER = f"""
for i in range({OF_EACH}):
    CredentialConnection(f"kept{{i}}", webhook_timeout_secs={TIMEOUT_SECS})
    CredentialConnection(f"anew{{i}}", password=None if i % 2 else "fake-password-of-anew")
    CredentialConnection(f"more{{i}}", password=None if i % 2 else "fake-password-of-more")
"""
_DEFERRED = {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
# Nothing here takes that long, however busy the machine is.
_HANGS_SECS = 120
# Writes that have failed before an engine is killed "in backoff": by then, waits are seconds long.
_FAILED_WRITES = 12
# Nobody starts a recovery sooner; what was being sent at the kill has arrived by then.
_SOONEST_SECS = 0.5
# Longer than any wait of a plugin that goes on.
_IDLE_AFTER_SECS = 10


@dataclass(frozen=True)
class Case:
    """What is interrupted, and when.

    Args:
        victim: what is killed.
        moment: when, from 0 to 1, of the whole run; or of the plugin's life, where that is the victim.
        deferred: whether the state is written at the end of the run only.
        writes: where above 0, the moment counts in the time of one call from when so many writes were sent.
        masked: whether the account's passwords read as asterisks.
        metadata: whether the state folder has the engine's files of metadata, as it has by default.
        seen_through: whether the user runs the same command again; else `refresh`, then `up`.
        first_plain: whether the user runs a plain `up` before either.
    """

    victim: Victim
    moment: float
    deferred: bool = False
    writes: int = 0
    masked: bool = False
    metadata: bool = True
    seen_through: bool = True
    first_plain: bool = False


@dataclass
class Outcome:
    """What was there at the kill, and what was left after the recovery; names where there should be none."""

    case: Case
    secs: float = 0.0
    hit: bool = False
    writes_at_kill: int = 0
    locked: bool = False
    cut_metadata: bool = False
    pending_at_kill: list[str] = field(default_factory=list)
    pending_after_up: list[str] = field(default_factory=list)
    pending_at_end: list[str] = field(default_factory=list)
    taken_over: int = 0
    orphans: int = 0
    late_reads: int = 0
    late_writes: int = 0
    apart_after_plain_up: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    clean: bool = False


@dataclass(frozen=True)
class Remains:
    """A stack whose run was interrupted.

    Args:
        stack: ready for the recovery.
        outcome: what was there at the kill.
        port: where only the requests of the interrupted run arrive.
        last: number of its last request until now.
        killed: when, on the monotonic clock.
    """

    stack: StackRunner
    outcome: Outcome
    port: int
    last: int
    killed: float

    def note_late_requests(self) -> None:
        """Count the plugins that live on, and what they have sent since the recovery began."""
        living = [each for each in of_home(self.stack.environ["PULUMI_HOME"]) if each.is_plugin]
        self.outcome.orphans = len(living)
        if living and self.outcome.case.victim == "engine in backoff":
            time.sleep(max(0.0, self.killed + _IDLE_AFTER_SECS - time.monotonic()))
        for entry in self.stack.api.requests():
            if entry["number"] > self.last and entry["headers"]["host"].endswith(f":{self.port}"):
                self.outcome.late_reads += entry["method"] == "GET"
                self.outcome.late_writes += entry["method"] != "GET"


class Scene:
    """A stack of 15 connections: 5 shall be updated, 5 deleted and 5 replaced, while 5 more are created."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._base = folder / "base"
        folder.mkdir(parents=True, exist_ok=True)
        with EmulatorServer(data=folder / "base.sqlite") as server:
            stack = new_stack(self._base, LiveApi(server))
            stack.program(_BEFORE)
            stack.up()

    def _measured(self, case: Case, name: str) -> tuple[float, float]:
        """Return how many seconds the whole run takes just now, and how far into it the plugin starts."""
        with self._copy(name, case) as stack:
            began = time.monotonic()
            run = _start(stack)
            while plugin_of(stack.environ["PULUMI_HOME"]) is None and run.process.poll() is None:
                time.sleep(0.05)
            plugin_began = time.monotonic() - began
            done = run.finish()
            assert done.code == 0, done.text
            return time.monotonic() - began, plugin_began

    @contextlib.contextmanager
    def _copy(self, name: str, case: Case) -> Iterator[StackRunner]:
        folder, data = self._folder / name, self._folder / f"{name}.sqlite"
        shutil.copy(self._folder / "base.sqlite", data)
        try:
            options = Options(latency_secs=LATENCY_SECS, mask_passwords=case.masked)
            with EmulatorServer(options, data=data) as server:
                stack = new_stack(folder, LiveApi(server), like=self._base)
                stack.program(_AFTER)
                stack.environ.update(_DEFERRED if case.deferred else {})
                if not case.metadata:
                    stack.environ["PULUMI_BACKEND_URL"] += "?metadata=skip"
                try:
                    yield stack
                finally:
                    for process in of_home(stack.environ["PULUMI_HOME"]):
                        process.kill()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            data.unlink()

    @contextlib.contextmanager
    def interrupted(self, case: Case, name: str) -> Iterator[Remains]:
        """Yield a stack whose run was interrupted; whatever outlives it is ended afterwards.

        Args:
            case: how.
            name: a name of its own.
        """
        outcome = Outcome(case)
        by_writes = case.writes or case.victim == "engine in backoff"
        secs, plugin_began = (0.0, 0.0) if by_writes else self._measured(case, f"{name}-whole")
        outcome.secs = secs
        with self._copy(name, case) as stack, Relay(_port(stack.api.server.url)) as relay:
            direct = stack.environ["TELNYX_BASE_URL"]
            stack.environ["TELNYX_BASE_URL"] = direct.replace(str(_port(direct)), str(relay.port))
            run = _start(stack)
            _wait_for(case, stack, run, secs, plugin_began)
            outcome.hit = _kill(case.victim, run, stack.environ["PULUMI_HOME"])
            killed = time.monotonic()
            try:
                run.process.wait(_HANGS_SECS)
            except subprocess.TimeoutExpired:
                outcome.failures.append("the interrupted run hangs")
                run.process.kill()
                run.process.wait()
            stack.api.server.clear_faults()
            time.sleep(_SOONEST_SECS)
            outcome.writes_at_kill = len(_writes(stack.api))
            last = max((entry["number"] for entry in stack.api.requests()), default=0)
            stack.environ["TELNYX_BASE_URL"] = direct
            yield Remains(stack, outcome, relay.port, last, killed)


def _wait_for(case: Case, stack: StackRunner, run: Operation, secs: float, plugin_began: float) -> None:
    """Return at the moment of the case, or when the run has ended before it."""
    home = stack.environ["PULUMI_HOME"]
    if case.victim == "engine in backoff":
        faults = (Fault("status", method=method, times=None) for method in ("POST", "PATCH", "DELETE"))
        stack.api.server.inject(*faults)
    writes = _FAILED_WRITES if case.victim == "engine in backoff" else case.writes
    if writes:
        while run.process.poll() is None and len(_writes(stack.api)) < writes:
            time.sleep(0.05)
        time.sleep(case.moment * LATENCY_SECS)
        return
    if case.victim == "plugin":
        while plugin_of(home) is None and run.process.poll() is None:
            time.sleep(0.05)
        secs -= plugin_began
    time.sleep(case.moment * secs)


def _start(stack: StackRunner) -> Operation:
    """Return the run that is to be interrupted."""
    return stack.start("up", "--yes", "--skip-preview", *REPLACE)


def _kill(victim: Victim, run: Operation, home: str) -> bool:
    """Return whether there was something to kill."""
    lived = run.process.poll() is None
    if victim == "plugin":
        plugin = plugin_of(home)
        if plugin is not None:
            plugin.kill()
        return lived and plugin is not None
    if victim == "Ctrl-C twice":
        for _ in range(2):
            run.process.send_signal(signal.SIGINT)
            time.sleep(0.1)
        return lived
    run.process.kill()
    if victim == "machine":
        for process in of_home(home):
            process.kill()
    return lived


def _writes(api: LiveApi) -> list[int]:
    return [entry["number"] for entry in api.requests() if entry["method"] != "GET"]


def _port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])
