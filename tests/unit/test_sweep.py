"""`pulumi-telnyx sweep`: what it deletes and what it never touches, with a stand-in for the Pulumi CLI."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click.testing
import pytest

from pulumi_telnyx.cli import cli
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY
from pulumi_telnyx.fleet.identity import Identity
from pulumi_telnyx.ownership import mark_of
from tests.engine.stack import LiveApi

from .test_leftovers import export, set_of

STACK = "organization/phones/dev"
OTHERS = mark_of("organization", "doors", "dev", "bell")


def mark(resource: str, stack: str = "dev") -> str:
    return mark_of("organization", "phones", stack, resource)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose `pulumi` answers with what `backend` has written, and notes how it is called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TELNYX_BASE_URL", raising=False)
    Path("Pulumi.yaml").write_text("name: phones\nruntime: python\n")
    binary = tmp_path / "bin" / "pulumi"
    binary.parent.mkdir()
    binary.write_text(
        f"""#!{sys.executable}
import pathlib, sys
pathlib.Path("calls").open("a").write(" ".join(sys.argv[1:]) + "\\n")
answer = pathlib.Path("-".join(sys.argv[1:3]))
answer.is_file() or sys.exit("error: the backend is away")
print(answer.read_text())
"""
    )
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", f"{binary.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def backend(*stacks: str, has: tuple[str, ...] = ()) -> None:
    Path("stack-ls").write_text(json.dumps([{"name": each} for each in stacks]))
    Path("stack-export").write_text(export(*({"id": each} for each in has)))


def sweep(live: LiveApi, *arguments: str, answer: str = "", **environ: str) -> click.testing.Result:
    environ = {"TELNYX_API_KEY": DEFAULT_API_KEY, "TELNYX_BASE_URL": live.server.url, **environ}
    command = ["sweep", "--marked-by", "phones/dev", *arguments]
    return click.testing.CliRunner().invoke(cli, command, input=answer, env=environ)


def planted(live: LiveApi, user_name: str, *tags: str, **parts: Any) -> str:
    made = live.create(user_name=user_name, connection_name=user_name.title(), tags=list(tags))
    if parts:
        live._control("PATCH", f"/connections/{made}", parts)
    return made


def users(live: LiveApi) -> list[str]:
    return [each["user_name"] for each in live.connections()]


def test_only_what_the_stack_has_marked_and_lost_is_deleted(live: LiveApi) -> None:
    """Shown first, asked for with the count, a line for each; all else stays as it is."""
    kept = planted(live, "frontdesk", mark("desk"))
    read = planted(live, "readonly1", mark("pbx"))
    gone = planted(live, "leftover1", "office", mark("gone"))
    planted(live, "portal001", "pulumi:phones/dev", "pulumi:phones/dev:not-a-hash")
    planted(live, "otherone1", mark("desk", "prod"))
    planted(live, "otherone2", OTHERS)
    planted(live, "sharedone", mark("shared"), OTHERS)
    backend(STACK, has=(kept,))
    Path("other.json").write_text(export({"id": read, "external": True}))
    before = [each for each in live.connections() if each["id"] != gone]

    done = sweep(live, "--state", "other.json", answer="y\n")

    assert done.exit_code == 0, done.output
    _, _, row, last = (line for line in done.stdout.splitlines() if line)
    assert row.split()[:3] == ["Leftover1", "leftover1", gone]
    assert last == f"deleted: {gone} leftover1 (Leftover1)"
    assert done.stderr.startswith("Delete 1 connection at Telnyx? [y/N]:")
    assert live.connections() == before
    # Before the question, and once more after the answer.
    asked = f"stack export --stack={STACK} --non-interactive"
    assert Path("calls").read_text().splitlines()[1:] == [asked, asked]


def test_no_member_of_a_set_is_ever_deleted(live: LiveApi) -> None:
    """Whatever becomes of the set; of its members only the one that the state has lost is left behind."""
    identity = Identity("organization", "phones", "dev", "phones", "", marks=True)
    ids = {name: planted(live, f"{name}user", identity.mark(name) or "") for name in ("one", "two", "three")}
    lost = ids.pop("three")
    backend(STACK)

    for of_set in (set_of(ids), {**set_of(ids), "delete": True}):
        Path("stack-export").write_text(export(of_set))
        _, _, *rows = sweep(live, answer="n\n").stdout.splitlines()
        assert [row.split()[1] for row in rows] == ["threeuser"]
    Path("stack-export").write_text(export(set_of(ids)))
    done = sweep(live, "--yes")

    assert done.stdout.splitlines()[-1] == f"deleted: {lost} threeuser (Threeuser)"
    assert users(live) == ["oneuser", "twouser"]
    again = sweep(live, "--yes")
    assert again.stderr == "stack phones/dev has left nothing behind\n"

    Path("stack-export").write_text(export(set_of(ids, outputs={"ids": None})))
    unreadable = sweep(live, "--yes")
    assert (unreadable.exit_code, users(live)) == (1, ["oneuser", "twouser"])


@pytest.mark.parametrize("answer", ["n\n", "\n", ""], ids=repr)
def test_nothing_is_deleted_without_a_yes(live: LiveApi, answer: str) -> None:
    """Neither after a no, nor where nobody can answer."""
    planted(live, "leftover1", mark("gone"))
    backend(STACK)

    done = sweep(live, answer=answer)

    assert (done.exit_code, users(live)) == (1, ["leftover1"])
    assert "leftover1" in done.stdout
    assert done.stderr.endswith("Aborted!\n")


def test_a_stack_that_is_gone_has_left_all_that_has_its_mark(live: LiveApi) -> None:
    """Which is said, since another backend may have it."""
    planted(live, "leftover1", mark("desk"))
    backend("organization/phones/prod", "organization/doors/dev")

    done = sweep(live, "--yes")

    assert done.exit_code == 0
    assert done.stderr == (
        "there is no stack phones/dev in the backend that `pulumi whoami --verbose` names: all that has its "
        "mark counts as left behind\n"
    )
    assert users(live) == []
    assert "--project=phones" in Path("calls").read_text()


def test_the_stack_of_every_organisation_counts(live: LiveApi) -> None:
    """Their marks cannot be told apart; so does one of a backend without projects."""
    names = ["acme/phones/dev", "beta/phones/dev", "dev"]
    for name in names:
        kept = planted(live, "frontdesk", mark("desk"))
        backend(name, has=(kept,))

        done = sweep(live, "--yes")

        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr == "stack phones/dev has left nothing behind\n"
        live.delete(kept)
    asked = [line.split()[2] for line in Path("calls").read_text().splitlines() if "export" in line]
    assert asked == [f"--stack={name}" for name in names]


@pytest.mark.parametrize("missing", ["stack-ls", "stack-export"])
def test_where_the_state_cannot_be_read_nothing_is_deleted(live: LiveApi, missing: str) -> None:
    """A backend that is away is no stack that is gone."""
    planted(live, "leftover1", mark("gone"))
    backend(STACK)
    Path(missing).unlink()

    done = sweep(live, "--yes")

    assert (done.exit_code, users(live)) == (1, ["leftover1"])
    assert done.stderr == f"error: `pulumi {missing.replace('-', ' ')}` failed: the backend is away\n"


def test_a_list_of_stacks_that_is_none_is_an_error(live: LiveApi) -> None:
    """It would say that the stack is gone."""
    planted(live, "leftover1", mark("gone"))
    backend(STACK)
    Path("stack-ls").write_text('{"stacks": []}')

    done = sweep(live, "--yes")

    assert (done.exit_code, users(live)) == (1, ["leftover1"])
    assert "printed no list of stacks" in done.stderr


def test_young_ones_can_be_left_out(live: LiveApi) -> None:
    """By the time of their creation; one whose age nobody knows counts as young."""
    planted(live, "leftover1", mark("one"), created_at="2020-01-01T00:00:00Z")
    planted(live, "leftover2", mark("two"))
    planted(live, "leftover3", mark("three"), created_at="long ago")
    backend(STACK)

    done = sweep(live, "--older-than", "2h", "--yes")

    assert (done.exit_code, users(live)) == (0, ["leftover2", "leftover3"])
    assert sweep(live, "--older-than", "2h", "--yes").stderr == "stack phones/dev has left nothing behind\n"
    assert sweep(live, "--older-than", "2 weeks").exit_code == 2


def test_one_that_cannot_be_deleted_stops_no_other(live: LiveApi) -> None:
    """The error says what to do, and the exit code that there was one."""
    used = planted(live, "leftover1", mark("one"), numbers_attached=1)
    last = planted(live, "leftover2", mark("two"))
    backend(STACK)

    done = sweep(live, "--yes")

    assert (done.exit_code, users(live)) == (1, ["leftover1"])
    assert done.stderr.startswith(f"error: delete credential connection {used}: 400 ")
    assert "move its phone numbers to another connection first" in done.stderr
    assert f"deleted: {last} leftover2 (Leftover2)" in done.stdout


def test_the_mark_is_looked_at_once_more_before_the_deletion(
    live: LiveApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has been taken over while somebody thought about the answer stays; what is gone is no error."""
    theirs = planted(live, "leftover1", mark("one"))
    gone = planted(live, "leftover2", mark("two"))
    owned = planted(live, "leftover3", mark("three"))
    backend(STACK)

    def thinking(*_: object, **__: object) -> bool:
        live.edit(theirs, tags=[OTHERS])
        live.delete(gone)
        backend(STACK, has=(owned,))
        return True

    monkeypatch.setattr("click.confirm", thinking)
    done = sweep(live)

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == [
        f"left alone, since its mark is another one now: {theirs} leftover1 (Leftover1)",
        f"gone already: {gone} leftover2 (Leftover2)",
    ]
    assert users(live) == ["leftover1", "leftover3"]


def test_a_key_that_is_refused_ends_it(live: LiveApi) -> None:
    """Each further deletion would end like that."""
    for number in range(3):
        planted(live, f"leftover{number}", mark(str(number)))
    backend(STACK)
    live.server.inject(Fault("status", status=401, method="DELETE"))

    done = sweep(live, "--yes")

    assert (done.exit_code, len(users(live))) == (1, 3)
    assert done.stderr.count("error: ") == 1
    assert DEFAULT_API_KEY not in done.output


def test_another_account_is_swept_by_name(live: LiveApi) -> None:
    """With its own key; the other account keeps what it has."""
    live.server.configure(api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, "KEY-emea-not-a-secret": "emea"})
    settings = {"user_name": "londondesk", "tags": [mark("desk")]}
    live._control("POST", "/connections", {"account": "emea", "settings": settings})
    planted(live, "frontdesk", mark("desk"))
    backend(STACK)

    done = sweep(live, "--yes", "--account", "emea", TELNYX_API_KEY_EMEA="KEY-emea-not-a-secret")

    assert (done.exit_code, users(live)) == (0, ["frontdesk"])


@pytest.mark.parametrize(
    "name", ["phones/", "/dev", "", "acme/phones/dev", f"phones/{'d' * 32}", f"{'p' * 40}/dev", "phones/a b"]
)
def test_a_name_that_marks_do_not_tell_apart_is_refused(live: LiveApi, name: str) -> None:
    """Longer names are cut in a mark, and two may be the same there."""
    planted(live, "leftover1", mark_of("organization", "phones", "d" * 40, "gone"))
    backend()

    done = sweep(live, "--yes", "--marked-by", name)

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: --marked-by {name}: not PROJECT/STACK, or a name too long")
    assert users(live) == ["leftover1"]


def test_the_project_is_that_of_the_folder(live: LiveApi, folder: Path) -> None:
    """Where only the stack is named; without a project there is nothing to go by."""
    planted(live, "leftover1", mark("gone"))
    planted(live, "otherone1", OTHERS)
    backend(STACK)

    assert sweep(live, "--yes", "--marked-by", "dev").exit_code == 0
    assert users(live) == ["otherone1"]

    (folder / "Pulumi.yaml").unlink()
    done = sweep(live, "--yes", "--marked-by", "dev")
    assert (done.exit_code, "no Pulumi.yaml" in done.stderr) == (1, True)
