"""Which connections are imported, under which names, and what is declared of them."""

from __future__ import annotations

import ast
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from pulumi_telnyx.api.models import Connection
from pulumi_telnyx.cli import cli
from pulumi_telnyx.cli.import_target import ImportTarget
from pulumi_telnyx.cli.states import organization_of
from pulumi_telnyx.fleet import members as layout
from pulumi_telnyx.fleet.identity import Identity
from pulumi_telnyx.importing import import_file
from pulumi_telnyx.importing.declared import declared
from pulumi_telnyx.importing.import_file import import_file_of_set
from pulumi_telnyx.importing.in_settings import Declaration, InSettings
from pulumi_telnyx.importing.plan import plan
from pulumi_telnyx.importing.python_program import python_program, python_program_of_set
from pulumi_telnyx.importing.resource_names import resource_names
from pulumi_telnyx.importing.stack_settings import settings_to_write
from pulumi_telnyx.ownership import mark_of
from pulumi_telnyx.stack.layers import layered
from pulumi_telnyx.stack.located import plain
from pulumi_telnyx.stack.project import Project, ProjectError, StackFile, find_project
from pulumi_telnyx.stack.validate import check
from pulumi_telnyx.state import CONNECTION_TYPE

NOTHING = InSettings()


def connection(number: int, **fields: Any) -> Connection:
    named = {"id": f"29{number:05}", "connection_name": f"Phone {number}", "user_name": f"phone{number}abc"}
    return Connection.from_api({**named, **fields})


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ("Front desk", "front-desk"),
        ("Büro Köln (2)", "buro-koln-2"),
        ("Straße", "strasse"),
        ("🙂", "phone1abc"),
        ("", "phone1abc"),
        ("class", "class"),
        ("--a--", "a"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_resource_is_called_after_its_connection(name: str, resource: str) -> None:
    """Readable, and nothing that a shell or a path would stumble over."""
    assert resource_names([connection(1, connection_name=name)]) == {"2900001": resource}


def test_two_of_one_name_have_their_user_names_behind_it_whichever_comes_first() -> None:
    """The same in every run, also when only one of them is new."""
    one, two = connection(1, connection_name="Desk"), connection(2, connection_name="DESK")

    both = resource_names([one, two])

    assert both == resource_names([two, one]) == {"2900001": "desk-phone1abc", "2900002": "desk-phone2abc"}
    assert resource_names([two], taken=["desk"]) == {"2900002": "desk-phone2abc"}


def test_only_what_differs_from_telnyxs_defaults_is_declared() -> None:
    """Fields that are at their default stay Telnyx's to decide."""
    found = declared(
        connection(
            1,
            active=True,
            dtmf_type="SIP INFO",
            encrypted_media=None,
            tags=["a"],
            inbound={"codecs": ["OPUS", "G722"], "channel_limit": None, "timeout_1xx_secs": 3},
            noise_suppression_details={"engine": "denoiser", "attenuation_limit": 0},
            password="fake-password-1",
        )
    )

    assert found.settings == {
        "connection_name": "Phone 1",
        "user_name": "phone1abc",
        "dtmf_type": "SIP INFO",
        "tags": ["a"],
        "inbound": {"codecs": ["OPUS", "G722"]},
    }
    assert (found.left_out, found.unusable) == ([], "")


def test_what_this_release_cannot_declare_stays_and_is_told() -> None:
    """A choice that is newer than this release, and a rule that the account breaks already."""
    found = declared(
        connection(
            1, dtmf_type="Telepathy", inbound={"channel_limit": -7}, webhook_event_failover_url="https://h/"
        )
    )

    assert set(found.settings) == {"connection_name", "user_name"}
    assert [each.partition(":")[0] for each in found.left_out] == [
        "dtmf_type",
        "inbound.channel_limit",
        "webhook_event_failover_url",
    ]


def test_a_connection_that_cannot_be_named_is_not_imported() -> None:
    """A user name that no program could declare."""
    planned = plan([connection(1, user_name="no good")], {}, NOTHING, keep_passwords=True)

    assert planned.imports == []
    assert planned.refused == 1
    assert "Phone 1 (2900001): not imported: user_name:" in planned.attention[0]


def test_what_the_state_has_is_skipped_and_another_stacks_is_not_touched() -> None:
    """A second run takes what is new, and nobody's connection has two owners."""
    marked = connection(2, tags=[mark_of("organization", "pbx", "prod", "desk")])

    planned = plan([connection(1), marked, connection(3)], {"2900001": "desk"}, NOTHING, keep_passwords=False)

    assert [each.name for each in planned.imports] == ["phone-3"]
    assert planned.skipped == ["desk"]
    assert "it has the mark of project pbx, stack prod" in planned.attention[0]


def test_one_that_the_settings_declare_keeps_its_name_there() -> None:
    """The run before was cut off after it had written them."""
    planned = plan(
        [connection(1)], {}, InSettings({"phone1abc": Declaration("reception")}), keep_passwords=False
    )
    taken = plan(
        [connection(1)],
        {"2999999": "reception"},
        InSettings({"phone1abc": Declaration("reception")}),
        keep_passwords=False,
    )

    assert [(each.name, each.before) for each in planned.imports] == [("reception", Declaration("reception"))]
    assert taken.imports == []
    assert "run `pulumi refresh`" in taken.attention[0]


def test_more_passwords_than_the_config_has_room_for_stay_unmanaged() -> None:
    """And it says so first."""
    many = [connection(number, password=f"fake-password-{number:040}") for number in range(900)]

    few, all_of_them = (
        plan(many[:10], {}, NOTHING, keep_passwords=True),
        plan(many, {}, NOTHING, keep_passwords=True),
    )

    assert all(each.password for each in few.imports)
    assert not any(each.password for each in all_of_them.imports)
    assert "the passwords of 900 connections stay unmanaged" in all_of_them.attention[0]


@pytest.mark.parametrize(
    "url", ["https://h.example/?token=1", "https://user:pass@h.example/", "https://h/#x", "http://["]
)
def test_a_webhook_that_may_hold_a_token_is_something_to_look_at(url: str) -> None:
    """It would stand in the stack's file in plain text."""
    planned = plan([connection(1, webhook_event_url=url)], {}, NOTHING, keep_passwords=False)

    assert any("webhook_event_url" in each for each in planned.attention)


def test_a_program_has_names_that_python_takes() -> None:
    """Keywords, builtins, digits first, and names that come to one."""
    names = ["class", "list", "2nd floor", "a-b", "a b!", "pulumi"]
    connections = [connection(number, connection_name=name) for number, name in enumerate(names)]
    planned = plan(connections, {}, NOTHING, keep_passwords=False)

    program = python_program(planned.imports, protect=False)

    compile(program, "program", "exec")
    lines = [line for line in program.splitlines() if " = CredentialConnection(" in line]
    assert [line.partition(" = ")[0] for line in lines] == [
        *("class_", "list_", "connection_2nd_floor", "a_b_phone3abc", "a_b_phone4abc", "pulumi_")
    ]


def test_a_program_of_a_set_says_once_what_all_members_have() -> None:
    """Its members are called like their connections; a password that is kept stands below the set's name."""
    profile = {"outbound_voice_profile_id": "2105551234567890123"}
    connections = [
        connection(1, outbound=profile, tags=["a"], password="fake-password-1"),
        connection(2, outbound=profile, inbound={"channel_limit": 5}, password="fake-password-2"),
    ]
    kept = plan(connections, {"1": "phone-1"}, NOTHING, keep_passwords=True, as_set=True).imports
    unmanaged = plan(connections, {}, NOTHING, keep_passwords=False, as_set=True).imports

    program = python_program_of_set("2nd floor", kept, protect=True)

    assert (
        program
        == """\
\"\"\"Credential connections that were imported from Telnyx.\"\"\"

import pulumi
from pulumi_telnyx import CredentialConnectionSet

passwords = pulumi.Config().require_secret_object("passwords")

connection_2nd_floor = CredentialConnectionSet(
    "2nd floor",
    defaults={"outbound": {"outbound_voice_profile_id": "2105551234567890123"}},
    members={
        "phone-1": {
            "connection_name": "Phone 1",
            "user_name": "phone1abc",
            "tags": ["a"],
            "password": passwords["2nd floor"]["phone-1"],
        },
        "phone-2": {
            "connection_name": "Phone 2",
            "user_name": "phone2abc",
            "inbound": {"channel_limit": 5},
            "password": passwords["2nd floor"]["phone-2"],
        },
    },
    opts=pulumi.ResourceOptions(protect=True),
)
"""
    )
    assert '"unmanaged_password": True,\n    },\n    members' in python_program_of_set(
        "office", unmanaged, protect=False
    )


def test_a_member_that_was_imported_has_no_mark_and_one_that_comes_later_has() -> None:
    """What the state says of a set is what its provider makes of it again."""
    identity = Identity("organization", "phones", "prod", "office", "", marks=True)
    planned = plan([connection(1)], {}, NOTHING, keep_passwords=False, as_set=True)
    (resource,) = json.loads(import_file_of_set(planned.imports, "key:1234", identity))["resources"]
    inputs, outputs = resource["inputs"], resource["outputs"]

    assert (resource["name"], resource["id"]) == ("office", "set-office")
    assert outputs["ids"] == {"phone-1": "2900001"}
    imported = layout.connection_of(outputs, "phone-1")
    later = layout.connection_of({**inputs, "members": {**inputs["members"], "new": {}}}, "new")
    assert "ownership_mark" not in imported
    assert later["ownership_mark"] == identity.mark("new")
    again = layout.packed(layout.without_connections(inputs), {"phone-1": imported}, None)
    assert again["marks"] == inputs["marks"]


def test_the_members_of_a_large_set_are_imported_as_the_texts_that_its_program_sends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise they would stay what they were imported as, and take the engine the longer for ever."""
    identity = Identity("organization", "phones", "prod", "office", "", marks=True)
    imports = plan([connection(1), connection(2)], {}, NOTHING, keep_passwords=False, as_set=True).imports
    (by_field,) = json.loads(import_file_of_set(imports, "key:1234", identity))["resources"]
    monkeypatch.setattr(import_file, "MOST_BY_FIELD", 1)

    (as_texts,) = json.loads(import_file_of_set(imports, "key:1234", identity))["resources"]

    for side in ("inputs", "outputs"):
        assert all(isinstance(each, str) for each in as_texts[side]["members"].values())
        assert layout.connections_of(layout.opened(as_texts[side])) == layout.connections_of(by_field[side])


@pytest.mark.parametrize(
    ("stack", "names", "organization"),
    [
        ("prod", ["organization/phones/prod", "organization/doors/prod"], "organization"),
        ("prod", ["acme/phones/prod", "acme/phones/dev"], "acme"),
        ("acme/phones/prod", [], "acme"),
        ("prod", ["prod"], "organization"),
    ],
)
def test_the_organisation_is_the_one_that_programs_are_told(
    monkeypatch: pytest.MonkeyPatch, stack: str, names: list[str], organization: str
) -> None:
    """User names of later members are made of it, and must not be those of another's stack."""
    listed = json.dumps([{"name": each} for each in names])
    monkeypatch.setattr("pulumi_telnyx.cli.states.run_pulumi", lambda *_: listed)

    assert organization_of(Path(), "phones", stack) == organization


def test_a_stack_of_several_organisations_is_named_with_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing would make user names of the other one."""
    listed = json.dumps([{"name": f"{each}/phones/prod"} for each in ("acme", "beta")])
    monkeypatch.setattr("pulumi_telnyx.cli.states.run_pulumi", lambda *_: listed)

    with pytest.raises(click.ClickException, match="name it with its own, as ORGANISATION/phones/prod"):
        organization_of(Path(), "phones", "prod")


def test_an_older_cli_is_refused_before_anything_is_asked_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot read outputs from an import file."""
    (tmp_path / "Pulumi.yaml").write_text("name: phones\nruntime: python\n")
    fake = tmp_path / "bin" / "pulumi"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho v3.253.9\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")

    done = CliRunner().invoke(cli, ["import", "-C", str(tmp_path), "--stack", "prod"])

    assert done.exit_code == 1
    assert "this needs the Pulumi CLI 3.254.0 or newer, not v3.253.9" in done.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["Pulumi.yaml", "bin"]


def test_what_most_have_in_common_is_a_default_and_an_object_that_one_lacks_goes_as_a_whole(
    tmp_path: Path,
) -> None:
    """An object of which only nulls are left would be declared all the same."""
    profile = {"outbound_voice_profile_id": "2105551234567890123"}
    several = [connection(number, outbound=profile, inbound={"channel_limit": 5}) for number in range(3)]
    lonely = connection(9, inbound={"channel_limit": 6})
    (tmp_path / "Pulumi.yaml").write_text("name: phones\nruntime: python\n")
    project = find_project(tmp_path)
    file = StackFile("prod", tmp_path / "Pulumi.prod.yaml", "Pulumi.prod.yaml", None)
    planned = plan([*several, lonely], {}, NOTHING, keep_passwords=False)

    ((_, text),) = settings_to_write(project, file, planned.imports, protect=False)

    assert (
        text
        == """\
config:
  phones:defaults:
    inbound:
      channel_limit: 5
    outbound:
      outbound_voice_profile_id: "2105551234567890123"
    unmanaged_password: true
  phones:connections:
    phone-0:
      connection_name: Phone 0
      user_name: phone0abc
    phone-1:
      connection_name: Phone 1
      user_name: phone1abc
    phone-2:
      connection_name: Phone 2
      user_name: phone2abc
    phone-9:
      connection_name: Phone 9
      user_name: phone9abc
      inbound:
        channel_limit: 6
      outbound: null
"""
    )


def test_what_the_next_run_deletes_is_still_in_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second resource for it would be in the way of that; what is only read is nobody's."""
    (tmp_path / "Pulumi.yaml").write_text("name: phones\nruntime: python\n")
    states: dict[str, dict[str, Any]] = {
        "desk": {"id": "1"},
        "old": {"id": "2", "delete": True},
        "read": {"id": "3", "external": True},
    }
    urn = f"urn:pulumi:prod::phones::{CONNECTION_TYPE}"
    rows = [{"urn": f"{urn}::{name}", "type": CONNECTION_TYPE, **each} for name, each in states.items()]
    fake = tmp_path / "bin" / "pulumi"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps({'deployment': {'resources': rows}})}\nEND\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")

    target = ImportTarget(find_project(tmp_path), "prod", None, protect=True)

    assert target.in_state() == {"1": "desk", "2": "old"}


def test_a_program_is_named_where_one_is_written_only(tmp_path: Path) -> None:
    """Otherwise the settings would be written, and the file that was named would not."""
    done = CliRunner().invoke(
        cli, ["import", "-C", str(tmp_path), "--stack", "prod", "--program", "phones.py"]
    )

    assert done.exit_code == 2
    assert "--program goes with --style python" in done.stderr


def test_a_stack_file_that_is_there_stays_what_it_was(tmp_path: Path) -> None:
    """A link, as readable as before, with its byte order mark; one that is read-only is not replaced."""
    (tmp_path / "Pulumi.yaml").write_text("name: phones\nruntime: python\n")
    real = tmp_path / "real.yaml"
    real.write_bytes("\ufeff# Ours.\nconfig:\n  telnyx:account: key:1234\n".encode())
    real.chmod(0o600)
    (tmp_path / "Pulumi.prod.yaml").symlink_to(real)
    target = ImportTarget(find_project(tmp_path), "prod", None, protect=True)
    planned = plan([connection(1)], {}, NOTHING, keep_passwords=False)

    target.write(planned)

    assert (tmp_path / "Pulumi.prod.yaml").is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    text = real.read_bytes().decode()
    assert text.startswith("\ufeff# Ours.\n")
    assert "phone1abc" in text

    real.chmod(0o400)
    with pytest.raises(ProjectError, match=r"Pulumi\.prod\.yaml is read-only"):
        target.write(plan([connection(2)], {}, NOTHING, keep_passwords=False))


def a_project(folder: Path, declaration: str = "") -> tuple[Project, StackFile]:
    """Return a project, and its stack `prod`, which has no file yet."""
    (folder / "Pulumi.yaml").write_text(f"name: phones\nruntime: python\n{declaration}")
    return find_project(folder), StackFile("prod", folder / "Pulumi.prod.yaml", "Pulumi.prod.yaml", None)


def test_a_file_beside_the_stacks_leaves_the_key_in_the_stacks_own(tmp_path: Path) -> None:
    """Where Pulumi.yaml declares the key without a default, the engine refuses a stack's file without it."""
    project, file = a_project(tmp_path, "config:\n  connections:\n    type: object\n")
    many = [connection(number, webhook_event_url=f"https://h/{number}/{'x' * 200}") for number in range(400)]
    planned = plan(many, {}, NOTHING, keep_passwords=False)

    written = list(settings_to_write(project, file, planned.imports, protect=True))
    for path, text in written:
        path.write_text(text)

    assert [path.name for path, _ in written] == ["Pulumi.prod.yaml", "connections.prod.yaml"]
    assert "\n  phones:connections: {}\n" in written[0][1]
    assert not check(project, [project.read("prod")]).errors
    (tmp_path / "Pulumi.prod.yaml").write_text(written[0][1].replace("  phones:connections: {}\n", ""))
    (error,) = check(project, [project.read("prod")]).errors
    assert "has no phones:connections, which Pulumi.yaml declares without a default" in str(error)


def test_room_is_counted_with_the_passwords_that_are_kept_already() -> None:
    """A second run must not make the config larger than the engine can hand over."""
    many = [connection(number, password=f"fake-password-{number:040}") for number in range(500)]
    before = {f"older-{number}": f"fake-password-{number:040}" for number in range(500)}

    alone = plan(many, {}, NOTHING, keep_passwords=True)
    together = plan(many, {}, NOTHING, keep_passwords=True, kept=before)

    assert all(each.password for each in alone.imports)
    assert not any(each.password for each in together.imports)
    assert "the passwords of 500 connections stay unmanaged" in together.attention[0]


@pytest.mark.parametrize(
    ("connections", "names"),
    [
        (
            [("Same", "samename01"), ("Same", "samename02"), ("Same samename01", "third")],
            ["same-2900000", "same-samename02", "same-samename01-third"],
        ),
        (
            [("Same", "samename01"), ("Same", "samename02"), ("Same 2900000", "x"), ("same-samename01", "y")],
            ["same-2900000-2", "same-samename02", "same-2900000-x", "same-samename01-y"],
        ),
    ],
)
def test_a_name_with_something_behind_it_is_nobody_elses(
    connections: list[tuple[str, str]], names: list[str]
) -> None:
    """Two resources of one name would be an error of every later run."""
    several = [
        connection(number, connection_name=name, user_name=user)
        for number, (name, user) in enumerate(connections)
    ]

    found = resource_names(several)

    assert list(found.values()) == names
    assert resource_names(several[::-1]) == found
    assert set(resource_names(several, taken=names).values()).isdisjoint(names)


@pytest.mark.parametrize(
    ("written", "keep", "said", "password"),
    [
        ("{user_name: phone1abc}", False, {"unmanaged_password": True}, None),
        ("{user_name: phone1abc}", True, {}, "fake-password-1"),
        ("{user_name: phone1abc, unmanaged_password: false}", True, {}, "fake-password-1"),
        ("{user_name: phone1abc, unmanaged_password: true}", True, {"unmanaged_password": True}, None),
        ("{user_name: phone1abc, password: {secure: v1:fake}}", False, {"password": None}, "fake-password-1"),
    ],
    ids=["not kept", "kept", "kept, generated before", "unmanaged before", "in the settings"],
)
@pytest.mark.parametrize("beside", [False, True], ids=["stack's file", "file beside"])
def test_the_settings_that_were_there_and_the_state_say_the_same_of_a_password(
    tmp_path: Path, written: str, keep: bool, said: dict[str, Any], password: str | None, beside: bool
) -> None:
    """Otherwise the next `pulumi up` would generate one, and the phone would be locked out."""
    project, _ = a_project(tmp_path)
    own = "{}" if beside else f"\n    reception: {written}"
    (tmp_path / "Pulumi.prod.yaml").write_text(f"config:\n  phones:connections: {own}\n")
    if beside:
        (tmp_path / "connections.prod.yaml").write_text(f"reception: {written}\n")
    target = ImportTarget(project, "prod", None, protect=True)
    known = connection(1, password="fake-password-1")

    planned = plan([known], {}, target.in_settings(), keep_passwords=keep, reads_passwords=True)
    target.write(planned)

    (only,) = planned.imports
    assert only.password == password
    assert only.is_kept == (keep and not said)
    (now,) = layered(project, project.read("prod").config("phones")).connections.values()
    given = {name: each.value for name, each in now.entries().items() if name != "user_name"}
    assert given.keys() == said.keys()
    assert given.get("unmanaged_password") == said.get("unmanaged_password")


def test_settings_that_decide_on_passwords_are_told_once() -> None:
    """Whoever wants it otherwise has to know where to say it."""
    several = [connection(number, password="fake-password-1") for number in range(8)]
    unmanaged = InSettings(
        {f"phone{number}abc": Declaration(f"p{number}", "unmanaged") for number in range(8)}
    )
    own = InSettings({f"phone{number}abc": Declaration(f"p{number}", "password") for number in range(8)})

    (stays,) = plan(several, {}, unmanaged, keep_passwords=True).attention
    (sends,) = plan(several, {}, own, keep_passwords=False).attention

    assert stays.startswith("p0, p1, p2, p3, p4 and 3 more: the password stays unmanaged, since the settings")
    assert "the next `pulumi up` sends that of the settings" in sends


def test_an_empty_pattern_is_refused(tmp_path: Path) -> None:
    """It would match every connection."""
    a_project(tmp_path)

    done = CliRunner().invoke(cli, ["import", "-C", str(tmp_path), "--stack", "prod", "--user-name", ""])

    assert done.exit_code == 1
    assert "the filter user_name is empty" in f"{done.stderr}{done.exception}"


def test_what_most_have_not_of_the_projects_defaults_is_taken_away_once(tmp_path: Path) -> None:
    """Not in each of a thousand connections; where nothing of an object is left, the object as a whole."""
    declaration = """\
config:
  defaults:
    type: object
    default:
      dtmf_type: RFC 2833
      inbound: {timeout_2xx_secs: 30}
      outbound: {channel_limit: 5, localization: DE}
"""
    project, file = a_project(tmp_path, declaration)
    several = [connection(number, outbound={"channel_limit": 5}) for number in range(3)]
    lonely = connection(9, inbound={"timeout_2xx_secs": 30}, outbound={"localization": "DE"})
    planned = plan([*several, lonely], {}, NOTHING, keep_passwords=False)

    ((path, text),) = settings_to_write(project, file, planned.imports, protect=False)
    path.write_text(text)

    defaults = text.partition("  phones:connections:")[0]
    assert (
        defaults
        == """\
config:
  phones:defaults:
    dtmf_type: null
    inbound: null
    outbound:
      localization: null
    unmanaged_password: true
"""
    )
    held = layered(project, project.read("prod").config("phones")).connections
    effective = {name: plain(each, lambda _: None) for name, each in held.items()}
    for each in planned.imports:
        assert effective[each.name] == {**each.declared.settings, "unmanaged_password": True}


@pytest.mark.parametrize(
    "name",
    ['Desk "1"', "Desk '1'", """Both "1" and '1'""", """More "1" "2" '3'""", 'Back\\slash "1"', "Büro"],
)
def test_a_program_has_its_quotes_as_ruff_leaves_them(tmp_path: Path, name: str) -> None:
    """The file is somebody's own from then on, and his formatter has nothing to say."""
    planned = plan([connection(1, connection_name=name, tags=[name])], {}, NOTHING, keep_passwords=False)
    path = tmp_path / "program.py"
    program = python_program(planned.imports, protect=True)
    path.write_text(program)

    subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "-q", str(path)], check=True
    )

    assert path.read_text() == program
    calls = [each for each in ast.walk(ast.parse(program)) if isinstance(each, ast.Call)]
    values = {each.arg: each.value for each in calls[0].keywords}
    assert ast.literal_eval(values["connection_name"]) == name


def test_a_connection_with_this_stacks_own_mark_is_taken_over_with_adopt() -> None:
    """Nobody else owns it: a run made it, and was cut off before the state had it."""
    marked = connection(2, tags=[mark_of("organization", "phones", "prod", "desk")])

    ours = plan([marked], {}, NOTHING, keep_passwords=False, target=("phones", "prod"))
    others = plan([marked], {}, NOTHING, keep_passwords=False, target=("phones", "dev"))

    assert "it has the mark of this very stack, whose state does not have it: declare it" in ours.attention[0]
    assert 'with adopt: "2900002"' in ours.attention[0]
    assert "only one stack can own it" in others.attention[0]


def test_a_program_that_was_written_before_is_gone_on_with_and_another_is_left_alone(tmp_path: Path) -> None:
    """A run that was cut off after it had written the program must not be in its own way."""
    project, _ = a_project(tmp_path)
    program = tmp_path / "connections.py"
    target = ImportTarget(project, "prod", program, protect=True)
    target.write(plan([connection(1)], {}, NOTHING, keep_passwords=False))
    before = program.read_text()

    target.write(plan([connection(1)], {}, NOTHING, keep_passwords=False))
    with pytest.raises(click.ClickException, match=r"connections\.py exists and is not overwritten"):
        target.write(plan([connection(2)], {}, NOTHING, keep_passwords=False))

    assert program.read_text() == before


def test_an_import_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """There is no password in it, but webhooks may hold tokens."""
    project, _ = a_project(tmp_path)
    target = ImportTarget(project, "prod", None, protect=True)

    target.write_import_file(plan([connection(1)], {}, NOTHING, keep_passwords=False), "fingerprint")

    assert stat.S_IMODE((tmp_path / "import-prod.json").stat().st_mode) == 0o600


def test_a_new_stack_may_have_other_settings_than_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key, for instance; what it says of connections is checked."""
    project, file = a_project(tmp_path)
    fake = tmp_path / "bin" / "pulumi"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho v3.254.0\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")

    file.path.write_text("config:\n  other:key: 1\n")
    ImportTarget(project, "prod", None, protect=True).check()
    file.path.write_text("config:\n  phones:connections: []\n")
    with pytest.raises(click.exceptions.Exit):
        ImportTarget(project, "prod", None, protect=True).check()


def test_an_object_that_the_stack_has_taken_away_is_not_taken_away_again(tmp_path: Path) -> None:
    """A second run finds the defaults of the first one."""
    declaration = "config:\n  defaults:\n    default:\n      inbound: {timeout_2xx_secs: 30}\n"
    project, _ = a_project(tmp_path, declaration)
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text("config:\n  phones:defaults:\n    inbound: null\n    unmanaged_password: true\n")
    planned = plan([connection(1, inbound={"channel_limit": 5})], {}, NOTHING, keep_passwords=False)

    ((_, text),) = settings_to_write(project, project.read("prod"), planned.imports, protect=False)

    (_, _, written) = text.partition("    phone-1:\n")
    assert (
        written
        == """\
      connection_name: Phone 1
      user_name: phone1abc
      inbound:
        channel_limit: 5
"""
    )


def test_a_key_without_the_projects_name_is_not_written_a_second_time(tmp_path: Path) -> None:
    """Pulumi reads both as one, and takes one of the two."""
    (tmp_path / "Pulumi.yaml").write_text("name: phones\nruntime: python\n")
    path = tmp_path / "Pulumi.prod.yaml"
    path.write_text("config:\n  connections:\n    lobby: {}\n")
    project = find_project(tmp_path)
    planned = plan([connection(1)], {}, NOTHING, keep_passwords=False)

    ((_, text),) = settings_to_write(project, project.read("prod"), planned.imports, protect=False)

    assert "phones:connections" not in text
    assert "    phone-1:\n" in text
