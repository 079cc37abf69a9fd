"""What a set's preview refuses, and how it says so."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.output import UNKNOWN, Unknown

from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.fleet.identity import Identity
from tests.engine.stack import LiveApi
from tests.servicer import AbortedError, Engine, SetEngine
from tests.sets import IDENTITY, RefusedError, SetStack


def problems_of(phones: SetStack, members: Any, **arguments: Any) -> list[str]:
    with pytest.raises(RefusedError) as refused:
        phones.check(members, **arguments)
    return [*refused.value.problems]


def test_the_problems_of_all_members_are_told_at_once(phones: SetStack) -> None:
    """One run of the preview is enough to mend all of them."""
    problems = problems_of(
        phones,
        {
            "desk-17": {"inbound": {"codecs": ["OPUS", "OGG"]}},
            "desk-18": {"outbound": {"channel_limit": "two"}},
            "desk-19": {},
        },
    )

    assert [problem.partition(":")[0] for problem in problems] == [
        "members.desk-17.inbound.codecs.1",
        "members.desk-18.outbound.channel_limit",
    ]


def test_defaults_merge_deeply_under_each_member(phones: SetStack) -> None:
    """What a member says itself counts; None takes a default away."""
    inputs = phones.check(
        {
            "a": {},
            "b": {"inbound": {"channel_limit": 9}},
            "c": {"inbound": None},
        },
        defaults={"inbound": {"channel_limit": 2, "codecs": ["OPUS"]}},
    )

    assert inputs["members"]["a"]["inbound"] == {"channel_limit": 2, "codecs": ["OPUS"]}
    assert inputs["members"]["b"]["inbound"] == {"channel_limit": 9, "codecs": ["OPUS"]}
    assert "inbound" not in inputs["members"]["c"]


def test_what_belongs_to_one_member_is_no_default(phones: SetStack) -> None:
    """One user name or password for all would be none for each; the program says it at once."""
    defaults = {"user_name": "frontdesk", "password": "fake-secret-1"}

    with pytest.raises(pulumi.RunError) as refused:
        phones.check({"a": {}}, defaults=defaults)

    assert str(refused.value) == (
        "CredentialConnectionSet: defaults.password, defaults.user_name: belongs to one member alone: set it "
        "there"
    )


@pytest.mark.parametrize("name", ["desk.17", 'the "boss"', "☎ 😀", "4th floor", "ünï-1"])
def test_a_member_may_have_any_printable_name(phones: SetStack, live: LiveApi, name: str) -> None:
    """Names come from lists of people and places."""
    phones.up({name: {"inbound": {"channel_limit": 2}}})

    assert not phones.preview({name: {"inbound": {"channel_limit": 2}}})
    assert [each["id"] for each in live.connections()] == [phones.ids[name]]


def test_a_name_that_is_no_word_is_quoted_in_messages(phones: SetStack) -> None:
    """`members.desk.17.active` could be anything."""
    (problem,) = problems_of(phones, {'desk.17 "old"': {"active": "yes"}})

    assert problem.startswith('members["desk.17 \\"old\\""].active: must be true or false')


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({}, "members: is empty: declare a member, or remove the whole set from the program"),
        ([{}], "members: must be a dictionary of members by name"),
        ({"a": "OPUS"}, "members.a: must be a dictionary of fields"),
        ({" ": {}}, 'members[""]: the name must have characters, and only such as can be printed'),
        ({"a\nb": {}}, 'members["a b"]: the name must have characters, and only such as can be printed'),
        ({"a": {"account": "us"}}, "members.a.account: belongs to the whole set: give it account"),
        (
            {f"m{number}": {} for number in range(10_001)},
            "members: 10,001 members are more than the 10,000 connections that an account can hold",
        ),
    ],
    ids=["empty", "list", "text", "blank", "control", "account", "10001"],
)
def test_members_that_cannot_be_are_refused(phones: SetStack, members: Any, problem: str) -> None:
    """Before anything is called."""
    assert problems_of(phones, members) == [problem]


@pytest.mark.parametrize("limit", [-1, 1.5, math.inf, math.nan, "many", "110%", True])
def test_max_removals_is_a_number_a_percentage_or_off(phones: SetStack, limit: object) -> None:
    """A limit that says nothing must not be taken for none."""
    assert problems_of(phones, {"a": {}}, max_removals=limit) == [
        "max_removals: must be a whole number, a percentage such as '10%', or 'off'"
    ]


@pytest.mark.parametrize(
    "unknown", [{"max_removals": UNKNOWN}, {"retain": UNKNOWN}, {"retain": ["b", UNKNOWN]}]
)
def test_a_limit_that_is_not_known_yet_is_judged_by_the_run(
    phones: SetStack, unknown: dict[str, Any]
) -> None:
    """The preview goes on, and shows who leaves."""
    phones.up({"a": {}, "b": {}, "c": {}, "d": {}})

    assert phones.preview({"a": {}}, **unknown)
    with pytest.raises(AbortedError, match="3 of its 4 members would be deleted"):
        phones.preview({"a": {}})


def test_retain_is_a_list(phones: SetStack) -> None:
    """Else each part of a name would be one."""
    assert problems_of(phones, {"a": {}}, retain="desk-1") == ["retain: must be a list of members' names"]


def test_one_user_name_twice_in_the_set_is_refused(phones: SetStack) -> None:
    """User names are the same in upper and lower case; nor does anything else that is wrong hide it."""
    of_a = {"user_name": "frontdesk", "inbound": {"channel_limit": -1}}
    problems = problems_of(phones, {"a": of_a, "b": {"user_name": "FrontDesk"}})

    other, problem = problems
    assert other.startswith("members.a.inbound.channel_limit: ")
    assert problem.startswith("members.b.user_name: is the one of member 'a' too")


def test_one_user_name_twice_is_refused_also_where_a_member_was_renamed(phones: SetStack) -> None:
    """It has kept the mark of its old name, which may be that of a new member."""
    phones.up({"a": {"user_name": "frontdesk"}})
    phones.up({"b": {"user_name": "frontdesk"}})

    (problem,) = problems_of(phones, {"a": {"user_name": "FrontDesk"}, "b": {"user_name": "frontdesk"}})

    assert problem == (
        "members.b.user_name: is the one of member 'a' too, and no two connections can have the same"
    )


def test_a_user_name_that_another_resource_of_the_program_has_is_refused(
    phones: SetStack, connections: CredentialConnections
) -> None:
    """Telnyx would refuse it in the middle of `up`."""
    single = Engine(connections)
    phones.engine._provider._telnyx = single._provider._telnyx
    desk = {"connection_name": "Desk", "user_name": "frontdesk", "password": "fake-secret-1"}

    assert single.check({}, {**desk, "ownership_mark": "pulumi:stories/test:0123456789abcdef"})[1] == []

    (problem,) = problems_of(phones, {"a": {"user_name": "frontdesk"}})
    assert problem.startswith("members.a.user_name: is the one of connection 'Desk' too")


def test_a_new_set_does_not_get_the_user_names_of_a_renamed_one(
    phones: SetStack, connections: CredentialConnections
) -> None:
    """By an alias it keeps names and marks, and a new set under its old name makes the same ones."""
    phones.up({"a": {}})
    phones.engine.restart(connections)
    new = SetStack(phones.engine, phones.identity)
    phones.identity = Identity("organization", "stories", "test", "desks", "", marks=True)

    assert not phones.preview({"a": {}})

    (problem,) = problems_of(new, {"a": {}})
    assert problem.startswith("members.a.user_name: is the one of connection 'phones/a (test)' too")


def test_what_was_renamed_can_be_replaced(phones: SetStack, connections: CredentialConnections) -> None:
    """Another account, for example: the engine checks it once more, as a new resource with another mark."""
    desk = {"connection_name": "Desk", "user_name": "frontdesk", "password": "fake-secret-1"}
    marks = [{"ownership_mark": f"pulumi:stories/test:{digit * 16}"} for digit in "01"]
    olds, _ = Engine(connections).check({}, desk | marks[0])
    single = Engine(connections)

    assert [single.check(each, desk | marks[1])[1] for each in (olds, {})] == [[], []]

    phones.up({"a": {"user_name": "phone01"}})
    phones.engine.restart(connections)
    phones.identity = Identity("organization", "stories", "test", "desks", "", marks=True)
    declared = phones.declared({"a": {"user_name": "phone01"}})
    assert [phones.engine.check(each, declared)[1] for each in (phones.inputs, {})] == [[], []]


def test_two_sets_may_have_members_of_one_name(phones: SetStack, live: LiveApi) -> None:
    """Their derived names and marks differ."""
    others = SetStack(phones.engine, Identity("organization", "stories", "test", "faxes", "", marks=True))

    phones.up({"a": {}})
    others.up({"a": {}})

    names = [(each["user_name"], each["connection_name"]) for each in live.connections()]
    assert len({user_name for user_name, _ in names}) == 2
    assert [name for _, name in names] == ["phones/a (test)", "faxes/a (test)"]


def test_a_thousand_errors_show_the_first_and_name_a_file_with_all(
    phones: SetStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A screen holds twenty; whoever mends a list needs all of them."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    members = {f"m{number:04}": {"inbound": {"channel_limit": "x"}} for number in range(1_000)}

    problems = problems_of(phones, members)

    assert len(problems) == 21
    assert problems[0].startswith("members.m0000.inbound.channel_limit: must be a whole number")
    found = re.fullmatch(r"and 980 more problems of set 'phones': all of them are in (.+)", problems[-1])
    assert found is not None
    file = Path(found[1])
    assert len(file.read_text().splitlines()) == 1_000
    assert file.stat().st_mode & 0o077 == 0


def test_a_problem_never_repeats_a_password(phones: SetStack) -> None:
    """What stands in a message stands in a log."""
    members = {"a": {"password": "fake-secret-CANARY\ud800"}, "b": {"password": "fake*"}}

    with pytest.raises(UnicodeEncodeError):
        phones.check(members)
    assert "fake" not in "".join(problems_of(phones, {"b": {"password": "fake*"}}))


def test_a_member_that_is_not_known_yet_is_kept_for_the_run(phones: SetStack) -> None:
    """Its settings may come from another resource; the others are judged all the same."""
    inputs = phones.check({"a": UNKNOWN, "b": {}})

    assert isinstance(inputs["members"]["a"], Unknown)
    assert inputs["members"]["b"]["user_name"].startswith("b")
    assert problems_of(phones, {"a": UNKNOWN, "b": {"active": 1}})


def test_members_that_are_all_unknown_are_a_change(phones: SetStack) -> None:
    """A preview cannot say more."""
    phones.up({"a": {}})

    assert phones.engine.diff(phones.id, phones.outputs, phones.check(UNKNOWN))


def test_a_password_that_is_not_known_yet_hides_no_other(phones: SetStack) -> None:
    """Each member's password is known or unknown by itself."""
    phones.up({"a": {"password": "fake-secret-1"}, "b": {}})

    inputs = phones.check({"a": {"password": UNKNOWN}, "b": {}})

    assert isinstance(inputs["password_revisions"]["a"], Unknown)
    assert inputs["password_revisions"]["b"] == 1
    assert inputs["passwords"]["b"] == phones.inputs["passwords"]["b"]


def test_generated_passwords_stay_and_rotate_by_member(phones: SetStack) -> None:
    """As a single connection's do."""
    phones.up({"a": {}, "b": {}})
    first = dict(phones.inputs["passwords"])

    phones.up({"a": {}, "b": {"rotate_password_when": "2026-12-01"}})

    assert phones.outputs["passwords"]["a"] == first["a"]
    assert phones.outputs["passwords"]["b"] != first["b"]
    assert phones.outputs["password_revisions"] == {"a": 1, "b": 2}


def test_the_names_and_marks_of_the_first_run_stay(
    phones: SetStack, connections: CredentialConnections
) -> None:
    """A stack that is renamed keeps its phones logged in."""
    phones.up({"a": {}})
    before = phones.outputs["user_names"]
    phones.identity = Identity("organization", "stories", "renamed", "phones", "", marks=True)
    phones.engine = SetEngine(connections)

    assert not phones.preview({"a": {}})
    assert phones.check({"a": {}})["identity"] == IDENTITY.as_input()
    assert phones.check({"a": {}})["members"]["a"]["user_name"] == before["a"]
