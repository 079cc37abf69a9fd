"""An HTTP server on loopback that is slower than any patience: it answers a byte at a time, for ever."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

_BYTE_SECS = 0.05
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

ANSWERS = {
    "status line": (b"", b"HTTP/1.1 200 O", b"K"),
    "headers": (_HEAD, b"X-Slow: ", b"a"),
    "body": (_HEAD + b"Content-Length: 1000000\r\n\r\n", b"{", b" "),
    "chunked body": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n", b"1\r\n \r\n"),
    "body without a length": (_HEAD + b"Connection: close\r\n\r\n", b"{", b" "),
}
"""What is sent at once, what then follows slowly, and what is repeated after it; by what is slow."""


class SlowServer:
    """Answers every request in one of the slow ways, until it is left.

    Args:
        what: a key of `ANSWERS`.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v2"

    def __enter__(self) -> SlowServer:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]  # a method
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                peer, _ = self._listener.accept()
            except (TimeoutError, OSError):
                continue
            self._start(self._drip, peer)

    def _drip(self, peer: socket.socket) -> None:
        at_once, slowly, repeated = ANSWERS[self._what]
        with peer, contextlib.suppress(OSError):
            peer.settimeout(1)
            peer.recv(65_536)
            peer.sendall(at_once)
            place = 0
            while not self._over.wait(_BYTE_SECS):
                later = place - len(slowly)
                peer.sendall(
                    slowly[place : place + 1]
                    if later < 0
                    else repeated[later % len(repeated) : later % len(repeated) + 1]
                )
                place += 1
