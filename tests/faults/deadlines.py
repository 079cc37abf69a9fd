"""Every call ends at its deadline, however the API fails to answer, and so does a whole `up`."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pulumi_telnyx.account import fingerprint_of
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.errors import TelnyxError
from pulumi_telnyx.api.transport import DEADLINE_SECS, Transport
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.closed_port import closed_port
from tests.engine.stack import LiveApi
from tests.scripted_server import KEY, FakeClock, errors
from tests.servicer import AbortedError, Engine

from . import stacks
from .figure import Figure, main
from .rpc import program
from .slow_server import ANSWERS, SlowServer

GRACE_SECS = 1.0
SHORT_SECS = 1.0
ID = "1293384261075731499"
STATE = {
    **program("desk"),
    "password_revision": 1.0,
    "key_fingerprint": fingerprint_of(KEY, "https://api.example.com/v2"),
}
OF_ANOTHER_KEY = {**STATE, "key_fingerprint": "0" * 12}

_EVER = 3600.0
_PAGE_SECS = 5.0
_OURS = re.compile(r"(Transport|RateLimit|UserNameTaken|Adoption|WrongAccount|Api)Error")
# What the plugin process does before anything else; there is no setting for the deadline.
_SHORTER = """
from pulumi_telnyx.api.transport import Transport
Transport.__init__.__kwdefaults__["deadline_secs"] = {secs}
"""

Call = Callable[[Engine, CredentialConnections], object]

CALLS: dict[str, Call] = {
    "create": lambda engine, _: engine.create(STATE),
    "create, a setting for updates": lambda engine, _: engine.create(
        {**STATE, "conversation_persistence": True}
    ),
    "adopt by id": lambda engine, _: engine.create({**STATE, "adopt": ID}),
    "adopt by user name": lambda engine, _: engine.create({**STATE, "adopt": "desktest"}),
    "read": lambda engine, _: engine.read(ID, STATE),
    "update": lambda engine, _: engine.update(ID, STATE, {**STATE, "active": False}),
    "delete": lambda engine, _: engine.delete(ID, STATE),
    "list": lambda _, api: list(api.list()),
    "look up": lambda _, api: api.find("desktest", connection_name="desk (test)"),
}
"""Every operation, and what they are made of."""

WITNESSES: dict[str, Call] = {
    f"{name} after a change of the key": lambda engine, _, name=name: _by_another_key(engine, name)  # type: ignore[misc]
    for name in ("read", "update", "delete")
}
"""Operations that have to find out first whether the key is of the right account."""


class Cell:
    """One call against one trouble.

    Args:
        name: trouble and call.
        url: where the trouble is.
        call: what is called.
        clock: a clock of its own where the waits are counted; None: real time.
        deadline_secs: of the call.
    """

    def __init__(
        self,
        name: str,
        url: str,
        call: Call,
        clock: FakeClock | None = None,
        deadline_secs: float = SHORT_SECS,
    ) -> None:
        self.name = name
        self.deadline_secs = deadline_secs
        self._call = call
        self._now: Callable[[], float] = (lambda: clock.now) if clock else time.monotonic
        self._api = CredentialConnections(
            Transport(
                url, DEFAULT_API_KEY, clock=clock.clock() if clock else None, deadline_secs=deadline_secs
            )
        )
        # Here and not in the thread: compiling the SDK's source is not safe in several at once.
        self._engine = Engine(self._api)

    def late_secs(self) -> tuple[float, str]:
        """Return how long after its deadline the call ended, and how."""
        began = self._now()
        outcome = "no error"
        try:
            self._call(self._engine, self._api)
        except (AbortedError, TelnyxError) as error:
            found = _OURS.search(f"{type(error).__name__}: {error}")
            outcome = found[0] if found else f"not one of our errors: {error}"
        return self._now() - began - self.deadline_secs, outcome


def measure(quick: bool, folder: Path) -> Figure:
    figure = Figure(f"every call ends at its deadline + {GRACE_SECS:.0f} s, an up of 20 at 5 deadlines")
    latest: dict[str, float] = {}
    with _troubles() as cells, ThreadPoolExecutor(20) as pool:
        figure.count("cells", len(cells))
        for cell, (late, outcome) in zip(cells, pool.map(Cell.late_secs, cells), strict=True):
            trouble = cell.name.partition(":")[0]
            latest[trouble] = max(latest.get(trouble, -_EVER), late)
            if late > GRACE_SECS:
                figure.fail(f"{cell.name} ended {late:.1f} s after its deadline of {cell.deadline_secs} s")
            # What was created is kept, with a warning, where the time is over before the rest is set.
            kept = cell.name == "limited first and last: create, a setting for updates"
            if not (outcome.endswith("Error") or (kept and outcome == "no error")):
                figure.fail(f"{cell.name}: {outcome}")
    for trouble, late in latest.items():
        figure.count(f"{trouble}: latest end, seconds after the deadline", round(late, 2))
    figure.expect(
        "latest end, seconds after the deadline",
        round(max(latest.values()), 2),
        max(latest.values()) <= GRACE_SECS,
        f"at most {GRACE_SECS}",
    )
    _ups(figure, folder / "short", 2.0)
    if not quick:
        _ups(figure, folder / "whole", None)
    return figure


def _by_another_key(engine: Engine, name: str) -> None:
    for number in range(30):
        engine.diff(str(number + 1), OF_ANOTHER_KEY, OF_ANOTHER_KEY)
    if name == "read":
        engine.read(ID, OF_ANOTHER_KEY)
    elif name == "update":
        engine.update(ID, OF_ANOTHER_KEY, {**OF_ANOTHER_KEY, "active": False})
    else:
        engine.delete(ID, OF_ANOTHER_KEY)


@contextmanager
def _troubles() -> Iterator[list[Cell]]:
    """Yield every cell while its trouble lasts."""
    cells: list[Cell] = []

    def add(trouble: str, url: str, *, counted: bool = False, deadline_secs: float = SHORT_SECS) -> None:
        for name, call in CALLS.items():
            clock = FakeClock() if counted else None
            cells.append(Cell(f"{trouble}: {name}", url, call, clock, deadline_secs))

    with ExitStack() as troubles:
        enter = troubles.enter_context
        hole = enter(EmulatorServer())
        hole.inject(Fault("timeout", times=None, secs=_EVER))
        add("black hole", hole.url)
        for what in ANSWERS:
            add(f"slow {what}", enter(SlowServer(what)).url)
        for told in ("retry-after", "retry-after-huge", "retry-after-nonsense", "x-ratelimit", "none"):
            limited = enter(EmulatorServer())
            limited.inject(Fault("rate_limit", times=None, secs=7, limit_headers=told))
            add(f"429 for ever, {told}", limited.url, counted=True, deadline_secs=DEADLINE_SECS)
        for secs in (SHORT_SECS, DEADLINE_SECS):
            refusing = f"http://127.0.0.1:{enter(closed_port())}/v2"
            add(f"refused for ever, deadline {secs:.0f} s", refusing, counted=True, deadline_secs=secs)
        for name, call in (CALLS | WITNESSES).items():
            if name not in {"create, a setting for updates", "adopt by id", "read", "update", "delete"}:
                clock = FakeClock()
                endless = enter(_endless_list(clock))
                cells.append(Cell(f"endless list: {name}", endless, call, clock, DEADLINE_SECS))
        cells += [_trouble_twice(enter(EmulatorServer()), name) for name in CALLS]
        yield cells


def _trouble_twice(server: EmulatorServer, name: str) -> Cell:
    """Return a call whose first part takes most of the deadline, and whose second part never ends."""
    settings = {"connection_name": "desk (test)", "user_name": "desktest", "tags": [STATE["ownership_mark"]]}
    planted = LiveApi(server).create(**settings) if "setting" not in name else ID
    first = "POST" if name.startswith("create") else "GET"
    last = "GET" if name in {"read", "list", "look up"} else "DELETE" if name == "delete" else "PATCH"
    server.inject(
        Fault("rate_limit", method=first, times=int(DEADLINE_SECS / 7) - 1, secs=7),
        Fault("rate_limit", method=last, times=None, secs=7),
    )
    call = CALLS[name]

    def with_id(engine: Engine, api: CredentialConnections) -> object:
        if name == "adopt by id":
            return engine.create({**STATE, "adopt": planted})
        return call(engine, api)

    return Cell(f"limited first and last: {name}", server.url, with_id, FakeClock(), DEADLINE_SECS)


@contextmanager
def _endless_list(clock: FakeClock) -> Iterator[str]:
    """Yield the URL of an API without connections that holds every user name, and whose list never ends."""
    pages = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            clock.now += _PAGE_SECS
            if self.command == "DELETE" or (self.command == "GET" and "?" not in self.path):
                self._send(404, errors({"code": "10005", "title": "Resource not found"}))
            elif self.command == "POST":
                taken = {"code": "10015", "title": "Bad Request", "source": {"pointer": "/user_name"}}
                self._send(422, errors(taken))
            else:
                row = {"id": str(next(pages)), "user_name": "another1", "created_at": "2026-01-01T00:00:00Z"}
                self._send(200, json.dumps({"data": [row]}).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response_only(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the base class looks for these

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: clients hang up when their time is over."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v2"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _ups(figure: Figure, folder: Path, deadline_secs: float | None) -> None:
    """Measure an `up` of 20 whose requests are never answered, one call at a time and all at once."""
    secs = deadline_secs or DEADLINE_SECS
    for flags in ((), ("-p", "20")) if deadline_secs is None else (("-p", "20"),):
        with stacks.emulator() as api:
            stack = stacks.new_stack(folder / f"up{len(flags)}", api)
            if deadline_secs is not None:
                seam = stack.folder / "seam"
                seam.mkdir()
                (seam / "sitecustomize.py").write_text(_SHORTER.format(secs=deadline_secs))
                stack.environ["PYTHONPATH"] = str(seam)
            stack.program(
                """
                for number in range(20):
                    CredentialConnection(f"desk{number}", password="correct-horse-7")
                """
            )
            api.server.inject(Fault("timeout", times=None, secs=_EVER))
            run = stack.try_up(*flags)
            # From the first request on: what the engine takes before it is none of the API's time.
            first = api._control("GET", "/requests")["requests"][0]["time"]
            took = time.time() - datetime.fromisoformat(first.replace("Z", "+00:00")).timestamp()
        name = f"up of 20{' at once' if flags else ''}, deadline {secs:.0f} s"
        met = took <= 5 * (secs + GRACE_SECS)
        ratio = round(took / secs, 2)
        figure.expect(f"{name}: deadlines it took", ratio, met, "at most 5, each with a second")
        if run.code == 0 or "whether it was created is not known" not in run.text:
            figure.fail(f"{name}: does not say that creates failed")


if __name__ == "__main__":
    main(measure)
