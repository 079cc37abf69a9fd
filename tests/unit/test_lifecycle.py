"""The provider's operations against the emulator, without the engine between them."""

from __future__ import annotations

import base64
import logging
import sys
from collections.abc import Iterator
from typing import Any

import dill
import pytest
import requests
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.errors import InvalidInputError, TransportError
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.connection.listed_reads import SINGLE_READS
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer
from pulumi_telnyx.lifecycle import CredentialConnectionProvider
from pulumi_telnyx.plugin_errors import InternalError
from tests.servicer import telnyx_of

DESK: dict[str, Any] = {
    "connection_name": "Desk",
    "user_name": "desk0001",
    "password": "correct-horse",
    "password_revision": 1.0,
}


@pytest.fixture
def api() -> Iterator[EmulatorServer]:
    with EmulatorServer() as server:
        yield server


@pytest.fixture
def provider(api: EmulatorServer) -> CredentialConnectionProvider:
    provider = CredentialConnectionProvider()
    provider._telnyx = telnyx_of(CredentialConnections(Transport(api.url, DEFAULT_API_KEY)))
    return provider


def test_states_refer_to_the_provider_by_a_name_that_never_changes() -> None:
    """Every state ever written holds this reference; a class that moves cannot be destroyed any more."""
    payload = base64.b64decode(serialize_provider(CredentialConnectionProvider()))

    assert len(payload) < 100
    assert b"pulumi_telnyx.lifecycle" in payload
    assert b"CredentialConnectionProvider" in payload
    assert type(dill.loads(payload)) is CredentialConnectionProvider  # noqa: S301 - made two lines above


def test_the_payload_holds_nothing_of_a_provider_that_is_connected(
    provider: CredentialConnectionProvider,
) -> None:
    """The key of the process must not reach the state."""
    assert serialize_provider(provider) == serialize_provider(CredentialConnectionProvider())


def test_a_setting_that_create_does_not_take_is_set_right_after(
    provider: CredentialConnectionProvider,
) -> None:
    """`conversation_persistence` exists in updates only."""
    created = provider.create({**DESK, "conversation_persistence": True})

    assert created.outs is not None
    assert created.outs["conversation_persistence"] is True


def test_a_create_survives_the_failure_of_what_comes_after_it(
    provider: CredentialConnectionProvider,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The connection exists, so it must reach the state; the next run sees what is missing."""

    def fail(*_: object, **__: object) -> None:
        raise TransportError("update: connection lost", sent=True)

    monkeypatch.setattr(provider._telnyx.api, "update", fail)
    props = {**DESK, "conversation_persistence": True}

    created = provider.create(props)

    assert created.id
    assert created.outs is not None
    assert created.outs["conversation_persistence"] is False
    assert provider.diff(created.id, created.outs, props).changes
    assert "conversation_persistence is not set yet, run `pulumi up` again" in capsys.readouterr().err


def test_names_that_were_derived_stay_when_the_stack_is_renamed(
    provider: CredentialConnectionProvider,
) -> None:
    """Phones log in with them; also after somebody changed the name outside."""
    program = {"password": "correct-horse", "connection_name": "Desk"}
    first = provider.check({}, {**program, "derived_names": {"user_name": "deskdev1"}}).inputs

    for olds in (first, {**first, "user_name": "somebody1"}):
        second = provider.check(olds, {**program, "derived_names": {"user_name": "deskprod1"}}).inputs
        assert second["user_name"] == "deskdev1"
    given = provider.check(first, {**program, "user_name": "desk0002"}).inputs
    left_out = provider.check(given, {**program, "derived_names": {"user_name": "deskdev1"}}).inputs

    assert given["user_name"] == left_out["user_name"] == "desk0002"
    assert "derived_names" not in given


def test_an_update_without_a_difference_calls_nothing(
    provider: CredentialConnectionProvider, api: EmulatorServer
) -> None:
    """For instance one that the engine asks for because a dependency changed."""
    created = provider.create(DESK)
    assert created.outs is not None
    requests.delete(f"{api.control_url}/requests", timeout=10)

    updated = provider.update(created.id, created.outs, DESK)

    assert updated.outs == created.outs
    assert requests.get(f"{api.control_url}/requests", timeout=10).json() == {"requests": []}


def test_a_foreign_404_is_an_error_and_not_a_lost_connection(api: EmulatorServer) -> None:
    """A wrong base URL must not empty a state."""
    provider = CredentialConnectionProvider()
    provider._telnyx = telnyx_of(CredentialConnections(Transport(f"{api.url}/elsewhere", DEFAULT_API_KEY)))

    with pytest.raises(TransportError, match="answered 404 without the API's error format"):
        provider.read("2990000000000000001", DESK)


def test_a_connection_in_use_is_not_deleted(
    provider: CredentialConnectionProvider, api: EmulatorServer
) -> None:
    """Phone numbers are attached: the API says so, and so do we."""
    created = provider.create(DESK)
    requests.patch(f"{api.control_url}/connections/{created.id}", json={"numbers_attached": 2}, timeout=10)

    with pytest.raises(InvalidInputError, match=r"delete .*\(code 10021\); move its phone numbers"):
        provider.delete(created.id, DESK)


def test_a_fault_of_ours_shows_its_place_and_no_values(
    provider: CredentialConnectionProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception's text may hold the password that was being worked on."""

    def fail(*_: object, **__: object) -> None:
        raise ValueError("correct-horse")

    monkeypatch.setattr(provider._telnyx.api, "create", fail)
    # As in the plugin process.
    monkeypatch.setattr(sys, "tracebacklimit", 0, raising=False)

    with pytest.raises(InternalError, match=r"with ValueError at test_.*:[0-9]+ in fail") as caught:
        provider.create(DESK)

    assert "correct-horse" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_debug_logging_shows_no_secret(
    provider: CredentialConnectionProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """Python's own debug log of the HTTP client names requests, and neither key nor password."""
    with caplog.at_level(logging.DEBUG):
        provider.create(DESK)

    assert "POST" in caplog.text
    assert DEFAULT_API_KEY not in caplog.text
    assert "correct-horse" not in caplog.text


def test_a_read_after_a_write_shows_it_though_the_account_was_listed_during_the_write(
    provider: CredentialConnectionProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that another thread reads meanwhile is old for whoever reads afterwards."""
    api = provider._telnyx.api
    monkeypatch.setattr(provider._telnyx.reads, "_waiting", lambda: 100)
    numbers = range(SINGLE_READS + 1)
    made = [provider.create({**DESK, "user_name": f"desk000{number}"}) for number in numbers]
    olds = made[-1].outs or {}
    change = api.update

    def during_a_refresh(*what: Any, **how: Any) -> Any:
        for each in made:
            provider.read(each.id, each.outs or {})
        return change(*what, **how)

    monkeypatch.setattr(api, "update", during_a_refresh)

    provider.update(made[-1].id, olds, {**olds, "connection_name": "Renamed"})

    assert (provider.read(made[-1].id, olds).outs or {})["connection_name"] == "Renamed"


def test_what_is_switched_off_outside_and_not_declared_is_warned_of(
    provider: CredentialConnectionProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no difference, since nobody has declared it, and calls fail all the same."""
    created = provider.create(DESK)
    provider._telnyx.api.update(created.id, {"active": False})

    provider.read(created.id, created.outs or {})

    assert "Desk: it is switched off at Telnyx, and no call gets through" in capsys.readouterr().err
    provider.read(created.id, {**(created.outs or {}), "active": False})
    assert "switched off" not in capsys.readouterr().err
