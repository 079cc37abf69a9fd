"""The HTTP session: whom the key is sent to, and answers that would never end."""

from __future__ import annotations

import gc
import getpass
import logging
import platform
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from pulumi_telnyx.api.clock import Clock, Deadline
from pulumi_telnyx.api.errors import TransportError
from pulumi_telnyx.api.session import new_session, user_agent
from pulumi_telnyx.api.transport import Transport
from tests.scripted_server import KEY, FakeClock, Reply, ScriptedServer

DEADLINE_SECS = 100
ENDLESS = 300
"""So many bytes take three times as long as a call may."""
HEAD = b"HTTP/1.1 200 OK\r\n"
JSON = b'{"data": {"id": "1"}}'


@contextmanager
def _answering(pieces: list[bytes], before_each: Callable[[], None]) -> Iterator[str]:
    """Yield the origin of a server that sends each first request these pieces, and then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            guest, _ = listener.accept()
        except OSError:
            return
        with guest:
            request = b""
            # To its end: closing what has not read everything would be a reset.
            while b"\r\n\r\n" not in request or (request.startswith(b"POST") and request[-2:] != b"{}"):
                piece = guest.recv(65536)
                assert piece, "the client has gone before it had asked"
                request += piece
            for piece in pieces:
                before_each()
                try:
                    guest.sendall(piece)
                except OSError:
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _bytes(text: bytes) -> list[bytes]:
    return [text[at : at + 1] for at in range(len(text))]


DRIPPING = {
    "the status line": _bytes(b"HTTP/1.1 200 " + b"O" * ENDLESS + b"\r\nContent-Length: 21\r\n\r\n" + JSON),
    "headers": [
        HEAD,
        *_bytes(b"X-Long: " + b"y" * ENDLESS + b"\r\n"),
        b"Content-Length: 21\r\n\r\n",
        JSON,
    ],
    "a body": [
        HEAD + f"Content-Length: {ENDLESS + 21}\r\n\r\n".encode(),
        *_bytes(b" " * ENDLESS + JSON),
    ],
    "chunks": [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        *[b"1\r\n \r\n"] * ENDLESS,
        b"15\r\n" + JSON + b"\r\n0\r\n\r\n",
    ],
    "the size of a chunk": [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        *_bytes(b"0" * ENDLESS + b"15\r\n" + JSON + b"\r\n0\r\n\r\n"),
    ],
    "trailers": [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n15\r\n" + JSON + b"\r\n0\r\n",
        *_bytes(b"X-Long: " + b"y" * ENDLESS + b"\r\n\r\n"),
    ],
    "a body up to the end of the connection": [HEAD + b"\r\n", *_bytes(b" " * ENDLESS + JSON)],
    "answers before the answer": [
        *[b"HTTP/1.1 100 Continue\r\n\r\n"] * ENDLESS,
        HEAD + b"Content-Length: 21\r\n\r\n" + JSON,
    ],
}


@pytest.mark.parametrize("pieces", DRIPPING.values(), ids=DRIPPING)
def test_an_answer_that_drips_in_ends_at_the_deadline(pieces: list[bytes], clock: FakeClock) -> None:
    """A second for each piece: no read waits long, and yet the call must end."""

    def tick() -> None:
        clock.now += 1
        # For the client to take each piece when it comes.
        time.sleep(0.001)

    with _answering(pieces, tick) as origin:
        transport = Transport(f"{origin}/v2", KEY, clock=clock.clock(), deadline_secs=DEADLINE_SECS)

        with pytest.raises(TransportError, match="no answer in time") as caught:
            transport.call("create", "POST", "/things", body={})

    assert caught.value.sent


@pytest.mark.parametrize("pieces", DRIPPING.values(), ids=DRIPPING)
def test_the_same_answer_is_read_where_there_is_time(pieces: list[bytes], clock: FakeClock) -> None:
    """It is the time that ends the answers above, and nothing else about them."""
    with _answering(pieces, lambda: None) as origin:
        transport = Transport(f"{origin}/v2", KEY, clock=clock.clock(), deadline_secs=DEADLINE_SECS)

        assert transport.call("create", "POST", "/things", body={}) == {"data": {"id": "1"}}


def test_an_answer_that_floods_in_ends_at_the_deadline(clock: FakeClock) -> None:
    """Bytes that are always there already leave no read waiting."""
    flood = [b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000]

    def late() -> None:
        clock.now += DEADLINE_SECS

    with _answering(flood, late) as origin:
        transport = Transport(f"{origin}/v2", KEY, clock=clock.clock(), deadline_secs=DEADLINE_SECS)

        with pytest.raises(TransportError, match="no answer in time"):
            transport.call("read", "GET", "/a")


def test_a_timed_out_read_leaves_other_connections_alone(server: ScriptedServer) -> None:
    """Another thread's connection goes on as before, and so does the next one of the same thread."""
    transport = Transport(f"{server.origin}/v2", KEY)
    failures: list[TransportError] = []

    def now() -> float:
        # An hour is over as soon as the request has arrived, however long it was on its way.
        arrived = any(request.path == "/v2/slow" for request in server.received)
        return time.monotonic() + (3600 if arrived else 0)

    def time_out() -> None:
        soon = Deadline(Clock(monotonic=now), 60)
        with pytest.raises(TransportError, match="no answer in time") as caught:
            transport.call("create", "POST", "/slow", body={}, deadline=soon)
        failures.append(caught.value)
        transport.call("read", "GET", "/c")
        transport.call("read", "GET", "/d")

    transport.call("read", "GET", "/a")
    server.replies = [Reply(body=b" " * 1000, drip_secs=0.02), Reply()]
    other = threading.Thread(target=time_out)
    other.start()
    other.join()
    transport.call("read", "GET", "/b")

    peers = {request.path.removeprefix("/v2/"): request.peer for request in server.received}
    assert len(failures) == 1
    assert peers["a"] == peers["b"]
    assert peers["c"] == peers["d"]
    assert len({peers[name] for name in ("a", "slow", "c")}) == 3


def test_a_connection_does_not_remember_how_little_time_the_last_call_had(
    server: ScriptedServer, clock: FakeClock
) -> None:
    """Kept alive, it is as patient with the next call as a new one."""
    transport = Transport(f"{server.origin}/v2", KEY, clock=clock.clock())
    server.replies = [Reply(), Reply(body=JSON)]

    transport.call("read", "GET", "/a", deadline=Deadline(clock.clock(), DEADLINE_SECS))
    clock.now += DEADLINE_SECS
    answer = transport.call("read", "GET", "/b")

    assert answer == {"data": {"id": "1"}}
    assert len({request.peer for request in server.received}) == 1


def test_who_forgets_a_transport_leaves_no_connection_open(server: ScriptedServer) -> None:
    """As where a thread ends, or a program makes many of them."""
    before = threading.enumerate()
    transport = Transport(f"{server.origin}/v2", KEY)
    transport.call("read", "GET", "/a")
    (serving,) = set(threading.enumerate()) - set(before)

    del transport
    gc.collect()

    serving.join(60)
    assert not serving.is_alive()


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://api.telnyx.com/v2", "https://api.telnyx.com:443/v2/x"),
        ("https://API.telnyx.com/v2", "https://api.telnyx.com/v2/x"),
        ("http://127.0.0.1:4010/v2", "http://127.0.0.1:4010/elsewhere"),
    ],
)
def test_the_key_goes_to_its_origin(base_url: str, url: str) -> None:
    """The same scheme, host and port, however they are spelled."""
    assert _authorization(base_url, url) == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.telnyx.com/v2/x",
        "https://api.telnyx.com:444/v2/x",
        "https://api.telnyx.com.evil.example/v2/x",
        "https://telnyx.com/v2/x",
        "https://evil.example/api.telnyx.com",
    ],
)
def test_the_key_goes_nowhere_else(url: str) -> None:
    """Not even on a request that somebody makes with the same session."""
    assert _authorization("https://api.telnyx.com/v2", url) is None


def _authorization(base_url: str, url: str) -> str | None:
    request = new_session(base_url, KEY, lambda: 1).prepare_request(requests.Request("GET", url))
    return request.headers.get("Authorization")


def test_the_user_agent_tells_versions_and_nothing_of_the_machine() -> None:
    """It ends up in other people's logs."""
    agent = user_agent()

    assert agent.split()[0].startswith("pulumi-telnyx/")
    assert platform.node() not in agent
    assert getpass.getuser() not in agent


def test_a_ca_bundle_that_is_no_file_is_named(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is sent: not even a connection is tried."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    transport = Transport("https://localhost:1/v2", KEY, clock=clock.clock())

    with pytest.raises(TransportError, match="name your CA bundle in REQUESTS_CA_BUNDLE") as caught:
        transport.call("create", "POST", "/things", body={})

    assert not caught.value.sent
    assert clock.waits == []


def test_broken_headers_are_not_logged(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """The library would quote them, and they may repeat the key."""
    answer = HEAD + f"Content-Length: 21\r\nBearer {KEY}\r\n\r\n".encode() + JSON

    with caplog.at_level(logging.DEBUG), _answering([answer], lambda: None) as origin:
        transport = Transport(f"{origin}/v2", KEY, clock=clock.clock())
        transport.call("read", "GET", "/a")

    assert "The headers of an answer are broken" in caplog.text
    assert KEY not in caplog.text
