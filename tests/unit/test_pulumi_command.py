"""How commands run the Pulumi CLI, with a stand-in for it."""

from __future__ import annotations

import threading
from pathlib import Path

import click
import pytest

from pulumi_telnyx.cli import stacks
from pulumi_telnyx.cli.pulumi import PulumiFailedError, PulumiTimeoutError, ask_pulumi, run_pulumi


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the file that is `pulumi` on PATH; it prints what it was started with."""
    file = tmp_path / "pulumi"
    file.write_text('#!/bin/sh\necho "$@" "debug:$PULUMI_DEBUG_GRPC"; cat; echo "error: no" >&2; exit 3\n')
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return file


def test_a_command_that_fails_is_told_with_its_own_words(fake: Path) -> None:
    """Whoever wants to go on gets exit code, output and reason instead."""
    answer = ask_pulumi(fake.parent, "config", "set", called="it", content="value")

    assert answer == (3, b"config set --non-interactive debug:\nvalue", "no")
    with pytest.raises(PulumiFailedError, match=r"^`pulumi config set` failed: no$"):
        run_pulumi(fake.parent, "config", "set", "--secret")


def test_a_debug_log_of_the_caller_gets_no_secrets(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi would write decrypted values into it, also for commands that show none."""
    monkeypatch.setenv("PULUMI_DEBUG_GRPC", "debug.json")

    assert ask_pulumi(fake.parent, "stack", called="it").printed.endswith(b"debug:\n")


def test_a_cli_that_cannot_be_started_is_one_line(fake: Path) -> None:
    """A file that may not be run is no reason for a traceback."""
    fake.chmod(0o644)

    with pytest.raises(PulumiFailedError, match=r"^`pulumi version` could not be started: "):
        run_pulumi(fake.parent, "version")


def test_a_cli_that_hangs_is_ended(fake: Path) -> None:
    """Its line says after how long."""
    fake.write_text("#!/bin/sh\nexec sleep 600\n")

    with pytest.raises(PulumiTimeoutError, match=r"^it gave no answer in 1 s$"):
        ask_pulumi(fake.parent, "up", called="it", timeout_secs=1)


def test_who_waits_for_long_reads_what_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that gets no answer is tried for minutes, and silence looks like a command that hangs."""
    (tmp_path / "Pulumi.yaml").write_text("name: phones\nruntime: python\n")
    told = threading.Event()
    lines: list[str] = []

    def echo(line: str, *, err: bool) -> None:
        lines.append(line.partition(" (")[0])
        if "waiting" in line:
            told.set()

    monkeypatch.setattr(click, "echo", echo)
    monkeypatch.setattr(stacks, "_SILENT_SECS", 0.01)
    [answered] = stacks.of_each(tmp_path, ["dev"], "refresh", lambda *_: (told.wait(60), "no drift"))

    assert answered
    assert lines == [
        "[1/1] dev: refresh …",
        "[1/1] dev: still waiting for Pulumi; without an answer of Telnyx, a call is tried for up to 120 s",
        "[1/1] dev: no drift",
    ]
