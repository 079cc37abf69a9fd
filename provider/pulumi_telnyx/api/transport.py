"""One HTTP exchange with the API: authentication, deadlines, retries, and the border for foreign errors."""

from __future__ import annotations

import platform
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import requests.auth
import urllib3.exceptions

from .answers import TRANSIENT_STATUSES, Answer, content_of, error_of
from .errors import ApiError, TransportError

CONNECT_TIMEOUT_SECS: Final = 5.0
READ_TIMEOUT_SECS: Final = 30.0
DEADLINE_SECS: Final = 120.0
MAX_TRIES: Final = 5
BACKOFF_FIRST_SECS: Final = 0.5
BACKOFF_LAST_SECS: Final = 8.0
# A server that asks for more than a minute gets our own backoff: a run must not hang on one header.
MAX_SERVER_WAIT_SECS: Final = 60.0
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024

_PIECE_BYTES: Final = 64 * 1024
_IDEMPOTENT = frozenset({"GET", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Clock:
    """Time as the transport sees it, so that a test can count waits instead of sitting through them."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


class Transport:
    """Sends requests to one origin with one key. Safe to share between threads.

    Args:
        base_url: checked by `settings`; the key goes to this origin and to no other.
        api_key: sent as a bearer token, never printed.
        clock: replaced in tests.
        deadline_secs: the most that one call may take, waits and repeated tries included.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        clock: Clock | None = None,
        deadline_secs: float = DEADLINE_SECS,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._host = urlsplit(base_url).netloc
        self._api_key = api_key
        self._clock = clock or Clock()
        self._deadline_secs = deadline_secs
        # One session a thread: requests does not promise that a session can be shared.
        self._local = threading.local()

    def call(
        self,
        action: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        secrets: Iterable[str] = (),
    ) -> dict[str, Any]:
        """Return the JSON object that the API answered with.

        GET, PATCH and DELETE are repeated after `TRANSIENT_STATUSES` and connection errors, at most
        `MAX_TRIES` times; POST only where the API cannot have acted on it: no connection was made, or it
        answered 429.

        Args:
            action: what is tried, for messages: `create credential connection 'Front desk'`.
            method: the HTTP method.
            path: below the base URL, with a leading slash.
            query: query parameters.
            body: what to send as JSON.
            secrets: values that no message may repeat, besides the key and a password in the body.

        Raises:
            ApiError: the API answered with an error; the subclass says which.
            TransportError: no readable answer before the deadline.
        """
        hidden = self._secrets_of(body) | {*secrets}
        until = self._clock.monotonic() + self._deadline_secs
        tries = 0
        while True:
            tries += 1
            headers: Mapping[str, str] = {}
            try:
                answer = self._send(action, method, path, query, body, until)
                if answer.ok:
                    return content_of(action, answer, hidden)
                headers = answer.headers
                raise error_of(action, answer, hidden)
            except (ApiError, TransportError) as error:
                wait = self._wait(tries, headers)
                out_of_time = self._clock.monotonic() + wait >= until
                if tries == MAX_TRIES or out_of_time or not _may_repeat(method, error):
                    raise
            self._clock.sleep(wait)

    def _send(
        self,
        action: str,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        until: float,
    ) -> Answer:
        left = until - self._clock.monotonic()
        try:
            with self._session().request(
                method,
                f"{self._base_url}{path}",
                params=query,
                json=body,
                # A redirect would carry the password in the body to another host, or turn a POST into a GET.
                allow_redirects=False,
                timeout=(min(CONNECT_TIMEOUT_SECS, left), min(READ_TIMEOUT_SECS, left)),
                stream=True,
            ) as response:
                content = self._read(action, response, until)
                return Answer(self._host, response.status_code, response.headers, content)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            # `from None`: the engine prints whole chains.
            raise _translated(action, self._host, error) from None

    def _read(self, action: str, response: requests.Response, until: float) -> bytes:
        # Read piece by piece: a read time-out alone never ends an answer that drips in byte by byte.
        # urllib3 1 cannot do that: there, only the read time-out guards.
        read = getattr(response.raw, "read1", response.raw.read)
        pieces = bytearray()
        while piece := read(_PIECE_BYTES, decode_content=True):
            pieces += piece
            if len(pieces) > MAX_ANSWER_BYTES or self._clock.monotonic() > until:
                raise TransportError(
                    f"{action}: the answer of {self._host} is too long or too slow; try again later",
                    sent=True,
                )
        return bytes(pieces)

    def _wait(self, tries: int, headers: Mapping[str, str]) -> float:
        """Seconds until the next try: what the server asks for, else full-jitter exponential backoff."""
        asked = _asked_wait_secs(headers, self._clock.wall())
        if asked is not None:
            return asked
        ceiling: float = min(BACKOFF_LAST_SECS, BACKOFF_FIRST_SECS * 2 ** (tries - 1))
        return self._clock.jitter() * ceiling

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            # Plain http goes to this machine only, never to a proxy that would see key and passwords.
            session.trust_env = self._base_url.lower().startswith("https:")
            # An `auth` object, and not a header: requests would replace the header by a ~/.netrc entry.
            session.auth = _BearerAuth(self._base_url, self._api_key)
            session.headers.update({"Accept": "application/json", "User-Agent": user_agent()})
        return session

    def _secrets_of(self, body: Mapping[str, Any] | None) -> frozenset[str]:
        password = (body or {}).get("password")
        return frozenset({self._api_key, password} if isinstance(password, str) else {self._api_key})


class _BearerAuth(requests.auth.AuthBase):
    """Adds the key to requests for the configured origin, and to no other."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._origin = _origin(base_url)
        self._api_key = api_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if _origin(request.url or "") == self._origin:
            request.headers["Authorization"] = f"Bearer {self._api_key}"
        return request


def user_agent() -> str:
    """Return the User-Agent header: our version, the Pulumi SDK's and Python's, nothing of the machine."""
    ours, sdk = _version("pulumi-telnyx"), _version("pulumi")
    return f"pulumi-telnyx/{ours} pulumi-sdk/{sdk} python/{platform.python_version()}"


def _may_repeat(method: str, error: ApiError | TransportError) -> bool:
    if isinstance(error, ApiError):
        return error.status == HTTPStatus.TOO_MANY_REQUESTS or (
            method in _IDEMPOTENT and error.status in TRANSIENT_STATUSES
        )
    return error.transient and (method in _IDEMPOTENT or not error.sent)


def _translated(action: str, host: str, error: Exception) -> TransportError:
    """Return our error for a foreign one, without its text: that may hold the key or a body."""
    sent, transient = False, True
    if isinstance(error, requests.exceptions.SSLError):
        transient = False
        what = "no trusted TLS connection; check the host, or name your CA bundle in REQUESTS_CA_BUNDLE"
    elif isinstance(error, requests.exceptions.ProxyError):
        what = "the proxy refused the connection; check HTTPS_PROXY and NO_PROXY"
    elif isinstance(error, requests.exceptions.ConnectTimeout) or _never_connected(error):
        what = "no connection; check that this host can be reached from here, then run again"
    elif isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError):
        sent = True
        what = "no answer in time; check the network, then run again"
    else:
        sent = True
        what = "the connection broke before the answer was complete; check the network, then run again"
    return TransportError(f"{action}: {host}: {what}", sent=sent, transient=transient)


def _never_connected(error: Exception) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), urllib3.exceptions.NewConnectionError)


def _asked_wait_secs(headers: Mapping[str, str], now: float) -> float | None:
    """Return the wait that the server asks for, or None when it asks for none that makes sense."""
    for name in ("Retry-After", "x-ratelimit-reset"):
        text = headers.get(name, "").strip()
        if not text or (name == "x-ratelimit-reset" and headers.get("x-ratelimit-remaining", "0") != "0"):
            continue
        try:
            wait = float(text)
        except ValueError:
            try:
                wait = parsedate_to_datetime(text).timestamp() - now
            except ValueError:
                continue
        if 0 < wait <= MAX_SERVER_WAIT_SECS:
            return wait
    return None


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return (parts.scheme, (parts.hostname or "").lower(), port)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"
