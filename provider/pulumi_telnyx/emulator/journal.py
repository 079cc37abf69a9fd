"""The request log: what arrived at the API and what was answered, for tests to count and to look at."""

from __future__ import annotations

import itertools
import json
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from .wire import wire_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEPT_REQUESTS = 10_000
# Larger bodies are not kept: the log would otherwise hold gigabytes.
_KEPT_BODY_BYTES = 16 * 1024
_SECRET = "[secret]"  # noqa: S105 - what stands in a secret's place
_SECRET_HEADERS = {b"authorization", b"proxy-authorization", b"cookie"}


@dataclass
class Entry:
    """One request; `status` is `None` until an answer begins, and stays so when there is none."""

    number: int
    at: float
    request_id: str
    scope: Scope
    body: bytearray = field(default_factory=bytearray)
    status: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The entry without secrets: no key, no cookie, no password at any depth of the body."""
        return {
            "number": self.number,
            "time": datetime.fromtimestamp(self.at, timezone.utc).isoformat().replace("+00:00", "Z"),
            "method": self.scope["method"],
            "path": self.scope["path"],
            "query": dict(parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            "headers": {
                name.decode("latin-1"): _SECRET if name in _SECRET_HEADERS else value.decode("latin-1")
                for name, value in self.scope["headers"]
            },
            "body": _without_passwords(self.body),
            "status": self.status,
            "fault": self.scope.get("fault"),
            "request_id": self.request_id,
        }


class Journal:
    """The latest requests, oldest first.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._entries: deque[Entry] = deque(maxlen=_KEPT_REQUESTS)

    def open(self, scope: Scope) -> Entry:
        """Return a new entry for a request that has just arrived."""
        entry = Entry(next(self._numbers), self._clock(), str(uuid.uuid4()), scope)
        self._entries.append(entry)
        return entry

    def clear(self) -> None:
        """Forget all requests; their numbers go on."""
        self._entries.clear()

    def latest(self, most: int, before: int | None = None) -> list[dict[str, Any]]:
        """The newest entries, newest first, without secrets.

        Args:
            most: how many.
            before: only those with a smaller number.
        """
        entries = (each for each in reversed(self._entries) if before is None or each.number < before)
        return [entry.as_json() for entry in itertools.islice(entries, most)]

    def as_json(self) -> list[dict[str, Any]]:
        """Every kept entry, without secrets."""
        return [entry.as_json() for entry in self._entries]


class JournalLayer:
    """Wraps the API: every request is noted, and its answer carries a request id and the emulator's date.

    It is the outermost layer, so that whatever answers inside of it is noted too.
    """

    def __init__(self, app: ASGIApp, journal: Journal) -> None:
        self._app = app
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the inner application answer, and note what passes by."""
        entry = self._journal.open(scope)
        wire = wire_of(scope)

        async def noting_receive() -> Message:
            message = await receive()
            # One byte too many tells later that the body was too large to keep.
            entry.body += message.get("body", b"")[: _KEPT_BODY_BYTES + 1 - len(entry.body)]
            return message

        async def noting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                # An answer to a client that has gone goes nowhere.
                entry.status = None if wire.lost.is_set() else message["status"]
                # The emulator's clock and not the machine's: it agrees with `created_at`.
                date = formatdate(entry.at, usegmt=True).encode()
                own = [(b"date", date), (b"x-request-id", entry.request_id.encode())]
                message = {**message, "headers": [*message.get("headers", ()), *own]}
            await send(message)

        await self._app(scope, noting_receive, noting_send)


def _without_passwords(body: bytearray) -> Any:
    """Return a body with its passwords hidden, or a remark where that cannot be done for sure."""
    if not body:
        return None
    if len(body) > _KEPT_BODY_BYTES:
        return "[not kept: too large]"
    try:
        found = _hide(json.loads(body))
        # Half of a surrogate pair, and NaN, can be read but not be shown.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        return "[not kept: no JSON]"
    return found


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _SECRET if name == "password" else _hide(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_hide(inner) for inner in value]
    return value
