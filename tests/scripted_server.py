"""A real HTTP server on loopback that answers as a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pulumi_telnyx.api.clock import Clock

KEY = "KEY-unit-test-not-a-secret"


@dataclass
class Reply:
    """One prepared answer; `drip_secs` sends its body a byte at a time, `drop` sends nothing at all."""

    status: int = 200
    body: bytes = b'{"data": {"id": "1"}}'
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    drip_secs: float = 0
    drop: bool = False


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]


class ScriptedServer:
    """Hands out replies in order, then the last one for ever."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [Reply()]
        self.received: list[Received] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in two small packets would wait for each other, 40 ms a time.
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.received.append(Received(self.command, self.path, headers, body, self.client_address))
                reply = server.replies.pop(0) if len(server.replies) > 1 else server.replies[0]
                if reply.drop:
                    self.close_connection = True
                    return
                # Without the real time, of which a test's clock knows nothing.
                self.send_response_only(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if not reply.drip_secs:
                    self.wfile.write(reply.body)
                    return
                for byte in reply.body:
                    time.sleep(reply.drip_secs)
                    try:
                        self.wfile.write(bytes([byte]))
                    except OSError:
                        return

            do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - the base class looks for these

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class FakeClock:
    """Time that passes only while somebody sleeps, plus what a test adds."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.waits: list[float] = []

    def sleep(self, secs: float) -> None:
        self.waits.append(secs)
        self.now += secs

    def clock(self) -> Clock:
        return Clock(
            monotonic=lambda: self.now,
            wall=lambda: 1_700_000_000.0 + self.now,
            sleep=self.sleep,
            jitter=lambda: 1.0,
        )


def errors(*items: dict[str, Any]) -> bytes:
    """Return an error body in the API's own envelope."""
    return json.dumps({"errors": list(items)}).encode()
