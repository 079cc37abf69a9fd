"""The answers that faults give: pure functions, from a fault and perhaps the real answer to another one."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING

from .errors import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import Fault

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"
_PAGE = """<!DOCTYPE html>
<html>
<head><title>{status}</title></head>
<body><h1>{status}</h1><p>The proxy in front of the API has no better answer.</p></body>
</html>
"""
_DETAIL = "An unexpected error occurred"
_NO_BODY = (204, 304)


@dataclass(frozen=True)
class Answer:
    """A whole answer; the names of its headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as ASGI has them."""
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]


def answer_of(fault: Fault, real: Answer | None, now: float) -> Answer:
    """Return what the client is sent, or is sent a part of.

    Args:
        fault: of a kind that answers at all.
        real: the API's answer; `None` where it did not act.
        now: seconds since 1970, for dates.
    """
    if fault.kind == "html":
        found = _answer(
            fault.status, _HTML, _PAGE.format(status=fault.status) if fault.text is None else fault.text
        )
    elif fault.kind == "body":
        found = _answer(fault.status, _JSON, fault.text or "")
    elif fault.kind == "redirect":
        found = _answer(fault.status, "text/plain", "Moved", {"location": fault.location})
    elif fault.kind == "rate_limit":
        error = refusal(429, "10011", "Request limit reached" if fault.text is None else fault.text)
        found = _answer(429, _JSON, json.dumps(error.body()), _limit_headers(fault, now))
    elif fault.kind == "status" or real is None:
        error = refusal(fault.status, fault.code, _DETAIL if fault.text is None else fault.text)
        found = _answer(fault.status, _JSON, json.dumps(error.body()))
    else:
        found = real
    changed = {"content-type": _HTML} if fault.kind == "content_type" else {}
    given = {name.lower(): value for name, value in fault.headers.items()}
    return Answer(found.status, {**found.headers, **changed, **given}, found.body)


def _answer(status: int, content_type: str, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    if status in _NO_BODY:
        return Answer(status, dict(headers or {}), b"")
    body = text.encode("utf-8")
    own = {"content-type": content_type, "content-length": str(len(body))}
    return Answer(status, {**own, **(headers or {})}, body)


def _limit_headers(fault: Fault, now: float) -> dict[str, str]:
    wait = math.ceil(fault.secs)
    if fault.limit_headers == "none":
        return {}
    if fault.limit_headers == "x-ratelimit":
        return {"x-ratelimit-limit": "1", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(wait)}
    return {
        "retry-after": {
            "retry-after": str(wait),
            "retry-after-date": formatdate(math.ceil(now) + wait, usegmt=True),
            "retry-after-zero": "0",
            "retry-after-negative": str(-max(1, wait)),
            "retry-after-nonsense": "soon",
            "retry-after-huge": "9" * 12,
        }[fault.limit_headers]
    }
