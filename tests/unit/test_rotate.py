"""A new generated password begins in the stack's file: what is written there, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pulumi_telnyx.cli import cli

TYPE = "pulumi-python:dynamic/telnyx:CredentialConnection"
SALT = "encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAA\n"
HEAD = f"{SALT}config:\n  phones:connections:\n"
# Answers with the file that is named like the command, notes how it was called, and "encrypts".
FAKE = f"""#!{sys.executable}
import json, pathlib, sys
here, arguments = pathlib.Path({{here!r}}), sys.argv[1:]
with (here / "calls").open("a") as calls:
    calls.write(" ".join(arguments) + "\\n")
if arguments[:2] == ["config", "set"]:
    (here / "encrypted").write_text(sys.stdin.read())
    copy = pathlib.Path(arguments[arguments.index("--config-file") + 1])
    copy.write_text(copy.read_text().replace("v1:CANARY-of-two", "v1:CANARY-of-one"))
    sys.exit()
answer = here / "-".join(each for each in arguments[:2] if each != "--json")
answer.is_file() or sys.exit("error: the backend is away")
print(answer.read_text())
"""


def today(number: int = 1) -> str:
    day = datetime.now().astimezone().date().isoformat()
    return day if number == 1 else f"{day}-{number}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose `pulumi` is a stand-in; its stack was deployed, and there is no key."""
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: phones\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").write_text(FAKE.replace("{here!r}", repr(str(tmp_path))))
    (tmp_path / "bin" / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("TELNYX_API_KEY", raising=False)
    (tmp_path / "config").write_text("{}")
    deployed(tmp_path)
    return tmp_path


def urn(name: str) -> str:
    return f"urn:pulumi:prod::phones::{TYPE}::{name}"


def deployed(project: Path, **outputs: dict[str, Any]) -> None:
    """Let the state have connections with these outputs."""
    rows = [
        {
            "urn": urn(name),
            "type": TYPE,
            "id": f"299{place}",
            "outputs": {"user_name": f"{name}phone", **each},
        }
        for place, (name, each) in enumerate(outputs.items())
    ]
    (project / "stack-export").write_text(json.dumps({"version": 3, "deployment": {"resources": rows}}))


def previewed(project: Path, *names: str) -> None:
    """Let a preview show a new password for connections."""
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}
    steps = [
        {
            "op": "update",
            "urn": urn(name),
            "oldState": {"inputs": {"password": secret, "password_revision": 1}, "id": "299"},
            "newState": {"inputs": {"password": secret, "password_revision": 2}},
        }
        for name in names
    ]
    preview = {"steps": steps, "changeSummary": {"update": len(steps)}}
    (project / "preview").write_text(json.dumps(preview))


def declare(project: Path, text: str, *, head: str = HEAD) -> None:
    (project / "stacks" / "Pulumi.prod.yaml").write_bytes((head + text).encode())


def declared(project: Path, *, head: str = HEAD) -> str:
    return (project / "stacks" / "Pulumi.prod.yaml").read_bytes().decode().removeprefix(head)


def rotate(project: Path, *arguments: str, answer: str = "") -> Result:
    command = ["rotate", "-C", str(project), "--stack", "prod", *arguments]
    done = CliRunner().invoke(cli, command, input=answer)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert "fake-password" not in done.output
    return done


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    desk: {}\n", '    desk:\n      rotate_password_when: "{}"\n'),
        ("    desk: {tags: [a]} # one\n", '    desk: {{tags: [a], rotate_password_when: "{}"}} # one\n'),
        (
            "    # A.\n    desk:\n      tags: [a] # b\n\n    fax: {}\n",
            '    # A.\n    desk:\n      tags: [a] # b\n      rotate_password_when: "{}"\n\n    fax: {{}}\n',
        ),
        (
            "    desk:\n      rotate_password_when: 3 # the third\n      tags: [a]\n",
            '    desk:\n      rotate_password_when: "{}" # the third\n      tags: [a]\n',
        ),
        (
            "    desk:\r\n      tags: [a]\r\n",
            '    desk:\r\n      tags: [a]\r\n      rotate_password_when: "{}"\r\n',
        ),
    ],
)
def test_one_line_changes_and_everything_else_stays(project: Path, before: str, after: str) -> None:
    """Whatever style the file is written in."""
    declare(project, before)
    previewed(project, "desk")

    done = rotate(project, "desk", "--yes")

    assert done.exit_code == 0, done.output
    assert declared(project) == after.format(today())
    assert "nothing has changed at Telnyx yet: run `pulumi up --stack prod`" in done.stderr


def test_a_connection_of_the_project_and_one_of_a_long_list(project: Path) -> None:
    """What the stack says of the one goes into its file; of the other, into the file where it stands."""
    with (project / "Pulumi.yaml").open("a") as file:
        file.write("config:\n  connections: {type: object, default: {lobby: {tags: [a]}}}\n")
    declare(project, "    desk: {}\n")
    more = project / "stacks" / "connections.prod.yaml"
    more.write_text("# Many.\nfax: {tags: [b]}\ngate: {}\n")
    previewed(project, "lobby", "fax")

    done = rotate(project, "lobby", "fax", "--value", "after the break-in", answer="y\n")

    assert done.exit_code == 0, done.output
    assert "Write stacks/Pulumi.prod.yaml and stacks/connections.prod.yaml? [y/N]" in done.stderr
    assert declared(project) == ("    desk: {}\n    lobby:\n      rotate_password_when: after the break-in\n")
    assert more.read_text() == (
        "# Many.\nfax: {tags: [b], rotate_password_when: after the break-in}\ngate: {}\n"
    )


def test_the_second_time_on_one_day_has_a_number(project: Path) -> None:
    """The value differs from that of the file, and from that of the last run."""
    declare(project, f'    desk: {{rotate_password_when: "{today()}"}}\n    fax: {{}}\n')
    deployed(project, fax={"rotate_password_when": today(2)})
    previewed(project, "desk", "fax")

    done = rotate(project, "desk", "fax", "--yes")

    assert done.exit_code == 0, done.output
    assert declared(project).count(f'rotate_password_when: "{today(3)}"') == 2


def test_a_third_time_on_one_day_does_not_go_back_to_the_first_value(project: Path) -> None:
    """File and state know the last value only, and the first one was used before it."""
    declare(project, f'    desk: {{rotate_password_when: "{today(2)}"}}\n')
    deployed(project, desk={"rotate_password_when": today(2)})
    previewed(project, "desk")

    done = rotate(project, "desk", "--yes")

    assert done.exit_code == 0, done.output
    assert f'rotate_password_when: "{today(3)}"' in declared(project)


def test_what_cannot_be_rotated_is_named_all_at_once_and_nothing_is_written(project: Path) -> None:
    """Each with its reason, and what to do."""
    text = (
        "    desk: {}\n    own: {password: {secure: v1:CANARY-own}}\n    kept: {}\n"
        "    left: {unmanaged_password: true}\n    same: {rotate_password_when: May}\n"
        "  phones:passwords: {kept: {secure: v1:CANARY-kept}}\n"
    )
    declare(project, text)

    done = rotate(project, "desk", "own", "kept", "left", "dsk", "same", "--value", "May", "--yes")

    assert done.exit_code == 1
    generates = "--generate has one generated from now on"
    sets = "`pulumi config set --secret --path phones:connections.own.password --stack prod` sets another"
    assert done.stderr.splitlines() == [
        f"error: own: its password stands in stacks/Pulumi.prod.yaml:5: {sets}; {generates}",
        "error: kept: its password stands in phones:passwords of stacks/Pulumi.prod.yaml; " + generates,
        f"error: left: its password is unmanaged, and stays as it is at Telnyx; {generates}",
        "error: stack prod declares no connection dsk (did you mean 'desk'?)",
        "error: same: rotate_password_when has this value already: choose another --value",
    ]
    assert declared(project) == text


def test_other_passwords_become_generated_ones_when_that_is_said(project: Path) -> None:
    """What says otherwise is taken out, or set to null where it is a default; what others have stays."""
    declare(
        project,
        "    own:\n      password: {secure: v1:CANARY-own}\n      unmanaged_password: null\n      tags: [a]\n"
        "    kept: {}\n    left: {}\n"
        "    plain: {unmanaged_password: false}\n    other: {}\n"
        "  phones:defaults:\n    unmanaged_password: true\n"
        "  phones:passwords:\n    other: {secure: v1:CANARY-other}\n    own: {secure: v1:CANARY-too}\n",
    )
    previewed(project, "own", "left", "plain")

    done = rotate(project, "own", "left", "plain", "--generate", "--value", "May", "--yes")

    assert done.exit_code == 0, done.output
    assert declared(project) == (
        "    own:\n      unmanaged_password: null\n      tags: [a]\n      rotate_password_when: May\n"
        "    kept: {}\n    left:\n      rotate_password_when: May\n      unmanaged_password: null\n"
        "    plain: {unmanaged_password: false, rotate_password_when: May}\n    other: {}\n"
        "  phones:defaults:\n    unmanaged_password: true\n"
        "  phones:passwords:\n    other: {secure: v1:CANARY-other}\n"
    )


def test_passwords_that_are_encrypted_together_are_encrypted_again_without_those(project: Path) -> None:
    """They go from CLI to CLI in memory; where none is left, the key goes too."""
    declare(
        project, "    desk: {}\n    fax: {}\n  # Kept.\n  phones:passwords:\n    secure: v1:CANARY-of-two\n"
    )
    (project / "config-get").write_text('{"desk": "fake-password-1", "fax": "fake-password-2"}')
    previewed(project, "desk")

    refused = rotate(project, "desk", "--yes")
    done = rotate(project, "desk", "--generate", "--value", "May", "--yes")

    assert refused.exit_code == 1
    assert "error: desk: its password stands in phones:passwords" in refused.stderr
    assert done.exit_code == 0, done.output
    assert declared(project) == (
        "    desk:\n      rotate_password_when: May\n    fax: {}\n  # Kept.\n"
        "  phones:passwords:\n    secure: v1:CANARY-of-one\n"
    )
    assert json.loads((project / "encrypted").read_text()) == {"fax": "fake-password-2"}
    assert "fake-password" not in (project / "calls").read_text()

    (project / "config-get").write_text('{"fax": "fake-password-2"}')
    previewed(project, "fax")
    assert rotate(project, "fax", "--generate", "--value", "May", "--yes").exit_code == 0
    assert "passwords" not in declared(project).replace("rotate_password_when", "")


def test_all_are_those_whose_password_is_generated(project: Path) -> None:
    """The others are neither an error nor changed."""
    declare(
        project,
        "    desk: {}\n    left: {unmanaged_password: true}\n    own: {password: {secure: v1:CANARY}}\n"
        "    kept: {}\n    fax: {}\n  phones:passwords: {kept: {secure: v1:CANARY-kept}}\n",
    )
    previewed(project, "desk", "fax")

    done = rotate(project, "--all", "--value", "May", "--yes")

    assert done.exit_code == 0, done.output
    assert declared(project).count("rotate_password_when") == 2
    assert "    desk:\n      rotate_password_when: May\n    left" in declared(project)
    assert "    fax:\n      rotate_password_when: May\n" in declared(project)
    declare(project, "    left: {unmanaged_password: true}\n")
    assert "no connection of stack prod has a generated password" in rotate(project, "--all").stderr


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_nothing_happens_without_a_yes(project: Path, answer: str) -> None:
    """The change shows as everybody knows it; also where nobody can answer."""
    declare(project, "    desk: {}\n")

    done = rotate(project, "desk", "--value", "May", answer=answer)

    assert done.exit_code == 1
    assert "-    desk: {}\n+    desk:\n+      rotate_password_when: May\n" in done.stdout
    assert declared(project) == "    desk: {}\n"


def test_an_interruption_leaves_the_file_as_it_was(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no other file beside it."""
    declare(project, "    desk: {}\n")
    monkeypatch.setattr("pathlib.Path.replace", _interrupt)

    done = rotate(project, "desk", "--yes")

    assert done.exit_code == 1
    assert declared(project) == "    desk: {}\n"
    assert [each.name for each in (project / "stacks").iterdir()] == ["Pulumi.prod.yaml"]


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name connections, or say --all, and not both"),
        (["desk", "--all"], "name connections, or say --all, and not both"),
        (["--all", "--generate"], "--generate needs the names of the connections"),
        (["desk", "--value", " "], "--value must be a text of one line"),
        (["desk", "--value", "a\nb"], "--value must be a text of one line"),
        (["desk", "--show-password"], "--show-password goes with --up"),
        (["desk", "--up", "--show-password"], "standard output is none: nothing was done"),
    ],
)
def test_what_contradicts_itself_is_refused_before_anything_is_done(
    project: Path, arguments: list[str], message: str
) -> None:
    """No file is read, and Pulumi is not called."""
    declare(project, "    desk: {}\n")

    done = rotate(project, *arguments, "--yes")

    assert done.exit_code in {1, 2}
    assert message in done.stderr
    assert declared(project) == "    desk: {}\n"
    assert not (project / "calls").exists()


def test_a_stack_that_cannot_be_asked_is_known_before_anything_is_written(project: Path) -> None:
    """Without its state nobody knows which value is a new one."""
    declare(project, "    desk: {}\n")
    (project / "stack-export").unlink()

    done = rotate(project, "desk", "--yes")

    assert done.exit_code == 1
    assert "`pulumi stack export` failed: the backend is away" in done.stderr
    assert declared(project) == "    desk: {}\n"


def test_who_must_log_in_again_is_said_also_where_telnyx_cannot_be_asked(project: Path) -> None:
    """The reason is one line."""
    declare(project, "    desk: {}\n    fax: {}\n")
    deployed(project, desk={}, fax={})
    previewed(project, "desk")

    done = rotate(project, "desk", "--yes")

    assert done.exit_code == 0, done.output
    assert "phones of 1 connection must log in again, with the new password:" in done.stdout
    (row,) = (line.split() for line in done.stdout.splitlines() if line.startswith("desk "))
    assert row == ["desk", "deskphone", "unknown"]
    assert "no Telnyx API key: set TELNYX_API_KEY" in done.stderr


def test_a_preview_that_shows_no_new_password_or_fails_ends_the_command(project: Path) -> None:
    """A program may not read the settings; nothing has changed at Telnyx then."""
    declare(project, "    desk: {}\n")
    previewed(project, "fax")

    silent = rotate(project, "desk", "--yes", "--up")
    (project / "preview").unlink()
    failed = rotate(project, "desk", "--yes", "--up")

    assert silent.exit_code == 1
    assert "the preview shows no new password for desk" in silent.stderr
    assert failed.exit_code == 1
    assert "the preview failed, and nothing has changed at Telnyx" in failed.stderr
    assert not any(line.startswith("up ") for line in (project / "calls").read_text().splitlines())


def test_an_up_that_is_refused_or_fails_says_how_far_it_came(project: Path) -> None:
    """The file stays as it was written; what has a new password all the same is counted."""
    declare(project, "    desk: {}\n")
    previewed(project, "desk")

    refused = rotate(project, "desk", "--up", answer="y\nn\n")

    assert refused.exit_code == 0
    assert "Run `pulumi up`? [y/N]" in refused.stderr
    assert "nothing has changed at Telnyx yet" in refused.stderr
    assert not any(line.startswith("up ") for line in (project / "calls").read_text().splitlines())

    failed = rotate(project, "desk", "--up", "--yes")

    assert failed.exit_code == 1
    assert "new passwords: 0 of 1" in failed.stderr
    assert "error: `pulumi up --yes` failed with exit code 1" in failed.stderr
    assert today(2) in declared(project)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_waits_until_pulumi_has_ended_in_order(project: Path) -> None:
    """It gets the signal too; killed, it would leave a lock and operations that nobody knows the end of."""
    (project / "bin" / "pulumi").write_text(
        f"""#!{sys.executable}
import pathlib, signal, sys, time
# Not a handler: between two steps of Python it would only be noted, and a sleep begun then lasts to its end.
signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGINT}})
pathlib.Path({str(project / "started")!r}).touch()
signal.sigwait({{signal.SIGINT}})
time.sleep(1)
pathlib.Path({str(project / "ended")!r}).touch()
sys.exit(1)
"""
    )
    code = (
        "from pathlib import Path; from pulumi_telnyx.cli.pulumi import run_pulumi; run_pulumi(Path(), 'up')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=project, start_new_session=True, stderr=subprocess.PIPE, text=True
    ) as process:
        while not (project / "started").exists():
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)

    assert (project / "ended").exists()
    assert process.returncode
