"""A create happens once: what is sent again, what is looked up, and what is said when nobody knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_telnyx.account import Account
from pulumi_telnyx.api.backoff import MAX_TRIES
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.errors import ApiError, InvalidInputError, TransportError
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.connection.adoption import Wanted
from pulumi_telnyx.connection.creation import VISIBLE_WITHIN_SECS, create
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer
from pulumi_telnyx.ownership import DEFAULT_ADOPT_WITHIN_SECS, UserNameTakenError, mark_of
from tests.engine.stack import LiveApi
from tests.scripted_server import FakeClock

MARK = mark_of("organization", "phones", "test", "desk")
SETTINGS = {"connection_name": "desk (test)", "user_name": "desktest", "password": "fake-password-1"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(clock: FakeClock) -> Iterator[EmulatorServer]:
    with EmulatorServer(clock=clock.clock().wall) as running:
        yield running


@pytest.fixture
def live(server: EmulatorServer) -> LiveApi:
    return LiveApi(server)


@pytest.fixture
def api(server: EmulatorServer, clock: FakeClock) -> CredentialConnections:
    return CredentialConnections(Transport(server.url, DEFAULT_API_KEY, clock=clock.clock()))


@pytest.fixture
def wanted(api: CredentialConnections) -> Wanted:
    return Wanted(
        settings=SETTINGS,
        mark=MARK,
        secrets=("fake-password-1",),
        adopt_within_secs=DEFAULT_ADOPT_WITHIN_SECS,
        account=Account(api, "0" * 12),
        announce=lambda _: None,
    )


def post(kind: str, moment: str = "after", **more: Any) -> Fault:
    return Fault(kind, method="POST", moment=moment, **more)  # type: ignore[arg-type]


def test_a_create_that_goes_well_is_one_request(
    api: CredentialConnections, wanted: Wanted, live: LiveApi
) -> None:
    """With the mark among the tags, and without a look before or after."""
    made = create(api, dataclasses.replace(wanted, settings={**SETTINGS, "tags": ["red"]}))

    assert live.calls() == ["POST"]
    assert [each["id"] for each in live.connections()] == [made.id]
    assert live.connections()[0]["tags"] == ["red", MARK]


def test_without_a_mark_no_tags_are_sent(api: CredentialConnections, wanted: Wanted, live: LiveApi) -> None:
    """`telnyx:ownershipTag: false`: the connection is as the program declares it."""
    create(api, dataclasses.replace(wanted, mark=None))

    assert "tags" not in live.bodies("POST")[0]


@pytest.mark.parametrize("mark", [MARK, None], ids=["marked", "unmarked"])
@pytest.mark.parametrize(
    "fault",
    [
        post("close"),
        post("reset"),
        post("truncate"),
        post("html", status=502),
        post("status", status=500),
        post("status", status=408),
        post("body", status=200, text="{}"),
        post("body", status=201, text='{"data": {}}'),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_a_create_whose_answer_is_lost_is_found_again(
    api: CredentialConnections, server: EmulatorServer, wanted: Wanted, live: LiveApi, fault: Fault, mark: str
) -> None:
    """By user name, with one page of the list; nothing is sent a second time."""
    server.inject(fault)

    made = create(api, dataclasses.replace(wanted, mark=mark))

    assert live.calls() == ["POST", "GET"]
    assert [each["id"] for each in live.connections()] == [made.id]


def test_a_create_that_never_arrived_is_sent_again_after_two_looks(
    api: CredentialConnections, server: EmulatorServer, wanted: Wanted, live: LiveApi
) -> None:
    """What does not show may show a moment later, so there is a wait between them."""
    server.inject(post("close", "before"))

    made = create(api, wanted)

    assert live.calls() == ["POST", "GET", "GET", "POST"]
    assert [each["id"] for each in live.connections()] == [made.id]


@pytest.mark.parametrize("secs", [2.0, 30.0])
def test_unmarked_and_masked_a_run_that_ended_just_before_is_not_taken_for_this_one(
    api: CredentialConnections,
    server: EmulatorServer,
    wanted: Wanted,
    live: LiveApi,
    clock: FakeClock,
    secs: float,
) -> None:
    """It had another generated password, and the state would hold one that logs nobody in."""
    server.configure(mask_passwords=True)
    live.create(**{**SETTINGS, "password": "fake-password-of-that-run"})
    clock.now += secs
    server.inject(post("status", "before", status=503))

    with pytest.raises(UserNameTakenError, match="which carries no mark of a Pulumi stack"):
        create(api, dataclasses.replace(wanted, mark=None))

    assert live.connections()[0]["password"] == "fake-password-of-that-run"


def test_a_create_that_shows_late_is_found_and_not_made_twice(
    api: CredentialConnections, server: EmulatorServer, wanted: Wanted, live: LiveApi, clock: FakeClock
) -> None:
    """The second try is told that the name is taken, and then there is something to wait for."""
    server.configure(visible_after_secs=5)
    server.inject(post("close"))

    made = create(api, wanted)

    assert [each["id"] for each in live.connections()] == [made.id]
    assert live.calls().count("POST") == 2
    assert sum(clock.waits) >= 4


def test_one_that_shows_never_is_not_said_to_be_a_strangers(
    api: CredentialConnections, server: EmulatorServer, wanted: Wanted, live: LiveApi, clock: FakeClock
) -> None:
    """An answer was lost, so the connection may be our own: running again finds out."""
    server.configure(visible_after_secs=3600)
    server.inject(post("close"))

    with pytest.raises(TransportError, match="whether it was created is not known") as caught:
        create(api, wanted)

    assert caught.value.sent
    assert sum(clock.waits) >= VISIBLE_WITHIN_SECS
    assert len(live.connections()) == 1


def test_a_list_that_ignores_the_filter_is_looked_through(
    api: CredentialConnections, server: EmulatorServer, wanted: Wanted, live: LiveApi
) -> None:
    """The first row is anybody's: the user name decides, in any letter case."""
    live.create(user_name="another1", connection_name="desk (test) 2")
    server.configure(ignore_name_filter=True)
    server.inject(post("close"))

    made = create(api, dataclasses.replace(wanted, settings={**SETTINGS, "user_name": "DeskTest"}))

    assert made.user_name == "DeskTest"
    assert live.calls() == ["POST", "GET"]


@pytest.mark.parametrize("name", ["d", "dé"])
def test_a_name_too_short_for_the_filter_is_looked_for_everywhere(
    api: CredentialConnections, server: EmulatorServer, wanted: Wanted, live: LiveApi, name: str
) -> None:
    """The API refuses a filter of fewer than three characters."""
    server.inject(post("close"))

    create(api, dataclasses.replace(wanted, settings={**SETTINGS, "connection_name": name}))

    queries = [entry["query"] for entry in live.requests() if entry["method"] == "GET"]
    assert queries
    assert not any("filter[connection_name][contains]" in query for query in queries)
    assert len(live.connections()) == 1


def test_a_look_that_fails_leaves_it_open_whether_it_was_created(
    api: CredentialConnections, server: EmulatorServer, wanted: Wanted, live: LiveApi
) -> None:
    """Sending again would be a guess; the message says why, and what a new run does."""
    server.inject(post("close"), Fault("html", method="GET", status=404, times=None))

    with pytest.raises(TransportError, match=r"looking for it failed too .*Run `pulumi up` again") as caught:
        create(api, wanted)

    assert "answered 404" in str(caught.value)
    assert live.calls().count("POST") == 1


def test_a_create_that_is_lost_every_time_ends(
    api: CredentialConnections, server: EmulatorServer, wanted: Wanted, live: LiveApi
) -> None:
    """After so many tries, and nothing was made."""
    server.inject(post("close", "before", times=None))

    with pytest.raises(TransportError, match=f"not found after {MAX_TRIES} tries"):
        create(api, wanted)

    assert live.calls().count("POST") == MAX_TRIES
    assert live.connections() == []


def test_a_create_does_not_wait_beyond_its_deadline(
    server: EmulatorServer, wanted: Wanted, clock: FakeClock
) -> None:
    """Tries, looks and waits share one deadline."""
    api = CredentialConnections(Transport(server.url, DEFAULT_API_KEY, clock=clock.clock(), deadline_secs=3))
    server.inject(post("status", "before", times=None))
    began = clock.now

    with api.one_deadline(), pytest.raises(TransportError, match="whether it was created is not known"):
        create(api, wanted)

    assert clock.now - began <= 3


def test_a_refusal_that_says_what_is_wrong_is_passed_on(
    api: CredentialConnections, wanted: Wanted, live: LiveApi
) -> None:
    """Nothing was made, so there is nothing to look for."""
    with pytest.raises(InvalidInputError, match="at password"):
        create(api, dataclasses.replace(wanted, settings={**SETTINGS, "password": "short"}))

    assert live.calls() == ["POST"]


def test_a_refusal_after_a_lost_answer_leaves_it_open_what_the_first_try_did(
    api: CredentialConnections, server: EmulatorServer, wanted: Wanted
) -> None:
    """Only the second one is known to have done nothing."""
    server.inject(post("close", "before"), post("status", "before", status=403, code="10039"))

    with pytest.raises(TransportError, match="an earlier try may have succeeded"):
        create(api, wanted)


def test_a_user_name_of_another_customer_is_named_as_such(
    api: CredentialConnections, live: LiveApi, wanted: Wanted, clock: FakeClock
) -> None:
    """No list shows it, after a while either; nobody else's connection is touched."""
    theirs = {"account": "another customer", "settings": {"user_name": "DESKTEST"}}
    live._control("POST", "/connections", theirs)

    with pytest.raises(UserNameTakenError, match="another Telnyx customer") as caught:
        create(api, wanted)

    assert "no credential connection of this account has this user_name" in str(caught.value)
    assert sum(clock.waits) >= VISIBLE_WITHIN_SECS
    calls = live.calls()
    assert calls.count("POST") == 2, "once more after the wait, and that is it"
    assert set(calls) == {"POST", "GET"}


def test_a_holder_with_another_connection_name_is_found(
    api: CredentialConnections, live: LiveApi, wanted: Wanted
) -> None:
    """The name filter shows only what is called like ours; a taken name is looked for everywhere."""
    holder = live.create(user_name="desktest", connection_name="Bell")

    with pytest.raises(UserNameTakenError, match=f"is taken by connection {holder} \\('Bell'"):
        create(api, wanted)


def test_a_user_name_that_becomes_free_is_taken(
    api: CredentialConnections, live: LiveApi, server: EmulatorServer, wanted: Wanted
) -> None:
    """A name may stay taken for a moment after its connection was deleted."""
    server.inject(post("status", "before", status=422, code="10012"))

    made = create(api, wanted)

    assert [each["id"] for each in live.connections()] == [made.id]


def test_a_connection_that_this_run_deleted_is_not_found(
    api: CredentialConnections, live: LiveApi, server: EmulatorServer, wanted: Wanted
) -> None:
    """A list may go on showing it for a while: taking it over would bring nothing back."""
    gone = live.create(**SETTINGS, tags=[MARK])
    wanted.account.deleted(gone)
    server.inject(post("status", "before", status=500, times=None))

    with pytest.raises(TransportError, match="not found"):
        create(api, wanted)


@pytest.mark.parametrize("code", ["10021", "10007"])
def test_a_conflict_that_is_none_about_the_name_is_looked_into_and_passed_on(
    api: CredentialConnections, live: LiveApi, server: EmulatorServer, wanted: Wanted, code: str
) -> None:
    """The documents do not say which 409 means that the name is taken."""
    server.inject(post("status", "before", status=409, code=code, times=None))

    with pytest.raises(ApiError, match="409"):
        create(api, wanted)

    assert live.connections() == []
    assert "GET" in live.calls()


@pytest.mark.parametrize("secret", ["fake-password-1"])
def test_no_message_repeats_the_password(
    api: CredentialConnections, server: EmulatorServer, wanted: Wanted, secret: str
) -> None:
    """Not even where the API does, in an error of its own."""
    server.inject(post("status", "before", status=500, text=f"no, {secret}!", times=None))

    with pytest.raises(TransportError) as caught:
        create(api, wanted)

    assert secret not in str(caught.value)
    assert "[secret]" in str(caught.value)
