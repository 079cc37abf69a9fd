"""Whether the key is of the account that the state came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_telnyx.account import FINGERPRINT, Account, WrongAccountError, fingerprint_of
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.errors import AuthError, TransportError
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY, Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi
from tests.scripted_server import FakeClock

KEY = "KEY-first"
URL = "http://127.0.0.1:4010/v2"
RENEWED_KEY = "KEY-renewed-not-a-secret"
OTHER_KEY = "KEY-of-another-account-not-a-secret"
ABSENT = "2990000000000009999"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(clock: FakeClock) -> Iterator[EmulatorServer]:
    keys = {DEFAULT_API_KEY: DEFAULT_ACCOUNT, RENEWED_KEY: DEFAULT_ACCOUNT, OTHER_KEY: "another account"}
    with EmulatorServer(Options(api_keys=keys), clock=clock.clock().wall) as running:
        yield running


@pytest.fixture
def live(server: EmulatorServer) -> LiveApi:
    return LiveApi(server)


def account_of(server: EmulatorServer, clock: FakeClock, key: str, **expected: Any) -> Account:
    """Return what a new process with this key knows of its account."""
    api = CredentialConnections(Transport(server.url, key, clock=clock.clock()))
    return Account(api, fingerprint_of(key, server.url), **expected)


def state(server: EmulatorServer, key: str = DEFAULT_API_KEY) -> dict[str, Any]:
    """Return the part that matters of what a connection has in the state, written with this key."""
    return {FINGERPRINT: fingerprint_of(key, server.url), "password": "fake-password-1"}


@pytest.mark.parametrize(
    ("key", "url", "same"),
    [
        (KEY, "http://127.0.0.1:4011/v2", True),
        (KEY, "http://127.0.0.1:4010/v2/", True),
        ("KEY-second", URL, False),
        (KEY, "http://localhost:4010/v2", False),
        (KEY, "http://127.0.0.1:4010/v1", False),
        (KEY, "http://127.0.0.1:4010", False),
    ],
)
def test_key_host_and_path_tell_accounts_apart(key: str, url: str, same: bool) -> None:
    """The port is no part of it: the local API has another one after each start."""
    assert (fingerprint_of(key, url) == fingerprint_of(KEY, URL)) is same


def test_a_fingerprint_tells_nothing_of_the_key() -> None:
    """It stands in the state in clear."""
    assert KEY not in fingerprint_of(KEY, URL)
    assert len(fingerprint_of(KEY, URL)) == 12


def test_with_the_same_key_nothing_is_asked(server: EmulatorServer, live: LiveApi, clock: FakeClock) -> None:
    """Neither before a write, nor where a connection is gone."""
    account = account_of(server, clock, DEFAULT_API_KEY)
    account.met(ABSENT, state(server))

    account.check_before_write()
    account.confirm_gone(ABSENT, state(server))

    assert live.calls() == []


def test_a_new_stack_needs_no_witness(server: EmulatorServer, live: LiveApi, clock: FakeClock) -> None:
    """There is no state that could be another account's."""
    account_of(server, clock, OTHER_KEY).check_before_write()

    assert live.calls() == []


def test_another_key_that_finds_a_connection_of_the_state_is_right(
    server: EmulatorServer, live: LiveApi, clock: FakeClock
) -> None:
    """A key that was renewed: one look, and never again in this run."""
    account = account_of(server, clock, RENEWED_KEY)
    account.met(ABSENT, state(server))
    account.met(live.create(user_name="desktest"), state(server))

    account.check_before_write()
    account.check_before_write()
    account.confirm_gone(ABSENT, state(server))

    assert live.calls() == ["GET", "GET"]


def test_another_key_that_finds_none_of_them_changes_nothing(
    server: EmulatorServer, live: LiveApi, clock: FakeClock
) -> None:
    """Another account: nothing is written there, and nothing taken for deleted."""
    account = account_of(server, clock, OTHER_KEY)
    account.met(live.create(user_name="desktest"), state(server))

    with pytest.raises(WrongAccountError, match="may be another account's, so nothing is changed"):
        account.check_before_write()
    with pytest.raises(WrongAccountError, match="TELNYX_ACCOUNT=key:"):
        account.confirm_gone(ABSENT, state(server))


def test_the_same_connection_is_not_asked_for_again(
    server: EmulatorServer, live: LiveApi, clock: FakeClock
) -> None:
    """A refresh of ten thousand connections must not become one of twenty thousand requests."""
    account = account_of(server, clock, OTHER_KEY)
    for number in range(50):
        account.met(str(int(ABSENT) + number), state(server))

    for number in range(50):
        with pytest.raises(WrongAccountError):
            account.confirm_gone(str(int(ABSENT) + number), state(server))

    assert len(live.calls()) == 19
    assert sum(clock.waits) <= 5.25, "and the wait for a witness is one wait"


def test_a_connection_that_somebody_else_finds_meanwhile_is_a_witness(
    server: EmulatorServer, live: LiveApi, clock: FakeClock
) -> None:
    """The engine reads all connections at once: the first one that is gone waits for one that is there."""
    account = account_of(server, clock, RENEWED_KEY)
    account.met(ABSENT, state(server))
    there = live.create(user_name="desktest")
    sleep = clock.sleep

    def another_thread(secs: float) -> None:
        sleep(secs)
        account.met(there, state(server))
        account.found(there)

    object.__setattr__(account._api.clock, "sleep", another_thread)
    account.confirm_gone(ABSENT, state(server))


def test_a_connection_that_this_very_key_wrote_proves_nothing(
    server: EmulatorServer, live: LiveApi, clock: FakeClock
) -> None:
    """It may have been the wrong key then already: the rest of the state is another account's."""
    account = account_of(server, clock, OTHER_KEY)
    account.met("1", state(server, OTHER_KEY))
    account.found("1")
    account.met(live.create(user_name="desktest"), state(server))

    with pytest.raises(WrongAccountError):
        account.check_before_write()


def test_a_state_without_fingerprints_is_another_keys(
    server: EmulatorServer, live: LiveApi, clock: FakeClock
) -> None:
    """One that was written by hand, or imported."""
    account = account_of(server, clock, OTHER_KEY)
    account.met(live.create(user_name="desktest"), {"password": "fake-password-1"})

    with pytest.raises(WrongAccountError):
        account.check_before_write()


def test_a_look_that_fails_is_no_answer(server: EmulatorServer, live: LiveApi, clock: FakeClock) -> None:
    """An outage is reported as one, and the connection is asked for again later."""
    account = account_of(server, clock, RENEWED_KEY)
    account.met(live.create(user_name="desktest"), state(server))
    server.inject(Fault("html", method="GET", status=404, times=1))

    with pytest.raises(TransportError, match="answered 404"):
        account.check_before_write()
    account.check_before_write()


def test_a_refused_key_is_reported_as_one(server: EmulatorServer, live: LiveApi, clock: FakeClock) -> None:
    """It finds nothing either, but for another reason."""
    account = account_of(server, clock, "KEY-that-nobody-knows")
    account.met(live.create(user_name="desktest"), state(server))

    with pytest.raises(AuthError):
        account.check_before_write()


def test_what_the_user_confirms_is_not_asked(server: EmulatorServer, live: LiveApi, clock: FakeClock) -> None:
    """`TELNYX_ACCOUNT=key:...`: the settings have compared the key already."""
    account = account_of(server, clock, RENEWED_KEY, confirmed=True)
    account.met(ABSENT, state(server))

    account.check_before_write()
    account.confirm_gone(ABSENT, state(server))

    assert live.calls() == []


def test_an_expected_connection_is_asked_for_once(
    server: EmulatorServer, live: LiveApi, clock: FakeClock
) -> None:
    """`telnyx:account: connection:...`, also with the same key and in a new stack."""
    account = account_of(server, clock, DEFAULT_API_KEY, expected_id=live.create(user_name="witness1"))

    account.check_before_write()
    account.confirm_gone(ABSENT, state(server))
    account.check_before_write()

    assert live.calls() == ["GET"]


def test_an_expected_connection_that_is_missing_stops_everything(
    server: EmulatorServer, live: LiveApi, clock: FakeClock
) -> None:
    """Even where a connection of the state is found: the settings say which account it has to be."""
    account = account_of(server, clock, RENEWED_KEY, expected_id=ABSENT)
    there = live.create(user_name="desktest")
    account.met(there, state(server))
    account.found(there)

    with pytest.raises(WrongAccountError, match=f"expects an account with connection {ABSENT}"):
        account.check_before_write()
    with pytest.raises(WrongAccountError, match="so nothing is changed"):
        account.confirm_gone("1", state(server, RENEWED_KEY))


def test_connections_of_the_state_are_known(server: EmulatorServer, clock: FakeClock) -> None:
    """Whichever way this run has met them; a strange one is not."""
    account = account_of(server, clock, DEFAULT_API_KEY)
    account.met("1", state(server))
    account.found("2")
    account.goes_on("3", "mark")

    assert [each for each in "1234" if account.knows(each)] == ["1", "2", "3"]


def test_a_connection_is_kept_while_another_resource_has_it(server: EmulatorServer, clock: FakeClock) -> None:
    """The resource that goes must not delete what another one goes on with, or has taken over."""
    account = account_of(server, clock, DEFAULT_API_KEY)
    account.goes_on("1", "mark of the old name")
    account.goes_on("2", "mark of the new name")
    account.took_over("3")

    assert not account.is_kept("1", "mark of the old name")
    assert account.is_kept("2", "mark of the old name")
    assert account.is_kept("3", "mark of the old name")
    assert not account.is_kept("4", "mark of the old name")


def test_what_this_run_deleted_is_remembered(server: EmulatorServer, clock: FakeClock) -> None:
    """Lists may go on showing it."""
    account = account_of(server, clock, DEFAULT_API_KEY)
    account.deleted("1")

    assert account.was_deleted("1")
    assert not account.was_deleted("2")


@pytest.mark.parametrize(
    ("expected", "texts"),
    [
        ({}, ("account 'emea': this key finds none", "'telnyx:accounts.emea.account' key:…`")),
        ({"expected_id": ABSENT}, ("account 'emea': telnyx:accounts.emea.account expects an account with",)),
    ],
)
def test_a_named_account_is_doubted_by_its_name(
    server: EmulatorServer, clock: FakeClock, expected: dict[str, Any], texts: tuple[str, ...]
) -> None:
    """And what to set is its own setting: TELNYX_ACCOUNT is about the stack's own account."""
    account = account_of(server, clock, OTHER_KEY, name="emea", **expected)
    account.met(ABSENT, state(server))

    with pytest.raises(WrongAccountError) as caught:
        account.check_before_write()

    assert all(text in str(caught.value) for text in texts), str(caught.value)
    assert "TELNYX_ACCOUNT" not in str(caught.value)
