"""What each operation of the provider keeps, asks and says, through the SDK's servicer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.output import UNKNOWN

from pulumi_telnyx import notices, plugin_errors
from pulumi_telnyx.account import WrongAccountError
from pulumi_telnyx.api.errors import InvalidInputError, NotFoundError, SettingsError
from pulumi_telnyx.connection.passwords import GENERATED
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer
from pulumi_telnyx.lifecycle import CredentialConnectionProvider
from pulumi_telnyx.ownership import AdoptionError, Owner, mark_of, taken_over
from tests.engine.stack import LiveApi
from tests.faults.rpc import Plugin, program
from tests.scripted_server import FakeClock

EMEA = "KEY-emea-not-a-secret-ab12"
# Without a voice profile each connection would be warned of.
PROFILE = {"outbound_voice_profile_id": "1"}
DESK = program("desk", outbound=PROFILE)
DOOR = program("door", outbound=PROFILE)
THEIRS = mark_of("organization", "doors", "prod", "bell")


@pytest.fixture(autouse=True)
def _nothing_shown_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning that was shown often enough is shown no more in a process, which all tests share."""
    monkeypatch.setattr(notices, "_shown", type(notices._shown)())


@pytest.fixture
def clock() -> FakeClock:
    """The time of API and plugin, in which waiting takes none."""
    return FakeClock()


@pytest.fixture
def live(clock: FakeClock) -> Iterator[LiveApi]:
    """An empty account, gone after the test."""
    with EmulatorServer(clock=clock.clock().wall) as server:
        yield LiveApi(server)


@pytest.fixture
def one(live: LiveApi, clock: FakeClock) -> Plugin:
    """A plugin process."""
    return Plugin(live.server.url, clock=clock.clock())


def created(one: Plugin, inputs: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return id, inputs and outputs of a connection that `up` makes."""
    checked, problems = one.engine.check({}, inputs)
    assert problems == []
    return *one.engine.create(checked), checked


def provider_of(one: Plugin) -> CredentialConnectionProvider:
    """Return the provider itself, of which the servicer leaves some answers out."""
    return one.engine._provider


def holders(live: LiveApi) -> dict[str, str]:
    """Return the account that each user name is in."""
    rows = live._control("GET", "/connections")["connections"]
    return {row["settings"]["user_name"]: row["account"] for row in rows}


@pytest.fixture
def configured(live: LiveApi, monkeypatch: pytest.MonkeyPatch) -> CredentialConnectionProvider:
    """A provider that knows the API from the stack's config alone, with a second account in it."""
    for name in ("TELNYX_API_KEY", "TELNYX_BASE_URL", "TELNYX_ACCOUNT", "TELNYX_LOG", "TELNYX_API_KEY_EMEA"):
        monkeypatch.delenv(name, raising=False)
    # Otherwise errors are shortened for the whole process.
    monkeypatch.setenv(plugin_errors.DEBUG_VARIABLE, "1")
    live.server.configure(api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, EMEA: "emea"})
    config = {
        "telnyx:apiKey": DEFAULT_API_KEY,
        "telnyx:baseUrl": live.server.url,
        "telnyx:accounts": json.dumps({"emea": {"apiKey": EMEA}}),
    }
    provider = CredentialConnectionProvider()
    provider.configure(ConfigureRequest(Config(config, "project")))
    return provider


def test_each_connection_lives_in_its_account_from_create_to_delete(
    configured: CredentialConnectionProvider, live: LiveApi
) -> None:
    """The stack's own where it names none; its key alone finds it."""
    states = {}
    for name, account in (("desk", {}), ("london", {"account": "emea"})):
        inputs = configured.check({}, {**program(name), **account}).inputs
        made = configured.create(inputs)
        states[made.id] = made.outs or {}

        assert configured.diff(made.id, states[made.id], inputs).changes is False
    assert holders(live) == {"desktest": DEFAULT_ACCOUNT, "londontest": "emea"}

    for connection_id, state in states.items():
        assert configured.read(connection_id, state).outs == state
        changed = configured.update(connection_id, state, {**state, "active": False}).outs or {}
        assert changed["active"] is False
        configured.delete(connection_id, changed)
    assert holders(live) == {}


def test_another_account_replaces_the_connection_deleted_first(
    configured: CredentialConnectionProvider,
) -> None:
    """User names are unique over all accounts, so the new one could not be made beside the old one."""
    inputs = configured.check({}, DESK).inputs
    state = configured.create(inputs).outs or {}
    moved = {**inputs, "account": "emea"}

    found = configured.diff("1", state, moved)

    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ["account"], True)
    assert "adopt would count again" in configured.check(state, {**moved, "adopt": "1"}).failures[0].reason
    assert configured.check(state, {**inputs, "adopt": "1"}).failures == []
    assert configured.check({**state, "account": "emea"}, {**moved, "adopt": "1"}).failures == []


def test_an_account_that_does_not_exist_is_a_problem_of_the_connection(
    configured: CredentialConnectionProvider,
) -> None:
    """All of its problems show at once; one that is not known yet is none."""
    failures = configured.check({}, {**DESK, "account": "apac", "active": "maybe"}).failures

    assert [failure.property for failure in failures] == ["", ""]
    assert failures[0].reason.startswith("active: ")
    assert failures[1].reason.startswith("account 'apac' is not in telnyx:accounts")
    assert configured._account_problems({}, {"account": UNKNOWN, "adopt": "1"}) is not None
    assert list(configured._account_problems({"user_name": "x"}, {"account": UNKNOWN, "adopt": "1"})) == []


def test_a_stack_without_any_key_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not one for each of its connections."""
    monkeypatch.setenv(plugin_errors.DEBUG_VARIABLE, "1")
    monkeypatch.delenv("TELNYX_API_KEY", raising=False)
    provider = CredentialConnectionProvider()
    provider.configure(ConfigureRequest(Config({}, "project")))

    with pytest.raises(SettingsError, match="no Telnyx API key"):
        provider.check({}, DESK)


def test_the_mark_of_the_first_run_stays(one: Plugin) -> None:
    """Also where there was none: a mark that comes later would be taken for a change."""
    first, _ = one.engine.check({}, DESK)
    other = {**DESK, "ownership_mark": THEIRS}

    assert first["ownership_mark"] == DESK["ownership_mark"]
    assert one.engine.check(first, other)[0]["ownership_mark"] == DESK["ownership_mark"]
    assert "ownership_mark" not in one.engine.check(program("desk", marked=False), other)[0]


def test_two_resources_cannot_have_one_user_name(one: Plugin) -> None:
    """Telnyx would refuse the second in the middle of `up`; the same resource may be looked at again."""
    for inputs in (DESK, DESK, {**DESK, "user_name": UNKNOWN}):
        assert one.engine.check({}, inputs)[1] == []

    (problem,) = one.engine.check({}, program("other", user_name="DeskTest"))[1]
    unmarked = program("third", user_name="thirdtest", marked=False)
    assert one.engine.check({}, unmarked)[1] == one.engine.check({}, unmarked)[1] == []
    (unmarked_problem,) = one.engine.check({}, {**unmarked, "connection_name": "Fourth"})[1]

    assert problem == (
        "user_name: is the one of connection 'desk (test)' too, and no two connections can have the same"
    )
    assert unmarked_problem.startswith("user_name: is the one of connection 'third (test)' too")


def test_taking_over_is_announced_in_the_preview(one: Plugin, capsys: pytest.CaptureFixture[str]) -> None:
    """It writes to a connection that is there already; and it counts for a new resource only."""
    unmanaged = {**DOOR, "adopt": "doortest", "unmanaged_password": True, "password": None}

    inputs, problems = one.engine.check({}, {**DESK, "adopt": "desktest"})
    kept, _ = one.engine.check({}, unmanaged)
    said = capsys.readouterr().err.splitlines()
    later, _ = one.engine.check(inputs, {**DESK, "adopt": "desktest"})

    assert (inputs["adopt"], problems) == ("desktest", [])
    what = "adopt takes over an existing connection and gives it what is declared"
    assert said == [
        f"warning: desk (test): {what}, password too",
        f"warning: door (test): {what}, the password stays",
    ]
    assert "password" not in kept
    assert "adopt" not in later
    assert capsys.readouterr().err == ""


def test_what_is_taken_over_by_its_user_name_keeps_it(one: Plugin, live: LiveApi) -> None:
    """Its phones log in with it; by an id it gets the name that the resource would have had."""
    connection_id = live.create(user_name="oldname1", connection_name="Old")
    derived = {"derived_names": {"user_name": "deskdev1"}, "user_name": None}

    by_name, _ = one.engine.check({}, {**DESK, **derived, "adopt": "oldname1"})
    by_id, _ = one.engine.check({}, {**DOOR, **derived, "adopt": connection_id})
    later, _ = one.engine.check(by_name, {**DESK, **derived, "adopt": "othername1"})

    assert by_name["user_name"] == later["user_name"] == "oldname1"
    assert by_id["user_name"] == "deskdev1"


@pytest.mark.parametrize(
    ("olds", "news", "problem"),
    [
        ({}, {"rotate_password_when": "monday"}, "rotate_password_when: rotates a generated password only"),
        ({}, {"unmanaged_password": True}, "unmanaged_password: contradicts password"),
        (
            {},
            {"unmanaged_password": True, "password": None},
            "unmanaged_password: a connection that is to be",
        ),
        ({}, {"adopt": " "}, "adopt: "),
        ({}, {"active": "maybe", "adopt": "desktest"}, "active: "),
        (DESK, {"password": "****"}, "password: "),
    ],
)
def test_what_cannot_be_is_refused_before_a_call(
    one: Plugin,
    live: LiveApi,
    capsys: pytest.CaptureFixture[str],
    olds: dict[str, Any],
    news: dict[str, Any],
    problem: str,
) -> None:
    """The preview fails, and nothing is announced of what will not be."""
    _, problems = one.engine.check(olds, {**DESK, **news})

    assert [found for found in problems if found.startswith(problem)], problems
    assert live.requests() == []
    assert capsys.readouterr().err == ""


def test_a_generated_password_may_be_rotated_and_an_existing_one_left_alone(one: Plugin) -> None:
    """What is refused beside a given password, or for a new connection, is right here."""
    rotated, problems = one.engine.check(DESK, {**DESK, "password": GENERATED, "rotate_password_when": "may"})
    left, none = one.engine.check(DESK, {**DESK, "password": None, "unmanaged_password": True})

    assert (problems, none) == ([], [])
    assert rotated["rotate_password_when"] == "may"
    assert left["unmanaged_password"] is True
    assert "password" not in left


def test_a_doubtful_choice_is_warned_of_in_the_run_that_makes_it(
    one: Plugin, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be meant, so it is allowed, and nobody wants to read of it in every run."""
    for olds in ({}, {**DESK, "outbound": {"channel_limit": 5}}):
        inputs, problems = one.engine.check(olds, {**DESK, "outbound": {"channel_limit": 10}})
        assert (inputs["outbound"], problems) == ({"channel_limit": 10}, [])

    assert capsys.readouterr().err == (
        "warning: desk (test): without outbound.outbound_voice_profile_id every outgoing call fails\n"
    )


def test_our_own_inputs_are_a_difference_that_calls_nothing(one: Plugin, live: LiveApi) -> None:
    """The outputs must follow them, since a refresh knows only outputs; what the server decides stays."""
    connection_id, state, inputs = created(one, DESK)
    live.forget_requests()

    assert not one.engine.diff(connection_id, state, inputs)
    for name, value in {"password_revision": 2, "rotate_password_when": "may", "active": UNKNOWN}.items():
        assert one.engine.diff(connection_id, state, {**inputs, name: value}), name
    updated = one.engine.update(connection_id, state, {**inputs, "password_revision": 2})

    assert updated == {**state, "password_revision": 2}
    assert live.requests() == []


def test_a_create_leaves_in_the_state_what_was_declared_and_what_is_ours(one: Plugin, live: LiveApi) -> None:
    """With the server's own fields, the mark and the fingerprint of the key; defaults are the server's."""
    connection_id, state, inputs = created(one, {**DESK, "tags": ["red"]})
    (shown,) = live.connections()
    account = provider_of(one)._telnyx.account

    assert state == {
        **inputs,
        "record_type": "credential_connection",
        "created_at": state["created_at"],
        "updated_at": state["updated_at"],
        "key_fingerprint": account.fingerprint,
    }
    assert state["created_at"]
    assert shown["tags"] == ["red", DESK["ownership_mark"]]
    assert account.is_kept(connection_id, "another mark")
    assert not account.is_kept(connection_id, DESK["ownership_mark"])


def test_what_a_create_leaves_as_it_is_to_be_is_not_sent_after_it(one: Plugin, live: LiveApi) -> None:
    """`conversation_persistence` is off in a new connection: one call is enough."""
    created(one, {**DESK, "conversation_persistence": False})

    assert live.calls() == ["POST"]


def test_what_telnyx_changes_on_the_way_is_named(
    one: Plugin, live: LiveApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its path alone: a value may be secret."""
    live.server.configure(known_voice_profiles=["2"])

    _, state, _ = created(one, DESK)

    assert state["outbound"] == {}
    assert capsys.readouterr().err == (
        "warning: desk (test): Telnyx did not take these values as they were sent: "
        "outbound.outbound_voice_profile_id\n"
    )


def test_adopting_gives_the_connection_what_is_declared_and_says_so(
    one: Plugin, live: LiveApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a resource of this stack has already is not there to be taken."""
    connection_id = live.create(user_name="desktest", connection_name="Old", tags=["blue", THEIRS])

    made, state, _ = created(one, {**DESK, "adopt": connection_id})
    said = capsys.readouterr().err

    assert made == connection_id
    assert "adopt" not in state
    assert live.connections()[0]["connection_name"] == "desk (test)"
    assert f"desk (test): took over connection {connection_id} ('Old', created " in said
    assert "as adopt= says: changed connection_name, outbound, password" in said
    assert f"desk (test): connection {connection_id} had the mark of project doors, stack prod" in said
    with pytest.raises(AdoptionError, match="another resource of this stack manages connection"):
        provider_of(one).create({**DOOR, "password_revision": 1, "adopt": connection_id})


def test_what_an_interrupted_run_left_is_taken_over_while_it_is_young(
    one: Plugin, live: LiveApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the mark; the age is the one that the settings allow."""
    connection_id, _, inputs = created(one, DESK)
    one.restart()

    assert one.engine.create(inputs)[0] == connection_id
    assert f"desk (test): took over credential connection {connection_id}" in capsys.readouterr().err
    assert len(live.connections()) == 1


def test_a_refresh_brings_what_was_changed_outside_into_the_inputs(one: Plugin, live: LiveApi) -> None:
    """The server's own fields and the fingerprint are no inputs; what was not declared does not show."""
    connection_id, state, inputs = created(one, {**DESK, "active": True})
    live.edit(connection_id, active=False, default_on_hold_comfort_noise_enabled=False)

    found, outputs, now = one.engine.read(connection_id, state)

    assert found == connection_id
    assert outputs == {**state, "active": False, "updated_at": outputs["updated_at"]}
    assert now == {**inputs, "active": False}
    assert one.engine.diff(connection_id, outputs, inputs)
    assert one.engine.update(connection_id, outputs, inputs)["active"] is True
    assert live.connections()[0]["active"] is True


def test_a_password_that_was_changed_outside_is_set_back(one: Plugin, live: LiveApi) -> None:
    """Its own value is all that the state gets to know of it; where it is unmanaged it is nobody's here."""
    connection_id, state, _ = created(one, DESK)
    live.edit(connection_id, password="somebody-elses-1")

    _, outputs, now = one.engine.read(connection_id, state)
    _, alone, _ = one.engine.read(connection_id, {**state, "password": None, "unmanaged_password": True})
    inputs, _ = one.engine.check(now, DESK)

    assert outputs["password_changed_outside"] is now["password_changed_outside"] is True
    assert outputs["password"] == DESK["password"]
    assert "password_changed_outside" not in alone
    assert (inputs["password_revision"], "password_changed_outside" in inputs) == (2, False)
    assert one.engine.diff(connection_id, outputs, inputs)
    left = {name: value for name, value in inputs.items() if name != "password"}
    one.engine.update(connection_id, outputs, {**left, "unmanaged_password": True})
    assert live.connections()[0]["password"] == "somebody-elses-1"
    one.engine.update(connection_id, outputs, inputs)
    assert live.connections()[0]["password"] == DESK["password"]


def test_the_mark_stays_on_a_connection_whose_tags_change(one: Plugin, live: LiveApi) -> None:
    """Tags are sent as a whole, and without it nobody would know whose connection it is."""
    connection_id, state, inputs = created(one, {**DESK, "tags": ["red"]})

    outputs = one.engine.update(connection_id, state, {**inputs, "tags": ["blue"]})

    assert outputs["tags"] == ["blue"]
    assert live.connections()[0]["tags"] == ["blue", DESK["ownership_mark"]]


def test_a_connection_that_another_stack_marked_is_told_by_a_refresh(
    one: Plugin, live: LiveApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two stacks would change it in turns; one whose own mark is there too is ours."""
    connection_id, state, _ = created(one, DESK)
    one.engine.read(connection_id, state)
    live.edit(connection_id, tags=[THEIRS, DESK["ownership_mark"]])
    one.engine.read(connection_id, state)
    assert capsys.readouterr().err == ""
    live.edit(connection_id, tags=[THEIRS])

    one.engine.read(connection_id, state)

    told = taken_over(connection_id, Owner("doors", "prod"))
    assert capsys.readouterr().err == f"warning: desk (test): {told}\n"


def test_a_connection_that_is_gone_is_taken_out_of_the_state(one: Plugin, live: LiveApi) -> None:
    """And deleting it is done already; changing it cannot be."""
    connection_id, state, inputs = created(one, DESK)
    live.delete(connection_id)

    assert provider_of(one).read(connection_id, state).id == ""
    with pytest.raises(NotFoundError, match="code 10005"):
        provider_of(one).update(connection_id, state, {**inputs, "active": False})
    provider_of(one).delete(connection_id, state)
    assert provider_of(one)._telnyx.account.was_deleted(connection_id)


def test_another_accounts_key_takes_nothing_for_gone_and_writes_nothing(one: Plugin, live: LiveApi) -> None:
    """Each operation stops; one connection that the key finds shows that the account is the right one."""
    connection_id, state, inputs = created(one, DESK)
    door_id, door, _ = created(one, DOOR)
    live.server.configure(api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, EMEA: "emea", "KEY-3-no-secret": "x"})
    for operation, arguments in {
        "read": (connection_id, state),
        "delete": (connection_id, state),
        "update": (connection_id, state, {**inputs, "active": False}),
    }.items():
        one.restart(EMEA)
        with pytest.raises(WrongAccountError, match="finds none of the stack's connections"):
            getattr(provider_of(one), operation)(*arguments)
    one.restart(EMEA)
    assert not one.engine.diff(connection_id, state, inputs)
    with pytest.raises(WrongAccountError):
        provider_of(one).create({**program("bell"), "password_revision": 1})
    assert len(live.connections()) == 2

    live.server.configure(api_keys={"KEY-new-no-secret": DEFAULT_ACCOUNT})
    one.restart("KEY-new-no-secret")
    live.delete(connection_id)
    fingerprint = provider_of(one)._telnyx.account.fingerprint
    live.forget_requests()
    assert one.engine.read(door_id, door)[1]["key_fingerprint"] == fingerprint
    assert one.engine.read(connection_id, state) == ("", {}, {})
    assert live.calls() == ["GET", "GET"]
    assert one.engine.update(door_id, door, {**door, "active": False})["key_fingerprint"] == fingerprint


def test_what_another_resource_goes_on_with_is_not_deleted(
    one: Plugin, live: LiveApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """A resource that was renamed without an alias would delete what its successor has just taken over."""
    connection_id, state, inputs = created(one, DESK)
    renamed = {**state, "ownership_mark": THEIRS}
    one.restart()
    one.engine.diff(connection_id, renamed, {**inputs, "ownership_mark": THEIRS})

    one.engine.delete(connection_id, state)

    assert capsys.readouterr().err == (
        f"desk (test): connection {connection_id} stays: another resource of this stack has taken it over\n"
    )
    assert len(live.connections()) == 1
    provider_of(one).delete(connection_id, renamed)
    assert live.connections() == []


def test_what_a_program_only_looks_up_is_shown_whole_and_without_its_password(
    one: Plugin, live: LiveApi
) -> None:
    """`.get()` declares nothing, so nothing is compared; an id that is not there is an error."""
    connection_id = live.create(user_name="desk0001", connection_name="Desk", password="fake-password-1")

    found = provider_of(one).read(connection_id, {})
    outputs = found.outs or {}
    live.delete(connection_id)

    assert found.id == connection_id
    assert outputs["user_name"] == "desk0001"
    assert outputs["record_type"] == "credential_connection"
    assert outputs["active"] is True
    assert "password" not in outputs
    assert "account" not in outputs
    with pytest.raises(NotFoundError):
        provider_of(one).read(connection_id, {})
    assert one.engine.read(connection_id, outputs) == ("", {}, {})


def test_what_is_looked_up_in_an_account_says_which(
    configured: CredentialConnectionProvider, live: LiveApi
) -> None:
    """The next refresh has to ask there again."""
    made = configured.create(configured.check({}, {**DESK, "account": "emea"}).inputs)

    outputs = configured.read(made.id, {"account": "emea"}).outs or {}

    assert (outputs["account"], outputs["user_name"]) == ("emea", "desktest")


def test_what_comes_after_a_create_names_the_account_whose_key_is_refused(
    configured: CredentialConnectionProvider, live: LiveApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """The connection reaches the state, and the warning says which field is missing and why."""
    props = {**DESK, "account": "emea", "password_revision": 1, "conversation_persistence": True}
    live.server.inject(Fault(kind="status", status=401, method="PATCH"))

    made = configured.create(props)

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "warning: desk (test): conversation_persistence is not set yet, run `pulumi up` again: "
    )
    assert "account 'emea'" in line
    assert (made.outs or {})["account"] == "emea"
    assert made.outs is not None
    assert made.outs["key_fingerprint"] == configured.telnyx_of(props).account.fingerprint


OLD = {"password": "CANARY-old-pw", "webhook_event_url": "https://example.com/CANARY-old"}
NEW = {"password": "CANARY-new-pw", "webhook_event_url": "https://example.com/CANARY-new"}


@pytest.mark.parametrize(
    ("operation", "secrets"),
    [("create", [NEW]), ("read", [OLD]), ("update", [OLD, NEW]), ("delete", [OLD])],
)
def test_no_error_repeats_what_may_be_secret(
    one: Plugin, live: LiveApi, operation: str, secrets: list[dict[str, str]]
) -> None:
    """Passwords and webhook addresses, the old and the new ones, though the API repeats them."""
    connection_id, state, inputs = created(one, {**DESK, **OLD})
    texts = [text for each in secrets for text in each.values()]
    live.server.inject(Fault(kind="status", status=422, text=f"no: {' '.join(texts)} !"))
    arguments: dict[str, tuple[Any, ...]] = {
        "create": ({**program("bell"), **NEW, "password_revision": 1},),
        "read": (connection_id, state),
        "update": (connection_id, state, {**inputs, **NEW}),
        "delete": (connection_id, state),
    }

    with pytest.raises(InvalidInputError) as caught:
        getattr(provider_of(one), operation)(*arguments[operation])

    assert f"no: {' '.join(['[secret]'] * len(texts))} !" in str(caught.value)


def test_the_warning_after_a_create_repeats_no_secret(
    one: Plugin, live: LiveApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """What comes after it may fail like an operation of its own."""
    text = f"no: {' '.join(NEW.values())} !"
    live.server.inject(Fault(kind="status", status=422, text=text, method="PATCH"))

    one.engine.create({**DESK, **NEW, "password_revision": 1, "conversation_persistence": True})

    assert "no: [secret] [secret] !" in capsys.readouterr().err


def test_an_operation_ends_when_one_call_would_have_to(
    live: LiveApi, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many calls it needs: its second one has only the time that the first one left."""
    one = Plugin(live.server.url, clock=clock.clock(), deadline_secs=10)
    for method in ("POST", "PATCH"):
        live.server.inject(Fault(kind="rate_limit", method=method, secs=6))

    one.engine.create({**DESK, "password_revision": 1, "conversation_persistence": True})

    assert "conversation_persistence is not set yet" in capsys.readouterr().err
    assert 6 <= sum(clock.waits) < 10
