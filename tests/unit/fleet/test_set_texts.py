"""A large set, each of whose members is one text in inputs and outputs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi.output import UNKNOWN, Unknown

from pulumi_telnyx.fleet import declaration
from pulumi_telnyx.fleet.texts import MOST_BY_FIELD, as_text, taken_apart
from pulumi_telnyx.state import SET_TYPE, read_state
from tests.engine.stack import LiveApi
from tests.sets import RefusedError, SetStack
from tests.unit.report.made import set_outputs, set_state


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two members are many."""
    monkeypatch.setattr(declaration, "MOST_BY_FIELD", 1)


def desks(number: int, **more: Any) -> dict[str, Any]:
    return {f"desk-{place}": {"inbound": {"channel_limit": 2}, **more} for place in range(number)}


def are_texts(properties: dict[str, Any]) -> set[str]:
    return {name for name, each in properties["members"].items() if isinstance(each, str)}


@pytest.mark.usefixtures("large")
def test_a_large_set_lives_as_a_small_one_does(phones: SetStack, live: LiveApi) -> None:
    """Made, changed, renamed, cut, refreshed and deleted, with as many calls; nothing differs in between."""
    members = desks(4, tags=["Büro"]) | {"boss": {"user_name": "boss0001"}}
    phones.up(members)
    assert are_texts(phones.inputs) == are_texts(phones.outputs) == set(members)
    settings = taken_apart(phones.outputs["members"])["desk-1"]
    assert (settings["inbound"], settings["tags"]) == ({"channel_limit": 2}, ["Büro"])
    assert not phones.preview(members)
    phones.refresh()
    assert are_texts(phones.inputs) == are_texts(phones.outputs) == set(members)
    assert not phones.preview(members)

    live.calls()
    members["desk-1"] = {"inbound": {"channel_limit": 9}, "tags": ["Büro"]}
    members["chief"] = members.pop("boss")
    boss = phones.ids["boss"]
    phones.up(members)
    # The second is of the name in the portal, which was made of the member's.
    assert live.calls() == ["PATCH", "PATCH"]
    assert phones.ids["chief"] == boss
    del members["desk-0"]
    phones.up(members)
    live.edit(phones.ids["desk-2"], inbound={"channel_limit": 5})
    phones.refresh()
    assert taken_apart(phones.inputs["members"])["desk-2"]["inbound"] == {"channel_limit": 5}
    live.calls()
    phones.up(members)
    assert live.calls() == ["PATCH"]
    assert are_texts(phones.outputs) == set(members)
    phones.destroy()
    assert live.connections() == []


def test_a_member_stays_a_text_or_none_however_many_there_are(
    phones: SetStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A preview would show it as changed from its first field to its last."""
    phones.up(desks(2), max_removals="off")
    monkeypatch.setattr(declaration, "MOST_BY_FIELD", 2)

    assert phones.up(desks(4), max_removals="off")
    assert are_texts(phones.inputs) == are_texts(phones.outputs) == {"desk-2", "desk-3"}
    assert not phones.preview(desks(4), max_removals="off")
    assert phones.up({"desk-3": {}}, max_removals="off")
    assert are_texts(phones.inputs) == are_texts(phones.outputs) == {"desk-3"}


@pytest.mark.usefixtures("large")
def test_fields_are_not_left_alone_where_the_engine_finds_none(phones: SetStack) -> None:
    """It would take away what is to stay: phones that were switched off got calls again."""
    members = desks(2, active=False)
    phones.up(members)
    identity = {**phones.declared(members)["identity"], "ignores_fields": True}
    # The engine has found no such field before, and so there is none now.
    asked = {**phones.declared(members), "members": desks(2), "identity": identity}

    _, problems = phones.engine.check(phones.inputs, asked)

    assert [each.partition(",")[0] for each in problems] == ["members: ignore_changes names fields"]
    inputs, problems = phones.engine.check({}, asked)
    assert (problems, "ignores_fields" in inputs["identity"]) == ([], False)


@pytest.mark.usefixtures("large")
def test_the_problems_of_a_large_set_have_the_same_paths(phones: SetStack) -> None:
    """Whatever way the members came."""
    with pytest.raises(RefusedError) as refused:
        phones.check({"a": {"inbound": {"codecs": ["OGG"]}}, "b": {}})

    assert str(refused.value).startswith("members.a.inbound.codecs.0: must be one of")


@pytest.mark.parametrize("number", [1, MOST_BY_FIELD + 1])
def test_a_text_of_the_program_is_no_member(phones: SetStack, number: int) -> None:
    """A password in it would not be a secret."""
    given = {f"desk-{place}": '{"password": "fake-password-1"}' for place in range(number)}

    with pytest.raises(RefusedError) as refused:
        phones.check(given)

    assert refused.value.problems[0] == "members.desk-0: must be a dictionary of fields"


def test_what_is_not_known_yet_is_no_text() -> None:
    """Only the engine can tell what becomes of it."""
    settings = {"tags": [UNKNOWN]}

    assert as_text(settings) is settings
    assert isinstance(taken_apart({"a": UNKNOWN})["a"], Unknown)
    assert taken_apart(UNKNOWN) is UNKNOWN
    assert as_text({"extra": {"ratio": float("nan")}}) != '{"extra":{"ratio":NaN}}'


def test_a_secret_or_a_broken_text_stays_what_it_is() -> None:
    """The first is what a preview shows of it; the second was written by hand."""
    hidden = {"a": "[secret]", "b": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}

    assert taken_apart(hidden) == hidden
    assert taken_apart({"a": '{"tags":'}) == {"a": '{"tags":'}


def test_a_state_is_read_with_its_texts() -> None:
    """As they read fields."""
    inputs = set_state({"a": {"user_name": "desk0001", "active": True}})
    outputs = set_outputs(inputs)
    texts = {**outputs, "members": {name: as_text(each) for name, each in outputs["members"].items()}}
    urn = f"urn:pulumi:prod::phones::{SET_TYPE}::phones"
    rows = [{"urn": urn, "type": SET_TYPE, "id": "set-phones", "outputs": each} for each in (outputs, texts)]

    by_field, by_text = (
        read_state(json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": [row]}}).encode())
        for row in rows
    )

    assert by_text.connections == by_field.connections
    assert by_text.connections[0].user_name == "desk0001"
