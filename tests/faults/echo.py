"""An API that answers with what it was sent: key, password and all, in every way that answers come in."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Heard:
    """One request, as far as it can hold secrets."""

    authorization: str
    body: str

    @property
    def values(self) -> list[str]:
        """The key and every text in the body, each by itself."""
        key = self.authorization.rpartition(" ")[2]
        return [key, *_texts(json.loads(self.body) if self.body else None)]

    @property
    def everything(self) -> str:
        """The request in one text, whose end gets cut off: so the key comes first."""
        return f"{self.authorization} {' '.join(self.values[1:])} {self.body}"


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": _JSON})


Shape = Callable[[Heard], Answer]


def _error(status: int, **problem: Any) -> Answer:
    return Answer(status, json.dumps({"errors": [problem]}).encode())


def _detail(status: int, text: object, code: str = "10015") -> Answer:
    return _error(status, code=code, title="Bad Request", detail=text, source={"pointer": "/password"})


def _page(status: int, heard: Heard) -> Answer:
    page = f"<html><body><pre>{heard.everything}</pre></body></html>"
    return Answer(status, page.encode(), {"content-type": _HTML})


def _in_headers(status: int, heard: Heard) -> Answer:
    told = heard.authorization.rpartition(" ")[2] + (f" {heard.values[-1]}" if heard.body else "")
    names = ("content-type", "x-request-id", "retry-after", "x-ratelimit-limit", "date", "set-cookie")
    body = json.dumps({"errors": [{"code": "10011", "title": "No"}]}).encode()
    return Answer(status, body, dict.fromkeys(names, told))


LASTING: dict[str, Shape] = {
    "422, the password in its detail": lambda heard: _detail(422, f"{heard.values[-1]} is too weak"),
    "422, the whole request in its detail": lambda heard: _detail(422, heard.everything),
    "400, steering a terminal": lambda heard: _detail(
        400, "\x1b]0;x\x07\x1b[31m" + "\x1b[0m\u202e".join(heard.values) + "\x1b[8m\x9b2J"
    ),
    "400, not UTF-8": lambda heard: Answer(
        400, b'{"errors": [{"code": "1", "title": "\xff\xfe' + heard.everything.encode() + b'\xc3"}]}'
    ),
    "400, every field of the error": lambda heard: _error(
        400,
        code=heard.everything,
        title=heard.everything,
        detail=heard.everything,
        source={"pointer": f"/{heard.values[0]}/{heard.values[-1]}"},
    ),
    "422, as lists": lambda heard: _detail(422, {"received": [heard.values, heard.everything]}),
    "422, as reasons": lambda heard: Answer(
        422, json.dumps({"reasons": {value: [value] for value in heard.values}}).encode()
    ),
    "422, as a message": lambda heard: Answer(422, json.dumps({"message": heard.everything}).encode()),
    "422, in base64": lambda heard: _detail(
        422, " ".join(b64encode(f"x:{value}".encode()).decode() for value in (*heard.values, heard.body))
    ),
    "422, in URLs": lambda heard: _detail(
        422, " ".join(f"{quote(value)} {quote_plus(value)} {quote(value, safe='')}" for value in heard.values)
    ),
    "422, in hex": lambda heard: _detail(422, " ".join(value.encode().hex() for value in heard.values)),
    "422, JSON in JSON": lambda heard: _detail(422, json.dumps(json.dumps(heard.values, ensure_ascii=False))),
    "422, in headers": lambda heard: _in_headers(422, heard),
    "403, with the key": lambda heard: _detail(403, heard.everything, "10010"),
    "404, as the API says it": lambda heard: _detail(404, heard.everything, "10005"),
    "404, a page": lambda heard: _page(404, heard),
    "409, with the password": lambda heard: _detail(409, heard.everything, "10012"),
}
"""After these nobody tries again."""

PASSING: dict[str, Shape] = {
    "200, a page": lambda heard: _page(200, heard),
    "200, the request as JSON": lambda heard: Answer(
        200, json.dumps({"data": {"received": heard.everything, heard.everything: 1}}).encode()
    ),
    "200, a list": lambda heard: Answer(200, json.dumps([heard.values]).encode()),
    "200, not gzip": lambda heard: Answer(
        200, heard.everything.encode(), {"content-type": _JSON, "content-encoding": "gzip"}
    ),
    "201, gzip": lambda heard: Answer(
        201,
        gzip.compress(heard.everything.encode()),
        {"content-type": heard.everything, "content-encoding": "gzip"},
    ),
    "429, in headers": lambda heard: _in_headers(429, heard),
    "500, the whole request": lambda heard: _detail(500, heard.everything, "10007"),
    "502, a page": lambda heard: _page(502, heard),
}
"""After these somebody may try again, and so the run takes longer."""


class Echo:
    """A layer of the emulator.

    Attributes:
        shape: how it answers; None lets the API answer.
        beside: adds what it heard to the API's own answers, in fields that the API does not have.
        request_id: what it calls every request; empty leaves that to the emulator.
        answered: how often it has answered in the API's place.
        passwords: every one that it has heard.
    """

    def __init__(self) -> None:
        self.shape: Shape | None = None
        self.beside = False
        self.request_id = ""
        self.answered = 0
        self.passwords: set[str] = set()

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """Return the application that answers."""

        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            body = b""
            while True:
                message = await receive()
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    break
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            heard = Heard(headers.get(b"authorization", ""), body.decode())
            if password := json.loads(body or "{}").get("password"):
                self.passwords.add(password)
            if self.shape is None:
                answer = await self._asked(app, scope, body, heard)
            else:
                self.answered += 1
                answer = self.shape(heard)
            await _send(answer, self.request_id, send)

        return layer

    async def _asked(self, app: ASGIApp, scope: Scope, body: bytes, heard: Heard) -> Answer:
        pieces: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            pieces.append(message)

        await app(scope, receive, keep)
        content = b"".join(piece.get("body", b"") for piece in pieces)
        if self.beside and content:
            told = {"received": heard.everything, "authorization": heard.authorization}
            whole = json.loads(content)
            rows = whole.get("data")
            for row in rows if isinstance(rows, list) else [rows or {}]:
                row["debug"] = told
            content = json.dumps({**whole, **told}).encode()
        headers = {name.decode(): value.decode("latin-1") for name, value in pieces[0]["headers"]}
        headers.pop("content-length", None)
        return Answer(pieces[0]["status"], content, headers)


async def _send(answer: Answer, request_id: str, send: Send) -> None:
    headers = {**answer.headers, **({"x-request-id": request_id} if request_id else {})}
    if answer.body or answer.status != 204:
        headers["content-length"] = str(len(answer.body))
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body})


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        # The password last: that is where the answers above look for it.
        ordered = sorted(value.items(), key=lambda item: item[0] == "password")
        return [text for _, item in ordered for text in _texts(item)]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []
