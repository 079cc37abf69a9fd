"""A connection made a moment ago is not gone because the API does not show it yet."""

from __future__ import annotations

import pytest

from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.errors import NotFoundError
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.connection.listed_reads import SINGLE_READS, ListedReads
from pulumi_telnyx.connection.reading import SHOWS_WITHIN_SECS, retrieve
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi
from tests.scripted_server import FakeClock

SETTINGS = {"connection_name": "desk", "user_name": "desktest", "password": "fake-password-1"}


@pytest.mark.parametrize("second", [0.0, 0.5, 0.999])
def test_what_was_just_created_is_waited_for_at_any_moment_of_a_second(second: float) -> None:
    """The server tells its time in whole seconds: what it has just made seems to come from the future."""
    clock = FakeClock()
    clock.now += second
    with EmulatorServer(clock=clock.clock().wall) as server:
        server.configure(visible_after_secs=3)
        api = CredentialConnections(Transport(server.url, DEFAULT_API_KEY, clock=clock.clock()))
        made = api.create(SETTINGS, secrets=())

        found = retrieve(api, ListedReads(api, 4, lambda: 0), made.id, made.model_dump())

    assert found.id == made.id
    assert 3 <= sum(clock.waits) <= SHOWS_WITHIN_SECS + 1


def test_an_older_one_is_gone_at_the_first_look() -> None:
    """No refresh waits for what somebody deleted an hour ago."""
    clock = FakeClock()
    with EmulatorServer(clock=clock.clock().wall) as server:
        api = CredentialConnections(Transport(server.url, DEFAULT_API_KEY, clock=clock.clock()))
        made = api.create(SETTINGS, secrets=())
        api.delete(made.id, secrets=())
        clock.now += 3600

        with pytest.raises(NotFoundError):
            retrieve(api, ListedReads(api, 4, lambda: 0), made.id, made.model_dump())

    assert clock.waits == []


def test_looking_again_and_again_lists_nothing() -> None:
    """Many looks at one connection are not many connections."""
    clock = FakeClock()
    with EmulatorServer(clock=clock.clock().wall) as server:
        server.configure(visible_after_secs=60)
        api = CredentialConnections(Transport(server.url, DEFAULT_API_KEY, clock=clock.clock()))
        made = api.create(SETTINGS, secrets=())
        live = LiveApi(server)
        live.forget_requests()

        with pytest.raises(NotFoundError):
            retrieve(api, ListedReads(api, 4, lambda: 0), made.id, made.model_dump())

        paths = [each["path"] for each in live.requests()]

    assert len(paths) > SINGLE_READS
    assert set(paths) == {f"/v2/credential_connections/{made.id}"}
