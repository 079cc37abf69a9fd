"""Stories of leftovers: what the account has and no stack, with states as the real engine exports them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from pulumi_telnyx.ownership import mark_of

from .stack import StackRunner

MARK = mark_of("organization", "stories", "test", "gone")


@pytest.fixture
def mask_passwords() -> bool:
    """No list shows a password, so masking makes no difference."""
    return False


def telnyx(stack: StackRunner, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pulumi_telnyx", *arguments],
        cwd=stack.folder,
        env=stack.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def listed(stack: StackRunner, *arguments: str) -> set[str]:
    done = telnyx(stack, "list", "--format", "json", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return {each["user_name"] for each in json.loads(done.stdout)}


def test_what_no_stack_has_is_found_by_its_states(stack: StackRunner) -> None:
    """By stacks of the CLI and by exports in files; a second `up` changes nothing, nor does the list."""
    portal = stack.api.create(user_name="portal001")
    stack.api.create(user_name="leftover1", tags=[MARK])
    stack.program(
        f"""
        CredentialConnection("desk", user_name="frontdesk", password="fake-password-1")
        CredentialConnection.get("pbx", "{portal}")
        """
    )
    stack.up()
    (stack.folder / "export.json").write_text(stack.pulumi("stack", "export"))
    stack.command("stack", "init", "empty")
    kept = stack.api.connections()

    for states in (["--stack", "test"], ["--state", "export.json"], ["--stack", "empty", "--stack", "test"]):
        assert listed(stack, "--unmanaged", *states) == {"portal001", "leftover1"}
        assert listed(stack, "--orphans", *states) == {"leftover1"}
    assert listed(stack, "--orphans", "--stack", "empty") == {"frontdesk", "leftover1"}

    missing = telnyx(stack, "list", "--orphans", "--stack", "nowhere")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr == ("Error: `pulumi stack export` failed: no stack named 'nowhere' found\n")
    assert stack.api.connections() == kept
    assert stack.up().changes == {"same": 1, "read": 1}
