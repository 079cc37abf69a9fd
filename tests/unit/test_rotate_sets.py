"""New generated passwords for members of sets: where they are written, and how they come in waves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pulumi_telnyx.cli import cli
from pulumi_telnyx.cli.new_passwords import _passwords
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.stack.csv_edit import edited_table
from pulumi_telnyx.state import SET_TYPE
from tests.engine.stack import LiveApi

from .test_rotate import SALT, declare, declared, project, rotate

__all__ = ["project"]

HEAD = f"{SALT}config:\n  phones:sets:\n"
URN = f"urn:pulumi:prod::phones::{SET_TYPE}::office"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}


def state_of(*names: str, when: dict[str, str] | None = None, new: bool = False) -> dict[str, Any]:
    """A set in a state: members with generated passwords, and with the values that they were rotated for."""
    members = {name: {"user_name": f"{name}phone"} for name in names}
    for name, value in (when or {}).items():
        members[name]["rotate_password_when"] = value
    revisions = {name: 2 if new and name in (when or {}) else 1 for name in names}
    properties = {"members": members, "password_revisions": revisions, "passwords": SECRET}
    ids = {name: f"299{place}" for place, name in enumerate(names)}
    return {
        "urn": URN,
        "type": SET_TYPE,
        "id": "set-office",
        "inputs": properties,
        "outputs": {**properties, "ids": ids, "failed": {}},
    }


def deployed(project: Path, *names: str, when: dict[str, str] | None = None) -> None:
    rows = [state_of(*names, when=when)]
    (project / "stack-export").write_text(json.dumps({"version": 3, "deployment": {"resources": rows}}))


def previewed(project: Path, names: tuple[str, ...], when: dict[str, str]) -> None:
    """Let a preview of the set show a new password for those with a new value."""
    step = {
        "op": "update",
        "urn": URN,
        "oldState": state_of(*names),
        "newState": state_of(*names, when=when, new=True),
    }
    (project / "preview").write_text(json.dumps({"steps": [step], "changeSummary": {"update": 1}}))


@pytest.mark.parametrize(
    "other", ["    office/a:\n      members: {b: {}}\n", "  phones:connections:\n    office/a/b: {}\n"]
)
def test_two_that_are_called_alike_are_not_rotated(project: Path, other: str) -> None:
    """One of them would keep its old password, and nothing would tell."""
    text = f"    office:\n      members: {{a/b: {{}}, c: {{}}}}\n{other}"
    declare(project, text, head=HEAD)

    done = rotate(project, "office", "--yes")

    assert done.exit_code == 1
    assert "office/a/b is the name of member a/b of set office and " in done.stderr
    assert declared(project, head=HEAD) == text


def test_a_member_is_rotated_where_it_stands(project: Path) -> None:
    """In the stack's own file, whatever its style; the preview tells of that member."""
    declare(project, "    office:\n      members:\n        desk: {} # one\n        fax: {}\n", head=HEAD)
    previewed(project, ("desk", "fax"), {"desk": "May"})

    done = rotate(project, "office/desk", "--value", "May", "--yes")

    assert done.exit_code == 0, done.output
    assert declared(project, head=HEAD) == (
        "    office:\n      members:\n        desk: # one\n          rotate_password_when: May\n"
        "        fax: {}\n"
    )
    assert "office/desk" in done.stdout


TABLE = (
    '\ufeff"name";user_name;note "a"\r\ndesk;deskphone;\r\n\r\n;;\r\n"fax ""2""";faxphone;"x;y"\r\nlobby;;'
)


def test_a_table_gets_a_column_and_everything_else_stays(project: Path) -> None:
    """Quotes, separators, line ends, the byte order mark, and rows of nothing."""
    table = project / "stacks" / "phones.csv"
    table.write_bytes(TABLE.replace('note "a"', "# note").encode())
    declare(project, "    office: {members_from: phones.csv}\n", head=HEAD)
    previewed(project, ("desk", 'fax "2"', "lobby"), {"desk": "May", 'fax "2"': "May"})

    done = rotate(project, "office/desk", 'office/fax "2"', "--value", "May", "--yes")

    assert done.exit_code == 0, done.output
    assert table.read_bytes().decode() == (
        '\ufeff"name";user_name;# note;rotate_password_when\r\ndesk;deskphone;;May\r\n\r\n;;\r\n'
        '"fax ""2""";faxphone;"x;y";May\r\nlobby;;;'
    )
    assert declared(project, head=HEAD) == "    office: {members_from: phones.csv}\n"


def test_a_cell_of_a_table_is_changed() -> None:
    """In place; one that needs quotes gets them."""
    text = 'rotate_password_when,name\n"old, one",a\n,b\nold,c'

    changed = edited_table(
        text, {"a": {"rotate_password_when": "May"}, "b": {"rotate_password_when": "1, 2"}}
    )

    assert changed == 'rotate_password_when,name\nMay,a\n"1, 2",b\nold,c'


@pytest.mark.parametrize("ending", ["csv", "yaml"])
def test_all_of_a_set_are_generated_from_now_on_when_that_is_said(project: Path, ending: str) -> None:
    """Also those whose password is unmanaged or kept; without that, a set stands for the others alone."""
    text = {
        "csv": "name,user_name\ndesk,deskphone\nfax,faxphone\n",
        "yaml": "desk: {user_name: deskphone}\nfax: {user_name: faxphone}\n",
    }
    (project / "stacks" / f"phones.{ending}").write_text(text[ending])
    declare(
        project,
        f"    office:\n      members_from: phones.{ending}\n      defaults: {{unmanaged_password: true}}\n"
        "      members:\n        own: {password: {secure: v1:CANARY-own}, unmanaged_password: null}\n"
        "        lobby: {unmanaged_password: false}\n"
        "  phones:passwords: {office: {lobby: {secure: v1:CANARY}}}\n",
        head=HEAD,
    )
    previewed(project, ("desk", "fax", "own", "lobby"), dict.fromkeys(("desk", "fax", "own", "lobby"), "May"))

    some = rotate(project, "office", "--value", "April", answer="n\n")
    done = rotate(project, "office", "--generate", "--value", "May", "--yes")

    assert [line for line in some.stdout.splitlines() if "April" in line] == [
        "+        lobby: {unmanaged_password: false, rotate_password_when: April}"
    ]
    assert done.exit_code == 0, done.output
    assert (
        "        own: {unmanaged_password: null, rotate_password_when: May}\n"
        "        lobby: {unmanaged_password: false, rotate_password_when: May}\n"
    ) in declared(project, head=HEAD)
    assert "passwords:" not in declared(project, head=HEAD)
    file = (project / "stacks" / f"phones.{ending}").read_text()
    assert file.count("May") == 2
    assert ("May,false" if ending == "csv" else "unmanaged_password: null") in file


def test_a_set_of_unmanaged_passwords_has_nothing_to_rotate(project: Path) -> None:
    """Which is said, with what was asked for."""
    declare(
        project,
        "    office: {defaults: {unmanaged_password: true}, members: {desk: {user_name: deskphone}}}\n",
        head=HEAD,
    )

    done = rotate(project, "office", "--yes")
    other = rotate(project, "office/dsk", "--yes")

    assert "error: no connection of office of stack prod has a generated password" in done.stderr
    assert "declares no connection office/dsk (did you mean 'office/desk'?)" in other.stderr


def test_waves_take_one_part_after_the_other(project: Path) -> None:
    """Told apart by the value in settings and state; the next one waits until the last one is deployed."""
    names = ("a", "b", "c", "d", "e")
    wave = ("office", "--value", "May", "--wave", "2", "--yes")
    declare(project, "    office: {members: {a: {}, b: {}, c: {}, d: {}, e: {}}}\n", head=HEAD)
    done: dict[str, str] = {}

    for expected in ("ab", "cd", "e"):
        deployed(project, *names, when=done)
        done |= dict.fromkeys(expected, "May")
        previewed(project, names, done)
        found = rotate(project, *wave)
        assert found.exit_code == 0, found.output
        assert declared(project, head=HEAD).count("May") == len(done)
        early = rotate(project, *wave)
        assert early.exit_code == 1
        assert (
            "the settings have May, and the stack does not yet: run `pulumi up --stack prod`" in early.stderr
        )

    deployed(project, *names, when=done)
    finished = rotate(project, *wave)
    assert (finished.exit_code, finished.stderr) == (0, "all of 5 connections have May\n")


def test_the_next_wave_waits_for_the_devices_of_the_last_one(
    project: Path, live: LiveApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is lost, and one that goes on with its login of before; absent ones do not count."""
    monkeypatch.setenv("TELNYX_API_KEY", DEFAULT_API_KEY)
    monkeypatch.setenv("TELNYX_BASE_URL", live.server.url)
    names = ("a", "b", "c", "d")
    ids = {name: live.create(user_name=f"{name}phone") for name in names}
    for name in ("a", "b"):
        live.register(ids[name], last_registration="2026-11-02T08:15:30")
    state = state_of(*names, when=dict.fromkeys("abc", "May"))
    state["outputs"]["ids"] = ids
    (project / "stack-export").write_text(json.dumps({"version": 3, "deployment": {"resources": [state]}}))
    settings = "    office: {members: {a: {}, b: {}, c: {}, d: {}}}\n"
    declare(project, settings, head=HEAD)
    before = project / "before.json"
    CliRunner().invoke(cli, ["registrations", "--before", str(before)])
    wave = ("office", "--value", "May", "--wave", "2", "--after", str(before), "--yes")
    live.register(ids["a"], status="Expired")

    lost = rotate(project, *wave)

    assert (lost.exit_code, declared(project, head=HEAD)) == (2, settings)
    assert [line.split("  ")[0] for line in lost.stdout.splitlines()[2:]] == [
        "not registered any more",
        "no new login yet",
    ]
    assert "2 phones of the waves so far have not come back" in lost.stderr

    for name in ("a", "b"):
        live.register(ids[name], last_registration="2026-11-02T09:15:30")
    previewed(project, names, {"d": "May"})
    back = rotate(project, *wave)
    assert back.exit_code == 0, back.output
    assert declared(project, head=HEAD).count("May") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["office", "--wave", "5"], "--wave needs --value, the same for all waves"),
        (["office", "--after", "f"], "--after goes with --wave"),
        (["office", "--wave", "0", "--value", "May"], "Invalid value for '--wave'"),
    ],
)
def test_a_wave_needs_its_value(project: Path, arguments: list[str], message: str) -> None:
    """Nothing else would tell who has had theirs."""
    done = rotate(project, *arguments, "--yes")

    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize("apart", [False, True])
def test_new_passwords_of_members_are_found_in_the_state(apart: bool) -> None:
    """Whether all of them are one secret, or each is one."""
    state = state_of("desk", "fax")
    shown = {"desk": "fake-password-1", "fax": "fake-password-2"}
    signature = {each: value for each, value in SECRET.items() if each != "ciphertext"}
    state["outputs"]["passwords"] = (
        {name: {**signature, "plaintext": json.dumps(each)} for name, each in shown.items()}
        if apart
        else {**signature, "plaintext": json.dumps(shown)}
    )

    found = dict(_passwords(json.dumps({"deployment": {"resources": [state]}})))

    assert found == {"2990": "fake-password-1", "2991": "fake-password-2"}
