"""Stories of leftovers: what the account has and no stack, with states as the real engine exports them."""

from __future__ import annotations

import json
import subprocess

from pulumi_telnyx.ownership import mark_of

from .stack import StackRunner

MARK = mark_of("organization", "stories", "test", "gone")


def telnyx(stack: StackRunner, *arguments: str) -> subprocess.CompletedProcess[str]:
    return stack.run("pulumi-telnyx", *arguments)


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
    assert missing.stderr.startswith("error: `pulumi stack export` failed: no stack named 'nowhere' found: ")
    assert "`pulumi stack ls` lists those" in missing.stderr
    assert stack.api.connections() == kept
    assert stack.up().changes == {"same": 1, "read": 1}


def test_what_tests_have_left_behind_is_swept(stack: StackRunner) -> None:
    """Of a stack that is there and of one that is gone; what a state has stays, and `up` changes nothing."""
    stack.program('CredentialConnection(f"desk-{pulumi.get_stack()}")')
    stack.up()
    stack.command("stack", "init", "pr-7")
    stack.command("up", "--yes", "--skip-preview", "--stack", "pr-7")
    leftover = stack.api.create(user_name="leftover1", tags=[MARK])
    portal = stack.api.create(user_name="portal001")

    swept = telnyx(stack, "sweep", "--marked-by", "stories/test", "--yes")

    assert (swept.returncode, swept.stderr) == (0, "")
    assert swept.stdout.splitlines()[-1] == f"deleted: {leftover} leftover1 (leftover1)"
    assert len(stack.api.connections()) == 3

    again = telnyx(stack, "sweep", "--marked-by", "pr-7")
    assert (again.returncode, again.stderr) == (0, "stack stories/pr-7 has left nothing behind\n")

    # As when a test's state is thrown away with its connections still there.
    stack.command("stack", "rm", "pr-7", "--force", "--yes")
    gone = telnyx(stack, "sweep", "--marked-by", "pr-7", "--yes")

    assert gone.returncode == 0
    assert gone.stderr.startswith("there is no stack stories/pr-7 in the backend")
    (desk,) = stack.connections().values()
    assert {each["id"] for each in stack.api.connections()} == {desk["id"], portal}
    assert stack.up().changes == {"same": 1}
