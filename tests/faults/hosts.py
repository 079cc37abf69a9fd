"""Hosts that no request, or no key, may reach: they note every byte that arrives."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.scripted_server import ScriptedServer

_PATIENCE_SECS = 20
_MOST_BYTES = 1 << 20
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
)


class EvilHost:
    """Listens on loopback and answers whoever comes with success, so that nobody has a reason to stop."""

    def __init__(self) -> None:
        self.visits: list[bytes] = []
        """The bytes of each connection that was made, in the order in which they began."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._guests: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def content(self) -> bytes:
        """Every byte that arrived."""
        with self._lock:
            return b"\n".join(self.visits)

    def close(self) -> None:
        """Stop listening, and wait for the connections that are left."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for guest in self._guests:
            guest.join()

    def __enter__(self) -> EvilHost:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _listen(self) -> None:
        while True:
            try:
                guest, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.visits.append(b"")
                number = len(self.visits) - 1
            guest.settimeout(_PATIENCE_SECS)
            thread = threading.Thread(target=self._serve, args=(guest, number))
            self._guests.append(thread)
            thread.start()

    def _serve(self, guest: socket.socket, number: int) -> None:
        with guest:
            try:
                self._host(guest, number)
            except OSError:
                return

    def _host(self, guest: socket.socket, number: int) -> None:
        self._head(guest, number)
        guest.sendall(_ANSWER)
        self._drain(guest, number)

    def _head(self, guest: socket.socket, number: int) -> bytes:
        """Return what arrives up to the end of the headers."""
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _MOST_BYTES and (piece := guest.recv(4096)):
            head += piece
            self._note(number, piece)
        return head

    def _drain(self, guest: socket.socket, number: int) -> None:
        guest.shutdown(socket.SHUT_WR)
        while len(self.visits[number]) < _MOST_BYTES and (piece := guest.recv(4096)):
            self._note(number, piece)

    def _note(self, number: int, piece: bytes) -> None:
        with self._lock:
            self.visits[number] += piece


class Babbler(EvilHost):
    """An HTTP server that breaks the protocol, and repeats the request while it does.

    Args:
        answer: what it sends, with `HEARD` where the request's headers and body go, in one line.
    """

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        super().__init__()

    def _host(self, guest: socket.socket, number: int) -> None:
        head, _, body = self._head(guest, number).partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and len(body) < int(length[1]) and (piece := guest.recv(4096)):
            body += piece
            self._note(number, piece)
        heard = head.replace(b"\r\n", b" ") + b" " + body
        guest.sendall(self._answer.replace(b"HEARD", heard))


class Proxy(EvilHost):
    """An HTTP proxy for CONNECT.

    Args:
        refusal: what it answers in place of making a tunnel; it may pretend to have made one.
    """

    def __init__(self, refusal: bytes | None = None) -> None:
        self._refusal = refusal
        super().__init__()

    def _host(self, guest: socket.socket, number: int) -> None:
        method, target, _ = self._head(guest, number).split(b"\r\n", 1)[0].split(b" ", 2)
        if self._refusal is not None or method != b"CONNECT":
            guest.sendall(_ANSWER if self._refusal is None else self._refusal)
            self._drain(guest, number)
            return
        port = int(target.rpartition(b":")[2])
        # Whatever the name is: nothing leaves this machine.
        with socket.create_connection(("127.0.0.1", port), _PATIENCE_SECS) as api:
            guest.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self._pass_on, args=(api, guest, number))
            back.start()
            self._pass_on(guest, api, number)
            back.join()

    def _pass_on(self, source: socket.socket, target: socket.socket, number: int) -> None:
        try:
            while piece := source.recv(65536):
                self._note(number, piece)
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


class TlsServer(ScriptedServer):
    """A scripted server that speaks TLS, as `localhost` and nothing else.

    Args:
        certificate: made by `certificate`.
    """

    def __init__(self, certificate: Path) -> None:
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        http = self._http
        # The handshake belongs to the thread of its connection: one that never ends must hold up nobody.
        http.socket = context.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
        http.handle_error = _ignored  # type: ignore[method-assign]

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"https://localhost:{self._http.server_address[1]}"


def _ignored(request: Any, client_address: Any) -> None:
    """Print nothing of clients that refuse the certificate: they are meant to."""
    assert isinstance(sys.exc_info()[1], OSError)


_OPENSSL = """
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = localhost
[extensions]
subjectAltName = DNS:localhost
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign
subjectKeyIdentifier = hash
"""


def certificate(folder: Path) -> Path | None:
    """Return a new key and certificate for `localhost`, its own authority; None without an `openssl`."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    config, key, pem = folder / "openssl.cnf", folder / "key.pem", folder / "localhost.pem"
    config.write_text(_OPENSSL)
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key)
    made = subprocess.run(
        [openssl, "req", "-x509", "-config", config, *new_key, "-out", pem, "-days", "1"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    if made.returncode:
        return None
    pem.write_bytes(key.read_bytes() + pem.read_bytes())
    return pem
