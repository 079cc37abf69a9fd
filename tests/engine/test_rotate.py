"""A rotation with the real engine: exactly what was named gets a new password, and only a person sees it."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .stack import IN_BOTH_ACCOUNTS, LiveApi, StackRunner

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "registrations.md").read_text()
PROJECT = {"name": "phones", "stackConfigDir": "stacks"}
GENERATED = """\
    # The lobby's phone hangs beside the door.
    lobby: {user_name: lobbyphone}
    fax:
      user_name: faxmachine # since 2019
"""


@pytest.fixture
def phones(tmp_path: Path, engine: str, api: LiveApi) -> StackRunner:
    """A stack of the repository's own program: an imported connection, and two with generated passwords."""
    shutil.copy(ROOT / "__main__.py", tmp_path)
    (tmp_path / "stacks").mkdir()
    stack = StackRunner(tmp_path, engine, api, project=PROJECT)
    for user_name in ("deskphone", "gatephone"):
        api.create(user_name=user_name, connection_name=user_name, password=f"fake-password-{user_name}")
    imported = rotate_like(stack, "import", "--run", "--no-protect")
    assert imported.returncode == 0, imported.stderr
    settings = settings_of(stack)
    heading = "  phones:connections:\n"
    assert heading in settings
    file_of(stack).write_text(settings.replace(heading, heading + GENERATED))
    assert stack.up().changes == {"create": 2, "same": 2}
    return stack


def file_of(stack: StackRunner) -> Path:
    return stack.folder / "stacks" / f"Pulumi.{stack.name}.yaml"


def settings_of(stack: StackRunner) -> str:
    return file_of(stack).read_text()


def rotate_like(stack: StackRunner, *command: str) -> subprocess.CompletedProcess[str]:
    return stack.run("pulumi-telnyx", *command, "--stack", stack.name)


def rotate(stack: StackRunner, *arguments: str) -> subprocess.CompletedProcess[str]:
    return rotate_like(stack, "rotate", *arguments)


def rotate_in_a_terminal(stack: StackRunner, *arguments: str) -> tuple[int, str, str]:
    """Return exit code, what a terminal shows of stdout, and stderr, which is a pipe."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["pulumi-telnyx", "rotate", *arguments, "--stack", stack.name],
        cwd=stack.folder,
        env=stack.environ,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(theirs)
        shown = b""
        # A terminal that nobody writes to any more is an error to read from.
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(ours)
        assert process.stderr is not None
        errors = process.stderr.read()
    return process.returncode, shown.decode(), errors


def passwords(api: LiveApi) -> dict[str, str]:
    return {each["user_name"]: each["password"] for each in api.connections()}


def test_what_is_named_gets_a_new_password_and_nothing_else(phones: StackRunner, api: LiveApi) -> None:
    """First in the file, then at Telnyx; comments stay, and the next preview is empty."""
    before, settings = passwords(api), settings_of(phones)
    (lobby,) = (each["id"] for each in api.connections() if each["user_name"] == "lobbyphone")
    api.register(lobby, ip_address="203.0.113.7")

    planned = rotate(phones, "lobby", "--yes")

    assert planned.returncode == 0, planned.stderr
    assert passwords(api) == before
    day = re.findall(r'rotate_password_when: ("\d{4}-\d\d-\d\d")', settings_of(phones))
    assert len(day) == 1
    assert settings_of(phones) == settings.replace(
        "lobby: {user_name: lobbyphone}",
        f"lobby: {{user_name: lobbyphone, rotate_password_when: {day[0]}}}",
    )
    assert "test: rotate 1 password" in planned.stdout
    assert "phones of 1 connection must log in again" in planned.stdout
    assert re.search(r"^lobby +lobbyphone +Registered +203\.0\.113\.7", planned.stdout, re.MULTILINE)
    assert "nothing has changed at Telnyx yet" in planned.stderr

    again = rotate(phones, "lobby", "fax", "--yes", "--up")

    after = passwords(api)
    assert again.returncode == 0, again.stdout + again.stderr
    assert settings_of(phones).count(f'{day[0][:-1]}-2"') == 2
    assert {name for name, each in after.items() if each != before[name]} == {"lobbyphone", "faxmachine"}
    assert "new passwords: 2 of 2" in again.stderr
    assert phones.preview().changes == {"same": 4}
    everything = planned.stdout + planned.stderr + again.stdout + again.stderr + phones.state_text()
    assert not any(each in everything for each in {*before.values(), *after.values()})


@IN_BOTH_ACCOUNTS
def test_an_imported_one_is_generated_from_now_on_when_that_is_said(
    phones: StackRunner, api: LiveApi, mask_passwords: bool
) -> None:
    """Whether its password was kept, encrypted among others, or left as it is; the others stay."""
    before, settings = passwords(api), settings_of(phones)

    refused = rotate(phones, "deskphone", "--yes")

    assert refused.returncode == 1
    where = "is unmanaged" if mask_passwords else "stands in phones:passwords of stacks/Pulumi.test.yaml"
    assert f"error: deskphone: its password {where}" in refused.stderr
    assert settings_of(phones) == settings

    code, shown, errors = rotate_in_a_terminal(
        phones, "deskphone", "--generate", "--up", "--yes", "--show-password"
    )

    after = passwords(api)
    assert code == 0, shown + errors
    assert {name for name, each in after.items() if each != before[name]} == {"deskphone"}
    assert f"deskphone: user name deskphone, password {after['deskphone']}\r\n" in shown
    assert after["deskphone"] not in errors + settings_of(phones) + phones.state_text()
    assert shown.count(after["deskphone"]) == 1
    assert phones.preview().changes == {"same": 4}
    assert not rotate(phones, "gatephone", "--generate", "--up", "--yes").returncode
    assert "phones:passwords" not in settings_of(phones)
    assert phones.preview().changes == {"same": 4}


def test_a_pipe_gets_no_password_and_then_nothing_is_done(phones: StackRunner, api: LiveApi) -> None:
    """Neither the file nor Telnyx changes; nor where more would change than was asked for."""
    before = passwords(api)
    file_of(phones).write_text(settings_of(phones) + "  phones:defaults: {dtmf_type: Inband}\n")
    settings = settings_of(phones)

    piped = rotate(phones, "lobby", "--up", "--yes", "--show-password")

    assert piped.returncode == 1
    assert (
        "--show-password prints to a terminal only, and standard output is none: nothing was done"
        in piped.stderr
    )
    assert settings_of(phones) == settings

    more = rotate(phones, "lobby", "--up", "--yes")

    assert more.returncode == 1
    assert "changes more than these new passwords: nothing has changed at Telnyx" in more.stderr
    assert passwords(api) == before


@pytest.mark.parametrize("mask_passwords", [True])
def test_a_set_gets_new_passwords_in_waves(tmp_path: Path, engine: str, api: LiveApi) -> None:
    """As docs/registrations.md prints it: two at once here, while the other one keeps its password."""
    shutil.copy(ROOT / "__main__.py", tmp_path)
    (tmp_path / "stacks").mkdir()
    stack = StackRunner(tmp_path, engine, api, project=PROJECT)
    names = [f"desk{number}phone" for number in range(3)]
    ids = [
        api.create(user_name=each, connection_name=each, password=f"fake-password-{each}") for each in names
    ]
    assert rotate_like(stack, "import", "--as-set", "agents", "--run").returncode == 0
    registered(api, ids, "2026-12-01T08:00:00")
    before = passwords(api)
    down, wave, back = (
        line.replace("--stack prod", "").replace("--wave 50", "--wave 2 --generate --yes").split()[1:]
        for line in re.findall(r"^\$ pulumi-telnyx (.*)$", PAGE, re.MULTILINE)[-3:]
    )

    assert rotate_like(stack, "registrations", *down).returncode == 0
    code, shown, errors = rotate_in_a_terminal(stack, *wave, "--show-password")

    first = passwords(api)
    assert code == 0, shown + errors
    assert [each for each in names if first[each] != before[each]] == names[:2]
    assert f"agents/desk0phone: user name desk0phone, password {first['desk0phone']}\r\n" in shown
    assert "new passwords: 2 of 2" in errors
    early = rotate(stack, *wave)
    assert early.returncode == 2
    assert "2 phones of the waves so far have not come back with their new password" in early.stderr
    registered(api, ids[:2], "2026-12-01T09:00:00")
    assert rotate_like(stack, "registrations", *back).returncode == 0
    rest = rotate(stack, *wave)
    second = passwords(api)
    assert rest.returncode == 0, rest.stdout + rest.stderr
    assert [each for each in names if second[each] != first[each]] == names[2:]
    assert "1 connection in this wave; 2 had theirs, 0 are left" in rest.stderr
    registered(api, ids, "2026-12-01T10:00:00")
    assert "all of 3 connections have 2027-Q1" in rotate(stack, *wave).stderr
    assert stack.preview().changes == {"same": 1}
    assert first["desk0phone"] not in settings_of(stack) + stack.state_text()


def registered(api: LiveApi, ids: list[str], at: str) -> None:
    for each in ids:
        api.register(each, last_registration=at)
