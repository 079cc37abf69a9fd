"""The HTTP session: whom the key is sent to, and reads that end at the deadline of the call."""

from __future__ import annotations

import io
import logging
import platform
import socket
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, cast
from urllib.parse import urlsplit

import requests
import requests.adapters
import requests.auth
import urllib3
from urllib3.connectionpool import ConnectionPool


def new_session(base_url: str, api_key: str, left_secs: Callable[[], float]) -> requests.Session:
    """Return a session for one thread.

    Args:
        base_url: the key is sent to its scheme, host and port and to no other.
        api_key: sent as a bearer token.
        left_secs: how many seconds the thread's present call has left; every read of an answer, headers
            included, ends with it. A read time-out alone never ends an answer that drips in byte by byte.
    """
    session = requests.Session()
    # Plain http goes to this machine only, never to a proxy that would see key and passwords.
    session.trust_env = base_url.lower().startswith("https:")
    # An `auth` object, and not a header: requests would replace the header by a ~/.netrc entry.
    session.auth = _BearerAuth(base_url, api_key)
    session.headers.update({"Accept": "application/json", "User-Agent": user_agent()})
    adapter = _DeadlineAdapter(left_secs)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def user_agent() -> str:
    """Return the User-Agent header: our version, the Pulumi SDK's and Python's, nothing of the machine."""
    ours, sdk = _version("pulumi-telnyx"), _version("pulumi")
    return f"pulumi-telnyx/{ours} pulumi-sdk/{sdk} python/{platform.python_version()}"


def _quotes_nothing(record: logging.LogRecord) -> bool:
    """Let a log record pass, without the lines of an answer that urllib3 quotes where headers are broken."""
    if record.exc_info:
        record.msg, record.args, record.exc_info = "The headers of an answer are broken", (), None
    return True


# Whoever logs what libraries say would log what an answer repeats: the key, or a password.
logging.getLogger("urllib3.connection").addFilter(_quotes_nothing)


class _BearerAuth(requests.auth.AuthBase):
    """Adds the key to requests for the configured origin, and to no other."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._origin = _origin(base_url)
        self._api_key = api_key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if _origin(request.url or "") == self._origin:
            request.headers["Authorization"] = f"Bearer {self._api_key}"
        return request


class _DeadlineAdapter(requests.adapters.HTTPAdapter):
    """Repeats nothing by itself, and makes connections whose reads end with the call."""

    def __init__(self, left_secs: Callable[[], float]) -> None:
        self._left_secs = left_secs
        super().__init__(max_retries=urllib3.Retry(0, read=False))

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> ConnectionPool:
        """Return the pool, which makes our kind of connections from now on."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        kind = type(pool).ConnectionCls
        # Not the adapter: a connection that knew it would keep its own pool alive, and would never be closed.
        left_secs = self._left_secs

        def timed(*args: Any, **kwargs: Any) -> Any:
            connection = kind(*args, **kwargs)
            plain = connection.response_class
            connection.response_class = lambda sock, *args, **kwargs: plain(
                _TimedSocket(sock, left_secs), *args, **kwargs
            )
            return connection

        pool.ConnectionCls = timed
        return cast("ConnectionPool", pool)


class _TimedSocket:
    """What an HTTP response needs of a socket: the file that it reads from."""

    def __init__(self, sock: socket.socket, left_secs: Callable[[], float]) -> None:
        self._sock = sock
        self._left_secs = left_secs

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedFile(self._sock, self._left_secs))


class _TimedFile(io.RawIOBase):
    def __init__(self, sock: socket.socket, left_secs: Callable[[], float]) -> None:
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)
        self._left_secs = left_secs

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        own = self._sock.gettimeout()
        left = self._left_secs()
        if left <= 0:
            # Also while bytes keep coming: what floods in without an end must end too.
            raise TimeoutError
        self._sock.settimeout(left if own is None else min(own, left))
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return (parts.scheme, (parts.hostname or "").lower(), port)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"
