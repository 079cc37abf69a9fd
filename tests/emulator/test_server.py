"""The server itself: how it starts, stops, and where trouble can be put in."""

from __future__ import annotations

import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from starlette.responses import PlainTextResponse

from pulumi_telnyx.emulator import EmulatorServer, Options
from pulumi_telnyx.emulator.errors import PortError
from tests.emulator.client import Client, data

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
        times = []
        for _ in range(15):
            began = time.perf_counter()
            client.list()
            times.append(time.perf_counter() - began)

        assert statistics.median(times) < 0.03

        client.close()


def test_stopping_is_quick_with_idle_connections_open() -> None:
    """Clients that keep connections alive do not hold it up."""
    api = EmulatorServer()
    api.start()
    clients = [Client(api) for _ in range(5)]
    for client in clients:
        client.list()
    began = time.perf_counter()

    api.stop()

    assert time.perf_counter() - began < 0.5
    for client in clients:
        client.close()


def test_stopping_cuts_off_what_takes_too_long(caplog: pytest.LogCaptureFixture) -> None:
    """A request in flight is answered with a plain 500, and nothing is logged about it."""
    api = EmulatorServer(Options(latency_secs=30))
    api.start()
    client = Client(api)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.list)
        time.sleep(0.2)
        began = time.perf_counter()

        api.stop()

        assert time.perf_counter() - began < 2
        assert (answer.result().status_code, answer.result().text) == (500, "Internal Server Error")
    assert caplog.records == []
    client.close()


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
