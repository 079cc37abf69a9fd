"""Canaries in RPC mode: what errors, logs and warnings say when the API repeats all that it was sent."""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_telnyx import notices
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.debug_log import DebugLog
from pulumi_telnyx.api.errors import TelnyxError
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.connection.passwords import GENERATED
from pulumi_telnyx.emulator.faults import Fault, Moment
from pulumi_telnyx.emulator.options import Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.scripted_server import FakeClock
from tests.servicer import PAYLOAD, Engine

from .echo import LASTING, PASSING, Echo, Shape
from .evidence import PLANTED, Evidence, payloads, told_by
from .hosts import Babbler, EvilHost
from .rpc import program

Trouble = Callable[[list[str]], contextlib.AbstractContextManager[str]]
"""Goes wrong while it is open, and tells the secrets that it is given; yields the URL to use."""

_SECRET_OUTPUTS = ("password", "webhook_event_url", "webhook_event_failover_url", "extra")
# What is in this process beside the plugin: the API that it talks to, and this figure.
_OTHERS = ("uvicorn", "asyncio", "concurrent")
_BROKEN = (
    b"HTTP/1.1 422 No\r\nContent-Type: application/json\r\nHEARD\r\nX: y\r\n\r\n{}",
    b"HEARD\r\n\r\n",
    b"HTTP/1.1 HEARD\r\n\r\n",
    b"HTTP/1.1 200 HEARD\r\nContent-Length: 2\r\n\r\n[]",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nHEARD\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: HEARD\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nHEARD",
    b"HTTP/1.1 301 HEARD\r\nLocation: http://HEARD/\r\nContent-Length: 0\r\n\r\n",
)


class _Leaky(ResourceProvider):
    """A provider as many are: with a value in it."""

    def __init__(self) -> None:
        self.key = PLANTED


@dataclass(frozen=True)
class Counts:
    """How many operations met trouble, and how many of them failed of it."""

    cells: int
    failed: int


def run(
    evidence: Evidence, secrets: dict[str, str], keys: Mapping[str, str], folder: Path, *, quick: bool
) -> Counts:
    """Do every operation in every trouble, with the keys in turn.

    Args:
        evidence: gets everything that is written.
        secrets: of the connections, by name; generated passwords are added.
        keys: the API keys, by name.
        folder: for the log.
        quick: do two of the operations in each trouble, others in the next one.
    """
    echo = Echo()
    log = folder / "rpc.log"
    cells = failed = 0
    with (
        EmulatorServer(Options(api_keys=dict.fromkeys(keys.values(), "canaries")), layers=[echo]) as server,
        EvilHost() as evil,
        _noted(evidence),
    ):
        turns = itertools.cycle(keys.values())
        operations = itertools.cycle(_OPERATIONS)
        for trouble in (*_echoing(server, echo), *_spoiling(server, evil), *_babbling()):
            for name in itertools.islice(operations, 2 if quick else len(_OPERATIONS)):
                key = next(turns)
                bags, operation = _prepared(_engine(server.url, key, log), secrets)[name]
                known = [secret for secret in secrets.values() if any(_holds(bag, secret) for bag in bags)]
                with trouble([key, *known]) as url:
                    cells += 1
                    failed += _fails(evidence, operation, _engine(url, key, log))
                requests.post(f"{server.control_url}/reset", timeout=10)
        _plant(evidence, _engine(server.url, next(turns), log), evil)
    secrets |= {f"password {number} heard": each for number, each in enumerate(sorted(echo.passwords))}
    evidence.add("evil host", evil.content)
    evidence.add("TELNYX_LOG", log.read_bytes())
    return Counts(cells, failed)


def _engine(url: str, key: str, log: Path) -> Engine:
    transport = Transport(url, key, clock=FakeClock().clock(), log=DebugLog(str(log)))
    engine = Engine(CredentialConnections(transport))
    engine.restart(CredentialConnections(transport), key=key)
    return engine


_Bag = Mapping[str, Any]
_OPERATIONS = ("create", "adopt", "read", "get", "update", "delete")


def _prepared(
    engine: Engine, secrets: dict[str, str]
) -> dict[str, tuple[tuple[_Bag, ...], Callable[[Engine], object]]]:
    """Return the operations on a connection that exists before the trouble begins, and what each is told."""

    def checked(olds: _Bag, name: str, **more: Any) -> dict[str, Any]:
        given = {
            "connection_name": f"{PLANTED} {name}",
            "password": GENERATED,
            "webhook_event_url": secrets["webhook URL of the config"],
            "extra": {"novel": {"token": secrets["token in extra"]}},
            **more,
        }
        inputs, problems = engine.check(olds, program(name, **given))
        assert problems == []
        secrets[f"password of {name} {len(secrets)}"] = inputs["password"]
        return inputs

    inputs = checked({}, "desk", rotate_password_when="1")
    made, state = engine.create(inputs)
    given = secrets["password of the config"]
    other = checked({}, "other", password=given)
    adopted = checked({}, "desk", password=given, adopt=made)
    news = checked(inputs, "desk", rotate_password_when="2", inbound={"channel_limit": 5})
    return {
        "create": ((other,), lambda engine: engine.create(other)),
        "adopt": ((adopted,), lambda engine: engine.create(adopted)),
        "read": ((state,), lambda engine: engine.read(made, state)),
        "get": ((), lambda engine: engine.read(made, {})),
        "update": ((state, news), lambda engine: engine.update(made, state, news)),
        "delete": ((state,), lambda engine: engine.delete(made, state)),
    }


def _holds(value: object, secret: str) -> bool:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return value == secret or any(_holds(each, secret) for each in inner)


def _fails(evidence: Evidence, operation: Callable[[Engine], object], engine: Engine) -> bool:
    try:
        done = operation(engine)
    except Exception as error:  # noqa: BLE001 - whatever it is: the engine would show it
        evidence.add("exceptions", told_by(error))
        return True
    for part in done if isinstance(done, tuple) else (done,):
        shown = part
        if isinstance(part, Mapping):
            shown = {name: value for name, value in part.items() if name not in _SECRET_OUTPUTS}
        evidence.add("outputs that are no secrets", json.dumps(shown))
    return False


def _echoing(server: EmulatorServer, echo: Echo) -> Iterator[Trouble]:
    for shape in (*LASTING.values(), *PASSING.values(), None):

        @contextlib.contextmanager
        def trouble(told: list[str], shape: Shape | None = shape) -> Iterator[str]:
            echo.shape, echo.beside = shape, shape is None
            yield server.url
            echo.shape, echo.beside = None, False

        yield trouble


def _spoiling(server: EmulatorServer, evil: EvilHost) -> Iterator[Trouble]:
    moments: tuple[Moment, ...] = ("before", "after")
    for number, moment in itertools.product(range(len(_faults(evil, [], "before"))), moments):

        @contextlib.contextmanager
        def trouble(told: list[str], number: int = number, moment: Moment = moment) -> Iterator[str]:
            server.inject(_faults(evil, told, moment)[number])
            yield server.url
            server.clear_faults()

        yield trouble


def _faults(evil: EvilHost, secrets: list[str], moment: Moment) -> list[Fault]:
    told = " ".join(secrets)
    in_url = quote(told)
    always = functools.partial(Fault, times=None, moment=moment)
    return [
        always("reset"),
        always("close"),
        always("timeout", secs=0.01),
        always("truncate", keep_bytes=2000, framing="chunked", text=told),
        always("drip", secs=0, text=told, status=422),
        always("content_type", text=told, headers={"x-key": in_url, "content-type": in_url or "text/html"}),
        always("html", text=f"<pre>{told}", status=200),
        always("body", text=json.dumps({"data": told}), status=200),
        always("status", text=told, status=422),
        always("redirect", location=f"http://localhost:{evil.port}/{in_url}"),
    ]


def _babbling() -> Iterator[Trouble]:
    for answer in _BROKEN:

        @contextlib.contextmanager
        def trouble(told: list[str], answer: bytes = answer) -> Iterator[str]:
            with Babbler(answer) as host:
                yield f"http://127.0.0.1:{host.port}/v2"

        yield trouble


@contextlib.contextmanager
def _noted(evidence: Evidence) -> Iterator[None]:
    """Keep what is logged and printed by whatever is in this process, and is ours or a library of ours."""
    logged, printed = io.StringIO(), io.StringIO()
    # A warning is spelled out for the first few connections of a process only.
    notices._shown.clear()
    handler = logging.StreamHandler(logged)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    handler.addFilter(lambda record: not record.name.startswith(_OTHERS))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stderr(printed), contextlib.redirect_stdout(printed):
            yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    evidence.add("Python DEBUG logging", logged.getvalue())
    evidence.add("warnings of the plugin", printed.getvalue())


def _plant(evidence: Evidence, engine: Engine, evil: EvilHost) -> None:
    """Put what was planted where nothing of all the above has put it."""
    with contextlib.suppress(Exception):
        engine.read(PLANTED, {})
    requests.get(f"http://127.0.0.1:{evil.port}/{PLANTED}", timeout=10)
    try:
        try:
            raise ValueError(PLANTED)
        except ValueError:
            raise TelnyxError("says nothing itself") from None
    except TelnyxError as error:
        evidence.add("contexts of exceptions", told_by(error))
    for payload in (PAYLOAD, serialize_provider(_Leaky())):
        for content in payloads(json.dumps({"__provider": payload})):
            evidence.add("payload", content)
