"""Many reads are served by one list, and say exactly what single reads say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_telnyx.api import connections
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.errors import AuthError, NotFoundError
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.connection.listed_reads import FRESH_SECS, SINGLE_READS, ListedReads
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi
from tests.scripted_server import FakeClock

from .conftest import MANY

_LIST, _SINGLE = "list", "single"


@pytest.fixture
def api(server: EmulatorServer, clock: FakeClock) -> CredentialConnections:
    return CredentialConnections(Transport(server.url, DEFAULT_API_KEY, clock=clock.clock()))


def reads_of(api: CredentialConnections, waiting: int = MANY) -> ListedReads:
    return ListedReads(api, 4, lambda: waiting)


def asked(live: LiveApi) -> list[str]:
    """Return the kind of each read since the last time."""
    kinds = [_SINGLE if "2990" in each["path"] else _LIST for each in live.requests()]
    live.forget_requests()
    return kinds


def test_a_list_serves_all_but_the_first_few(live: LiveApi, api: CredentialConnections) -> None:
    """Two pages for 300 connections, whoever asks in which order."""
    reads = reads_of(api)
    ids = [each["id"] for each in live.connections()]

    with ThreadPoolExecutor(16) as executor:
        found = list(executor.map(reads.retrieve, ids))

    assert [each.id for each in found] == ids
    assert sorted(asked(live)) == [_LIST] * 2 + [_SINGLE] * SINGLE_READS


def test_it_says_exactly_what_single_reads_say(live: LiveApi, api: CredentialConnections) -> None:
    """Field by field, also what only the server knows."""
    ids = [each["id"] for each in live.connections()][: SINGLE_READS + 50]
    reads = reads_of(api)

    found = [reads.retrieve(each) for each in ids]

    assert asked(live).count(_SINGLE) == SINGLE_READS
    assert found == [api.retrieve(each) for each in ids]


def test_a_row_is_held_until_it_was_read(live: LiveApi, api: CredentialConnections) -> None:
    """Those of a whole account take much memory; whoever reads a connection twice asks for it by its id."""
    reads = reads_of(api)
    ids = [each["id"] for each in live.connections()]

    for each in ids:
        reads.retrieve(each)

    assert len(reads._rows()) == SINGLE_READS
    live.forget_requests()
    assert reads.retrieve(ids[-1]).id == ids[-1]
    assert asked(live) == [_SINGLE]


def test_a_few_reads_need_no_list(live: LiveApi, api: CredentialConnections) -> None:
    """Most runs look at a handful of connections."""
    reads = reads_of(api)

    for each in live.connections()[:SINGLE_READS]:
        reads.retrieve(each["id"])

    assert asked(live) == [_SINGLE] * SINGLE_READS


@pytest.mark.parametrize(("wanted", "lists", "singles"), [(15, 1, 15), (200, 1 + 30, SINGLE_READS + 28)])
def test_of_a_large_account_the_other_pages_are_read_when_as_many_reads_have_come(
    live: LiveApi,
    api: CredentialConnections,
    monkeypatch: pytest.MonkeyPatch,
    wanted: int,
    lists: int,
    singles: int,
) -> None:
    """The engine never tells how many there will be. For a small stack the other pages would cost more."""
    monkeypatch.setattr(connections, "PAGE_SIZE", MANY // 30)
    reads = reads_of(api, waiting=0)
    ids = [each["id"] for each in live.connections()][-wanted:]

    found = [reads.retrieve(each).id for each in ids]

    calls = asked(live)
    assert found == ids
    assert (calls.count(_LIST), calls.count(_SINGLE)) == (lists, singles)


def test_what_the_list_does_not_have_is_asked_for_by_its_id(
    live: LiveApi, api: CredentialConnections
) -> None:
    """Before it is called gone: it may have come meanwhile."""
    reads = reads_of(api)
    ids = [each["id"] for each in live.connections()]
    for each in ids[: SINGLE_READS + 1]:
        reads.retrieve(each)
    late = live.create(user_name="late1", connection_name="Late")
    asked(live)

    assert reads.retrieve(late).id == late
    with pytest.raises(NotFoundError):
        reads.retrieve("2990000000009999999")
    assert asked(live) == [_SINGLE] * 2
    live.delete(late)


def test_a_list_is_used_for_half_a_minute_and_not_after_a_write(
    live: LiveApi, api: CredentialConnections, clock: FakeClock
) -> None:
    """Old answers about phones are wrong answers."""
    reads = reads_of(api)
    ids = [each["id"] for each in live.connections()]
    for each in ids[: SINGLE_READS + 1]:
        reads.retrieve(each)
    asked(live)

    clock.now += FRESH_SECS - 1
    reads.retrieve(ids[0])
    young = asked(live)
    clock.now += 2
    reads.retrieve(ids[0])
    old = asked(live)
    reads.forget()
    reads.retrieve(ids[0])

    assert (young, old, asked(live)) == ([], [_LIST] * 2, [_LIST] * 2)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", method="GET", path="/credential_connections", status=500, times=30),
        Fault("html", method="GET", path="/credential_connections", status=200, times=30),
        Fault("body", method="GET", path="/credential_connections", status=200, text="{}", times=30),
    ],
    ids=lambda fault: fault.kind,
)
def test_where_the_list_fails_each_is_read_by_itself(
    live: LiveApi, server: EmulatorServer, api: CredentialConnections, fault: Fault
) -> None:
    """And the list is not tried again."""
    reads = reads_of(api)
    ids = [each["id"] for each in live.connections()][: SINGLE_READS + 4]
    server.inject(fault)

    assert [reads.retrieve(each).id for each in ids] == ids
    assert asked(live).count(_SINGLE) == len(ids)


def test_a_refused_key_is_said_for_each(
    live: LiveApi, server: EmulatorServer, api: CredentialConnections
) -> None:
    """A list that is refused must not hide it."""
    reads = reads_of(api)
    ids = [each["id"] for each in live.connections()][: SINGLE_READS + 2]
    for each in ids[:SINGLE_READS]:
        reads.retrieve(each)
    server.inject(Fault("status", method="GET", status=401, times=30))

    for each in ids[SINGLE_READS:]:
        with pytest.raises(AuthError):
            reads.retrieve(each)
