"""`pulumi-telnyx list --unmanaged` and `--orphans`: the account against states, without an engine."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import click.testing
import pytest

from pulumi_telnyx.cli import cli
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.ownership import mark_of
from pulumi_telnyx.state import SET_TYPE, StateConnection, StateError, read_state
from tests.engine.stack import CONNECTION_TYPE, LiveApi

MARK = mark_of("organization", "phones", "dev", "desk")
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}
URN = f"urn:pulumi:dev::phones::{CONNECTION_TYPE}::"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TELNYX_BASE_URL", raising=False)
    return tmp_path


def run(live: LiveApi, *arguments: str, given: str = "") -> click.testing.Result:
    environ = {"TELNYX_API_KEY": DEFAULT_API_KEY, "TELNYX_BASE_URL": live.server.url}
    return click.testing.CliRunner().invoke(cli, arguments, input=given, env=environ)


def users(live: LiveApi, *arguments: str, given: str = "") -> list[str]:
    done = run(live, "list", "--format", "csv", *arguments, given=given)
    assert (done.exit_code, done.stderr) == (0, "")
    return [row["user_name"] for row in csv.DictReader(io.StringIO(done.stdout))]


def export(*resources: dict[str, Any]) -> str:
    """What `pulumi stack export` prints of a stack with these connections."""
    rows = [
        {
            "urn": "urn:pulumi:dev::phones::pulumi:pulumi:Stack::phones-dev",
            "type": "pulumi:pulumi:Stack",
        },
        *({"urn": f"{URN}{each['id']}", "type": CONNECTION_TYPE, **each} for each in resources),
    ]
    return json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": rows}})


def set_of(ids: dict[str, str], name: str = "phones", **more: Any) -> dict[str, Any]:
    """A set in such an export, with its members' ids by name."""
    outputs = {
        "ids": ids,
        "members": {member: {"user_name": f"{member}user"} for member in ids},
        "password_revisions": dict.fromkeys(ids, 1.0),
        **more.pop("outputs", {}),
    }
    urn = URN.replace(CONNECTION_TYPE, SET_TYPE) + name
    return {"urn": urn, "type": SET_TYPE, "id": f"set-{name}", "outputs": outputs, **more}


def write(name: str, text: str | bytes) -> str:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


@pytest.fixture
def ids(live: LiveApi) -> dict[str, str]:
    """One managed by hand and without a mark, two with marks, one made in the portal."""
    return {
        name: live.create(user_name=name, connection_name=name, tags=tags)
        for name, tags in {
            "reception1": [MARK],
            "leftover1": [MARK, "office"],
            "adopted01": ["office"],
            "portal001": [],
        }.items()
    }


def test_what_no_state_has_is_listed(live: LiveApi, ids: dict[str, str]) -> None:
    """`--unmanaged` whoever made it, `--orphans` only what carries a mark; several states count together."""
    one = write("one.json", export({"id": ids["reception1"]}))
    two = export({"id": ids["adopted01"]})

    both = ("--state", one, "--state", "-")

    assert users(live, "--unmanaged", *both, given=two) == ["leftover1", "portal001"]
    assert users(live, "--unmanaged", "--state", one) == ["leftover1", "adopted01", "portal001"]
    assert users(live, "--orphans", *both, given=two) == ["leftover1"]


def test_filters_order_and_formats_are_those_of_every_list(live: LiveApi, ids: dict[str, str]) -> None:
    """Only what is listed is another."""
    empty = ("--state", write("empty.json", export()))

    assert users(live, "--unmanaged", *empty, "--tag", "office", "--sort", "-user_name") == [
        "leftover1",
        "adopted01",
    ]
    found = json.loads(run(live, "list", "--orphans", *empty, "--format", "json").stdout)
    assert [each["id"] for each in found] == [ids["reception1"], ids["leftover1"]]
    assert run(live, "list", "--orphans", *empty, "--name", "portal").stdout == "no credential connections\n"


def test_what_a_state_only_reads_is_unmanaged_but_no_orphan(live: LiveApi, ids: dict[str, str]) -> None:
    """Nobody keeps it as declared, and yet somebody counts on it."""
    rows = [{"id": each} for name, each in ids.items() if name != "leftover1"]
    state = write("state.json", export(*rows, {"id": ids["leftover1"], "external": True}))

    assert users(live, "--unmanaged", "--state", state) == ["leftover1"]
    assert users(live, "--orphans", "--state", state) == []


def test_another_providers_connection_and_one_to_be_deleted_are_managed(
    live: LiveApi, ids: dict[str, str]
) -> None:
    """Whatever has the id in a state will be dealt with there."""
    foreign = {"id": ids["portal001"], "type": "telnyx:index/credentialConnection:CredentialConnection"}
    rows = [{"id": ids["reception1"]}, {"id": ids["adopted01"]}]
    state = write("state.json", export(*rows, foreign, {"id": ids["leftover1"], "delete": True}))

    assert users(live, "--unmanaged", "--state", state) == []


def test_members_of_a_set_are_managed(live: LiveApi, ids: dict[str, str]) -> None:
    """As resources of their own are, also where the next run deletes the set anyway."""
    there = set_of({"desk-1": ids["reception1"], "desk-2": ids["portal001"]})
    state = write("state.json", export(there, set_of({"old": ids["leftover1"]}, "gone", delete=True)))

    assert users(live, "--unmanaged", "--state", state) == ["adopted01"]
    assert users(live, "--orphans", "--state", state) == []


def test_a_state_tells_set_and_member() -> None:
    """Named as the portal names them by default; what the next run deletes anyway stands apart."""
    outputs = {
        "account": "emea",
        "password_revisions": {"desk-1": 3.0},
        "members": {"desk-1": {"user_name": "desk1", "rotate_password_when": "2026-Q4"}, "4th.": SECRET},
        "user_names": {"desk-1": "desk1", "4th.": "fourth"},
    }
    rows = [set_of({"desk-1": "11", "4th.": "12"}, outputs=outputs), set_of({"a": "13"}, "b", delete=True)]

    state = read_state(export(*rows).encode())

    assert state.connections == (
        StateConnection("phones/4th.", "12", None, "fourth", "emea", 0, None, "phones", "4th."),
        StateConnection("phones/desk-1", "11", None, "desk1", "emea", 3, "2026-Q4", "phones", "desk-1"),
    )
    assert [each.resource for each in state.doomed] == ["b/a"]
    assert {"11", "12", "13"} <= state.managed_ids


@pytest.mark.parametrize("ids", [SECRET, None, {"desk-1": SECRET}, {"desk-1": ""}, ["11"]], ids=str)
def test_a_set_whose_ids_cannot_be_read_ends_it(ids: object) -> None:
    """Its members would look like nobody's, and be deleted."""
    with pytest.raises(StateError, match="does not tell the ids of set phones: where they are a secret"):
        read_state(export(set_of({}, outputs={"ids": ids})).encode())


def test_a_stack_that_was_never_deployed_has_nothing(live: LiveApi, ids: dict[str, str]) -> None:
    """Its export has no list of resources at all."""
    state = write("state.json", '{"version": 3, "deployment": {"manifest": {}}}')

    assert users(live, "--unmanaged", "--state", state) == list(ids)


NO_EXPORT = "it is not the output of `pulumi stack export`"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("-----BEGIN PGP MESSAGE-----", "it is no JSON; where it is encrypted, decrypt it first"),
        (b"\x00\xff\x17", "it is no JSON"),
        ("", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        (gzip.compress(export().encode(), mtime=0), "it is compressed: unpack it first"),
        ('{"deployment": "ENC[AES256_GCM,data:x]", "sops": {}}', "it is encrypted by SOPS"),
        ('{"version": 3, "checkpoint": {"latest": {}}}', "it is a file of Pulumi's backend"),
        ('{"phones:desk": {"value": "canary", "secret": false}}', NO_EXPORT),
        ('[{"deployment": {}}]', NO_EXPORT),
        ('{"deployment": null}', NO_EXPORT),
        ('{"deployment": {"resources": {"canary": 1}}}', NO_EXPORT),
        ('{"deployment": {"resources": ["canary"]}}', NO_EXPORT),
        ('{"deployment": {"resources": [{"type": "a", "urn": "ENC[canary]", "id": "1"}]}}', NO_EXPORT),
        ('{"deployment": {"resources": [{"type": "a", "urn": "urn:pulumi:a", "id": 1}]}}', NO_EXPORT),
    ],
    ids=lambda each: repr(each)[:40],
)
def test_what_is_no_state_is_refused(live: LiveApi, content: str | bytes, reason: str) -> None:
    """In one line that repeats nothing of it; as an empty state, it would make all connections unmanaged."""
    live.create(user_name="reception1")
    live.forget_requests()
    write("file.json", content)

    done = run(live, "list", "--unmanaged", "--state", "file.json")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: --state file.json: {reason}")
    assert done.stderr.count("\n") == 1
    assert "canary" not in done.stderr
    assert live.requests() == []


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["--unmanaged"], 2, "--unmanaged needs the states to compare with: name each by --state FILE"),
        (["--orphans"], 2, "--orphans needs the states to compare with"),
        (["--unmanaged", "--orphans"], 2, "name --unmanaged or --orphans, and not both"),
        (["--stack", "dev"], 2, "--state and --stack go with --unmanaged or --orphans"),
        (["--orphans", "--state", "nowhere.json"], 1, "--state nowhere.json: No such file or directory"),
        (["--orphans", "--state", "."], 1, "--state .: Is a directory"),
    ],
    ids=str,
)
def test_states_and_what_they_are_for_go_together(
    live: LiveApi, arguments: list[str], code: int, reason: str
) -> None:
    """Without any state everything would be unmanaged."""
    done = run(live, "list", *arguments)

    assert (done.exit_code, done.stdout) == (code, "")
    assert f"error: {reason}" in done.stderr
    assert live.requests() == []


def test_without_the_cli_no_stack_can_be_exported(live: LiveApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which says what was to be run."""
    monkeypatch.setenv("PATH", "")

    done = run(live, "list", "--orphans", "--stack", "dev")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "error: this needs the Pulumi CLI, and there is no `pulumi` on PATH: "
        "`pulumi-telnyx doctor` says what to do\n"
    )
