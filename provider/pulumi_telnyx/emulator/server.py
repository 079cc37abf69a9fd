"""The emulator as a running server: in a thread for tests, or in the foreground for the command."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

from .app import build_app
from .errors import EmulatorError, PortError
from .options import Options
from .state import State
from .wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType
    from typing import Any

    from .app import Layer
    from .faults import Fault

# Not a setting: without transport encryption and with control paths open, it must not leave this machine.
_HOST = "127.0.0.1"
# Longer than any test pauses. A server that closes an idle connection just as the client uses it again
# makes an error that nobody asked for.
_KEEP_ALIVE_SECS = 600
_BACKLOG = 2048
# What is still in flight when the emulator stops gets this long; then it is cut off with a plain 500.
_GRACE_SECS = 1


class EmulatorServer:
    """A Telnyx API on a port of this machine, until `stop`.

        with EmulatorServer() as api:
            requests.get(f"{api.url}/credential_connections", ...)

    Args:
        options: see `Options`; the default accepts `DEFAULT_API_KEY`.
        data: a data file that outlives the server; `None` keeps everything in memory.
        port: 0 takes any free one.
        clock: seconds since 1970, for timestamps and rate limits.
        layers: see `build_app`.
        faults: set at every start.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        data: Path | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        layers: Sequence[Layer] = (),
        faults: Sequence[Fault] = (),
    ) -> None:
        self._options = options or Options()
        self._data = data
        self._port = port
        self._clock = clock
        self._layers = layers
        self._faults = list(faults)
        self._state: State | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The API's base URL, version included."""
        return f"http://{_HOST}:{self._port}/v2"

    @property
    def control_url(self) -> str:
        """The base URL of the control paths."""
        return f"http://{_HOST}:{self._port}/_emulator"

    @property
    def page_url(self) -> str:
        """The address of the page for a browser."""
        return f"http://{_HOST}:{self._port}/"

    def start(self) -> None:
        """Return when requests are accepted.

        Raises:
            PortError: the port is taken, or not allowed.
            DataFileError: the data file cannot be used.
        """
        listener = _listener(self._port)
        try:
            self._state = State(self._options, self._data, self._clock)
        except BaseException:
            listener.close()
            raise
        for fault in self._faults:
            self._state.faults.add(fault)
        self._port = listener.getsockname()[1]
        self._server = _Server(
            uvicorn.Config(
                build_app(self._state, self._layers),
                log_config=None,
                access_log=False,
                lifespan="off",
                # Whatever else is installed: faults need to reach the connection.
                http=Wire,
                ws="none",
                # The journal sends the emulator's own date.
                date_header=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_SECS,
                timeout_graceful_shutdown=_GRACE_SECS,
                backlog=_BACKLOG,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="telnyx-emulator", daemon=True
        )
        self._thread.start()
        self._server.ready.wait()
        if not self._server.started:
            self.stop()
            raise EmulatorError("the server ended before it was ready")

    def stop(self) -> None:
        """Stop at once; a data file keeps what it has.

        The same server may be started again, and is then found at the same URL.
        """
        if self._thread is None or self._server is None or self._state is None:
            return
        self._server.should_exit = True
        self._thread.join()
        self._state.close()
        self._thread = self._server = self._state = None

    def configure(self, **changes: Any) -> None:
        """Change options while the server runs; requests already being answered keep the old ones.

        Raises:
            ValueError: an option is unknown, or its value is not allowed.
        """
        if self._state is None:
            self._options = self._options.changed(changes)
        else:
            self._state.configure(changes)

    def inject(self, *faults: Fault, seed: int | None = None) -> None:
        """Set faults from now on, until they are used up, cleared or reset, or the server stops.

        Args:
            faults: beside those that are set already.
            seed: where the random source behind `Fault.probability` begins anew; left out, it goes on.
        """
        if self._state is None:
            self._faults += faults
            return
        if seed is not None:
            self._state.faults.seed = seed
        for fault in faults:
            self._state.faults.add(fault)

    def clear_faults(self) -> None:
        """Forget all faults; requests that they have hit already end as they would have."""
        if self._state is None:
            self._faults.clear()
        else:
            self._state.faults.clear()

    def fault_hits(self) -> list[int]:
        """How many requests each fault has hit, in the order the faults were added."""
        return [0 for _ in self._faults] if self._state is None else self._state.faults.hits()

    def __enter__(self) -> EmulatorServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(server: EmulatorServer, announced: Callable[[str], AbstractContextManager[object]]) -> None:
    """Run a server until SIGINT or SIGTERM asks this process to end.

    Args:
        server: not started yet.
        announced: called with the URL; what it returns is open exactly while requests are accepted.

    Raises:
        EmulatorError: the server cannot start.
    """
    endings = {signal.SIGINT, signal.SIGTERM}
    # Blocked before the server's thread exists, which inherits that: the main thread alone takes them, by
    # waiting, and none can interrupt a start half done.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, endings)
    try:
        with server, announced(server.url):
            signal.sigwait(endings)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Server(uvicorn.Server):
    """Uvicorn that tells when it accepts requests, and stops without a traceback or an open connection."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        logging.getLogger("uvicorn.error").addFilter(_is_news)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until asked to end; whatever happens, nobody waits for ever."""
        try:
            super().run(sockets)
        finally:
            self.ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell the thread that waits for it."""
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and leave no connection open."""
        await super().shutdown(sockets)
        if self.server_state.tasks:
            # First the requests that were cut off, whose clients are told so.
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE_SECS)
        # One accepted just as the listener closed never hears of it, and would stay open with its socket.
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a log record is more than a request that was cut off because the emulator stops."""
    cut_off = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cut_off and "timeout graceful shutdown exceeded" not in str(record.msg)


def _listener(port: int) -> socket.socket:
    """Return a socket that listens on the port: known and ours before anything else starts."""
    # TCP by name: only then does asyncio turn Nagle's algorithm off, which costs 40 ms per answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Without it a restart would have to wait for connections of the last run to time out.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        # Now, since two sockets may be bound to one port as long as neither listens.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            reason = "is in use; stop what listens there"
        else:
            reason = f"cannot be used: {error.strerror}"
        raise PortError(
            f"port {port} {reason}, or choose another with --port (0 takes any free one)"
        ) from None
    return listener
