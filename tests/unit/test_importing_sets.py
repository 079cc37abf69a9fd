"""Connections that become the members of one set: what the stack's file says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_telnyx.cli.import_target import ImportTarget
from pulumi_telnyx.importing.plan import Plan, plan
from pulumi_telnyx.importing.set_settings import set_to_write
from pulumi_telnyx.stack.located import leaves
from pulumi_telnyx.stack.project import ProjectError, find_project
from pulumi_telnyx.stack.sets import layered_sets
from pulumi_telnyx.stack.validate import check

from .test_importing import NOTHING, a_project, connection

PROFILE = {"outbound_voice_profile_id": "2105551234567890123"}


def planned_in(folder: Path, *numbers: int, set_name: str = "office", keep: bool = False) -> Plan:
    """Return what an import as a set would do, from what the stack's file says now."""
    connections = [connection(each, password=f"fake-password-{each}") for each in numbers]
    found = ImportTarget(find_project(folder), "prod", None, protect=True, set_name=set_name).in_settings()
    return plan(connections, {}, found, keep_passwords=keep, as_set=True)


def write(folder: Path, planned: Plan, set_name: str = "office") -> None:
    ImportTarget(find_project(folder), "prod", None, protect=True, set_name=set_name).write(planned)
    project = find_project(folder)
    assert not check(project, [project.read("prod")]).errors


def test_a_set_says_once_what_most_members_have(tmp_path: Path) -> None:
    """And takes away once what they have not of the project's defaults; a member says the rest."""
    declaration = "config:\n  connections:\n    type: object\n  defaults:\n    default: {dtmf_type: Inband}\n"
    project, file = a_project(tmp_path, declaration)
    several = [
        connection(number, outbound=PROFILE, dtmf_type="RFC 2833", password="fake-password-1")
        for number in range(3)
    ]
    lonely = connection(9, inbound={"channel_limit": 6}, dtmf_type="Inband", password="fake-password-1")
    kept = plan([*several, lonely], {}, NOTHING, keep_passwords=True, as_set=True)

    ((_, text),) = set_to_write(project, file, "office", kept.imports, protect=True)

    assert (
        text
        == """\
config:
  phones:connections: {}
  phones:sets:
    office:
      protect: true
      defaults:
        dtmf_type: null
        outbound:
          outbound_voice_profile_id: "2105551234567890123"
      members:
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
          dtmf_type: Inband
          inbound:
            channel_limit: 6
          outbound: null
"""
    )


def test_a_large_set_has_its_members_in_a_file_of_their_own(tmp_path: Path) -> None:
    """The stack's file names it; a run that was cut off in between is gone on with."""
    project, file = a_project(tmp_path)
    planned = planned_in_nothing(1_000)

    first, second = set_to_write(project, file, "4th floor", planned.imports, protect=True)
    first[0].write_text(first[1])
    write(tmp_path, planned, "4th floor")

    assert [path.name for path, _ in (first, second)] == ["members.4th-floor.prod.yaml", "Pulumi.prod.yaml"]
    assert len(second[1]) < 1_000
    now = find_project(tmp_path)
    found = layered_sets(now, now.read("prod").config("phones")).sets["4th floor"]
    assert len(found.members) == 1_000
    assert {each.entries()["unmanaged_password"].value for each in found.members.values()} == {True}

    (tmp_path / "Pulumi.prod.yaml").unlink()
    first[0].write_text("somebody: {}\n")
    with pytest.raises(ProjectError, match=r"members\.4th-floor\.prod\.yaml is there already, and is not"):
        list(set_to_write(project, file, "4th floor", planned.imports, protect=True))


def planned_in_nothing(count: int) -> Plan:
    connections = [connection(number) for number in range(count)]
    return plan(connections, {}, NOTHING, keep_passwords=False, as_set=True)


@pytest.mark.parametrize("beside", [False, True], ids=["stack's file", "file of members"])
def test_a_run_that_was_cut_off_is_gone_on_with(tmp_path: Path, beside: bool) -> None:
    """The names of before stay, what is new comes to them, and file and state say the same of passwords."""
    members = "phone: {user_name: phone1abc}\n"
    declared = f"members: {{{members.strip()}}}"
    if beside:
        declared = "members_from: ours.yaml"
        (tmp_path / "ours.yaml").write_text(members)
    a_project(tmp_path)
    (tmp_path / "Pulumi.prod.yaml").write_text(f"config:\n  phones:sets:\n    office: {{{declared}}}\n")

    planned = planned_in(tmp_path, 1, 2)
    write(tmp_path, planned)

    assert [each.name for each in planned.imports] == ["phone", "phone-2"]
    project = find_project(tmp_path)
    found = layered_sets(project, project.read("prod").config("phones")).sets["office"]
    assert {name: set(leaves(each.entries())) for name, each in found.members.items()} == {
        "phone": {("user_name",), ("unmanaged_password",)},
        "phone-2": {("connection_name",), ("user_name",), ("unmanaged_password",)},
    }
    assert ("phone-2" in (tmp_path / "ours.yaml").read_text()) if beside else True


def test_what_is_declared_elsewhere_in_the_stack_is_not_imported(tmp_path: Path) -> None:
    """A user name cannot be declared twice: as a connection, or as a member of another set."""
    a_project(tmp_path)
    (tmp_path / "Pulumi.prod.yaml").write_text(
        "config:\n  phones:connections: {desk: {user_name: Phone1abc}}\n"
        "  phones:sets:\n    lab: {members: {bench: {user_name: phone2abc}}}\n"
    )

    planned = planned_in(tmp_path, 1, 2, 3)

    assert [each.name for each in planned.imports] == ["phone-3"]
    assert [each.partition(": not imported: ")[2] for each in planned.attention] == [
        "the settings declare it as connection desk: remove it there",
        "the settings declare it as member bench of set lab: remove it there",
    ]
    alone = ImportTarget(find_project(tmp_path), "prod", None, protect=True).in_settings()
    assert (set(alone.here), set(alone.elsewhere)) == ({"phone1abc"}, {"phone2abc"})
