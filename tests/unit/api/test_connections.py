"""The operations of the API: paths, bodies, paging."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from pulumi_telnyx.api.backoff import MAX_TRIES
from pulumi_telnyx.api.clock import Deadline
from pulumi_telnyx.api.connections import MAX_PAGES, PAGE_SIZE, CredentialConnections
from pulumi_telnyx.api.errors import ConflictError, TransportError
from pulumi_telnyx.api.models import Connection
from pulumi_telnyx.api.transport import DEADLINE_SECS, Transport
from tests.scripted_server import KEY, FakeClock, Reply, ScriptedServer, errors


@pytest.fixture
def connections(transport: Transport) -> CredentialConnections:
    return CredentialConnections(transport)


def _page(*ids: str, total_pages: Any = None) -> Reply:
    meta = {"page_number": 1, "total_pages": total_pages}
    return Reply(body=json.dumps({"data": [{"id": each} for each in ids], "meta": meta}).encode())


def test_each_operation_uses_its_method_and_path(
    server: ScriptedServer, connections: CredentialConnections
) -> None:
    """Update is a PATCH, and an id cannot break out of the path."""
    server.replies = [
        Reply(body=json.dumps({"data": {"id": each}}).encode()) for each in ("1", "1/../2", "7", "7")
    ]
    connections.create({"connection_name": "Desk"})
    connections.retrieve("1/../2")
    connections.update("7", {"active": False, "webhook_timeout_secs": None})
    connections.delete("7")

    sent = [(request.method, request.path) for request in server.received]
    assert sent == [
        ("POST", "/v2/credential_connections"),
        ("GET", "/v2/credential_connections/1%2F..%2F2"),
        ("PATCH", "/v2/credential_connections/7"),
        ("DELETE", "/v2/credential_connections/7"),
    ]
    assert json.loads(server.received[2].body) == {"active": False, "webhook_timeout_secs": None}


def test_list_reads_pages_only_as_they_are_needed(
    server: ScriptedServer, connections: CredentialConnections
) -> None:
    """Whoever stops early costs one request."""
    server.replies = [_page("1", "2", total_pages=2), _page("3", total_pages=2)]

    first = next(connections.list(name_contains="desk", voice_profile_id="5"))

    assert first.id == "1"
    (request,) = server.received
    assert "page%5Bsize%5D=250" in request.path
    assert "filter%5Bconnection_name%5D%5Bcontains%5D=desk" in request.path
    assert "filter%5Boutbound_voice_profile_id%5D=5" in request.path
    assert "sort=created_at" in request.path


@pytest.mark.parametrize(
    ("replies", "ids"),
    [
        ([_page("1", "2", total_pages=2), _page("3", total_pages=2)], ["1", "2", "3"]),
        ([_page("1", "2"), _page("2", "3"), _page()], ["1", "2", "3"]),
        ([_page("1", total_pages=9), _page("1", total_pages=9)], ["1"]),
        ([Reply(body=b'{"data": [{"id": 5}, {"no": "id"}, "junk", null]}'), _page()], ["5"]),
        ([_page(total_pages=0)], []),
    ],
    ids=["two pages", "shifted rows, no count", "a page that repeats", "junk rows", "empty"],
)
def test_list_gives_each_connection_once(
    server: ScriptedServer, connections: CredentialConnections, replies: list[Reply], ids: list[str]
) -> None:
    """Also when rows shift between pages, or the page count is missing or wrong."""
    server.replies = list(replies)

    assert [each.id for each in connections.list()] == ids


@pytest.mark.parametrize(("total", "asked"), [(PAGE_SIZE, 1), (PAGE_SIZE + 1, 2), (None, 2)])
def test_a_full_page_is_the_last_where_every_connection_has_been_read(
    server: ScriptedServer, connections: CredentialConnections, total: int | None, asked: int
) -> None:
    """The page count alone is not believed: one may have been created since."""
    rows = [{"id": str(number)} for number in range(PAGE_SIZE)]
    meta = {"page_number": 1, "total_pages": 1, "total_results": total}
    server.replies = [Reply(body=json.dumps({"data": rows, "meta": meta}).encode()), _page()]

    assert len(list(connections.list())) == PAGE_SIZE
    assert len(server.received) == asked


def test_a_list_may_wait_for_who_reads_it(
    server: ScriptedServer, connections: CredentialConnections, clock: FakeClock
) -> None:
    """A program may want the next page minutes later; only asking counts."""
    server.replies = [
        _page("1", total_pages=3),
        _page("2", total_pages=3),
        _page("3", total_pages=3),
        _page(),
    ]
    ids = []
    for each in connections.list():
        ids.append(each.id)
        clock.now += DEADLINE_SECS

    assert ids == ["1", "2", "3"]


def test_a_list_without_end_ends(server: ScriptedServer, connections: CredentialConnections) -> None:
    """More pages than an account can fill are not read."""
    server.replies = [_page(str(number)) for number in range(MAX_PAGES + 20)]

    assert len(list(connections.list())) == MAX_PAGES


@pytest.mark.parametrize("data", ["null", "[]", "{}", '"x"', '{"id": ""}'])
def test_an_answer_without_a_connection_is_an_error(
    server: ScriptedServer, connections: CredentialConnections, data: str
) -> None:
    """A 2xx alone does not make a connection."""
    server.replies = [Reply(body=f'{{"data": {data}}}'.encode())]

    with pytest.raises(TransportError, match="create credential connection 'Desk': the answer holds no"):
        connections.create({"connection_name": "Desk"})


@pytest.mark.parametrize("operation", ["retrieve", "update"])
def test_an_answer_about_another_connection_is_an_error(
    server: ScriptedServer, connections: CredentialConnections, operation: str
) -> None:
    """Its settings must not get into the state of this one."""
    server.replies = [Reply(body=b'{"data": {"id": "8"}}')]

    with pytest.raises(
        TransportError, match="credential connection 7: the answer is about another connection"
    ):
        connections.retrieve("7") if operation == "retrieve" else connections.update("7", {"active": False})


@pytest.mark.parametrize("body", ['{"data": null}', "{}", '{"data": {"id": "8"}}'])
def test_an_answer_that_cannot_be_meant_is_asked_for_again(
    server: ScriptedServer, connections: CredentialConnections, clock: FakeClock, body: str
) -> None:
    """As one that did not come at all; but never by a second create."""
    operations: tuple[Callable[[], Connection], ...] = (
        lambda: connections.retrieve("7"),
        lambda: connections.update("7", {"active": False}),
    )
    for operation in operations:
        clock.waits.clear()
        server.replies = [Reply(body=body.encode()), Reply(body=b'{"data": {"id": "7"}}')]
        assert operation().id == "7"
        assert clock.waits == [0.5]

    server.received.clear()
    server.replies = [Reply(body=b"{}")]
    with pytest.raises(TransportError, match="holds no connection"):
        connections.create({"connection_name": "Desk"})
    assert len(server.received) == 1


def test_a_delete_is_done_when_the_api_says_what_was_deleted(
    server: ScriptedServer, connections: CredentialConnections, clock: FakeClock
) -> None:
    """A proxy's `200 {}` deleted nothing; 204 needs no words."""
    server.replies = [Reply(body=b"{}")]
    with pytest.raises(TransportError, match="delete credential connection 7: the answer does not tell"):
        connections.delete("7")

    server.replies = [Reply(204, b"")]
    connections.delete("7")


CONFLICT = Reply(409, errors({"code": "10036", "title": "Being processed"}))


def _shown(**settings: Any) -> Reply:
    return Reply(body=json.dumps({"data": {"id": "7", **settings}}).encode())


def test_an_update_in_conflict_is_looked_at_and_sent_again(
    server: ScriptedServer, connections: CredentialConnections, clock: FakeClock
) -> None:
    """Unless what it should change is there already."""
    server.replies = [CONFLICT, _shown(active=True), CONFLICT, _shown(active=False, inbound={"codecs": []})]

    connections.update("7", {"active": False, "inbound": {"codecs": []}})

    assert [each.method for each in server.received] == ["PATCH", "GET", "PATCH", "GET"]
    assert clock.waits == [0.5, 1.0]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_conflict_that_stays_is_reported_after_the_last_try(
    server: ScriptedServer, connections: CredentialConnections, method: str
) -> None:
    """With the API's reason."""
    server.replies = [CONFLICT, _shown(active=True)] * 4 + [CONFLICT] if method == "PATCH" else [CONFLICT]

    with pytest.raises(ConflictError, match=r"409 Being processed \(code 10036\); run again in a minute"):
        connections.update("7", {"active": False}) if method == "PATCH" else connections.delete("7")

    assert [each.method for each in server.received].count(method) == MAX_TRIES


@pytest.mark.parametrize(
    ("code", "pointer"), [("10012", "/user_name"), ("10015", "/user_name"), ("10021", "/")]
)
def test_a_conflict_that_cannot_pass_is_not_tried_again(
    server: ScriptedServer, connections: CredentialConnections, code: str, pointer: str
) -> None:
    """A taken name, or phone numbers that are attached."""
    server.replies = [Reply(409, errors({"code": code, "title": "no", "source": {"pointer": pointer}}))]

    with pytest.raises(ConflictError):
        connections.update("7", {"user_name": "desk0001"})

    assert len(server.received) == 1


def test_a_registration_is_asked_for_by_a_post_that_may_be_repeated(
    server: ScriptedServer, clock: FakeClock
) -> None:
    """It changes nothing: neither a 503 nor a lost answer ends it, and no guard of writes is asked."""

    def refuse() -> None:
        raise AssertionError("nothing is written")

    answer = {"record_type": "registration_status", "status": "Registered", "port": 5060, "novel": 1}
    server.replies = [
        Reply(503, b""),
        Reply(drop=True),
        Reply(body=json.dumps({"data": answer}).encode()),
    ]
    transport = Transport(f"{server.origin}/v2", KEY, clock=clock.clock(), before_write=refuse)

    found = CredentialConnections(transport).check_registration_status("7")

    assert (found.status, found.port, found.is_registered) == ("Registered", 5060, True)
    assert {(each.method, each.path, each.body) for each in server.received} == {
        ("POST", "/v2/credential_connections/7/actions/check_registration_status", b"")
    }
    assert len(server.received) == 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"data": {"status": "Registered", "ip_address": "203.0.113.7"}},
            ("Registered", "203.0.113.7", None),
        ),
        ({"status": " registered ", "port": "5061"}, ("registered", None, 5061)),
        ({"status": None, "port": 0, "ip_address": ""}, (None, None, None)),
        ({"status": ["Registered"], "port": True, "ip_address": 7}, (None, None, None)),
        ({"status": "Dozing", "port": 5060.5}, ("Dozing", None, None)),
        ({"port": "9" * 5000}, (None, None, None)),
        ({}, (None, None, None)),
    ],
    ids=repr,
)
def test_what_a_registration_does_not_tell_is_none(
    server: ScriptedServer, connections: CredentialConnections, data: Any, expected: Any
) -> None:
    """Older answers have one object inside of another; a status that is new to us is no registration."""
    server.replies = [Reply(body=json.dumps({"data": data}).encode())]

    found = connections.check_registration_status("7")

    assert (found.status, found.ip_address, found.port) == expected
    assert found.is_registered is (None if found.status is None else found.status != "Dozing")


def test_an_answer_without_a_registration_is_not_the_apis(
    server: ScriptedServer, connections: CredentialConnections
) -> None:
    """A page of a proxy is no device that has gone."""
    server.replies = [Reply(body=b'{"data": []}')]

    with pytest.raises(TransportError, match="tells no registration status"):
        connections.check_registration_status("7")


class ShrinkingAccount:
    """An account of which connections go while its list is read, page by page."""

    def __init__(self, size: int, gone: dict[int, list[int]], *, total: int | None = None) -> None:
        """Make it; `gone` says which numbers go before which request, `total` what the pages claim."""
        self.numbers = list(range(size))
        self.pages: list[int] = []
        self._gone, self._claimed = gone, total

    def call(self, *_: object, query: dict[str, Any], **__: object) -> dict[str, Any]:
        self.pages.append(query["page[number]"])
        gone = self._gone.get(len(self.pages), [])
        self.numbers = [each for each in self.numbers if each not in gone]
        start = (self.pages[-1] - 1) * PAGE_SIZE
        total = len(self.numbers) if self._claimed is None else self._claimed
        rows = [{"id": str(each)} for each in self.numbers[start : start + PAGE_SIZE]]
        return {"data": rows, "meta": {"total_pages": -(-total // PAGE_SIZE), "total_results": total}}

    def deadline(self) -> Deadline:
        return Deadline(self.clock, DEADLINE_SECS)

    clock = FakeClock().clock()


@pytest.mark.parametrize(
    ("gone", "pages"),
    [
        ({}, [1, 2, 3]),
        ({2: [0, 1, 2]}, [1, 2, 1, 2, 3]),
        ({3: [0]}, [1, 2, 3, 2, 3]),
        ({2: [699]}, [1, 2, 1, 2, 3]),
        ({3: list(range(300))}, [1, 2, 3, 1, 2]),
        ({2: [0], 4: [1]}, [1, 2, 1, 2, 1, 2, 3]),
    ],
    ids=["nobody", "page 1", "before the last page", "the last one", "more than a page", "twice"],
)
def test_a_list_has_everybody_who_stays_while_others_go(gone: dict[int, list[int]], pages: list[int]) -> None:
    """Whoever stands behind a connection that goes moves to a page that was read already."""
    account = ShrinkingAccount(700, gone)

    found = [each.id for each in CredentialConnections(cast("Transport", account)).list()]

    assert len(found) == len(set(found))
    assert {str(each) for each in account.numbers} <= set(found)
    assert account.pages == pages


@pytest.mark.parametrize(
    "account",
    [
        ShrinkingAccount(700, {request: [request] for request in range(2, 90)}),
        ShrinkingAccount(700, {}, total=701),
    ],
    ids=["it keeps shrinking", "a row is never shown"],
)
def test_a_list_that_would_lack_somebody_is_an_error(account: ShrinkingAccount) -> None:
    """Never a short list without a word."""
    with pytest.raises(TransportError, match="the account keeps changing while its list is read"):
        list(CredentialConnections(cast("Transport", account)).list())

    assert len(account.pages) < 20
