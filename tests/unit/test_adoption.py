"""Whose connection it is that has our user name, and what taking it over changes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from pulumi_telnyx.account import Account
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.errors import TransportError
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.connection.adoption import Wanted, adopt
from pulumi_telnyx.connection.creation import create
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY, Options
from pulumi_telnyx.emulator.server import EmulatorServer
from pulumi_telnyx.ownership import AdoptionError, UserNameTakenError, mark_of
from tests.engine.stack import LiveApi
from tests.scripted_server import FakeClock

MARK = mark_of("organization", "phones", "test", "desk")
HOUR = 3600.0
SETTINGS: dict[str, Any] = {
    "connection_name": "desk (test)",
    "user_name": "desktest",
    "password": "fake-password-1",
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=[False, True], ids=["readable", "masked"])
def server(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[EmulatorServer]:
    with EmulatorServer(Options(mask_passwords=request.param), clock=clock.clock().wall) as running:
        yield running


@pytest.fixture
def live(server: EmulatorServer) -> LiveApi:
    return LiveApi(server)


@pytest.fixture
def api(server: EmulatorServer, clock: FakeClock) -> CredentialConnections:
    return CredentialConnections(Transport(server.url, DEFAULT_API_KEY, clock=clock.clock()))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def wanted(api: CredentialConnections, said: list[str]) -> Wanted:
    return Wanted(
        settings=SETTINGS,
        mark=MARK,
        secrets=("fake-password-1",),
        adopt_within_secs=24 * HOUR,
        account=Account(api, "0" * 12),
        announce=said.append,
    )


def planted(live: LiveApi, clock: FakeClock, age_secs: float, **settings: Any) -> str:
    """Return the id of a connection of that age."""
    moment = datetime.fromtimestamp(clock.clock().wall() - age_secs, timezone.utc)
    body = {"settings": {**SETTINGS, **settings}, "created_at": moment.isoformat().replace("+00:00", "Z")}
    return str(live._control("POST", "/connections", body)["id"])


def changed(live: LiveApi) -> list[str]:
    """Return the methods of the calls that were no reads."""
    return [method for method in live.calls() if method != "GET"]


@pytest.mark.parametrize("age_secs", [0, 23.9 * HOUR])
def test_a_young_connection_with_our_mark_is_taken_over(
    api: CredentialConnections,
    live: LiveApi,
    wanted: Wanted,
    clock: FakeClock,
    said: list[str],
    age_secs: float,
) -> None:
    """An interrupted run of this stack left it behind; whatever differs is set, and the user is told."""
    found = planted(
        live, clock, age_secs, tags=["old", MARK], active=False, password="fake-password-of-before"
    )

    made = create(api, dataclasses.replace(wanted, settings={**SETTINGS, "active": True}))

    assert made.id == found
    (now,) = live.connections()
    assert (now["active"], now["password"]) == (True, "fake-password-1")
    assert now["tags"] == ["old", MARK], "tags that are not declared are not ours"
    assert changed(live) == ["POST", "PATCH"]
    assert len(said) == 1
    assert "took over" in said[0]
    assert found in said[0]


def test_declared_tags_are_sent_with_the_mark(
    api: CredentialConnections, live: LiveApi, wanted: Wanted, clock: FakeClock
) -> None:
    """Taking over never takes the mark off."""
    planted(live, clock, 60, tags=[MARK])

    create(api, dataclasses.replace(wanted, settings={**SETTINGS, "tags": ["red"]}))

    assert live.connections()[0]["tags"] == ["red", MARK]


@pytest.mark.parametrize(
    ("age_secs", "within_secs"),
    [(24 * HOUR, 24 * HOUR), (90 * 24 * HOUR, 24 * HOUR), (0, 0), (60, 0), (-3600, 24 * HOUR)],
)
def test_an_old_connection_with_our_mark_is_not_taken_over(
    api: CredentialConnections,
    live: LiveApi,
    wanted: Wanted,
    clock: FakeClock,
    said: list[str],
    age_secs: float,
    within_secs: float,
) -> None:
    """Two states of one stack make the same mark; with 0 none is, nor one of the future."""
    found = planted(live, clock, age_secs, tags=[MARK])

    with pytest.raises(
        UserNameTakenError, match=r"this resource's mark .*telnyx:adoptWithin allows less"
    ) as error:
        create(api, dataclasses.replace(wanted, adopt_within_secs=within_secs))

    assert f'adopt="{found}"' in str(error.value)
    assert changed(live) == ["POST"]
    assert said == []


@pytest.mark.parametrize(
    ("tags", "holder"),
    [
        ([], "which carries no mark of a Pulumi stack"),
        (["red"], "which carries no mark"),
        ([mark_of("organization", "doors", "prod", "bell")], "marked by project doors, stack prod"),
        ([mark_of("organization", "phones", "test", "bell")], "marked by another resource of project phones"),
        ([mark_of("organization", "phones", "test", "desk", "me")], "another telnyx:ownerId"),
    ],
    ids=["no tags", "no mark", "other stack", "other resource", "other state"],
)
def test_somebody_elses_connection_is_named_and_not_touched(
    api: CredentialConnections,
    live: LiveApi,
    wanted: Wanted,
    clock: FakeClock,
    tags: list[str],
    holder: str,
) -> None:
    """However young it is: the message says who has it, and what can be done."""
    found = planted(live, clock, 1, tags=tags)

    with pytest.raises(UserNameTakenError, match=holder) as error:
        create(api, wanted)

    assert f"connection {found} ('desk (test)'" in str(error.value)
    ways_on = r"nothing was changed\. (Choose|Give one of the two) another user_name; or"
    assert re.search(ways_on, str(error.value))
    assert changed(live) == ["POST"]


def test_without_a_mark_nothing_is_taken_over(
    api: CredentialConnections, live: LiveApi, wanted: Wanted, clock: FakeClock
) -> None:
    """`telnyx:ownershipTag: false`: a run that was interrupted needs `adopt=`."""
    planted(live, clock, 1)

    with pytest.raises(UserNameTakenError, match="carries no mark"):
        create(api, dataclasses.replace(wanted, mark=None))

    assert changed(live) == ["POST"]


def test_a_connection_of_another_resource_of_this_stack_is_never_taken_over(
    api: CredentialConnections, live: LiveApi, wanted: Wanted, clock: FakeClock
) -> None:
    """Two resources with one user name, or one that was renamed; not even with our mark."""
    wanted.account.met(planted(live, clock, 1, tags=[MARK]), {})

    with pytest.raises(UserNameTakenError, match="another resource of this stack manages") as error:
        create(api, wanted)

    assert "Give one of the two another user_name; a resource that was renamed needs `aliases`" in str(
        error.value
    )
    assert "adopt=" not in str(error.value)
    assert changed(live) == ["POST"]


def test_what_this_very_create_made_is_ours_without_a_mark(
    api: CredentialConnections, server: EmulatorServer, live: LiveApi, wanted: Wanted, said: list[str]
) -> None:
    """Its answer was lost, everything is as it was sent, and it is not older than the request."""
    server.inject(Fault("close", method="POST", moment="after"))

    made = create(api, dataclasses.replace(wanted, mark=None, adopt_within_secs=0))

    assert [each["id"] for each in live.connections()] == [made.id]
    assert changed(live) == ["POST"]
    assert said == [], "nothing was taken over"


@pytest.mark.parametrize(
    ("age_secs", "settings"),
    [(10, {}), (0, {"active": False}), (0, {"connection_name": "desk (test) of yesterday"})],
    ids=["older", "other setting", "other name"],
)
def test_what_differs_from_this_create_is_not_its_own(
    api: CredentialConnections,
    server: EmulatorServer,
    live: LiveApi,
    wanted: Wanted,
    clock: FakeClock,
    age_secs: float,
    settings: dict[str, Any],
) -> None:
    """Somebody else may have made it in the same moment, and without a mark nothing tells."""
    planted(live, clock, age_secs, **settings)
    server.inject(Fault("close", method="POST", moment="before"))
    unmarked = dataclasses.replace(wanted, mark=None, settings={**SETTINGS, "active": True})

    with pytest.raises(UserNameTakenError):
        create(api, unmarked)

    assert changed(live)[0] == "POST"
    assert "PATCH" not in changed(live)


@pytest.mark.parametrize("by", ["id", "user name"])
@pytest.mark.parametrize("age_secs", [0, 1_000 * 24 * HOUR])
def test_adopt_takes_over_whichever_is_named(
    api: CredentialConnections,
    live: LiveApi,
    wanted: Wanted,
    clock: FakeClock,
    said: list[str],
    by: str,
    age_secs: float,
) -> None:
    """Old or young, with everything that is declared, and our mark besides its tags."""
    found = planted(live, clock, age_secs, tags=["red"], active=False, password="fake-password-of-before")
    declared = dataclasses.replace(wanted, settings={**SETTINGS, "active": True})

    made = adopt(api, declared, found if by == "id" else "DeskTest")

    (now,) = live.connections()
    assert made.id == now["id"] == found
    assert (now["active"], now["password"], now["tags"]) == (True, "fake-password-1", ["red", MARK])
    assert changed(live) == ["PATCH"]
    assert len(said) == 1
    assert "as adopt= says: changed active, " in said[0]


def test_adopt_sends_nothing_where_nothing_has_to_change(
    api: CredentialConnections,
    server: EmulatorServer,
    live: LiveApi,
    wanted: Wanted,
    clock: FakeClock,
    said: list[str],
) -> None:
    """Except the password, where it does not show: only setting it makes sure."""
    masked = server._state is not None and server._state.options.mask_passwords
    found = planted(live, clock, 60, tags=[MARK])

    adopt(api, wanted, found)

    assert changed(live) == (["PATCH"] if masked else [])
    assert said[0].endswith("changed password" if masked else "nothing had to be changed")


def test_adopt_leaves_unmarked_what_is_to_stay_so(
    api: CredentialConnections, live: LiveApi, wanted: Wanted, clock: FakeClock
) -> None:
    """`telnyx:ownershipTag: false`."""
    found = planted(live, clock, 60, tags=["red"])

    adopt(api, dataclasses.replace(wanted, mark=None), found)

    assert live.connections()[0]["tags"] == ["red"]


def test_adopt_from_another_stack_says_what_that_stack_has_to_do(
    api: CredentialConnections, live: LiveApi, wanted: Wanted, clock: FakeClock, said: list[str]
) -> None:
    """Its next destroy would delete the connection."""
    found = planted(live, clock, 60, tags=["red", mark_of("organization", "doors", "prod", "bell")])

    adopt(api, wanted, found)

    assert live.connections()[0]["tags"] == ["red", MARK]
    assert "had the mark of project doors, stack prod" in said[1]
    assert "`pulumi state delete`" in said[1]


def test_adopt_of_another_resources_connection_is_refused(
    api: CredentialConnections, live: LiveApi, wanted: Wanted, clock: FakeClock
) -> None:
    """Two resources would change it back and forth."""
    found = planted(live, clock, 60)
    wanted.account.met(found, {})

    with pytest.raises(AdoptionError, match="another resource of this stack manages"):
        adopt(api, wanted, found)

    assert changed(live) == []


@pytest.mark.parametrize("which", ["2990000000000009999", "nobody1", "no-id", "1"])
def test_adopt_of_what_is_not_there_says_where_to_look(
    api: CredentialConnections, live: LiveApi, wanted: Wanted, clock: FakeClock, which: str
) -> None:
    """And what to do about one that was deleted since; nothing is created in its place."""
    planted(live, clock, 60)

    with pytest.raises(
        AdoptionError, match="`pulumi-telnyx list`; if it was deleted, remove adopt="
    ) as error:
        adopt(api, wanted, which)

    assert f"adopt credential connection {which}: " in str(error.value)
    assert changed(live) == []


def test_adopt_does_not_take_a_failed_look_for_nothing(
    api: CredentialConnections, server: EmulatorServer, live: LiveApi, wanted: Wanted, clock: FakeClock
) -> None:
    """A page of a proxy says nothing about connections."""
    found = planted(live, clock, 60)
    server.inject(Fault("html", method="GET", status=404, times=None))

    for which in (found, "desktest"):
        with pytest.raises(TransportError, match="answered 404"):
            adopt(api, wanted, which)


def test_adopt_of_another_accounts_connection_finds_nothing(
    api: CredentialConnections, live: LiveApi, wanted: Wanted
) -> None:
    """Knowing its id or name is not enough."""
    theirs = {"account": "another customer", "settings": {"user_name": "desktest"}}
    found = str(live._control("POST", "/connections", theirs)["id"])

    for which in (found, "desktest"):
        with pytest.raises(AdoptionError):
            adopt(api, wanted, which)


def test_what_was_taken_over_is_kept_when_its_old_resource_goes(
    api: CredentialConnections, live: LiveApi, wanted: Wanted, clock: FakeClock
) -> None:
    """A resource that was renamed: the new one takes the connection over, then the old one is deleted."""
    first = planted(live, clock, 60, tags=[MARK])
    second = planted(live, clock, 60, user_name="desktest2")

    create(api, wanted)
    adopt(api, dataclasses.replace(wanted, settings={**SETTINGS, "user_name": "desktest2"}), second)

    assert wanted.account.is_kept(first, "another mark")
    assert wanted.account.is_kept(second, "another mark")
