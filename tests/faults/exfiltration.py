"""G8: key and passwords go to the configured origin, and nowhere else.

Redirects, proxy variables, ~/.netrc, base URLs that mean another host than they seem to, certificates that
nobody vouches for: each is tried with every operation, and whoever must get nothing counts what arrives.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import requests
from pulumi.dynamic import Config

from pulumi_telnyx import plugin, plugin_errors
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.errors import SettingsError, TelnyxError, TransportError
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.leaks import find
from pulumi_telnyx.settings import load_settings
from tests.scripted_server import KEY, FakeClock, Reply, ScriptedServer

from .figure import Figure, main
from .hostile_urls import FOREIGN, HOSTILE, SECRET_PART, USABLE
from .hosts import EvilHost, Proxy, TlsServer, certificate
from .surroundings import environ, forget_the_callers, sockets

PASSWORD = "fake-password-on-its-way"
BODY = {"connection_name": "Front desk", "user_name": "frontdesk1", "password": PASSWORD}
OPERATIONS: dict[str, Callable[[CredentialConnections], object]] = {
    "POST": lambda api: api.create(BODY),
    "GET": lambda api: api.retrieve("1"),
    "GET of a list": lambda api: list(api.list()),
    "PATCH": lambda api: api.update("1", {"password": PASSWORD}),
    "DELETE": lambda api: api.delete("1"),
}
REDIRECTS = (301, 302, 303, 307, 308)
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
# What switches verification off elsewhere, or sounds as if it did.
SWITCHES: tuple[dict[str, str], ...] = (
    {},
    {"REQUESTS_CA_BUNDLE": ""},
    {"CURL_CA_BUNDLE": ""},
    {"REQUESTS_CA_BUNDLE": "false"},
    {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"},
    {"CURL_CA_BUNDLE": "0"},
    {"PYTHONHTTPSVERIFY": "0"},
    {"SSL_NO_VERIFY": "1", "GIT_SSL_NO_VERIFY": "true", "NODE_TLS_REJECT_UNAUTHORIZED": "0"},
    {"TELNYX_VERIFY": "false", "TELNYX_VERIFY_SSL": "0", "TELNYX_INSECURE": "1"},
)
SWITCHES_OF_A_STACK = {"telnyx:insecure": "true", "telnyx:verify": "false", "telnyx:verifySsl": "false"}
# What a proxy may answer to CONNECT in place of making a tunnel; the last one pretends to have made it.
NO_TUNNELS = (
    b"HTTP/1.1 302 Found\r\nLocation: http://localhost:EVIL/\r\nContent-Length: 0\r\n\r\n",
    b'HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n',
    b"nonsense\r\n\r\n",
    b"",
    b"HTTP/1.1 200 Connection established\r\n\r\n",
)


def measure(quick: bool, folder: Path) -> Figure:
    """Return how much reached whom; it is quick enough to have no shorter selection."""
    figure = Figure("G8: key and passwords go to the configured origin and nowhere else")
    netrc = folder / "netrc"
    netrc.write_text("machine localhost login a password b\nmachine 127.0.0.1 login a password b\n")
    with environ():
        forget_the_callers()
        # The debug switch keeps `configure` from shortening the traces of this process.
        os.environ.update({"NETRC": str(netrc), plugin_errors.DEBUG_VARIABLE: "1"})
        _hostile_urls(figure)
        bearing = Bearing()
        with closing(ScriptedServer()) as api:
            _netrc(figure, api)
            _redirects(figure, "http", api, bearing)
            _http_proxies(figure, api, bearing)
        pem = certificate(folder)
        if pem is None:
            figure.count("TLS", "not measured: there is no openssl that can make a certificate")
        else:
            with closing(TlsServer(pem)) as api:
                with environ(REQUESTS_CA_BUNDLE=str(pem)):
                    _redirects(figure, "https", api, bearing)
                    _https_proxies(figure, api, bearing)
                _certificates(figure, api, pem, bearing)
    figure.expect("requests that went out", bearing.requests, bearing.requests > 0, "above 0")
    figure.expect("requests without our Bearer", bearing.others, bearing.others == 0, "0")
    return figure


class Bearing:
    """Counts the requests that reached the origin, and those that did not carry the key as our Bearer."""

    def __init__(self) -> None:
        self.requests = self.others = 0

    def take(self, server: ScriptedServer) -> list[str]:
        """Count what the server received, forget it, and return the paths."""
        received, server.received = server.received, []
        self.requests += len(received)
        self.others += sum(each.headers.get("authorization") != f"Bearer {KEY}" for each in received)
        return [each.path for each in received]


def _hostile_urls(figure: Figure) -> None:
    """Set each URL as an operator, and as a stack file beside its own key; foreign ones beside ours."""
    tries: list[tuple[dict[str, str], dict[str, str]]] = [
        # An environment cannot hold a NUL.
        *(({"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": url}, {}) for url in HOSTILE if "\0" not in url),
        *(({}, {"telnyx:apiKey": KEY, "telnyx:baseUrl": url}) for url in HOSTILE),
        *(({"TELNYX_API_KEY": KEY}, {"telnyx:baseUrl": url}) for url in (*HOSTILE, *FOREIGN)),
    ]
    with sockets() as opened:
        for variables, config in tries:
            try:
                with environ(**variables):
                    plugin.start(Config(config, "stories"))
            except SettingsError as error:
                text = str(error)
                if not text.isprintable() or SECRET_PART in text or KEY in text:
                    figure.fail(f"the refusal of {variables}, {config} shows what it must not: {text!r}")
            except ValueError as error:
                figure.fail(f"{variables}, {config} got through to where it failed with {error!r}")
            else:
                figure.fail(f"{variables}, {config} was accepted")
        figure.count("hostile URLs", len(HOSTILE) + len(FOREIGN))
        figure.count("hostile settings", len(tries))
        figure.expect("sockets opened for them", len(opened), not opened, "0")
    for url in USABLE:
        try:
            load_settings({"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": url})
        except SettingsError as error:
            figure.fail(f"{url!r} is usable and was refused: {error}")
    with closing(ScriptedServer()) as api, sockets() as opened:
        _attempt(api, "GET")
        figure.expect("sockets of a usable URL", len(opened), bool(opened), "above 0")


def _netrc(figure: Figure, api: ScriptedServer) -> None:
    """Show that the ~/.netrc of all that follows would replace a key that is sent otherwise than ours."""
    requests.get(api.origin, headers={"Authorization": f"Bearer {KEY}"}, timeout=10)
    naive = Bearing()
    naive.take(api)
    figure.expect("a naive client loses its Bearer to ~/.netrc", naive.others, naive.others == 1, "1")


def _redirects(figure: Figure, scheme: str, api: ScriptedServer, bearing: Bearing) -> None:
    """Redirect each operation: within the host, to another port, to another host, and to plain http."""
    cases = followed = 0
    with EvilHost() as evil:
        targets = {
            "same host": "/elsewhere",
            "same host, in full": f"{api.origin}/elsewhere",
            "other port": f"{api.origin.rpartition(':')[0]}:{evil.port}/v2",
            "other host": f"//{'localhost' if scheme == 'http' else '127.0.0.1'}:{evil.port}/v2",
            "plain http": f"http://127.0.0.1:{evil.port}/v2",
        }
        for target, location in targets.items():
            for status, operation in itertools.product(REDIRECTS, OPERATIONS):
                api.replies = [Reply(status, b"", {"Location": location})]
                failure = _attempt(api, operation)
                cases += 1
                paths = bearing.take(api)
                followed += len(paths) != 1 or "elsewhere" in paths[0]
                if not isinstance(failure, TransportError) or "with a redirect" not in str(failure):
                    figure.fail(f"{scheme} {operation}: {status} to {target} ended with {failure!r}")
                    # The others would fail alike, and each may take its time.
                    break
        visits = len(evil.visits)
        api.replies = [Reply(307, b"", {"Location": targets["plain http"]})]
        requests.post(api.origin, json=BODY, timeout=10, verify=os.environ.get("REQUESTS_CA_BUNDLE", True))
        api.received = []
    astray = PASSWORD.encode() in evil.content
    figure.expect(f"{scheme}: a naive client is led astray", astray, astray, "true")
    figure.count(f"{scheme}: redirects", cases)
    figure.expect(f"{scheme}: redirects followed within the host", followed, followed == 0, "0")
    figure.expect(f"{scheme}: requests at the evil host", visits, visits == 0, "0")


def _http_proxies(figure: Figure, api: ScriptedServer, bearing: Bearing) -> None:
    """Name a proxy for everything: plain http, which it could read, must not pass it."""
    with Proxy() as proxy, environ(**_proxied(proxy)):
        _succeed(figure, api)
        arrived, wanted = len(bearing.take(api)), len(OPERATIONS)
        figure.expect("http: requests past the proxy", arrived, arrived == wanted, str(wanted))
        figure.expect("http: requests at the proxy", len(proxy.visits), not proxy.visits, "0")
        requests.get(api.origin, timeout=10)
        figure.expect("http: a naive client uses the proxy", len(proxy.visits), len(proxy.visits) == 1, "1")


def _https_proxies(figure: Figure, api: ScriptedServer, bearing: Bearing) -> None:
    """Name a proxy for https: it sees where we go, and not what we say."""
    with Proxy() as proxy, environ(**_proxied(proxy)):
        _succeed(figure, api)
        arrived = len(bearing.take(api))
    connects = sum(visit.startswith(b"CONNECT localhost:") for visit in proxy.visits)
    shown = find(proxy.content, {"key": KEY, "password": PASSWORD})
    named = sum(b"Proxy-Authorization" in visit for visit in proxy.visits)
    wanted = len(OPERATIONS)
    figure.expect("https: requests through the proxy", arrived, arrived == wanted, str(wanted))
    figure.expect("https: CONNECTs", connects, 0 < connects == len(proxy.visits), "every connection, above 0")
    figure.expect("https: secrets at the proxy", len(shown), not shown, "0")
    figure.expect("https: ~/.netrc sent to the proxy", named, named == 0, "0")
    with EvilHost() as evil:
        heard = b""
        for answer in NO_TUNNELS:
            with (
                Proxy(answer.replace(b"EVIL", str(evil.port).encode())) as proxy,
                environ(**_proxied(proxy)),
            ):
                for operation in OPERATIONS:
                    if not isinstance(_attempt(api, operation), TransportError):
                        figure.fail(f"{operation} got through a proxy that answers {answer!r}")
            heard += proxy.content
            if not proxy.visits:
                figure.fail(f"nobody came to the proxy that answers {answer!r}")
        arrived = len(bearing.take(api))
        figure.expect("https: requests past a refusing proxy", arrived, arrived == 0, "0")
        shown = find(heard, {"key": KEY, "password": PASSWORD})
        figure.expect("https: secrets at a refusing proxy", len(shown), not shown, "0")
        figure.expect("https: visits where it points", len(evil.visits), not evil.visits, "0")


def _certificates(figure: Figure, api: ScriptedServer, pem: Path, bearing: Bearing) -> None:
    """Answer with a certificate that nobody vouches for, whatever is set; then name the one who does."""
    by_address = api.origin.replace("localhost", "127.0.0.1")
    refused = 0
    tries: list[tuple[dict[str, str], dict[str, str], str]] = [
        *((switches, {}, api.origin) for switches in SWITCHES),
        ({}, SWITCHES_OF_A_STACK, api.origin),
        ({"REQUESTS_CA_BUNDLE": str(pem)}, {}, by_address),
    ]
    for switches, config, origin in tries:
        with environ(**switches):
            for operation in OPERATIONS:
                failure = _attempt(api, operation, origin=origin, config=config)
                if isinstance(failure, TransportError) and "no trusted TLS connection" in str(failure):
                    refused += 1
                else:
                    figure.fail(f"{operation} with {switches or config} at {origin} ended with {failure!r}")
    figure.count("https: untrusted certificates refused", refused)
    arrived = len(bearing.take(api))
    figure.expect("https: requests after that", arrived, arrived == 0, "0")
    with environ(REQUESTS_CA_BUNDLE=str(pem)):
        _succeed(figure, api)
    arrived, wanted = len(bearing.take(api)), len(OPERATIONS)
    figure.expect("https: requests with REQUESTS_CA_BUNDLE", arrived, arrived == wanted, str(wanted))


def _succeed(figure: Figure, api: ScriptedServer) -> None:
    """Do every operation once, with an API that plays along."""
    for operation in OPERATIONS:
        api.replies = [Reply(body=b'{"data": []}') if "list" in operation else Reply()]
        if failure := _attempt(api, operation):
            figure.fail(f"{operation} failed: {failure}")


def _attempt(
    api: ScriptedServer, operation: str, *, origin: str = "", config: dict[str, str] | None = None
) -> TelnyxError | None:
    """Return how the operation failed, in a process of its own as far as connections go."""
    with environ(TELNYX_API_KEY=KEY, TELNYX_BASE_URL=f"{origin or api.origin}/v2"):
        settings = load_settings(os.environ, (config or {}).get)
    key = settings.api_key.get_secret_value()
    transport = Transport(settings.base_url, key, clock=FakeClock().clock())
    try:
        OPERATIONS[operation](CredentialConnections(transport))
    except TelnyxError as error:
        return error
    finally:
        transport._session().close()
    return None


def _proxied(proxy: EvilHost) -> dict[str, str]:
    url = f"http://127.0.0.1:{proxy.port}"
    return {name: url for each in PROXY_VARIABLES for name in (each, each.lower())}


if __name__ == "__main__":
    main(measure)
