"""What docs/credential-connection.md promises: each program runs as printed, and so do the messages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .stack import CONNECTION_TYPE, StackRunner

ROOT = Path(__file__).parents[2]
PAGE = Path("docs", "credential-connection.md")
SCRIPT = Path("scripts", "docs")

TEXT = (ROOT / PAGE).read_text()
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
ROTATION, OUTSIDE, PROBLEMS, REFUSAL = (
    block.splitlines() for block in re.findall(r"^```text\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
)


def test_each_program_of_the_page_runs_as_printed(stack: StackRunner) -> None:
    """Each in a module of its own, all in one stack; the second `up` changes nothing."""
    _export_from_another_stack(stack, branchPassword="branch-battery-7")
    existing = stack.api.create(connection_name="PBX", user_name="oldpbx01", password="not-ours-1")
    stack.pulumi("config", "set", "--secret", "deskPassword", "correct-horse-7battery")
    stack.pulumi("config", "set", "vaultStack", "organization/stories/vault")
    stack.pulumi("config", "set", "pbxId", existing)
    for number, program in enumerate(PROGRAMS, 1):
        (stack.folder / f"program_{number}.py").write_text(program)
    stack.program("\n".join(f"import program_{number}" for number, _ in enumerate(PROGRAMS, 1)))

    first, second, refreshed = stack.up(), stack.up(), stack.preview("--refresh")

    # One a program; the one that reads makes none.
    declared = len(PROGRAMS) - 1
    assert first.changes == {"create": declared, "read": 1}
    assert second.changes == {"same": declared, "read": 1}
    assert refreshed.changes == {**second.changes, "refresh": declared + 1}


def _export_from_another_stack(stack: StackRunner, **secrets: str) -> None:
    stack.program("\n".join(f"pulumi.export({name!r}, {value!r})" for name, value in secrets.items()))
    stack.command("stack", "init", "vault")
    stack.command("up", "--yes", "--skip-preview", "--stack", "vault")


def test_a_generated_password_changes_when_the_page_says_so(stack: StackRunner) -> None:
    """With the date of the page's program, back again after somebody else's, and with a replace."""
    (program,) = (each for each in PROGRAMS if "rotate_password_when" in each)
    stack.program(program)
    stack.up()
    (first,) = stack.api.connections()

    stack.program(program.replace("2026-12-01", "2027-03-01"))
    rotation = stack.up("--diff")

    (rotated,) = stack.api.connections()
    assert all(line in rotation.diff for line in ROTATION), rotation.text
    assert rotated == {**first, "password": rotated["password"]}
    assert rotated["password"] != first["password"]

    stack.api.edit(rotated["id"], password="somebody-elses-1")
    restoration = stack.up("--refresh", "--diff")

    assert all(line in restoration.diff for line in OUTSIDE), restoration.text
    assert stack.api.connections() == [rotated]
    assert "somebody-elses-1" not in stack.state_text()

    stack.up("--replace", f"urn:pulumi:test::stories::{CONNECTION_TYPE}::warehouse")

    (replaced,) = stack.api.connections()
    assert replaced["id"] != rotated["id"]
    assert replaced["password"] != rotated["password"]
    assert stack.up().changes == {"same": 1}


def test_what_is_left_out_stays_and_reads_as_the_page_says(stack: StackRunner) -> None:
    """Names outlive the resource's name and their own removal; any other argument left out is None."""
    stack.program('CredentialConnection("desk", connection_name="Front desk")')
    stack.up()
    (before,) = stack.api.connections()

    stack.program(
        """
        renamed = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="desk")])
        reception = CredentialConnection("reception", opts=renamed)
        pulumi.export("names", [reception.connection_name, reception.user_name])
        pulumi.export("left_out", pulumi.Output.all(reception.tags, reception.inbound).apply(repr))
        """
    )

    stack.api.calls()
    # The state takes note that the name is not declared any more; nothing is sent.
    assert stack.up().changes == {"update": 1}
    assert stack.api.calls() == []
    assert stack.up().changes == {"same": 1}
    assert stack.outputs() == {
        "names": ["Front desk", before["user_name"]],
        "left_out": "[None, None]",
    }
    assert stack.api.connections() == [before]


def test_messages_read_as_printed(stack: StackRunner) -> None:
    """What the preview finds, and what only the API knows."""
    stack.program(
        """
        CredentialConnection(
            "desk",
            user_name="12345678",
            dtmf_type="RFC2833",
            inbound={"codex": ["G722"], "timeout_2xx_secs": 900},
            webhook_event_failover_url="https://standby.example.com/telnyx/events",
        )
        """
    )

    problems = stack.try_preview()

    assert all(line in problems.text for line in PROBLEMS), problems.text
    assert problems.text.count("has a problem: ") == 2 * len(PROBLEMS), "while it runs, and in the summary"
    assert stack.api.calls() == []

    stack.api.create(connection_name="Other", user_name="frontdesk01", password="not-ours-1")
    stack.program('CredentialConnection("desk", user_name="desk0001")')
    stack.up()
    stack.program('CredentialConnection("desk", user_name="FrontDesk01")')

    refusal = stack.try_up()

    assert all(part in refusal.text for part in REFUSAL[0].split("…"))
    assert stack.connections()["desk"]["inputs"]["user_name"] == "desk0001"


def test_a_stale_page_is_named_and_renewed(tmp_path: Path) -> None:
    """`--check` changes nothing and says what to run; the page of this repository is not stale."""
    for path in (PAGE, Path("docs", "emulator.md"), SCRIPT):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    page = tmp_path / PAGE
    stale = TEXT.replace("`webhook_timeout_secs` | integer", "`webhook_timeout_secs` | float")

    def script(*flags: str) -> tuple[int, str]:
        command = [sys.executable, str(tmp_path / SCRIPT), *flags]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert script("--check") == (0, "")
    page.write_text(stale)
    assert script("--check") == (1, f"{PAGE} is stale: run make docs\n")
    assert page.read_text() == stale
    assert script() == (0, "")
    assert page.read_text() == TEXT


def test_the_tests_of_the_page_on_testing_pass_as_printed(tmp_path: Path, engine: str) -> None:
    """With mocks first, then with the real engine and the fixture from its conftest.py."""
    page = (ROOT / "docs" / "testing.md").read_text()
    mocks, conftest, real = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "test_mocks.py").write_text(mocks)
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_real.py").write_text(real)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    environ = {
        "PATH": os.pathsep.join((engine, str(Path(sys.prefix) / "bin"), os.environ["PATH"])),
        "HOME": str(tmp_path),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        # Of the caller's environment: nothing must come through.
        "TELNYX_ACCOUNT": "key:0001",
    }

    command = [sys.executable, "-m", "pytest", "-q", "--basetemp", str(tmp_path / "temporary")]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(re.findall('^def test_', mocks + real, re.MULTILINE))} passed" in done.stdout
