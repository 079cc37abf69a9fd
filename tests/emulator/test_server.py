"""The server itself: how it starts, stops, and where trouble can be put in."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from starlette.responses import PlainTextResponse

from pulumi_telnyx.emulator import EmulatorServer, Options, server
from pulumi_telnyx.emulator.errors import PortError
from tests.emulator.client import PATIENCE_SECS, Client, data

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


def test_servers_side_by_side_share_nothing() -> None:
    """Each has a port and connections of its own."""
    with EmulatorServer() as one, EmulatorServer() as two:
        first, second = Client(one), Client(two)
        found = first.created()

        assert one.url != two.url
        assert second.retrieve(found["id"]).status_code == 404
        assert second.create().status_code == 201

        first.close()
        second.close()


def test_it_listens_on_the_loopback_address_only() -> None:
    """Other machines cannot reach it."""
    with EmulatorServer() as api:
        port = int(api.url.split(":")[2].split("/")[0])

        assert api.url.startswith("http://127.0.0.1:")
        with socket.socket() as other, pytest.raises(OSError, match="refused"):
            other.connect(("127.0.0.2", port))


def test_a_port_that_is_taken_is_named() -> None:
    """And the other one goes on."""
    with EmulatorServer() as api:
        port = int(api.url.split(":")[2].split("/")[0])

        with pytest.raises(PortError, match=f"port {port} is in use"):
            EmulatorServer(port=port).start()


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """Nagle's algorithm is off: with it, every answer on a kept connection would take 40 ms."""
    with EmulatorServer() as api:
        client = Client(api)
        client.list()
        assert api._server is not None
        (accepted,) = (each.transport for each in api._server.server_state.connections)

        assert accepted.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

        client.close()


def test_stopping_does_not_wait_for_idle_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that clients keep alive are closed first, while a request in flight would have its time."""
    monkeypatch.setattr(server, "_GRACE_SECS", 2 * PATIENCE_SECS)
    api = EmulatorServer()
    api.start()
    address = urlsplit(api.control_url)
    idle = [http.client.HTTPConnection(address.netloc, timeout=PATIENCE_SECS) for _ in range(5)]
    for each in idle:
        each.request("GET", f"{address.path}/health")
        each.getresponse().read()
    stopping = threading.Thread(target=api.stop, daemon=True)

    stopping.start()

    try:
        assert [each.sock.recv(1) for each in idle] == [b""] * 5
    finally:
        for each in idle:
            each.close()
        stopping.join(PATIENCE_SECS)
    assert not stopping.is_alive()


def test_stopping_cuts_off_what_takes_too_long(caplog: pytest.LogCaptureFixture) -> None:
    """A request in flight is answered with a plain 500, and nothing is logged about it."""
    in_flight = threading.Event()

    def telling(app: ASGIApp) -> ASGIApp:
        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            in_flight.set()
            await app(scope, receive, send)

        return layer

    # Without the cut, the answer would be a 200 in the end.
    api = EmulatorServer(Options(latency_secs=PATIENCE_SECS / 2), layers=[telling])
    api.start()
    client = Client(api)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.list)
        assert in_flight.wait(PATIENCE_SECS)

        api.stop()

        assert (answer.result().status_code, answer.result().text) == (500, "Internal Server Error")
    assert caplog.records == []
    client.close()


def test_stopping_closes_connections_that_come_in_meanwhile() -> None:
    """Nobody is left waiting for an answer, and no socket is left open."""
    api = EmulatorServer()
    api.start()
    port = int(api.url.split(":")[2].split("/")[0])
    stopped = threading.Event()
    accepted: list[socket.socket] = []

    def knock() -> None:
        while not stopped.is_set():
            with contextlib.suppress(OSError):
                accepted.append(socket.create_connection(("127.0.0.1", port)))
            # A few of them arrive between two turns of the server's loop.
            stopped.wait(0.0005)

    with ThreadPoolExecutor(1) as pool:
        knocking = pool.submit(knock)
        api.stop()
        stopped.set()
        knocking.result()

    still_open = [each for each in accepted if not _ends(each)]
    for each in accepted:
        each.close()
    assert accepted
    assert still_open == []


def test_stopping_twice_or_unstarted_does_nothing() -> None:
    """Clean-up code need not ask first."""
    api = EmulatorServer()
    api.stop()
    api.start()
    api.stop()
    api.stop()


def test_options_can_be_set_before_the_start() -> None:
    """They are then the ones of the start."""
    api = EmulatorServer()
    api.configure(mask_passwords=True)
    with api:
        client = Client(api)
        client.control("POST", "/reset")
        found = client.created()

        assert data(client.retrieve(found["id"]))["password"] == "********"

        client.close()


def test_a_layer_can_lose_the_answer_after_the_api_has_acted() -> None:
    """Layers wrap the API, are seen by the log, and leave the control paths alone."""

    def losing(app: ASGIApp) -> ASGIApp:
        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            async def nowhere(message: Message) -> None:
                pass

            await app(scope, receive, nowhere)
            await PlainTextResponse("bad gateway", 502)(scope, receive, send)

        return layer

    with EmulatorServer(layers=[losing]) as api:
        client = Client(api)
        answer = client.create()
        (stored,) = client.control("GET", "/connections").json()["connections"]
        (entry,) = client.control("GET", "/requests").json()["requests"]

        assert (answer.status_code, entry["status"]) == (502, 502)
        assert answer.headers["x-request-id"] == entry["request_id"]
        assert stored["settings"]["user_name"] == "frontdesk01"

        client.close()


def _ends(connection: socket.socket) -> bool:
    """Whether the other side has closed it, or reset it."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
