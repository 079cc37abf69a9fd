"""One exchange with the API: what is sent, what is repeated, and what a failure says."""

from __future__ import annotations

import base64
import gzip
import html
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from pulumi_telnyx.api.backoff import MAX_TRIES
from pulumi_telnyx.api.clock import Clock, Deadline
from pulumi_telnyx.api.errors import (
    ApiError,
    AuthError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    RateLimitError,
    TelnyxError,
    TransportError,
)
from pulumi_telnyx.api.transport import UNREACHABLE_SECS, Transport
from pulumi_telnyx.leaks import find
from tests.closed_port import closed_port
from tests.scripted_server import KEY, FakeClock, Reply, ScriptedServer, errors

PASSWORD = "hunter2-hunter2"
NOT_FOUND = errors({"code": "10005", "title": "Resource not found", "source": {"pointer": "/"}})


def test_a_request_carries_key_user_agent_and_json(server: ScriptedServer, transport: Transport) -> None:
    """The API sees a bearer token, who we are, and the body as JSON."""
    answer = transport.call("create", "POST", "/things", body={"name": "ü"})

    request = server.received[0]
    assert answer == {"data": {"id": "1"}}
    assert (request.method, request.path) == ("POST", "/v2/things")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["user-agent"].startswith("pulumi-telnyx/")
    assert json.loads(request.body) == {"name": "ü"}


def test_requests_of_one_thread_share_a_connection(server: ScriptedServer, transport: Transport) -> None:
    """Keep-alive: the second request comes from the same port."""
    transport.call("read", "GET", "/a")
    transport.call("read", "GET", "/b")

    assert len({request.peer for request in server.received}) == 1


def test_each_thread_has_a_session_and_a_connection_of_its_own(
    server: ScriptedServer, transport: Transport
) -> None:
    """The requests library does not promise that a session may be shared."""
    threads = 8
    together = threading.Barrier(threads)

    def call_twice(_: int) -> int:
        together.wait(60)
        for path in ("/a", "/b"):
            transport.call("read", "GET", path)
        return id(transport._session())

    with ThreadPoolExecutor(threads) as executor:
        sessions = set(executor.map(call_twice, range(threads)))

    assert len(sessions) == threads
    assert len({request.peer for request in server.received}) == threads


def test_netrc_does_not_replace_the_key(
    server: ScriptedServer, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ~/.netrc entry for the host must not turn our token into basic authentication."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))

    transport.call("read", "GET", "/a")

    assert server.received[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_never_followed(
    server: ScriptedServer, transport: Transport, status: int
) -> None:
    """The password in the body must not travel to where a redirect points."""
    other = ScriptedServer()
    server.replies = [Reply(status, b"", {"Location": f"{other.origin}/v2/things"})]

    with pytest.raises(TransportError, match=f"answered {status} with a redirect"):
        transport.call("create", "POST", "/things", body={"password": PASSWORD})

    other.close()
    assert other.received == []
    assert len(server.received) == 1


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_idempotent_calls_are_repeated(
    server: ScriptedServer, transport: Transport, clock: FakeClock, method: str, status: int
) -> None:
    """Two failures, then success: the caller sees the success, after growing waits."""
    failure = Reply(status, errors({"code": "10007", "title": "Unexpected error"}))
    server.replies = [failure, failure, Reply()]

    assert transport.call("do", method, "/a") == {"data": {"id": "1"}}
    assert clock.waits == [0.5, 1.0]


def test_a_gateway_page_is_repeated_too(server: ScriptedServer, transport: Transport) -> None:
    """A 502 page of HTML comes from a proxy and passes like any other outage."""
    server.replies = [Reply(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}), Reply()]

    assert transport.call("read", "GET", "/a") == {"data": {"id": "1"}}


def test_the_last_try_reports_the_failure(
    server: ScriptedServer, transport: Transport, clock: FakeClock
) -> None:
    """An outage that stays is reported after the last try, with the API's own reason."""
    server.replies = [Reply(503, errors({"code": "10037", "title": "Service unavailable"}))]

    with pytest.raises(ApiError, match=r"read: 503 Service unavailable \(code 10037\)"):
        transport.call("read", "GET", "/a")

    assert len(server.received) == MAX_TRIES
    assert clock.waits == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, errors({"code": "10007", "title": "Unexpected error"})),
        Reply(504, b"", {}),
        Reply(200, b"not json"),
        Reply(drop=True),
    ],
    ids=["500", "504 of a gateway", "unreadable", "connection broken"],
)
def test_a_create_that_may_have_happened_is_not_sent_twice(
    server: ScriptedServer, transport: Transport, reply: Reply
) -> None:
    """A second POST after an answer that was lost would make a second connection."""
    server.replies = [reply]

    with pytest.raises(TelnyxError):
        transport.call("create", "POST", "/things", body={})

    assert len(server.received) == 1


def test_a_create_is_repeated_when_the_api_refused_to_look_at_it(
    server: ScriptedServer, transport: Transport
) -> None:
    """429 says that nothing was done."""
    server.replies = [Reply(429, errors({"code": "10011", "title": "Too many requests"})), Reply()]

    assert transport.call("create", "POST", "/things", body={}) == {"data": {"id": "1"}}


def test_a_create_is_repeated_when_no_connection_was_made(clock: FakeClock) -> None:
    """A closed port received nothing."""
    with closed_port() as port:
        transport = Transport(f"http://127.0.0.1:{port}/v2", KEY, clock=clock.clock())

        with pytest.raises(TransportError, match="no connection") as caught:
            transport.call("create", "POST", "/things", body={})

    assert not caught.value.sent
    assert clock.waits == [0.5, 1.0, 2.0, 4.0, 8.0], "for UNREACHABLE_SECS, since nothing was sent"
    assert sum(clock.waits) >= UNREACHABLE_SECS


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.5),
        ({"Retry-After": "-3"}, 0.5),
        ({"Retry-After": "soon"}, 0.5),
        ({"Retry-After": "99999"}, 60.0),
        ({"Retry-After": formatdate(1_700_001_012, usegmt=True)}, 12.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4"}, 4.0),
        ({"x-ratelimit-remaining": "9", "x-ratelimit-reset": "4"}, 0.5),
        ({}, 0.5),
    ],
)
def test_the_wait_is_what_the_server_asks_for_when_that_makes_sense(
    server: ScriptedServer, transport: Transport, clock: FakeClock, headers: dict[str, str], wait: float
) -> None:
    """Retry-After as seconds or date, the rate-limit reset, or our own backoff."""
    server.replies = [Reply(429, errors({"code": "10011", "title": "Too many requests"}), headers), Reply()]

    transport.call("read", "GET", "/a")

    assert clock.waits == [wait]


def test_waiting_ends_at_the_deadline(server: ScriptedServer, clock: FakeClock) -> None:
    """A rate limit that never lifts ends with one error, not with a run that hangs."""
    transport = Transport(f"{server.origin}/v2", KEY, clock=clock.clock(), deadline_secs=50)
    server.replies = [
        Reply(429, errors({"code": "10011", "title": "Too many requests"}), {"Retry-After": "30"})
    ]

    with pytest.raises(RateLimitError, match="429 Too many requests"):
        transport.call("read", "GET", "/a")

    assert sum(clock.waits) <= 50


def test_an_answer_that_drips_in_ends_at_the_deadline(server: ScriptedServer) -> None:
    """A read time-out alone would never end it: each byte starts it anew."""
    transport = Transport(f"{server.origin}/v2", KEY, clock=Clock(), deadline_secs=2)
    server.replies = [Reply(body=b" " * 500, drip_secs=0.02)]

    with pytest.raises(TransportError, match="no answer in time"):
        transport.call("create", "POST", "/things", body={})


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, errors({"code": "10009", "title": "Authentication failed"}), AuthError),
        (401, b"", AuthError),
        (403, errors({"code": "10010", "title": "Not authorized"}), AuthError),
        (404, NOT_FOUND, NotFoundError),
        (404, errors({"code": "404", "title": "No route"}), ApiError),
        (404, b"<html>nothing here</html>", TransportError),
        (404, b"", TransportError),
        (400, errors({"code": "10015", "title": "Bad Request"}), InvalidInputError),
        (409, errors({"code": "10012", "title": "Duplicate"}), ConflictError),
        (422, errors({"code": "10015", "title": "Bad Request"}), InvalidInputError),
        (422, b'{"errors": {"user_name": "taken"}}', InvalidInputError),
        (422, b'{"success": false, "message": "no", "reasons": {"user_name": ["taken"]}}', InvalidInputError),
        (418, b"[]", TransportError),
    ],
)
def test_an_error_has_the_kind_that_its_status_and_code_say(
    server: ScriptedServer, transport: Transport, status: int, body: bytes, kind: type[TelnyxError]
) -> None:
    """Only the API's own 404 means gone; a proxy's page never does."""
    server.replies = [Reply(status, body)]

    with pytest.raises(TelnyxError) as caught:
        transport.call("read", "GET", "/a")

    assert type(caught.value) is kind
    assert caught.value.__cause__ is None


def test_an_error_names_action_field_code_and_remedy(server: ScriptedServer, transport: Transport) -> None:
    """All that the API said, in one line, with fields spelled as a program spells them."""
    server.replies = [
        Reply(
            422,
            errors(
                {
                    "code": 10015,
                    "title": "Bad Request",
                    "detail": "is taken",
                    "source": {"pointer": "/user_name"},
                },
                {"code": "10032", "title": "Not in list", "source": "/body/inbound/codecs"},
            ),
            {"x-request-id": "req-1"},
        )
    ]

    with pytest.raises(InvalidInputError) as caught:
        transport.call("create credential connection 'Desk'", "POST", "/things", body={})

    assert str(caught.value) == (
        "create credential connection 'Desk': 422 at user_name: is taken (code 10015), at inbound.codecs: "
        "Not in list (code 10032); change what is named and run again [request req-1]"
    )


def test_a_message_repeats_no_secret_and_steers_no_terminal(
    server: ScriptedServer, transport: Transport
) -> None:
    """A server that echoes the password or the key cannot get them printed."""
    detail = f"password {PASSWORD}\x1b[2J sent with {KEY}\u202e\nnext"
    server.replies = [Reply(422, errors({"code": "1", "title": "t", "detail": detail}))]

    with pytest.raises(InvalidInputError) as caught:
        transport.call("create", "POST", "/things", body={"password": PASSWORD})

    assert "password [secret] [2J sent with [secret] next" in str(caught.value)


def test_a_secret_is_hidden_however_it_is_spelled(server: ScriptedServer, transport: Transport) -> None:
    """JSON escapes quotes, and URLs escape more."""
    password = 'CANARY-1"q&\\ü'
    detail = f"{password} {json.dumps(password)} {quote(password)}"
    server.replies = [Reply(422, errors({"code": "1", "title": "t", "detail": detail}))]

    with pytest.raises(InvalidInputError) as caught:
        transport.call("create", "POST", "/things", body={"password": password})

    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    "spell",
    [
        lambda secret: base64.b64encode(f"user:{secret}".encode()).decode(),
        lambda secret: secret.encode().hex(),
        lambda secret: quote_plus(secret),
        lambda secret: html.escape(secret),
        lambda secret: json.dumps(secret, ensure_ascii=False),
        lambda secret: base64.b64encode(json.dumps({"password": secret}).encode()).decode(),
        lambda secret: [secret],
    ],
    ids=["base64", "hex", "URL", "HTML", "JSON", "the request in base64", "a list"],
)
def test_a_secret_that_comes_back_encoded_is_hidden_too(
    server: ScriptedServer, transport: Transport, spell: Callable[[str], object]
) -> None:
    """Whoever reads the message could decode it."""
    password = 'CANARY / 1"q&\\ü'
    server.replies = [Reply(422, errors({"code": "1", "title": "t", "detail": spell(password)}))]

    with pytest.raises(InvalidInputError) as caught:
        transport.call("create", "POST", "/things", body={"password": password})

    assert "[secret]" in str(caught.value)
    assert find(str(caught.value).encode(), {"password": password, "half of it": "CANARY"}) == []


def test_a_short_secret_hides_no_more_than_itself(server: ScriptedServer, transport: Transport) -> None:
    """A value in `extra` may be two letters long; its hex digits stand in many a text."""
    server.replies = [Reply(422, errors({"code": "1", "title": "t", "detail": "de 6465"}))]

    with pytest.raises(InvalidInputError, match=r"\[secret\] 6465"):
        transport.call("create", "POST", "/things", body={}, secrets=["de", ""])


def test_a_foreign_error_is_not_even_the_context_of_ours(
    server: ScriptedServer, transport: Transport
) -> None:
    """A tool that prints whole chains would print what a broken answer repeats."""
    server.replies = [Reply(drop=True)]

    with pytest.raises(TransportError, match="connection broke") as caught:
        transport.call("create", "POST", "/things", body={})

    assert caught.value.__context__ is None


def test_a_number_that_nothing_can_hold_is_no_fault(server: ScriptedServer, transport: Transport) -> None:
    """The engine stores numbers as floats; one too large would fail there after the create has happened."""
    server.replies = [Reply(body=b'{"data": {"id": ' + b"7" * 400 + b', "a": 1e999, "b": NaN, "c": 12}}')]

    answer = transport.call("create", "POST", "/things", body={})

    assert answer["data"] == {"id": "7" * 400, "a": None, "b": None, "c": 12}


def test_an_unreadable_answer_shows_kind_and_size_and_no_text(
    server: ScriptedServer, transport: Transport
) -> None:
    """A foreign page may repeat what was sent to it."""
    server.replies = [Reply(200, PASSWORD.encode(), {"Content-Type": "text/html"})]

    with pytest.raises(TransportError, match=r"text/html, 15 bytes") as caught:
        transport.call("create", "POST", "/things", body={"password": PASSWORD})

    assert PASSWORD not in str(caught.value)


def test_half_a_surrogate_pair_becomes_storable(server: ScriptedServer, transport: Transport) -> None:
    """JSON can carry it; the engine's state cannot, and would fail after the create has happened."""
    server.replies = [Reply(body=b'{"data": {"id": "1", "name": "a\\ud83d"}}')]

    assert transport.call("read", "GET", "/a")["data"]["name"] == "a\N{REPLACEMENT CHARACTER}"


def test_a_refused_key_is_not_sent_again_unless_the_call_was_dispensable(
    server: ScriptedServer, transport: Transport
) -> None:
    """Thousands of refused calls help nobody; but a key that may not do one thing may do another."""
    server.replies = [Reply(401, errors({"code": "10009", "title": "Authentication failed"}))]
    for action in ("look", "look again"):
        with pytest.raises(AuthError, match=f"^{action}: 401"):
            transport.call(action, "GET", "/a", dispensable=True)

    for action, why in (("read", "401"), ("create", "not sent, since the key was refused before: 401")):
        with pytest.raises(AuthError, match=f"^{action}: {why}"):
            transport.call(action, "GET", "/a")

    assert len(server.received) == 3


def test_calls_share_the_deadline_of_the_outermost_block(transport: Transport, clock: FakeClock) -> None:
    """An operation that is part of another one gets no time of its own."""
    with transport.one_deadline():
        outer = transport.deadline()
        clock.now += 1
        with transport.one_deadline():
            assert transport.deadline() is outer
        assert transport.deadline() is outer

    assert transport.deadline() is not outer
    assert transport.deadline() is not transport.deadline()


def test_an_answer_that_is_not_the_apis_names_what_was_tried(
    server: ScriptedServer, transport: Transport
) -> None:
    """Among thousands of calls, it says which one."""
    server.replies = [Reply(200, b"not json")]
    with pytest.raises(TransportError, match=r"^create door: "):
        transport.call("create door", "POST", "/a")

    server.replies = [Reply()]
    with pytest.raises(TransportError) as caught:
        transport.call("list", "GET", "/a", flaw=lambda content: f"holds {len(content)} thing")
    assert str(caught.value) == (
        f"list: the answer holds 1 thing; check the base URL ({transport._host}) and proxies"
    )


@pytest.mark.parametrize(
    ("method", "only_asks", "may_change"),
    [("GET", False, False), ("POST", True, False), ("POST", False, True), ("PATCH", False, True)],
)
def test_what_may_change_something_is_asked_for_before_it_is_sent(
    server: ScriptedServer, clock: FakeClock, method: str, only_asks: bool, may_change: bool
) -> None:
    """An engine that has ended would never note the change; reading harms nobody."""

    def stop() -> None:
        raise TelnyxError("the engine has ended")

    transport = Transport(f"{server.origin}/v2", KEY, clock=clock.clock(), before_write=stop)
    if may_change:
        with pytest.raises(TelnyxError, match="the engine has ended"):
            transport.call("do", method, "/a", only_asks=only_asks)
    else:
        transport.call("do", method, "/a", only_asks=only_asks)

    assert len(server.received) == (0 if may_change else 1)


def test_an_answer_without_end_is_left_and_not_asked_for_again(
    server: ScriptedServer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would fill the memory; one that is packed counts by what is in it."""
    answer = b'{"data": {"id": "1"}}'
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    server.replies = [Reply(body=gzip.compress(answer), headers=packed)]
    monkeypatch.setattr("pulumi_telnyx.api.transport.MAX_ANSWER_BYTES", len(answer))
    assert transport.call("read", "GET", "/a") == json.loads(answer)

    monkeypatch.setattr("pulumi_telnyx.api.transport.MAX_ANSWER_BYTES", len(answer) - 1)
    with pytest.raises(TransportError) as caught:
        transport.call("read", "GET", "/a")

    assert str(caught.value) == (
        f"read: the answer of {transport._host} is too long; check the base URL and proxies"
    )
    assert (caught.value.sent, caught.value.transient) == (True, False)
    assert len(server.received) == 2


def test_a_call_that_has_no_time_left_is_not_sent(server: ScriptedServer, clock: FakeClock) -> None:
    """Whoever makes it knows that nothing has happened."""
    transport = Transport(f"{server.origin}/v2", KEY, clock=clock.clock(), deadline_secs=0)

    with pytest.raises(TransportError) as caught:
        transport.call("create", "POST", "/a")

    assert str(caught.value) == f"create: {transport._host}: no time left to ask; run again later"
    assert (caught.value.sent, server.received) == (False, [])


def test_a_window_that_is_used_up_stops_a_call_that_cannot_wait_for_the_next(
    server: ScriptedServer, transport: Transport, clock: FakeClock
) -> None:
    """What the last answer said of the limit counts for every call after it; one with time waits."""
    used_up = {"Content-Type": "application/json", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "40"}
    server.replies = [Reply(headers=used_up)]
    transport.call("read", "GET", "/a")

    with pytest.raises(TransportError) as caught:
        transport.call("create", "POST", "/a", deadline=Deadline(clock.clock(), 10))

    assert str(caught.value) == (
        f"create: {transport._host} lets no more requests through for 40 s, which is longer than a call may "
        "take; run again later"
    )
    assert caught.value.sent is False
    assert len(server.received) == 1
    transport.call("read", "GET", "/a")
    assert sum(clock.waits) >= 40
