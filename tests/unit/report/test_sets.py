"""A set is told member by member, with the words that connections have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_telnyx.fleet.texts import as_text
from pulumi_telnyx.ownership import Owner, taken_over
from pulumi_telnyx.report.drift import drift_of
from pulumi_telnyx.report.drift_json import as_json
from pulumi_telnyx.report.markdown import LIMIT, render
from pulumi_telnyx.report.preview import read_preview
from pulumi_telnyx.report.refresh import read_refresh
from pulumi_telnyx.report.sets import paths_in
from pulumi_telnyx.report.summary import Resource, Summary, summarise

from .made import UNKNOWN_TEXT, markdown, preview, real, set_outputs, set_state, set_step, step
from .page import page

DESK = {"connection_name": "Desk", "user_name": "desk01", "inbound": {"channel_limit": 2}}
_AGAIN = "it failed in the last run and is tried again"
_UNSEEN = "what differs cannot be seen: its settings are secret in the state until it succeeds"


def _desk(number: int, **more: Any) -> dict[str, Any]:
    return {**DESK, "connection_name": f"Desk {number}", "user_name": f"desk{number:02}", **more}


def _told(*arguments: Any, **options: Any) -> dict[str, Resource]:
    """Return what is told of a set, by name."""
    (stack,) = summarise([preview(set_step(*arguments, **options))]).stacks
    return {each.change.name: each for each in stack.connections}


def _operations(*arguments: Any, **options: Any) -> dict[str, str]:
    return {name: each.operation for name, each in _told(*arguments, **options).items()}


def _verdict(*arguments: Any, **options: Any) -> list[str]:
    (stack,) = summarise([preview(set_step(*arguments, **options))]).stacks
    return [each.text for each in stack.verdict]


def _sentences(resource: Resource) -> list[str]:
    return [each.text for each in resource.meanings]


def _paths(resource: Resource) -> list[str]:
    return [each.path for each in resource.properties]


def test_each_member_is_told_as_what_happens_to_it() -> None:
    """Those that stay are not told, and the verdict counts connections."""
    old = set_state({"a": _desk(1), "b": _desk(2), "c": _desk(3), "d": _desk(4)})
    new = set_state({"a": _desk(1), "b": _desk(2, inbound={"channel_limit": 1}), "e": _desk(5)}, retain=["d"])

    told = _told("update", old, new)

    assert {name: each.operation for name, each in told.items()} == {
        "phones/c": "delete",
        "phones/d": "release",
        "phones": "update",
        "phones/b": "update",
        "phones/e": "create",
    }
    assert _sentences(told["phones/b"]) == ["fewer inbound calls at the same time: 1, until now 2"]
    assert _sentences(told["phones/c"]) == ["its phones can no longer register"]
    assert _sentences(told["phones/d"]) == [
        "it leaves this set and stays at Telnyx: its phones go on working"
    ]
    assert _paths(told["phones"]) == ["retain"]
    assert _verdict("update", old, new) == [
        "delete 1 connection",
        "release 1 connection",
        "update 1 connection",
        "create 1 connection",
        "update 1 set",
    ]


def test_a_member_means_to_calls_what_a_connection_means() -> None:
    """The same sentences, and the same clauses of the verdict."""
    old = {**DESK, "outbound": {"outbound_voice_profile_id": "1"}}
    new = {**DESK, "active": False, "sip_uri_calling_preference": "unrestricted"}

    (member,) = _told("update", set_state({"a": old}), set_state({"a": new})).values()
    (alone,) = summarise([preview(step("update", "desk", old, new))]).stacks

    assert member.meanings == alone.connections[0].meanings
    assert member.properties == alone.connections[0].properties
    assert _verdict("update", set_state({"a": old}), set_state({"a": new})) == [
        each.text for each in alone.verdict
    ]


def test_a_member_with_another_name_and_the_same_user_name_is_renamed() -> None:
    """In any letter case; what else changes makes it an update."""
    old = set_state({"boss": _desk(1), "a": _desk(2)})
    marked = {"chief": "pulumi:phones/prod:00"}
    renamed = set_state({"chief": _desk(1, user_name="DESK01"), "a": _desk(2)}, marks=marked)
    changed = set_state({"chief": _desk(1), "a": _desk(2)}, revisions={"chief": 2})

    (only,) = _told("update", old, renamed).values()
    (also,) = _told("update", old, changed).values()

    assert (only.operation, only.change.name, _paths(only)) == (
        "update",
        "phones/chief",
        ["name in the set", "user_name"],
    )
    assert (also.operation, _paths(also)) == ("update", ["name in the set", "password"])
    assert also.changes_password
    assert _verdict("update", old, changed) == ["rotate 1 password", "update 1 connection"]
    assert _verdict("update", old, set_state({"chief": _desk(1, connection_name="C"), "a": _desk(2)})) == [
        "rename 1 connection"
    ]
    assert _sentences(only) == ["it gets another name in its set, and its connection stays"]
    text = markdown(preview(set_step("update", old, changed)))
    assert "| `name in the set` | `boss` | `chief` |" in text


def test_members_that_are_texts_are_told_like_others() -> None:
    """Those of a large set; one that the engine hides as a whole tells no more than that."""
    old, new = {"a": _desk(1), "b": _desk(2)}, {"a": _desk(1, active=False), "c": _desk(3)}
    texts = [{name: as_text(each) for name, each in side.items()} for side in (old, new)]

    told = _told("update", set_state(texts[0]), set_state(texts[1]))

    assert told == _told("update", set_state(old), set_state(new))
    assert {name: each.operation for name, each in told.items()} == {
        "phones/a": "update",
        "phones/b": "delete",
        "phones/c": "create",
    }
    hidden = set_state({"a": "[secret]", "b": texts[0]["b"]})
    assert _told("update", set_state(texts[0]), hidden) == _told("update", set_state(old), hidden)


def test_passwords_are_told_by_their_revisions() -> None:
    """Of each member, whatever the engine shows of the passwords themselves."""
    members = {"a": _desk(1), "b": _desk(2), "c": _desk(3)}
    old, new = (
        set_state(members),
        set_state(
            members,
            revisions={"b": 2, "c": UNKNOWN_TEXT},
            passwords={"a": "fake-password-CANARY", "b": "fake-password-CANARY"},
        ),
    )

    told = _told("update", old, new)

    assert told["phones/b"].changes_password
    assert told["phones/c"].may_change_password
    assert set(told) == {"phones/b", "phones/c"}
    assert "CANARY" not in markdown(preview(set_step("update", old, new)), limit=None)


def test_a_password_that_is_left_to_others_is_set_no_more() -> None:
    """And one that is managed again may be another."""
    managed, left = set_state({"a": DESK}), set_state({"a": {**DESK, "unmanaged_password": True}})

    (gone,) = _told("update", managed, left).values()
    (back,) = _told("update", left, managed).values()

    assert _paths(gone) == ["password", "unmanaged_password"]
    assert not gone.changes_password
    assert back.may_change_password


def test_a_whole_set_is_told_as_all_its_members() -> None:
    """Created, deleted or kept at Telnyx: ten phones are ten connections."""
    state = set_state({f"desk-{number}": _desk(number) for number in range(10)})

    assert _verdict("create", None, state) == ["create 10 connections"]
    assert _verdict("delete", state, None) == ["delete 10 connections"]
    assert _verdict("delete", state, None, retainOnDelete=True) == ["release 10 connections"]


def test_retained_members_go_with_their_set() -> None:
    """`retain` is for those that leave a set that stays."""
    state = set_state({"a": DESK}, retain=["a"])

    assert _operations("delete", state, None) == {"phones/a": "delete"}


def test_what_is_no_name_in_retain_keeps_nobody() -> None:
    """A preview may have been made of anything."""
    new = set_state({"b": _desk(2)}, retain=[["a"], {"a": 1}, None])

    assert _operations("update", set_state({"a": _desk(1), "b": _desk(2)}), new)["phones/a"] == "delete"


def test_a_set_that_moves_to_another_account_is_made_anew() -> None:
    """Those on both sides are replaced, also under another name; nobody is renamed or kept."""
    old = set_state({"a": _desk(1), "b": _desk(2)})
    new = set_state({"a": _desk(1), "c": _desk(2)}, account="other", retain=["b"])

    told = _told("replace", old, new)

    assert {name: each.operation for name, each in told.items()} == {
        "phones/a": "replace",
        "phones/b": "delete",
        "phones/c": "create",
    }
    assert "it moves to another Telnyx account" in _sentences(told["phones/a"])
    assert _paths(told["phones/a"]) == ["account"]


def test_what_failed_in_the_last_run_is_told_against_what_is_there() -> None:
    """Its inputs are in the state as if it had succeeded: the outputs know better."""
    limit = {"inbound": {"channel_limit": 5}}
    wanted = {"made": _desk(1), "changed": _desk(2, **limit), "password": _desk(3), "fine": _desk(4)}
    inputs = set_state(wanted, revisions={"password": 2})
    there = set_state({**wanted, "changed": _desk(2), "gone": _desk(5)})
    del there["members"]["made"]
    failed = dict.fromkeys(("made", "changed", "password", "gone"), "422 CANARY")
    outputs = set_outputs(there, failed=failed)

    told = _told("update", inputs, inputs, outputs=outputs)

    assert {name: each.operation for name, each in told.items()} == {
        "phones/gone": "delete",
        "phones/password": "update",
        "phones/changed": "update",
        "phones/made": "create",
    }
    assert _paths(told["phones/password"]) == ["password"]
    assert _paths(told["phones/changed"]) == ["inbound.channel_limit"]
    assert all(_AGAIN in _sentences(each) for each in told.values())
    assert "CANARY" not in markdown(preview(set_step("update", inputs, inputs, outputs=outputs)))


def test_what_failed_is_told_beside_what_is_new() -> None:
    """The last run did not set the limit, and this one shall switch the connection off as well."""
    limited = {"inbound": {"channel_limit": 5}}
    before = set_state({"a": _desk(1, **limited)})
    outputs = set_outputs(set_state({"a": _desk(1)}), failed={"a": "422"})

    (only,) = _told(
        "update", before, set_state({"a": _desk(1, active=False, **limited)}), outputs=outputs
    ).values()

    assert _paths(only) == ["active", "inbound.channel_limit"]


def test_of_a_member_whose_update_failed_a_real_preview_tells_no_settings() -> None:
    """The state hides what it has: only the others are told field by field, and in the verdict."""
    (stack,) = summarise([read_preview(real("failed-member"), "test")]).stacks

    told = {each.change.name: each for each in stack.connections}
    assert set(told) == {"phones/agent-1", "phones/agent-3"}
    assert told["phones/agent-1"].operation == "update"
    assert _sentences(told["phones/agent-1"]) == [_AGAIN, _UNSEEN]
    assert (_paths(told["phones/agent-1"]), told["phones/agent-1"].hidden) == ([], ())
    assert _paths(told["phones/agent-3"]) == ["active"]
    assert [each.text for each in stack.verdict] == ["switch off 1 connection", "update 2 connections"]
    text = markdown(read_preview(real("failed-member"), "test"))
    assert f"- **update** `phones/agent-1`<br>{_AGAIN}<br>{_UNSEEN}\n" in text


@pytest.mark.parametrize("is_text", [False, True])
@pytest.mark.parametrize("is_refreshed", [False, True])
@pytest.mark.parametrize(
    ("now", "revision", "paths"),
    [
        ({"active": False, "inbound": {"channel_limit": 1}, "webhook_event_url": "[secret]"}, 1, []),
        ({"inbound": {"channel_limit": 1}}, 2, ["password"]),
        ({"user_name": "desk09"}, 1, ["user_name"]),
        ({"user_name": UNKNOWN_TEXT}, 1, ["user_name"]),
        ({"user_name": "[secret]"}, 1, []),
        ({"unmanaged_password": True}, 2, []),
    ],
)
def test_what_failed_is_told_against_what_is_known_of_it(
    now: dict[str, Any], revision: int, paths: list[str], is_refreshed: bool, is_text: bool
) -> None:
    """Its inputs are what failed, and a refresh hides them too; user name and revision stand apart."""
    wanted = {"a": as_text(_desk(1, **now)) if is_text else _desk(1, **now)}
    asked = "[secret]" if is_refreshed else _desk(1, inbound={"channel_limit": 5})
    outputs = set_outputs(set_state({"a": "[secret]"}), failed={"a": "422"}, user_names={"a": "desk01"})

    sides = set_state({"a": asked}, revisions={"a": revision}), set_state(wanted, revisions={"a": revision})
    (only,) = _told("update", *sides, outputs=outputs).values()

    assert (only.operation, _paths(only), only.hidden) == ("update", paths, ())
    assert _sentences(only)[-2:] == [_AGAIN, _UNSEEN]
    assert len(_sentences(only)) == 2 + len(paths)
    assert only.changes_password == ("password" in paths)


def test_what_failed_and_gets_another_name_in_its_set_is_not_deleted() -> None:
    """It keeps its user name, by which the provider knows it; and more than its name may differ."""
    outputs = set_outputs(set_state({"a": "[secret]"}), failed={"a": "422"}, user_names={"a": "desk01"})

    (only,) = _told(
        "update", set_state({"a": _desk(1)}), set_state({"b": _desk(1)}), outputs=outputs
    ).values()

    assert (only.operation, only.change.name, _paths(only)) == ("update", "phones/b", ["name in the set"])
    assert _UNSEEN in _sentences(only)


def test_a_member_that_adopts_takes_a_connection_over() -> None:
    """Once: afterwards the word stays in the program, and means nothing."""
    adopting = set_state({"a": {**DESK, "adopt": "desk01"}, "b": _desk(2)})

    assert _verdict("create", None, adopting) == [
        "take over 1 connection",
        "may rotate 1 password",
        "create 1 connection",
    ]
    assert _operations("update", adopting, set_state({"a": DESK, "b": _desk(2, active=False)})) == {
        "phones/b": "update"
    }


def test_a_member_that_is_not_known_may_become_anything() -> None:
    """Field by field; one that is new is created."""
    old = set_state({"a": _desk(1), "b": _desk(2)})
    new = set_state(
        {"a": UNKNOWN_TEXT, "b": _desk(2), "c": UNKNOWN_TEXT},
        revisions={"a": UNKNOWN_TEXT, "c": UNKNOWN_TEXT},
    )

    told = _told("update", old, new)

    assert _paths(told["phones/a"]) == ["connection_name", "inbound", "password", "user_name"]
    assert _sentences(told["phones/a"]) == [
        "the user name may change, and then registered phones must log in again",
        "the password may change, and then registered phones must log in again",
    ]
    assert told["phones/c"].operation == "create"


def test_members_that_are_not_known_may_all_be_deleted() -> None:
    """The verdict says how many there are."""
    old = set_state({f"desk-{number}": _desk(number) for number in range(20)})
    new = {**set_state({}), "members": UNKNOWN_TEXT, "password_revisions": None}

    (only,) = _told("update", old, new).values()

    assert _sentences(only) == [
        "its members are not known before the update: each of its connections may change or be deleted"
    ]
    assert _verdict("update", old, new) == ["may change or delete 20 connections", "update 1 set"]
    assert _verdict("create", None, new) == ["create 1 set"]


def test_members_that_are_secret_are_told_as_one() -> None:
    """In a preview and in the log of a refresh, which shows secrets in another way."""
    hidden = {**set_state({}), "members": "[secret]"}
    in_a_log = {**hidden, "members": {"4dabf18193072939515e22adb298388d": "x", "ciphertext": "[secret]"}}

    (only,) = _told("update", hidden, hidden, outputs=hidden).values()

    assert (only.operation, only.hidden) == ("update", ("members",))
    assert _verdict("delete", in_a_log, None, outputs=in_a_log) == ["delete 1 set"]


def test_a_secret_that_may_differ_is_named_where_nothing_else_explains_the_update() -> None:
    """The engine hides both values."""
    state = set_state({"a": {**DESK, "webhook_event_url": "[secret]"}, "b": _desk(2)})

    (only,) = _told("update", state, state).values()

    assert (only.change.name, only.hidden) == ("phones", ("members.a.webhook_event_url",))


def test_what_the_provider_does_not_count_as_a_change_is_none() -> None:
    """What Telnyx spells otherwise, and a field that is declared no more while it has its default."""
    default = {**DESK, "onnet_t38_passthrough_enabled": False}
    old = set_state({"a": {**DESK, "dtmf_type": "rfc 2833"}, "b": default, "c": DESK})
    new = set_state({"a": {**DESK, "dtmf_type": "RFC 2833"}, "b": DESK, "c": {**DESK, "active": False}})

    assert _operations("update", old, new) == {"phones/c": "update"}


def test_protection_is_the_sets() -> None:
    """One line, however many members."""
    state = set_state({"a": _desk(1), "b": _desk(2)})
    changed = set_state({"a": _desk(1), "b": _desk(2, active=False)})

    assert _verdict("same", state, state, protect=True) == ["unprotect 1 set"]
    assert _verdict("update", state, changed, protect=True) == [
        "switch off 1 connection",
        "update 1 connection",
        "update 1 set",
    ]


@pytest.mark.parametrize("name", ["token", "password", "__provider", "a::b", "desk|`<b>\n", "4th floor"])
def test_a_members_name_is_a_name(name: str) -> None:
    """Whatever it is: no secret, nothing internal, no markup."""
    old, new = set_state({name: DESK}), set_state({name: {**DESK, "active": False}})

    (only,) = _told("update", old, new).values()

    assert only.change.name == f"phones/{name}"
    assert _paths(only) == ["active"]
    shown = page(markdown(preview(set_step("update", old, new))))
    assert any(each.startswith("phones/") for each in shown.code)
    assert "<b>" not in shown.prose


def test_what_is_the_providers_own_is_not_shown() -> None:
    """Neither identity nor marks nor the reference to the provider."""
    state = set_state({"a": DESK})
    other = {**state, "marks": {}, "identity": {"project": "CANARY"}}

    for sides in (("create", None, state), ("delete", state, None), ("update", state, other)):
        text = markdown(preview(set_step(*sides)), limit=None)
        assert not any(word in text for word in ("identity", "marks", "__provider", "CANARY"))


def test_a_large_set_is_told_in_groups() -> None:
    """Ten thousand members below a comment's length."""
    old = set_state({f"desk-{number}": _desk(number) for number in range(10_000)})
    limit = {"inbound": {"channel_limit": 3}}
    new = set_state({f"desk-{number}": _desk(number, **limit) for number in range(1, 10_000)})

    text = markdown(preview(set_step("update", old, new)))

    assert len(text) < LIMIT
    assert text.startswith("- ⚠️ `prod`: **delete 1 connection**, update 9,999 connections\n")
    assert "- **update** 9,999 connections (`inbound.channel_limit`): `phones/desk-1`, `phones/" in text
    assert "- **delete** 1 connections: `phones/desk-0`<br>⚠️ its phones can no longer register\n" in text


def _drift(
    operation: str,
    old: dict[str, Any],
    new: dict[str, Any],
    *events: Any,
    printed: bytes = b"",
    **outputs: Any,
) -> Summary:
    """Return what a refresh finds of a set: its inputs before and after, and outputs beside those."""
    metadata = {
        "op": operation,
        "urn": set_step("same", None, None)["urn"],
        "old": {"id": "set-phones", "inputs": old, "outputs": set_outputs(old)},
        "new": {"id": "set-phones", "inputs": new, "outputs": {**set_outputs(new), **outputs}},
    }
    log = [{"resOutputsEvent": {"metadata": metadata}}, *events, {"summaryEvent": {}}]
    return drift_of([read_refresh("\n".join(map(json.dumps, log)).encode(), "prod", printed)])


def _drifted(summary: Summary) -> dict[str, Any]:
    (stack,) = json.loads(as_json(summary))["stacks"]
    return {each["member"]: each for each in stack["connections"]}


def test_drift_is_told_by_member_and_field() -> None:
    """What was changed, what was deleted, whose password was changed; and how many are as they should be."""
    old = set_state({name: _desk(place) for place, name in enumerate("abcd")})
    other, outside = {"inbound": {"channel_limit": 9}}, {"password_changed_outside": True}
    new = set_state({"a": _desk(0, **other), "c": _desk(2, **outside), "d": _desk(3)})

    summary = _drift("update", old, new)

    found = _drifted(summary)
    assert {name: each["what"] for name, each in found.items()} == {
        "a": "changed",
        "b": "deleted",
        "c": "changed",
    }
    assert (found["a"]["name"], found["a"]["set"]) == ("phones/a", "phones")
    assert found["a"]["fields"] == [{"field": "inbound.channel_limit", "declared": 2, "live": 9}]
    assert found["c"]["password_changed"]
    assert [each.text for each in summary.stacks[0].verdict] == [
        "1 connection deleted outside",
        "1 password changed outside",
        "2 connections changed outside",
    ]
    assert summary.stacks[0].preview.counts == {"update": 2, "delete": 1, "same": 1}


def test_a_set_as_it_was_deployed_has_no_drift() -> None:
    """Whatever its members failed to become in the last run."""
    state = set_state({"a": DESK})

    assert _drift("same", state, state).changes_nothing


def test_a_secret_of_a_member_that_was_changed_outside_is_named() -> None:
    """All that shows is that Telnyx has changed the connection since."""
    secret = {"4dabf18193072939515e22adb298388d": "x", "ciphertext": "[secret]"}
    with_secret = {**DESK, "webhook_event_url": secret}
    state = set_state({"a": with_secret, "b": DESK, "c": with_secret})
    times = {"a": "2026-11-02T08:00:00Z", "b": "2026-11-02T08:00:00Z", "c": "2026-11-01T08:00:00Z"}
    now = {name: {**each, "updated_at": times[name]} for name, each in state["members"].items()}

    found = _drifted(_drift("update", state, state, members=now))

    assert {name: each["secrets"] for name, each in found.items()} == {"a": ["webhook_event_url"]}


def test_what_a_set_leaves_to_others_is_no_drift() -> None:
    """By `ignore_changes`, of one member or of all."""
    old, new = (set_state({"a": _desk(1, active=each), "b": _desk(2, active=each)}) for each in (True, False))
    printed = json.dumps(
        {"steps": [set_step("refresh", old, old, ignoreChanges=["members.a.active"])], "changeSummary": {}}
    ).encode()

    assert set(_drifted(_drift("update", old, new, printed=printed))) == {"b"}


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("*", ("*",)),
        ("members", ("*",)),
        ("members.desk-1", ("*",)),
        ('members["desk-1"].inbound.codecs', ("inbound.codecs",)),
        ("members.desk-1.tags[0]", ("tags[0]",)),
        ("members[*].active", ("active",)),
        ("members.desk-10.active", ()),
        ("retain", ()),
    ],
)
def test_paths_of_a_set_are_paths_of_its_members(path: str, inside: tuple[str, ...]) -> None:
    """In both ways to write them."""
    assert paths_in([path], "desk-1") == inside


def test_a_member_that_another_stack_has_leaves_by_retain() -> None:
    """`pulumi state delete` would let go of the whole set."""
    state = set_state({"a": DESK})
    message = taken_over("2990000000000000000", Owner("other", "staging"))
    told = {"diagnosticEvent": {"severity": "info#err", "message": f"warning: Desk: {message}\n"}}

    summary = _drift("same", state, state, told)

    assert _drifted(summary)["a"]["taken_over_by"] == "other/staging"
    assert "name it in `retain`" in render(summary)
    assert "pulumi state delete" not in render(summary)
