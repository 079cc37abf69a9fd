"""What becomes of the members of a set, and what of those that fail."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

import pytest

from pulumi_telnyx.account import Account
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.engine_secrets import IS_SECRET, SIGNATURE
from pulumi_telnyx.fleet import progress
from pulumi_telnyx.fleet.identity import Identity
from tests.engine.stack import LiveApi
from tests.servicer import AbortedError, Engine, SetEngine
from tests.sets import SetStack

LIMIT_2 = {"inbound": {"channel_limit": 2}}
LIMIT_3 = {"inbound": {"channel_limit": 3}}


def desks(count: int) -> dict[str, Any]:
    return {f"desk-{number:03}": {} for number in range(count)}


def by_id(live: LiveApi) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in live.connections()}


def test_a_set_lives_with_one_call_for_each_member_and_step(phones: SetStack, live: LiveApi) -> None:
    """Create, nothing, update and delete cost what single connections cost; a preview costs nothing."""
    phones.up(desks(5), defaults=LIMIT_2)
    assert live.calls() == ["POST"] * 5
    assert not phones.up(desks(5), defaults=LIMIT_2)
    assert phones.preview(desks(5), defaults=LIMIT_3)
    assert live.calls() == []

    phones.up(desks(5), defaults=LIMIT_3)
    assert live.calls() == ["PATCH"] * 5
    assert {each["inbound"]["channel_limit"] for each in live.connections()} == {3}

    phones.destroy()
    assert live.calls() == ["DELETE"] * 5
    assert live.connections() == []


def test_one_changed_member_is_one_call(phones: SetStack, live: LiveApi) -> None:
    """However many there are."""
    phones.up(desks(5))
    live.forget_requests()

    phones.up({**desks(5), "desk-003": LIMIT_3})

    assert live.calls() == ["PATCH"]
    assert by_id(live)[phones.ids["desk-003"]]["inbound"]["channel_limit"] == 3


def test_members_come_and_go_beside_those_that_stay(phones: SetStack, live: LiveApi) -> None:
    """Deleted first: the account may be full."""
    phones.up(desks(3))
    stays = phones.ids["desk-001"]
    live.forget_requests()

    phones.up({"desk-001": {}, "desk-002": {}, "desk-100": {}})

    assert live.calls() == ["DELETE", "POST"]
    assert phones.ids["desk-001"] == stays
    assert set(by_id(live)) == set(phones.ids.values())


def test_the_members_that_fail_are_kept_apart_and_done_by_the_next_run(
    phones: SetStack, live: LiveApi
) -> None:
    """Two of five cannot be made; the other three are in the state, and are not made again."""
    foreign = live.create(user_name="taken1"), live.create(user_name="taken2")
    members = {**desks(3), "x": {"user_name": "taken1"}, "y": {"user_name": "taken2"}}

    phones.up(members)

    assert set(phones.failed) == {"x", "y"}
    assert "user_name taken1 is taken by connection" in phones.failed["x"]
    assert set(phones.ids) == set(desks(3)) == set(phones.outputs["members"])
    failed_at = phones.outputs["failed_at"]
    phones.refresh()
    assert phones.outputs["failed_at"] == failed_at
    for each in foreign:
        live.delete(each)
    live.forget_requests()
    assert phones.up(members)
    assert phones.failed == {}
    assert "failed_at" not in phones.outputs
    assert Counter(live.calls()) == {"POST": 2}
    assert not phones.preview(members)


def test_a_member_that_cannot_be_changed_keeps_its_old_settings_in_the_state(
    phones: SetStack, live: LiveApi
) -> None:
    """So that the next run sees the difference again."""
    phones.up({"a": {}, "b": {}})
    live.create(user_name="taken1")

    phones.up({"a": {"user_name": "taken1"}, "b": LIMIT_3})

    assert "user_name is not available" in phones.failed["a"]
    assert phones.outputs["members"]["a"]["user_name"] != "taken1"
    assert phones.outputs["members"]["b"]["inbound"] == {"channel_limit": 3}
    assert phones.preview({"a": {"user_name": "taken1"}, "b": LIMIT_3})


def test_a_member_that_cannot_be_deleted_stays_in_the_state(phones: SetStack, live: LiveApi) -> None:
    """Phone numbers may be attached. The next run deletes it."""
    phones.up({"a": {}, "b": {}, "c": {}})
    in_use = Fault("status", method="DELETE", path=f"*/{phones.ids['b']}", status=422, times=None)
    live.server.inject(in_use)

    phones.up({"a": {}, "c": LIMIT_3}, max_removals="off")

    assert set(phones.failed) == {"b"}
    assert set(phones.ids) == {"a", "b", "c"}
    live.server.clear_faults()
    phones.up({"a": {}, "c": LIMIT_3})
    assert (phones.failed, set(phones.ids)) == ({}, {"a", "c"})
    assert set(by_id(live)) == set(phones.ids.values())


def test_what_the_state_holds_of_a_member_that_failed_is_a_secret(phones: SetStack, live: LiveApi) -> None:
    """It may have been one, and the new inputs do not tell the engine; the other members stay readable."""
    phones.up({"a": {}, "b": {}, "c": {}})
    live.server.inject(Fault("status", method="DELETE", path=f"*/{phones.ids['b']}", status=422, times=None))
    inputs = phones.check({"a": LIMIT_3, "c": {}})

    updated = phones.engine.provider.update(phones.id, phones.outputs, inputs).outs or {}
    read = phones.engine.provider.read(phones.id, {**phones.outputs, "failed": updated["failed"]})

    inputs = read.inputs or {}
    for properties in (updated, read.outs or {}, inputs):
        hidden = {name for name, each in properties["members"].items() if each.get(SIGNATURE) == IS_SECRET}
        assert hidden == {"b"}
    assert inputs["passwords"][SIGNATURE] == IS_SECRET


def test_a_name_is_not_given_on_while_its_old_connection_cannot_be_deleted(
    phones: SetStack, live: LiveApi
) -> None:
    """Those that wait for it, one behind the other, stay as they are; the state loses no connection."""
    user_names = ({"user_name": "phone01"}, {"user_name": "phone02"}, {"user_name": "phone03"})
    phones.up({**dict(zip("abc", user_names, strict=True)), "k": {}})
    ids = phones.ids
    in_use = Fault("status", method="DELETE", path=f"*/{ids['a']}", status=422, times=None)
    live.server.inject(in_use)
    members = {"a": user_names[1], "b": user_names[2], "c": {}, "k": LIMIT_3}

    phones.up(members)

    assert phones.ids == ids
    assert set(phones.failed) == {"a", "b", "c"}
    assert phones.failed["b"] == "the name 'a' is still that of a connection that could not leave it"
    assert len(live.connections()) == 4
    phones.refresh()
    live.server.clear_faults()
    phones.up(members)
    assert (phones.failed, phones.ids["a"], phones.ids["b"]) == ({}, ids["b"], ids["c"])
    assert set(by_id(live)) == set(phones.ids.values())
    assert not phones.preview(members)


def test_a_set_of_which_nothing_can_be_created_is_not_there(phones: SetStack, live: LiveApi) -> None:
    """An empty set in the state would look like a success."""
    live.create(user_name="taken1")

    with pytest.raises(AbortedError, match="create credential connection set 'phones': 1 of 1 member failed"):
        phones.up({"a": {"user_name": "taken1"}})

    assert phones.id == ""


def test_an_account_that_refuses_everybody_is_not_asked_for_each_of_thousands(
    phones: SetStack, live: LiveApi
) -> None:
    """A revoked key is said once, and soon."""
    live.server.configure(api_keys={})

    with pytest.raises(AbortedError) as failure:
        phones.up(desks(500))

    assert "500 of 500 members failed" in str(failure.value)
    assert len(live.calls()) < 50


def test_a_failed_take_over_is_tried_again(phones: SetStack, live: LiveApi) -> None:
    """`adopt` counts until the connection is in the state, and not just in the first run."""
    members = {"a": {}, "b": {"adopt": "oldphone1", "password": "fake-secret-1"}}
    phones.up(members)
    assert "no connection of this account has this user name" in phones.failed["b"]
    old = live.create(user_name="oldphone1")

    phones.up(members)

    assert phones.ids["b"] == old
    assert by_id(live)[old]["password"] == "fake-secret-1"
    assert not phones.preview(members)


def test_a_renamed_member_keeps_its_connection_and_password(phones: SetStack, live: LiveApi) -> None:
    """Its phone stays logged in; only the name in the portal follows."""
    phones.up({"desk-1": {"user_name": "frontdesk"}, "desk-2": {}})
    old, password = phones.ids["desk-1"], phones.outputs["passwords"]["desk-1"]
    live.forget_requests()

    phones.up({"reception": {"user_name": "FrontDesk"}, "desk-2": {}})

    assert live.calls() == ["PATCH"]
    assert phones.ids["reception"] == old
    assert phones.outputs["passwords"]["reception"] == password
    assert by_id(live)[old]["connection_name"] == "phones/reception (test)"
    assert not phones.preview({"reception": {"user_name": "FrontDesk"}, "desk-2": {}})
    phones.refresh()
    assert not phones.preview({"reception": {"user_name": "FrontDesk"}, "desk-2": {}})


def test_two_members_that_swap_their_names_swap_nothing_else(phones: SetStack, live: LiveApi) -> None:
    """The user name says which connection is meant."""
    phones.up({"a": {"user_name": "phone01"}, "b": {"user_name": "phone02"}})
    ids = phones.ids

    phones.up({"b": {"user_name": "phone01"}, "a": {"user_name": "phone02"}})

    assert phones.ids == {"b": ids["a"], "a": ids["b"]}
    assert {each["id"]: each["user_name"] for each in live.connections()} == {
        ids["a"]: "phone01",
        ids["b"]: "phone02",
    }


def test_a_name_that_another_connection_gets_leaves_the_old_one_alone(
    phones: SetStack, live: LiveApi
) -> None:
    """`a` becomes `b`, and a new `a` comes in the same run."""
    phones.up({"a": {"user_name": "phone01"}})
    old, password = phones.ids["a"], phones.outputs["passwords"]["a"]

    phones.up({"b": {"user_name": "phone01"}, "a": {}})

    assert phones.ids["b"] == old != phones.ids["a"]
    assert phones.outputs["passwords"]["b"] == password != phones.outputs["passwords"]["a"]
    assert len(live.connections()) == 2


def test_a_run_that_would_delete_many_members_is_stopped_in_the_preview(
    phones: SetStack, live: LiveApi
) -> None:
    """Ten per cent, unless another limit is set for this run."""
    phones.up(desks(30))

    with pytest.raises(AbortedError) as refused:
        phones.preview(desks(26))
    assert "4 of its 30 members would be deleted, and max_removals allows 3: desk-026, " in str(refused.value)
    assert phones.preview(desks(27))
    assert phones.preview(desks(26), max_removals=4)
    assert phones.preview(desks(1), max_removals="off")
    assert phones.preview(desks(15), max_removals="50%")
    assert len(live.connections()) == 30


def test_one_member_may_always_go(phones: SetStack, live: LiveApi) -> None:
    """With nine phones ten per cent would be none; the last one goes with its set."""
    phones.up(desks(2))

    phones.up(desks(1))

    assert len(live.connections()) == 1


def test_a_member_that_is_retained_leaves_the_set_and_stays_at_telnyx(
    phones: SetStack, live: LiveApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is called for it, and it counts for no limit."""
    phones.up(desks(3))
    left = phones.ids["desk-001"], phones.ids["desk-002"]
    live.forget_requests()

    phones.up(desks(1), retain=["desk-001", "desk-002"])

    assert live.calls() == []
    assert set(left) < set(by_id(live))
    assert set(phones.ids) == {"desk-000"}
    assert f"connection {left[0]} stays at Telnyx: retain names member 'desk-001'" in capsys.readouterr().err


def test_a_member_moves_to_another_set_untouched(phones: SetStack, live: LiveApi) -> None:
    """`retain` here, `adopt` there, in one run: no call changes the connection but for its mark."""
    agents = SetStack(phones.engine, Identity("organization", "stories", "test", "agents", "", marks=True))
    phones.up({"a": {"user_name": "agent007"}, "b": {}})
    agents.up({"c": {}})
    moved, password = phones.ids["a"], by_id(live)[phones.ids["a"]]["password"]
    phones.engine.restart(CredentialConnections(Transport(live.server.url, DEFAULT_API_KEY)))

    phones.up({"b": {}}, retain=["a"])
    agents.up({"c": {}, "a": {"adopt": "agent007", "user_name": "agent007", "unmanaged_password": True}})

    assert agents.ids["a"] == moved
    assert by_id(live)[moved]["password"] == password
    assert not agents.preview({"c": {}, "a": {"user_name": "agent007", "unmanaged_password": True}})
    phones.engine.restart(CredentialConnections(Transport(live.server.url, DEFAULT_API_KEY)))
    agents.destroy()
    phones.destroy()
    assert live.connections() == []


def test_a_move_without_retain_is_stopped_in_the_preview(phones: SetStack, live: LiveApi) -> None:
    """The one would delete what the other takes over, in an order that nobody knows."""
    phones.up({"a": {"user_name": "agent007"}, "b": {}})
    phones.engine.restart(CredentialConnections(Transport(live.server.url, DEFAULT_API_KEY)))
    single = Engine(CredentialConnections(Transport(live.server.url, DEFAULT_API_KEY)))
    single._provider._telnyx = phones.engine._provider._telnyx
    desk = {"connection_name": "Desk", "user_name": "Agent007", "password": "fake-secret-1"}
    desk |= {"adopt": "agent007", "ownership_mark": "pulumi:stories/test:0123456789abcdef"}

    assert phones.preview({"b": {}})
    (problem,) = single.check({}, desk)[1]
    assert "member 'a' of set 'phones' would be deleted in the same run" in problem

    with pytest.raises(AbortedError, match="connection 'Desk' of this program has its user name"):
        phones.preview({"b": {}})
    assert len(live.connections()) == 2


def test_a_refresh_reads_by_list_and_brings_what_was_changed_outside(phones: SetStack, live: LiveApi) -> None:
    """A changed member shows as a difference, one that is gone as one to be added."""
    members = dict.fromkeys(desks(30), LIMIT_2)
    phones.up(members)
    live.edit(phones.ids["desk-007"], inbound={"channel_limit": 9})
    live.forget_requests()
    phones.refresh()
    assert len(live.calls()) <= 8
    live.delete(phones.ids["desk-008"])
    phones.engine.restart(CredentialConnections(Transport(live.server.url, DEFAULT_API_KEY)))

    phones.refresh()

    assert phones.outputs["members"]["desk-007"]["inbound"] == {"channel_limit": 9}
    assert "desk-008" not in phones.ids
    live.forget_requests()
    phones.up(members)
    assert Counter(live.calls()) == {"PATCH": 1, "POST": 1}
    assert not phones.preview(members)


def test_a_refresh_that_changes_nothing_leaves_the_state_as_it_is(phones: SetStack, live: LiveApi) -> None:
    """Byte for byte, or the preview would show a change."""
    phones.up(dict.fromkeys(desks(6), LIMIT_2))
    before = phones.inputs, phones.outputs

    phones.refresh()

    assert (phones.inputs, phones.outputs) == before


@pytest.mark.parametrize("mask_passwords", [False, True], ids=["readable", "masked"])
def test_a_password_that_was_changed_outside_is_set_back(
    phones: SetStack, live: LiveApi, mask_passwords: bool
) -> None:
    """Where the account shows it; and it never gets into the state."""
    phones.up({"a": {}, "b": {}})
    live.edit(phones.ids["a"], password="fake-foreign-1")
    live.server.configure(mask_passwords=mask_passwords)

    phones.refresh()

    assert "fake-foreign-1" not in str(phones.outputs)
    assert phones.up({"a": {}, "b": {}}) is not mask_passwords
    assert (by_id(live)[phones.ids["a"]]["password"] == "fake-foreign-1") is mask_passwords


def test_a_key_of_another_account_empties_no_set(phones: SetStack, live: LiveApi) -> None:
    """It finds none of the members, which does not say that they are gone."""
    phones.up(desks(5))
    live.server.configure(api_keys={"KEY-other-not-a-secret": "another", DEFAULT_API_KEY: "emulator"})
    other = CredentialConnections(Transport(live.server.url, "KEY-other-not-a-secret"))
    phones.engine.restart(other, key="KEY-other-not-a-secret")

    with pytest.raises(AbortedError, match="it may be another account's"):
        phones.refresh()
    with pytest.raises(AbortedError, match="it may be another account's"):
        phones.up({**desks(5), "more": {}})
    assert len(phones.ids) == 5


def test_an_interrupted_create_is_taken_over_by_the_next(
    phones: SetStack, live: LiveApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was made has the mark of its member; the state was never written. Twenty lines say it."""
    lost = SetStack(phones.engine)
    lost.up(desks(30))
    phones.engine.restart(CredentialConnections(Transport(live.server.url, DEFAULT_API_KEY)))

    phones.up(desks(32))

    assert len(live.connections()) == 32
    assert set(lost.ids.values()) < set(phones.ids.values())
    told = capsys.readouterr().err
    assert told.count("took over credential connection") == 20
    assert "phones: and 10 more lines like these" in told
    assert not phones.preview(desks(32))


def test_connections_with_the_mark_of_another_stack_are_left_alone(phones: SetStack, live: LiveApi) -> None:
    """Their owner is named, and nothing is written to them."""
    other = SetStack(phones.engine, Identity("organization", "stories", "prod", "phones", "", marks=True))
    other.up({"a": {"user_name": "phone01"}})
    phones.engine.restart(CredentialConnections(Transport(live.server.url, DEFAULT_API_KEY)))
    before = by_id(live)[other.ids["a"]]

    phones.up({"a": {"user_name": "phone01"}, "b": {}})

    assert "marked by project stories, stack prod" in phones.failed["a"]
    assert by_id(live)[other.ids["a"]] == before


def test_as_many_calls_are_in_flight_as_the_account_allows_for_all_sets_together(
    connections: CredentialConnections, live: LiveApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two sets share `telnyx:parallel`."""
    engine = SetEngine(connections)
    engine.restart(connections, parallel=6)
    inside, most, lock = 0, 0, threading.Lock()
    create = engine._provider.create

    def counted(props: dict[str, Any]) -> Any:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.02)
        try:
            return create(props)
        finally:
            with lock:
                inside -= 1

    monkeypatch.setattr(engine._provider, "create", counted)
    sets = [
        SetStack(engine, Identity("organization", "stories", "test", name, "", marks=True))
        for name in ("phones", "faxes")
    ]
    threads = [threading.Thread(target=each.up, args=(desks(20),)) for each in sets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(live.connections()) == 40
    assert most == 6


def test_long_work_tells_how_far_it_is_and_short_work_nothing(
    phones: SetStack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line every few seconds: done, rate, time left."""
    members = {name: {"outbound": {"outbound_voice_profile_id": "2105551234567890123"}} for name in desks(8)}
    phones.up(members)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "EVERY_SECS", 0.0)

    phones.destroy()

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 7
    assert lines[0].startswith("phones: 1 of 8 deleted, ")
    assert lines[0].endswith("seconds left")


def test_a_set_of_another_account_is_replaced(phones: SetStack) -> None:
    """User names are unique over all accounts, so it is deleted first."""
    phones.up(desks(1))

    assert phones.engine.diff(phones.id, phones.outputs, {**phones.inputs, "account": "us"})
    assert isinstance(phones.engine._provider._telnyx.account, Account)


def test_a_member_that_is_retained_is_not_deleted_by_a_change_of_account(phones: SetStack) -> None:
    """The engine deletes the set as it was, and does not tell the provider who of it was to stay."""
    phones.up(desks(3))
    inputs = phones.check(desks(2), retain=["desk-002"])

    with pytest.raises(AbortedError, match=r"deletes all its connections, and retain keeps desk-002: let "):
        phones.engine.diff(phones.id, phones.outputs, {**inputs, "account": "us"})
    assert phones.engine.diff(phones.id, phones.outputs, {**phones.inputs, "account": "us"})


def test_a_member_that_comes_back_before_it_could_be_deleted_is_told_to_get_a_new_password(
    phones: SetStack, live: LiveApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """The inputs that `check` knows have no password of it any more, and its revision begins anew."""
    phones.up({"a": {}, "b": {}, "c": {"password": "fake-secret-1"}})
    for name in "bc":
        path = f"*/{phones.ids[name]}"
        live.server.inject(Fault("status", method="DELETE", path=path, status=422, times=None))
    phones.up({"a": LIMIT_3}, max_removals="off")
    assert set(phones.failed) == {"b", "c"}
    members = {"a": LIMIT_3, "b": {}, "c": {"password": "fake-secret-1"}}
    capsys.readouterr()

    assert phones.preview(members)

    (told,) = (line for line in capsys.readouterr().err.splitlines() if "new password" in line)
    assert told.startswith("warning: phones/b (test): its connection was to be deleted and is still there: ")
    phones.up(members)
    assert not phones.preview(members)
