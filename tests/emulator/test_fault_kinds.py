"""What each kind of fault looks like to a client, and what the API has done by then."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from pulumi_telnyx.emulator import DEFAULT_API_KEY, EmulatorServer, Fault, server
from tests.emulator.client import PATH, PATIENCE_SECS, Client, problems, required

if TYPE_CHECKING:
    from collections.abc import Callable

MOMENTS = ["before", "after"]
# Longer than anybody waits: who is let go earlier was let go for another reason.
EVER = 10_000


def raw(api: EmulatorServer, method: str, body: bytes = b"", path: str = PATH) -> socket.socket:
    """A connection over which a request has been sent."""
    address = urlsplit(api.url)
    connection = socket.create_connection((str(address.hostname), address.port or 0), PATIENCE_SECS)
    head = [
        f"{method} {address.path}{path} HTTP/1.1",
        f"Host: {address.netloc}",
        f"Authorization: Bearer {DEFAULT_API_KEY}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
    return connection


def create(api: EmulatorServer) -> socket.socket:
    """A connection over which a create has been sent."""
    return raw(api, "POST", json.dumps(required()).encode())


def rest(connection: socket.socket) -> bytes:
    """Everything that comes until the other side closes; a reset is an error."""
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


def stored(client: Client) -> int:
    """How many connections there are, seen from behind."""
    return len(client.control("GET", "/connections").json()["connections"])


def logged(client: Client) -> list[tuple[int | None, str | None]]:
    """Status and fault of every request in the log."""
    entries = client.control("GET", "/requests").json()["requests"]
    return [(entry["status"], entry["fault"]) for entry in entries]


def until(met: Callable[[], bool]) -> None:
    """Return when something has happened, or fail."""
    end = time.monotonic() + PATIENCE_SECS
    while not met():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


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

    assert rest(raw(api, "POST", b"x" * (1 << 22))) == b""


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
    connections = [raw(api, "GET") for _ in range(3)]
    until(lambda: api.fault_hits() == [3])
    stopping = threading.Thread(target=api.stop, daemon=True)

    stopping.start()
    stopping.join(PATIENCE_SECS)

    assert not stopping.is_alive()
    assert all(b'"data"' not in rest(one) for one in connections)
    assert (capfd.readouterr(), caplog.records) == (("", ""), [])
