"""A list that fails, is slow, lies or changes while it is read makes no connection gone, and none another."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pulumi_telnyx.api.connections import PAGE_SIZE, CredentialConnections
from pulumi_telnyx.api.errors import NotFoundError
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.connection import listed_reads
from pulumi_telnyx.connection.listed_reads import FRESH_SECS, SINGLE_READS, ListedReads
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi
from tests.scripted_server import FakeClock

from .conftest import MANY

Edit = Callable[[int, dict[str, Any]], object]
"""Is given the number of a page and its content, which it may change, before anybody else sees it."""


class EditedPages(Transport):
    """A transport whose lists are not what the API said."""

    edit: Edit

    def call(self, action: str, method: str, path: str, **how: Any) -> dict[str, Any]:
        content = super().call(action, method, path, **how)
        query: Mapping[str, Any] = how.get("query") or {}
        if number := query.get("page[number]"):
            self.edit(number, content)
        return content


@pytest.fixture
def reads(server: EmulatorServer, clock: FakeClock) -> Callable[[Edit], ListedReads]:
    def of(edit: Edit) -> ListedReads:
        transport = EditedPages(server.url, DEFAULT_API_KEY, clock=clock.clock())
        transport.edit = edit
        return ListedReads(CredentialConnections(transport), 4, lambda: MANY)

    return of


def asked_singly(live: LiveApi) -> list[str]:
    """Return the ids that were asked for since the last time."""
    paths = [each["path"] for each in live.requests()]
    live.forget_requests()
    return [path.rpartition("/")[2] for path in paths if not path.endswith("/credential_connections")]


def ids_in(live: LiveApi) -> list[str]:
    """Return the ids of the account in the order of its list."""
    ids = [each["id"] for each in live.connections()]
    live.forget_requests()
    return ids


def same(number: int, page: dict[str, Any]) -> None:
    """Leave the page as it is."""


def test_what_moved_to_another_page_meanwhile_is_asked_for_singly(
    live: LiveApi, reads: Callable[[Edit], ListedReads]
) -> None:
    """Somebody deletes a connection of the first page after it was read: the second begins one later."""
    ids = ids_in(live)
    deleted = ids[PAGE_SIZE - 5]

    def delete(number: int, page: dict[str, Any]) -> None:
        if number == 1:
            live.delete(deleted)

    listed = reads(delete)
    left = [each for each in ids if each != deleted]

    assert [listed.retrieve(each).id for each in left] == left
    assert asked_singly(live) == [*ids[:SINGLE_READS], ids[PAGE_SIZE]]


def test_what_is_created_while_the_list_is_read_is_found(
    live: LiveApi, reads: Callable[[Edit], ListedReads]
) -> None:
    """In the list or by a read of its own."""
    ids = ids_in(live)
    created: list[str] = []

    def create(number: int, page: dict[str, Any]) -> None:
        if number == 2:
            created.append(live.create(user_name="meanwhile1", connection_name="Meanwhile"))

    listed = reads(create)
    found = [listed.retrieve(each).id for each in ids]

    assert found == ids
    assert listed.retrieve(created[0]).user_name == "meanwhile1"
    live.delete(created[0])


@pytest.mark.parametrize("total_pages", [0, 1, -1, 2.0, True, "many", None])
def test_what_is_on_pages_that_the_total_does_not_tell_of_is_asked_for_singly(
    live: LiveApi, reads: Callable[[Edit], ListedReads], total_pages: object
) -> None:
    """A total that is wrong costs requests, and nothing else."""
    ids = ids_in(live)

    def mislead(number: int, page: dict[str, Any]) -> None:
        page["meta"]["total_pages"] = total_pages

    listed = reads(mislead)
    wanted = ids[: SINGLE_READS + 1] + ids[-3:]

    assert [listed.retrieve(each).id for each in wanted] == wanted
    assert asked_singly(live) == ids[:SINGLE_READS] + ids[-3:]


def test_a_page_that_is_repeated_hides_nothing(live: LiveApi, reads: Callable[[Edit], ListedReads]) -> None:
    """A cache in between answers the second page with the first one."""
    ids = ids_in(live)
    first: dict[str, Any] = {}

    def repeat(number: int, page: dict[str, Any]) -> None:
        first.update({} if first else copy.deepcopy(page))
        page["data"] = first["data"]

    listed = reads(repeat)
    wanted = ids[: SINGLE_READS + 1] + ids[-3:]

    assert [listed.retrieve(each).id for each in wanted] == wanted
    assert asked_singly(live) == ids[:SINGLE_READS] + ids[-3:]


_BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "no id": lambda row: row.pop("id"),
    "an id that is none": lambda row: row.update(id=["x"]),
    "no user name": lambda row: row.pop("user_name"),
    "no inbound": lambda row: row.pop("inbound"),
    "a text for inbound": lambda row: row.update(inbound="x"),
    "no codecs": lambda row: row["inbound"].pop("codecs"),
    "a password that only the list masks": lambda row: row.update(password="********"),
    "an id and nothing else": lambda row: [row.pop(name) for name in list(row) if name != "id"],
}


@pytest.mark.parametrize("name", _BROKEN)
def test_a_row_that_shows_less_than_a_single_answer_is_asked_for_singly(
    live: LiveApi, reads: Callable[[Edit], ListedReads], name: str
) -> None:
    """Otherwise a preview would show changes that nobody made, or would not show a changed password."""
    ids = ids_in(live)
    place = SINGLE_READS + 2

    def break_one(number: int, page: dict[str, Any]) -> None:
        if number == 1:
            _BROKEN[name](page["data"][place])

    listed = reads(break_one)
    whole = reads(same)
    wanted = ids[: place + 2]
    single = [whole._api.retrieve(each) for each in wanted]
    live.forget_requests()

    assert [listed.retrieve(each) for each in wanted] == single
    assert asked_singly(live) == [*ids[:SINGLE_READS], ids[place]]


def test_what_two_pages_show_in_two_ways_is_asked_for_singly(
    live: LiveApi, reads: Callable[[Edit], ListedReads]
) -> None:
    """Nobody can tell which of them holds."""
    ids = ids_in(live)
    kept: list[dict[str, Any]] = []

    def twice(number: int, page: dict[str, Any]) -> None:
        if number == 1:
            kept.extend(copy.deepcopy(page["data"][10:12]))
            kept[0]["connection_name"] = "As it was before"
        page["data"] += kept if number == 2 else []

    listed = reads(twice)
    wanted = [*ids[:SINGLE_READS], *ids[10:12]]

    assert [listed.retrieve(each).connection_name for each in wanted][-2:] == ["Phone 10", "Phone 11"]
    assert asked_singly(live) == [*ids[:SINGLE_READS], ids[10]]


def test_a_list_that_took_too_long_is_not_used(
    live: LiveApi, clock: FakeClock, reads: Callable[[Edit], ListedReads]
) -> None:
    """It counts from its first request: what was read then is as old as that."""
    ids = ids_in(live)

    def dawdle(number: int, page: dict[str, Any]) -> None:
        clock.now += FRESH_SECS if number == 2 else 0

    listed = reads(dawdle)
    wanted = ids[: SINGLE_READS + 1]

    assert [listed.retrieve(each).id for each in wanted] == wanted
    assert asked_singly(live) == wanted


def test_where_a_later_page_fails_the_others_serve(
    live: LiveApi, server: EmulatorServer, reads: Callable[[Edit], ListedReads]
) -> None:
    """And the list is not tried again."""
    ids = ids_in(live)
    path = "/credential_connections"
    server.inject(Fault("status", method="GET", path=path, nth=2, times=None, status=500))
    listed = reads(same)
    wanted = ids[: SINGLE_READS + 5] + ids[-3:]

    assert [listed.retrieve(each).id for each in wanted] == wanted
    assert asked_singly(live) == ids[:SINGLE_READS] + ids[-3:]


def test_a_list_that_is_slow_leaves_time_for_single_reads(
    live: LiveApi, server: EmulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many threads wait for it: it is asked for once, and then each of them asks by itself."""
    monkeypatch.setattr(listed_reads, "LIST_SECS", 2)
    ids = ids_in(live)[: SINGLE_READS + 12]
    server.inject(Fault("timeout", method="GET", path="/credential_connections", secs=60, times=None))
    # A call may take only as long as its list would, were it not for the half that is kept.
    api = CredentialConnections(Transport(server.url, DEFAULT_API_KEY))
    listed = ListedReads(api, 4, lambda: MANY)

    with ThreadPoolExecutor(16) as executor:
        found = list(executor.map(listed.retrieve, ids))

    assert [each.id for each in found] == ids
    assert len(live.requests()) == len(ids) + 1
    assert sorted(asked_singly(live)) == sorted(ids)


def test_whoever_lists_keeps_half_of_its_time(
    live: LiveApi, server: EmulatorServer, clock: FakeClock
) -> None:
    """A limit that lets no list through until long after the call has to end lets its own read through."""
    ids = ids_in(live)[: SINGLE_READS + 1]
    transport = Transport(server.url, DEFAULT_API_KEY, clock=clock.clock(), deadline_secs=20)
    api = CredentialConnections(transport)
    listed = ListedReads(api, 4, lambda: MANY)
    for each in ids[:SINGLE_READS]:
        listed.retrieve(each)
    fault = Fault(
        "status", method="GET", path="/credential_connections", times=None, headers={"Retry-After": "4"}
    )
    server.inject(fault)

    with api.one_deadline():
        assert listed.retrieve(ids[-1]).id == ids[-1]


def test_one_list_serves_all_who_wait_for_it(live: LiveApi, server: EmulatorServer) -> None:
    """32 threads, and a list that takes its time."""
    ids = ids_in(live)
    server.inject(Fault("latency", method="GET", path="/credential_connections", secs=0.3, times=None))
    listed = ListedReads(CredentialConnections(Transport(server.url, DEFAULT_API_KEY)), 4, lambda: MANY)

    with ThreadPoolExecutor(32) as executor:
        found = [each.id for each in executor.map(listed.retrieve, ids)]

    assert found == ids
    assert len(live.requests()) == SINGLE_READS + 2


def test_what_no_list_has_is_gone_only_when_a_read_of_its_own_says_so(
    live: LiveApi, reads: Callable[[Edit], ListedReads]
) -> None:
    """A list without rows is no proof."""
    ids = ids_in(live)[: SINGLE_READS + 3]

    def empty(number: int, page: dict[str, Any]) -> None:
        page.update(data=[], meta={"total_pages": 1, "total_results": 0, "page_number": 1})

    listed = reads(empty)

    assert [listed.retrieve(each).id for each in ids] == ids
    assert asked_singly(live) == ids
    with pytest.raises(NotFoundError):
        listed.retrieve("2990000000009999999")
    assert asked_singly(live) == ["2990000000009999999"]


@pytest.mark.parametrize(("status", "code"), [(401, "10009"), (403, "10010")])
def test_a_key_that_may_not_list_reads_each_by_itself(
    live: LiveApi, server: EmulatorServer, reads: Callable[[Edit], ListedReads], status: int, code: str
) -> None:
    """The list only saves requests: that it is refused stops nothing, and it is asked for once."""
    ids = ids_in(live)[: SINGLE_READS + 3]
    path = "/credential_connections"
    server.inject(Fault("status", method="GET", path=path, status=status, code=code, times=None))
    listed = reads(same)

    assert [listed.retrieve(each).id for each in ids] == ids
    assert len(live.requests()) == len(ids) + 1
