"""No web page reaches the emulator through the browser of the person who runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.emulator.client import PATH, data
from tests.emulator.sockets import rest, sent

if TYPE_CHECKING:
    from pulumi_telnyx.emulator import EmulatorServer
    from tests.emulator.client import Client

CONTROLS = [
    ("POST", "/reset"),
    ("GET", "/connections"),
    ("PATCH", "/settings"),
    ("POST", "/faults"),
    ("DELETE", "/requests"),
]


@pytest.mark.parametrize(("method", "path"), CONTROLS)
@pytest.mark.parametrize(
    "origin", ["https://example.com", "null", "http://localhost:1", "http://127.0.0.1", ""]
)
def test_control_paths_refuse_requests_of_web_pages(
    client: Client, method: str, path: str, origin: str
) -> None:
    """Even of other programs on this machine: they need no key."""
    client.created()

    answer = client.control(method, path, json={}, headers={"Origin": origin})

    assert (answer.status_code, answer.text) == (403, "control paths cannot be used from web pages")
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(client.control("GET", "/connections").json()["connections"]) == 1
    assert len(client.control("GET", "/requests").json()["requests"]) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LocalHost"])
def test_control_paths_take_the_emulators_own_origin(client: Client, api: EmulatorServer, host: str) -> None:
    """By whatever name it was called."""
    own = f"{host}:{urlsplit(api.url).port}"

    answer = client.control("GET", "/health", headers={"Host": own, "Origin": f"http://{own.lower()}"})

    assert answer.status_code == 200


def test_the_api_does_not_mind_an_origin(client: Client) -> None:
    """It asks for a key, which a page does not have."""
    assert client.send("GET", PATH, headers={"Origin": "https://example.com"}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "example.com:{port}",
        "localhost.example.com:{port}",
        "127.0.0.1.example.com",
        "10.0.0.1:{port}",
        "0.0.0.0:{port}",
        "[::]:{port}",
        "localhost:{port}:1",
        "user@localhost",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/v2" + PATH, "/_emulator/connections", "/elsewhere"])
def test_a_host_that_is_not_this_machine_is_refused(
    client: Client, api: EmulatorServer, host: str, path: str
) -> None:
    """A page whose own name was given our address would otherwise read our answers."""
    client.created()

    answer = client.send("GET", f"/..{path}", headers={"Host": host.format(port=urlsplit(api.url).port)})

    assert answer.status_code == 421
    assert answer.text == "the Host header must name this machine: 127.0.0.1 or localhost"
    assert len(client.control("GET", "/requests").json()["requests"]) == 1


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:{port}", "127.0.0.1", "127.1.2.3:{port}", "[::1]:{port}"]
)
def test_a_host_that_is_this_machine_is_taken(client: Client, api: EmulatorServer, host: str) -> None:
    """With the port or, through a tunnel, another one or none."""
    found = client.created()
    headers = {"Host": host.format(port=urlsplit(api.url).port)}

    assert data(client.send("GET", f"{PATH}/{found['id']}", headers=headers)) == found


def test_a_client_too_old_for_hosts_is_served(client: Client, api: EmulatorServer) -> None:
    """No browser is."""
    assert rest(sent(api, "GET /_emulator/health HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
