"""Look-ups of a stack program against a real server: what is asked, what is found, what is said."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, get_args

import pulumi
import pytest
from pydantic import BaseModel

from pulumi_telnyx import (
    get_credential_connection,
    get_credential_connection_output,
    list_credential_connections,
    list_credential_connections_output,
)
from pulumi_telnyx.api.models import Connection
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY
from pulumi_telnyx.lookup import asked, results
from tests.engine.stack import LiveApi

EMEA_KEY = "KEY-emea-not-a-secret-ab12"
PROFILE = "2105551234567890123"


@pytest.fixture(autouse=True)
def program(live: LiveApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of a program that has asked nothing yet, with the key in the environment."""
    for name in ("TELNYX_ACCOUNT", "TELNYX_API_KEY_EMEA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TELNYX_API_KEY", DEFAULT_API_KEY)
    monkeypatch.setenv("TELNYX_BASE_URL", live.server.url)
    monkeypatch.setattr(asked, "_runs", asked._Runs())
    # Others may have set mocks.
    pulumi.runtime.configure(pulumi.runtime.Settings(project="phones", stack="dev"))
    pulumi.runtime.set_all_config({}, [])


def plant(live: LiveApi, count: int) -> None:
    for number in range(count):
        live.create(user_name=f"phone{number:04}", connection_name=f"Phone {number}")


def pages(live: LiveApi) -> list[str]:
    return [entry["query"]["page[number]"] for entry in live.requests()]


def test_a_connection_is_found_by_each_of_its_names(live: LiveApi) -> None:
    """By id with one request for it alone; the user name has no letter case, as with the API."""
    live.create(user_name="otherdesk", connection_name="Front desk 2")
    desk = live.create(user_name="frontdesk", connection_name="Front desk")

    assert get_credential_connection(id=desk).id == desk
    assert [entry["path"] for entry in live.requests()] == [f"/v2/credential_connections/{desk}"]
    assert get_credential_connection(user_name="FrontDesk").id == desk
    assert get_credential_connection(connection_name="Front desk").id == desk
    assert live.requests()[-1]["query"]["filter[connection_name][contains]"] == "Front desk"


def test_a_result_has_every_setting_but_the_password(live: LiveApi) -> None:
    """Nested as the API nests them, typed, and not to be changed."""
    desk = live.create(
        user_name="frontdesk",
        password="fake-password-1",
        tags=["office", "pulumi:phones/dev:0123456789abcdef"],
        webhook_event_url="https://hooks.example.com/?token=canary",
        inbound={"codecs": ["G722"], "channel_limit": 7},
        outbound={"outbound_voice_profile_id": PROFILE},
    )

    found = get_credential_connection(id=desk)

    assert (found.user_name, found.active, found.inbound.channel_limit) == ("frontdesk", True, 7)
    assert (list(found.tags), list(found.inbound.codecs)) == (["office"], ["G722"])
    assert found.outbound.outbound_voice_profile_id == PROFILE
    assert "fake-password-1" not in repr(dataclasses.asdict(found))
    assert "canary" not in repr(found)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.active = False  # type: ignore[misc]  # that is the test


def test_results_have_the_fields_of_the_models() -> None:
    """A field that the models learn is missed here by name."""

    def fields_of(model: Any) -> Iterator[str]:
        for name, field in model.model_fields.items():
            kinds = [each for each in get_args(field.annotation) if isinstance(each, type)]
            nested = [each for each in kinds if issubclass(each, BaseModel)]
            yield from (
                (f"{name}.{inner}" for each in nested for inner in fields_of(each)) if nested else [name]
            )

    assert set(results.columns()) == set(fields_of(Connection)) - {"password"}


def test_what_the_api_shows_oddly_or_not_at_all_is_none() -> None:
    """The types of a result hold: a program need not look for texts where numbers are."""
    found = results.result_of(
        Connection.from_api({"id": 5, "active": "perhaps", "tags": None, "inbound": {"channel_limit": {}}})
    )

    assert (found.id, found.user_name, found.active, found.tags) == ("5", "", None, ())
    assert (found.inbound.channel_limit, found.outbound.localization) == (None, None)


def test_a_list_asks_for_the_pages_that_are_looked_at(live: LiveApi) -> None:
    """None before the first row, one for 250 rows, and no page twice."""
    plant(live, 260)
    live.forget_requests()

    phones = list_credential_connections()
    assert pages(live) == []
    assert phones
    assert phones[249].user_name == "phone0249"
    assert [each.id for each in phones[:3]] == [phones[0].id, phones[1].id, phones[2].id]
    assert pages(live) == ["1"]
    assert "phone0255" in (each.user_name for each in phones)
    assert len(phones) == len(list(phones)) == 260
    assert phones[-1] == phones[259] == list_credential_connections()[259]
    assert pages(live) == ["1", "2"]


def test_one_list_serves_all_user_names(live: LiveApi) -> None:
    """Whatever is sorted out here; another filter of the API is another question."""
    plant(live, 3)
    live.forget_requests()

    for number in range(3):
        assert get_credential_connection(user_name=f"phone{number:04}").connection_name == f"Phone {number}"
    assert len(list_credential_connections(active=True)) == 3
    assert not list_credential_connections(tag="red")
    assert len(live.requests()) == 1
    assert len(list_credential_connections(name="phone")) == 3
    assert len(live.requests()) == 2


@pytest.mark.parametrize("ignored", [False, True], ids=["filtered", "filter ignored"])
def test_each_filter_keeps_what_it_says(live: LiveApi, ignored: bool) -> None:
    """Sent where the API has it, and applied here in any case."""
    live.server.configure(ignore_name_filter=ignored)
    live.create(user_name="frontdesk", connection_name="Front Desk", tags=["red", "new"])
    live.create(user_name="fax00001", connection_name="Fax", active=False, tags=["reddish"])
    live.create(
        user_name="sales001", outbound={"outbound_voice_profile_id": PROFILE}, connection_name="Sales"
    )

    def names(**filters: Any) -> list[str]:
        return [each.user_name for each in list_credential_connections(**filters)]

    assert names(name="NT DE") == names(name="t ") == names(user_name="FRONTDESK") == ["frontdesk"]
    assert names(voice_profile=PROFILE) == ["sales001"]
    assert names(tag="red") == ["frontdesk"]
    assert (names(active=False), names(active=True, tag="reddish")) == (["fax00001"], [])
    sent = {name for entry in live.requests() for name in entry["query"] if name.startswith("filter")}
    assert sent == {"filter[connection_name][contains]", "filter[outbound_voice_profile_id]"}


def test_threads_that_ask_the_same_share_one_answer(live: LiveApi) -> None:
    """Also where the thread knows nothing of the run."""
    live.server.configure(latency_secs=0.05)
    desk = live.create(user_name="frontdesk")
    barrier = threading.Barrier(8)

    def ask(_: int) -> tuple[str, str, int]:
        barrier.wait()
        found = get_credential_connection(id=desk), get_credential_connection(user_name="frontdesk")
        return found[0].id, found[1].id, len(list_credential_connections())

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))

    assert answers == {(desk, desk, 1)}
    assert len(live.requests()) == 2


def test_each_run_of_a_process_asks_anew(live: LiveApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the Automation API, a preview and the `up` after it are runs of one process."""

    class Stack:
        pass

    present: list[Stack] = []
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: present[0] if present else None)
    desk = live.create(user_name="frontdesk", connection_name="Before")
    seen = []
    for name in ("Before", "Between", "After"):
        live.edit(desk, connection_name=name)
        # The stack of the run before is gone for good.
        present[:] = [Stack()]
        seen += [get_credential_connection(id=desk).connection_name for _ in range(2)]
    present.clear()

    assert seen == ["Before", "Before", "Between", "Between", "After", "After"]
    assert get_credential_connection(id=desk).connection_name == "After", "a thread without a run"
    assert len(live.requests()) == 3


def test_a_list_that_broke_off_is_not_taken_for_the_whole(live: LiveApi) -> None:
    """Whoever goes on with it is told again."""
    plant(live, 260)
    phones = list_credential_connections()
    assert phones[0].user_name == "phone0000"
    live.server.inject(Fault("status", status=400, times=None))

    for _ in range(2):
        with pytest.raises(pulumi.RunError, match=r"^list credential connections: 400 "):
            len(phones)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ({"user_name": "frontdsk"}, "none (did you mean 'frontdesk'?); look at what it has"),
        ({"connection_name": "front desk"}, "none (did you mean 'Front desk'?); look at what it has"),
        ({"connection_name": "Front"}, "the account has none"),
        ({"id": "2990000000000000999"}, "with id '2990000000000000999': the account has none; look"),
        ({"id": "frontdesk"}, "with id 'frontdesk': the account has none"),
        ({"connection_name": "Desk"}, "2 connections have it: "),
        ({}, "needs exactly one of id, user_name and connection_name"),
        (
            {"id": "1", "user_name": "x"},
            "exactly one of id, user_name and connection_name; it got id and user_name",
        ),
        ({"id": ""}, "id must be a text that is not empty"),
        ({"id": 5}, "id must be a text that is not empty"),
        (
            {"id": pulumi.Output.from_input("5")},
            "id is an output, whose value comes later: use get_credential_connection_output",
        ),
        ({"user_name": "x", "account": "emae"}, "account 'emae' is not in telnyx:accounts"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_is_not_one_connection_is_an_error_that_says_why(
    live: LiveApi, question: dict[str, Any], reason: str
) -> None:
    """With what was looked for, and how to get on."""
    live.create(user_name="frontdesk", connection_name="Front desk")
    twins = [live.create(user_name=f"twin{number}", connection_name="Desk") for number in range(2)]

    with pytest.raises(pulumi.RunError) as refused:
        get_credential_connection(**question)

    assert reason in str(refused.value)
    if "2 connections" in reason:
        assert f"{twins[0]} (twin0), {twins[1]} (twin1); ask for one of them by id" in str(refused.value)


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ({"tag": ""}, "the filter tag is empty: leave it out"),
        ({"voice_profile": 2105551234567890123}, "the filter voice_profile must be a text: put it in quotes"),
        ({"active": "no"}, "the filter active must be true or false"),
        ({"name": pulumi.Output.from_input("x")}, "use list_credential_connections_output"),
    ],
    ids=["empty", "number", "text", "output"],
)
def test_a_filter_that_cannot_be_meant_is_refused_at_once(
    live: LiveApi, filters: dict[str, Any], reason: str
) -> None:
    """It would match everything or nothing without a word."""
    with pytest.raises(pulumi.RunError, match=reason):
        list_credential_connections(**filters)
    assert live.requests() == []


def test_the_key_may_be_a_secret_of_the_stack(live: LiveApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack's own, and a named account's, found as the provider finds them; none is ever printed."""
    monkeypatch.delenv("TELNYX_API_KEY")
    live.server.configure(api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, EMEA_KEY: "emea"})
    live.create(user_name="homedesk")
    live._control("POST", "/connections", {"account": "emea", "settings": {"user_name": "londondesk"}})
    pulumi.runtime.set_all_config(
        {
            "telnyx:apiKey": DEFAULT_API_KEY,
            "telnyx:accounts": f'{{"emea": {{"apiKey": "{EMEA_KEY}"}}, "apac": {{"apiKey": "KEY-wrong"}}}}',
        },
        ["telnyx:apiKey", "telnyx:accounts"],
    )

    assert [each.user_name for each in list_credential_connections()] == ["homedesk"]
    assert [each.user_name for each in list_credential_connections(account="emea")] == ["londondesk"]
    with pytest.raises(
        pulumi.RunError, match=r"^account 'emea': look up credential connection with user_name"
    ):
        get_credential_connection(user_name="homedesk", account="emea")
    with pytest.raises(pulumi.RunError, match="of account 'apac'") as refused:
        get_credential_connection(user_name="homedesk", account="apac")
    assert "KEY-" not in str(refused.value)


def test_another_account_than_the_expected_one_is_not_looked_through(
    live: LiveApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may well have a connection of the same name."""
    live.create(user_name="frontdesk")
    monkeypatch.setenv("TELNYX_ACCOUNT", "connection:2990000000000000999")

    with pytest.raises(pulumi.RunError, match="expects an account with connection 2990000000000000999"):
        get_credential_connection(user_name="frontdesk")


class _Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        if args.token == "telnyx:index:listCredentialConnections":
            return {"connections": [{"id": "1", "user_name": "first001"}, {"id": "2"}]}
        if args.args.get("user_name") == "nobody01":
            return {}, [("user_name", "there is none")]
        return {"id": "5", "inbound": {"channel_limit": 3}, "tags": [args.args.get("account", "own")]}


def test_mocks_answer_in_place_of_telnyx(live: LiveApi) -> None:
    """Through `call`, as for every function of a provider; what was asked for need not be repeated."""
    pulumi.runtime.set_mocks(_Mocks(), project="phones", stack="dev")
    seen: list[Any] = []

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # untyped in the SDK
    def program() -> pulumi.Output[None]:
        plain = get_credential_connection(user_name="frontdesk", account="emea")
        seen.append((plain.id, plain.user_name, plain.inbound.channel_limit, plain.tags))
        seen.append([each.id for each in list_credential_connections(tag="red")])
        later = get_credential_connection_output(user_name=pulumi.Output.from_input("frontdesk"))
        many = list_credential_connections_output(active=pulumi.Output.from_input(True))
        return pulumi.Output.all(later.id, many.apply(len)).apply(seen.append)

    program()

    assert seen == [("5", "frontdesk", 3, ("emea",)), ["1", "2"], ["5", 2]]
    with pytest.raises(pulumi.RunError, match="user_name: there is none"):
        get_credential_connection(user_name="nobody01")
    assert live.requests() == []


@pytest.mark.parametrize("secret", [False, True], ids=["plain", "secret"])
def test_an_error_shows_no_argument_that_is_secret(live: LiveApi, secret: bool) -> None:
    """Messages name what was looked for, but not what Pulumi would hide."""
    live.create(user_name="frontdesk")
    looked_for = "canaryuser01"

    async def program() -> object:
        user_name = pulumi.Output.secret(looked_for) if secret else looked_for
        return await get_credential_connection_output(user_name=user_name).future()

    # `asyncio.run` would leave this thread without a loop, and the SDK's mocks need one.
    with closing(asyncio.new_event_loop()) as loop, pytest.raises(pulumi.RunError) as refused:
        loop.run_until_complete(program())

    shown = "[secret]" if secret else looked_for
    assert f"with user_name '{shown}': the account has none" in str(refused.value)
    assert (looked_for in str(refused.value)) is not secret


def test_a_text_that_cannot_be_an_id_is_nobodys_and_asks_nothing(live: LiveApi) -> None:
    """It must not become another address of the API."""
    for odd in ("../../x", "1/../2", "a b", "1?x=1"):
        with pytest.raises(pulumi.RunError, match=r"look up credential connection with id .* has none"):
            get_credential_connection(id=odd)

    assert live.requests() == []
