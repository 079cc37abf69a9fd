"""Ten thousand broken answers through the SDK's real servicer: one of our errors, or the right result."""

from __future__ import annotations

import copy
import gc
import json
import random
import re
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.gate import Gate
from pulumi_telnyx.api.transport import Transport
from tests.scripted_server import KEY, FakeClock, Reply, ScriptedServer
from tests.servicer import AbortedError, Engine

ANSWERS = 10_000
# Everything of the tree but what would be a fault of ours.
OUR_ERRORS = re.compile(r"pulumi_telnyx(\.\w+)+\.(?!Internal)\w+Error: ")
PASSWORD = "correct-horse-7battery"
ID = "2990001112223334445"
INPUTS: dict[str, Any] = {
    "connection_name": "Desk",
    "user_name": "desk0001",
    "password": PASSWORD,
    "password_revision": 1,
    "tags": ["a"],
    "inbound": {"codecs": ["G722"], "channel_limit": 10, "timeout_2xx_secs": 30},
    "outbound": {"outbound_voice_profile_id": "2105551234567890123", "localization": "DE"},
    "jitter_buffer": {"enable_jitter_buffer": True},
    "extra": {"novel": {"a": 1}},
}
GOOD = {
    "data": {
        "id": ID,
        "record_type": "credential_connection",
        "created_at": "2026-11-02T08:00:00.000Z",
        "updated_at": "2026-11-02T08:00:00.000Z",
        **{name: value for name, value in INPUTS.items() if name not in {"password_revision", "extra"}},
    }
}
OTHER_STATUSES = [201, 202, 302, 400, 401, 404, 409, 422, 429, 500, 503]
JUNK: list[Any] = [
    *(None, True, 0, -1, 10.0, 2**63, 1e300, "", " disabled", "15", "\ud83d", "\x00\x1b[2J", "x" * 10_000),
    *([], {}, [None], {"a": {}}, [[[]]], ["G722", 7], {"data": {"id": "9"}}, PASSWORD, "********"),
]


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _leaves(item, (*path, key))


PATHS = list(_leaves(GOOD))


def _mutated(source: random.Random) -> Reply:
    """Return the good answer with one to three things wrong."""
    answer: Any = copy.deepcopy(GOOD)
    for _ in range(source.randrange(1, 4)):
        path = source.choice(PATHS)
        try:
            parent = answer
            for step in path[:-1]:
                parent = parent[step]
            if source.random() < 0.2:
                del parent[path[-1]]
            else:
                parent[path[-1]] = copy.deepcopy(source.choice(JUNK))
        except (KeyError, IndexError, TypeError):
            continue
    text = json.dumps(answer)
    body = text.encode()
    kind = source.random()
    if kind < 0.05:
        body = body[: source.randrange(len(body))]
    elif kind < 0.08:
        body = b"[" * 100_000
    elif kind < 0.10:
        body = source.choice([b"", b"null", b"[]", b'"x"', b"<html>", b"\xff\xfe", b'{"data": NaN}'])
    elif kind < 0.12:
        body = json.dumps(source.choice(JUNK)).encode()
    # No 204: HTTP itself drops what comes with it.
    status = 200 if source.random() < 0.6 else source.choice(OTHER_STATUSES)
    if status >= 400 and source.random() < 0.7:
        item = {"code": source.choice(["10005", 10015, None, [], "404"]), "title": source.choice(JUNK)}
        item["source"] = source.choice([{"pointer": "/user_name"}, "/base", 7, None, {"pointer": []}])
        body = json.dumps({"errors": source.choice([[item], [item, 3], item, "x", []])}).encode()
    kinds = ["application/json", "text/html", ""]
    return Reply(status, body, {"Content-Type": source.choice(kinds)})


def _created_id(reply: Reply) -> str | None:
    """Return the id that a 2xx answer gives to the new connection, however odd the rest is."""
    try:
        content = json.loads(reply.body)
        identifier = content["data"]["id"]
        user_name = content["data"].get("user_name")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if isinstance(user_name, str) and user_name and user_name.casefold() != INPUTS["user_name"]:
        # About somebody else's connection, whatever went wrong there.
        return None
    readable = isinstance(identifier, str | int) and not isinstance(identifier, bool)
    return str(identifier) if 200 <= reply.status < 300 and readable and identifier != "" else None


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


def test_no_answer_breaks_the_provider(
    server: ScriptedServer, record_property: Callable[[str, object], None]
) -> None:
    """Every operation ends in a result or in an error of ours, and a created connection is never lost."""
    source = random.Random(20261123)  # noqa: S311 - the same answers in every run
    clock = FakeClock().clock()
    transport = Transport(f"{server.origin}/v2", KEY, clock=clock)
    api = CredentialConnections(transport)
    engine = Engine(api)
    state = {**INPUTS, "record_type": "credential_connection"}
    operations: list[Callable[[], Any]] = [
        lambda: engine.create(INPUTS),
        lambda: engine.read(ID, state),
        lambda: engine.update(ID, state, {**INPUTS, "active": False}),
        lambda: engine.delete(ID, state),
    ]
    strange: set[str] = set()
    lost = results = errors = 0
    before = _resident_kilobytes()
    for number in range(ANSWERS):
        reply = _mutated(source)
        server.replies = [reply]
        server.received.clear()
        # A refused key stays refused, and a limit goes on, for the rest of a process.
        transport._gate = Gate(clock)
        engine.restart(api)
        operation = operations[number % len(operations)]
        try:
            result = operation()
            results += 1
        except AbortedError as aborted:
            errors += 1
            last = str(aborted).strip().splitlines()[-1]
            if not OUR_ERRORS.match(last) or PASSWORD in last or KEY in last:
                strange.add(last[:200])
            result = None
        if number % len(operations) == 0 and (identifier := _created_id(reply)):
            lost += result is None or result[0] != _storable(identifier)
    gc.collect()
    growth = _resident_kilobytes() - before
    record_property("response fuzz: mutated answers", ANSWERS)
    record_property("response fuzz: results / our errors", f"{results} / {errors}")
    record_property("response fuzz: other exceptions", len(strange))
    record_property("response fuzz: ids lost after 2xx", lost)
    record_property("response fuzz: growth of resident memory, MB", round(growth / 1024, 1))

    assert strange == set()
    assert lost == 0
    assert results > ANSWERS / 10
    assert errors > ANSWERS / 10
    assert growth < 50 * 1024


def _storable(identifier: str) -> str:
    return identifier.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _resident_kilobytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def test_an_answer_of_ten_megabytes_is_read(server: ScriptedServer) -> None:
    """Long, but right."""
    engine = Engine(CredentialConnections(Transport(f"{server.origin}/v2", KEY)))
    server.replies = [Reply(body=json.dumps({"data": {"id": "5", "novel": "x" * 10_000_000}}).encode())]

    assert engine.create(INPUTS)[0] == "5"
