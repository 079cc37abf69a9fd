"""What `pulumi-telnyx drift` finds with the real engine, and that it writes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .stack import StackRunner

PROGRAM = """
    def phone(name, **more):
        outbound = {"outbound_voice_profile_id": "2105551234567890123"}
        password = f"fake-password-CANARY-{name}"
        CredentialConnection(name, password=password, outbound=outbound, inbound={"codecs": ["G722"]}, **more)

    phone("lobby")
    phone("front-desk", webhook_event_url=pulumi.Output.secret("https://example.com/fake-secret-CANARY"))
    phone("workshop")
    phone("fax")
"""


def _drift(stack: StackRunner, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_telnyx", "drift", *arguments],
        cwd=stack.folder,
        env={name: value for name, value in stack.environ.items() if name != "PULUMI_DEBUG_COMMANDS"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "CANARY" not in done.stdout + done.stderr
    return done


def _found(stack: StackRunner) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit code, and what was found of each connection."""
    done = _drift(stack, "--format", "json")
    (only,) = json.loads(done.stdout)["stacks"]
    assert only["error"] is None
    return done.returncode, {each["name"]: each for each in only["connections"]}


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_changed_outside_is_told_and_nothing_is_written(stack: StackRunner) -> None:
    """An edit, a deletion, a password, a secret field; then they are put right, and there is no drift."""
    stack.program(PROGRAM)
    stack.up()
    assert _found(stack) == (0, {})
    ids = {name: each["id"] for name, each in stack.connections().items()}
    # It is not declared: not a word of it.
    stack.api.edit(ids["lobby"], dtmf_type="Inband")
    stack.api.edit(
        ids["fax"], outbound={"outbound_voice_profile_id": None}, inbound={"codecs": ["G722", "OPUS"]}
    )
    stack.api.edit(ids["fax"], password="fake-password-CANARY-other")
    stack.api.edit(ids["front-desk"], webhook_event_url="https://example.com/other-CANARY")
    stack.api.delete(ids["workshop"])
    before = _files(stack.folder / "state")
    stack.api.calls()

    code, found = _found(stack)

    assert code == 2
    assert {name: each["what"] for name, each in found.items()} == {
        "workshop": "deleted",
        "fax": "changed",
        "front-desk": "changed",
    }
    assert found["fax"]["password_changed"] is True
    assert found["fax"]["fields"] == [
        {"field": "inbound.codecs", "declared": ["G722"], "live": ["G722", "OPUS"]},
        {"field": "outbound.outbound_voice_profile_id", "declared": "2105551234567890123", "live": None},
    ]
    assert "outbound calls fail: the voice profile was removed" in found["fax"]["means"]
    assert found["front-desk"]["secrets"] == ["webhook_event_url"]
    live = {each["id"]: each for each in stack.api.connections()}
    assert live[ids["fax"]]["password"] == "fake-password-CANARY-other"
    assert set(stack.api.calls()) == {"GET"}
    assert _files(stack.folder / "state") == before

    text = _drift(stack, "--format", "markdown").stdout
    assert text.startswith(
        "- ⚠️ `test`: **1 connection deleted outside**, **1 password changed outside**, "
        "**2 connections changed outside**\n"
    )
    assert text.endswith("\n<!-- pulumi-telnyx drift: stories -->\n")

    # Without a look at Telnyx the engine knows of none of it, as the text says.
    assert stack.up().changes == {"same": 4}
    assert stack.up("--refresh").changes == {"create": 1, "refresh": 4, "same": 1, "update": 2}
    assert _drift(stack, "--format", "markdown").stdout == (
        "No drift in `test`. <!-- pulumi-telnyx drift: stories -->\n"
    )
    stack.api.edit(ids["lobby"], active=False)
    note = "it is switched off at Telnyx, and no call gets through"
    assert note in _drift(stack, "--format", "markdown").stdout
    assert _found(stack) == (0, {})
    assert stack.up().changes == {"same": 4}


def test_what_is_declared_afterwards_is_kept(stack: StackRunner) -> None:
    """As the text says: nothing is sent, and there is no drift any more. What is left to others is none."""
    desk = """
        left = pulumi.ResourceOptions(ignore_changes=["active"])
        CredentialConnection("desk", active=True, inbound={"codecs": ["%s"]}, opts=left)
    """
    stack.program(desk % "G722")
    stack.up()
    (connection,) = stack.connections().values()
    stack.api.edit(connection["id"], active=False)
    assert _found(stack) == (0, {})
    stack.api.edit(connection["id"], inbound={"codecs": ["OPUS"]})
    code, found = _found(stack)
    assert (code, [each["field"] for each in found["desk"]["fields"]]) == (2, ["inbound.codecs"])
    stack.program(desk % "OPUS")
    stack.api.calls()

    assert stack.up("--refresh").changes == {"refresh": 1, "same": 1}

    assert set(stack.api.calls()) == {"GET"}
    assert _found(stack) == (0, {})
    assert stack.up().changes == {"same": 1}
