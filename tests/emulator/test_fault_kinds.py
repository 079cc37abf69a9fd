"""What each kind of fault looks like to a client, and what the API has done by then."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from pulumi_telnyx.emulator import EmulatorServer, Fault, server
from tests.emulator.client import PATH, PATIENCE_SECS, Client, problems, required
from tests.emulator.sockets import EVER, create, requested, rest, until

MOMENTS = ["before", "after"]


def stored(client: Client) -> int:
    """How many connections there are, seen from behind."""
    return len(client.control("GET", "/connections").json()["connections"])


def logged(client: Client) -> list[tuple[int | None, str | None]]:
    """Status and fault of every request in the log."""
    entries = client.control("GET", "/requests").json()["requests"]
    return [(entry["status"], entry["fault"]) for entry in entries]


@pytest.fixture(params=MOMENTS)
def moment(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_a_status_is_an_error_envelope(client: Client, api: EmulatorServer, moment: Any) -> None:
    """Whether the API has acted cannot be seen from it."""
    api.inject(
        Fault("status", moment=moment, status=500, code="10016", text="Try again", headers={"x-a": "b"})
    )

    answer = client.create()

    assert problems(answer) == [(500, "10016", None)]
    assert answer.json()["errors"][0]["detail"] == "Try again"
    assert answer.headers["x-a"] == "b"
    assert stored(client) == (moment == "after")
    assert logged(client) == [(500, "status")]
    assert api.fault_hits() == [1]


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(client: Client, api: EmulatorServer, status: int) -> None:
    """Others would be taken for the next answer."""
    api.inject(Fault("status", status=status))
    answer, after = client.list(), client.list()

    assert (answer.status_code, answer.content) == (status, b"")
    assert after.status_code == 200


def test_a_reset_is_a_real_one(client: Client, api: EmulatorServer, moment: Any) -> None:
    """Not a close: the client's system says so."""
    api.inject(Fault("reset", moment=moment))

    with create(api) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)

    assert stored(client) == (moment == "after")
    assert logged(client) == [(None, "reset")]


def test_a_close_is_a_clean_one(client: Client, api: EmulatorServer, moment: Any) -> None:
    """Not a single byte, and no reset."""
    api.inject(Fault("close", moment=moment))

    assert rest(create(api)) == b""
    assert stored(client) == (moment == "after")
    assert logged(client) == [(None, "close")]


def test_a_close_reads_a_large_request_first(client: Client, api: EmulatorServer) -> None:
    """Closing over unread bytes would be a reset."""
    api.inject(Fault("close"))

    assert rest(requested(api, "POST", b"x" * (1 << 22))) == b""


def test_a_timeout_is_silence_and_then_a_close(client: Client, api: EmulatorServer, moment: Any) -> None:
    """The time is the fault's."""
    api.inject(Fault("timeout", moment=moment, secs=0.2))
    began = time.monotonic()

    assert rest(create(api)) == b""
    assert time.monotonic() - began >= 0.2
    assert stored(client) == (moment == "after")
    assert logged(client) == [(None, "timeout")]


def test_a_timeout_ends_with_its_client(api: EmulatorServer, client: Client) -> None:
    """Nothing is held for nobody."""
    api.inject(Fault("timeout", secs=EVER))
    assert api._server is not None
    tasks = api._server.server_state.tasks
    with create(api):
        until(lambda: logged(client) == [(None, "timeout")] and len(tasks) == 1)

    until(lambda: not tasks)


@pytest.mark.parametrize("kind", ["timeout", "drip", "latency"])
def test_a_server_with_held_requests_stops_at_once(
    kind: Any,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """They are closed without a word, long before what is in flight would be cut off."""
    monkeypatch.setattr(server, "_GRACE_SECS", EVER)
    api = EmulatorServer(faults=[Fault(kind, times=None, secs=EVER)])
    api.start()
    connections = [requested(api, "GET") for _ in range(3)]
    until(lambda: api.fault_hits() == [3])
    stopping = threading.Thread(target=api.stop, daemon=True)

    stopping.start()
    stopping.join(PATIENCE_SECS)

    assert not stopping.is_alive()
    assert all(b'"data"' not in rest(one) for one in connections)
    assert (capfd.readouterr(), caplog.records) == (("", ""), [])


def test_a_latency_only_takes_its_time(client: Client, api: EmulatorServer, moment: Any) -> None:
    """The answer is the usual one, and other requests do not wait."""
    api.inject(Fault("latency", method="POST", moment=moment, secs=0.2, headers={"x-slow": "yes"}))
    began = time.monotonic()

    answer = client.create()

    assert time.monotonic() - began >= 0.2
    assert (answer.status_code, answer.headers["x-slow"]) == (201, "yes")
    assert stored(client) == 1
    assert logged(client) == [(201, "latency")]


def test_after_a_latency_the_api_acts_for_a_client_that_has_gone(client: Client, api: EmulatorServer) -> None:
    """A client has to reckon with such late writes; the log knows that nobody heard of this one."""
    api.inject(Fault("latency", secs=0.2))
    create(api).close()

    until(lambda: stored(client) == 1)

    assert logged(client) == [(None, "latency")]


def test_a_latency_after_the_act_shows_the_act_first(client: Client, api: EmulatorServer) -> None:
    """Others see the connection while its creator still waits."""
    api.inject(Fault("latency", moment="after", secs=EVER))
    with create(api):
        until(lambda: stored(client) == 1)

    assert logged(client) == [(None, "latency")]


@pytest.mark.parametrize(("moment", "status"), [("before", 503), ("after", 201)])
def test_a_drip_comes_byte_by_byte(client: Client, api: EmulatorServer, moment: Any, status: int) -> None:
    """It is whole in the end: the real answer, or an error where the API did not act."""
    api.inject(Fault("drip", moment=moment, secs=0.001))
    began = time.monotonic()

    answer = client.create()

    assert time.monotonic() - began >= 0.001 * len(answer.content)
    assert answer.status_code == status
    assert answer.json()["data" if status == 201 else "errors"]
    assert stored(client) == (moment == "after")
    assert logged(client) == [(status, "drip")]


def test_a_drip_ends_with_its_client(api: EmulatorServer, client: Client) -> None:
    """Whoever has seen enough is not sent the rest."""
    api.inject(Fault("drip", secs=EVER))
    assert api._server is not None
    tasks = api._server.server_state.tasks
    with create(api) as connection:
        assert connection.recv(5) == b"HTTP/"
        until(lambda: len(tasks) == 1)

    until(lambda: not tasks)


@pytest.mark.parametrize(
    ("framing", "announced", "body"),
    [
        ("length", b"content-length: ", b'{"data":{"'),
        ("chunked", b"transfer-encoding: chunked", b'a\r\n{"data":{"\r\n'),
        ("close", b"connection: close", b'{"data":{"'),
    ],
)
def test_a_truncated_answer_ends_in_the_middle(
    client: Client, api: EmulatorServer, framing: Any, announced: bytes, body: bytes
) -> None:
    """However its end was announced: a length that is not reached, no last chunk, or not at all."""
    api.inject(Fault("truncate", moment="after", framing=framing, keep_bytes=10))

    head, _, sent = rest(create(api)).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 201 ")
    lines = head.lower().split(b"\r\n")
    assert [line for line in lines if line.startswith(announced)]
    assert sum(line.startswith((b"content-length", b"transfer-encoding")) for line in lines) == (
        0 if framing == "close" else 1
    )
    assert sent == body
    assert stored(client) == 1
    assert logged(client) == [(201, "truncate")]


def test_a_truncated_answer_without_an_act_is_an_error(client: Client, api: EmulatorServer) -> None:
    """Something has to be cut, even when the API did nothing."""
    api.inject(Fault("truncate", status=502))

    sent = rest(create(api))

    assert sent.startswith(b"HTTP/1.1 502 ")
    assert len(sent.partition(b"\r\n\r\n")[2]) == 20
    assert stored(client) == 0


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_a_truncated_answer_is_never_whole(client: Client, api: EmulatorServer, framing: Any) -> None:
    """Even where more is to be kept than there is."""
    whole = client.list().content
    api.inject(Fault("truncate", moment="after", framing=framing, keep_bytes=EVER))

    sent = rest(requested(api, "GET"))

    assert whole[:-1] in sent
    assert whole not in sent


@pytest.mark.parametrize("kind", ["truncate", "drip"])
@pytest.mark.parametrize(("method", "status"), [("HEAD", 503), ("GET", 204), ("GET", 304)])
def test_an_answer_without_a_body_cannot_be_spoilt(
    client: Client, api: EmulatorServer, kind: Any, method: str, status: int
) -> None:
    """Nor may the next request on the same connection suffer in its place."""
    api.inject(Fault(kind, times=None, status=status, secs=EVER, method=method))
    answers = [client.send(method, PATH) for _ in range(20)]

    assert {(one.status_code, one.content) for one in answers} == {(status, b"")}


def test_a_page_of_html_stands_in_the_answers_place(client: Client, api: EmulatorServer, moment: Any) -> None:
    """As from a proxy on the way; its text can be given."""
    api.inject(Fault("html", moment=moment), Fault("html", status=200, text="<h1>Log in</h1>"))

    page, other = client.create(), client.list()

    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "<html>" in page.text
    assert (other.status_code, other.text) == (200, "<h1>Log in</h1>")
    assert stored(client) == (moment == "after")
    assert logged(client) == [(503, "html"), (200, "html")]


@pytest.mark.parametrize(("moment", "status"), [("before", 503), ("after", 201)])
def test_the_content_type_can_be_wrong(client: Client, api: EmulatorServer, moment: Any, status: int) -> None:
    """The body is as it should be; another type than HTML is given as a header."""
    api.inject(
        Fault("content_type", moment=moment),
        Fault("content_type", moment="after", headers={"Content-Type": "text/plain"}),
    )

    answer, other = client.create(), client.list()

    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert answer.json()["data" if status == 201 else "errors"]
    assert other.headers["content-type"] == "text/plain"
    assert stored(client) == (moment == "after")


def test_a_redirect_points_elsewhere(client: Client, api: EmulatorServer, moment: Any) -> None:
    """By default in the way that keeps method and body."""
    api.inject(
        Fault("redirect", moment=moment, location="http://127.0.0.1:9/v2"),
        Fault("redirect", status=302, location="/login"),
    )

    answers = [
        client.send("POST", PATH, json=required(), allow_redirects=False),
        client.send("GET", PATH, allow_redirects=False),
    ]

    assert [(one.status_code, one.headers["location"]) for one in answers] == [
        (307, "http://127.0.0.1:9/v2"),
        (302, "/login"),
    ]
    assert stored(client) == (moment == "after")


@pytest.mark.parametrize("text", ["", "{}", '{"data":', '{"data": null}', "[]", "null"])
def test_a_body_is_sent_as_it_is_given(client: Client, api: EmulatorServer, moment: Any, text: str) -> None:
    """Said to be JSON, whether it is or not."""
    api.inject(Fault("body", moment=moment, status=201, text=text))

    answer = client.create()

    assert (answer.status_code, answer.text) == (201, text)
    assert answer.headers["content-type"] == "application/json"
    assert stored(client) == (moment == "after")


@pytest.mark.parametrize(
    ("style", "headers"),
    [
        ("x-ratelimit", {"x-ratelimit-limit": "1", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "3"}),
        ("retry-after", {"retry-after": "3"}),
        ("retry-after-date", {"retry-after": "Mon, 02 Nov 2026 08:00:03 GMT"}),
        ("retry-after-zero", {"retry-after": "0"}),
        ("retry-after-negative", {"retry-after": "-3"}),
        ("retry-after-nonsense", {"retry-after": "soon"}),
        ("retry-after-huge", {"retry-after": "999999999999"}),
        ("none", {}),
    ],
)
def test_a_rate_limit_tells_when_to_come_back_in_many_ways(
    client: Client, api: EmulatorServer, style: Any, headers: dict[str, str]
) -> None:
    """Some of which help nobody; dates are by the emulator's clock."""
    api.inject(Fault("rate_limit", secs=2.5, limit_headers=style))

    answer = client.create()

    assert problems(answer) == [(429, "10011", None)]
    told = {name: value for name, value in answer.headers.items() if name.startswith(("x-rate", "retry"))}
    assert told == headers
    assert stored(client) == 0
    assert logged(client) == [(429, "rate_limit")]


def test_an_answer_has_its_request_id_whatever_happens_to_it(client: Client, api: EmulatorServer) -> None:
    """The log can be searched for it."""
    api.inject(Fault("html"), Fault("content_type", moment="after"))
    answers = [client.list(), client.list()]

    entries = client.control("GET", "/requests").json()["requests"]
    assert [one.headers["x-request-id"] for one in answers] == [one["request_id"] for one in entries]


def test_the_log_has_the_body_of_a_request_that_was_dropped(client: Client, api: EmulatorServer) -> None:
    """Without its password."""
    api.inject(Fault("close"))
    rest(create(api))

    (entry,) = client.control("GET", "/requests").json()["requests"]
    assert entry["body"] == {**required(), "password": "[secret]"}


@pytest.mark.parametrize("kind", [None, "status", "latency", "content_type"])
def test_a_client_that_goes_in_the_middle_of_its_request_is_no_news(
    kind: Any, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No traceback, and nothing is stored."""
    with EmulatorServer() as api:
        if kind is not None:
            api.inject(Fault(kind, moment="after", times=None, secs=0))
        client = Client(api)
        with requested(api, "POST", b"{", missing=99):
            until(lambda: len(logged(client)) == 1)
        assert api._server is not None
        tasks = api._server.server_state.tasks
        until(lambda: not tasks)

        assert logged(client) == [(None, kind)]
        assert stored(client) == 0

        client.close()

    assert (capfd.readouterr(), caplog.records) == (("", ""), [])
