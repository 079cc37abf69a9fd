"""Faults: what goes wrong, and at which requests. How each looks to a client is said elsewhere.

They are for tests of stacks, so a fault that could never do what it says is refused when it is made.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from .expected import expect, is_whole

Kind = Literal[
    "status",
    "reset",
    "close",
    "timeout",
    "drip",
    "truncate",
    "html",
    "content_type",
    "redirect",
    "latency",
    "body",
    "rate_limit",
]
Moment = Literal["before", "after"]
Framing = Literal["length", "chunked", "close"]
LimitHeaders = Literal[
    "retry-after",
    "retry-after-date",
    "retry-after-zero",
    "retry-after-negative",
    "retry-after-nonsense",
    "retry-after-huge",
    "x-ratelimit",
    "none",
]

_PREFIX = "/v2"
_DEFAULT_STATUS = 503
_REDIRECT_STATUS = 307
# More than any test waits, and few enough to add to a date.
_MOST_SECS = 366 * 24 * 3600
_METHOD = re.compile(r"[A-Z]+")
# A pattern that names the version, or begins with neither slash nor wildcard, would match nothing.
_PATH = re.compile(rf"(?!{_PREFIX}(?:/|$))[/*?\[].*")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
# How an answer is framed is the kind's own matter: `truncate` and its `framing`.
_FRAMING_HEADERS = ("content-length", "transfer-encoding")


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, and the requests to which it happens.

    Args:
        kind: what happens. `status`, `html`, `body`, `redirect` and `rate_limit` are answers of their own;
            `drip`, `truncate`, `content_type` and `latency` spoil the real answer; `reset`, `close` and
            `timeout` are none.
        method: the HTTP method that is hit, such as `POST`; `None` hits any.
        path: shell pattern for the path below /v2; its `*` also stands for slashes.
        nth: the first matching request that is hit, counted from 1 and from when the fault was set.
        times: how many matching requests are hit from there; `None` hits for ever.
        probability: of each of these to be hit.
        moment: `before`, the API never acts, and `drip`, `truncate` and `content_type` spoil an error
            envelope; `after`, it acts, and then its answer is lost or changed.
        status: HTTP status of `status`, `html`, `body` and `redirect`, and of the envelope that is spoilt;
            a redirect whose status is left alone has 307.
        code: the API's code in an error envelope.
        text: the body of `body` and `html`, or the detail in an error envelope.
        headers: added to the answer, in place of any of the same name.
        secs: `latency` pauses for it, `timeout` is silent for it, `drip` pauses for it between bytes, and
            `rate_limit` asks the client to wait for it, rounded up to whole seconds.
        location: where `redirect` points.
        keep_bytes: how much of the body `truncate` sends; at least its last byte is always missing.
        framing: how the end of a truncated answer was announced.
        limit_headers: how `rate_limit` tells when to come back.

    Raises:
        ValueError: a value is not allowed; the text names the field.
    """

    kind: Kind
    method: str | None = None
    path: str = "*"
    nth: int = 1
    times: int | None = 1
    probability: float = 1.0
    moment: Moment = "before"
    status: int = _DEFAULT_STATUS
    code: str = "10007"
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    secs: float = 1.0
    location: str = ""
    keep_bytes: int = 20
    framing: Framing = "length"
    limit_headers: LimitHeaders = "x-ratelimit"

    def __post_init__(self) -> None:
        """Refuse a value that would only show as a test that tests nothing."""
        for name, known in (
            ("kind", Kind),
            ("moment", Moment),
            ("framing", Framing),
            ("limit_headers", LimitHeaders),
        ):
            expect(getattr(self, name) in get_args(known), name, f"one of {', '.join(get_args(known))}")
        if self.kind == "redirect" and self.status == _DEFAULT_STATUS:
            object.__setattr__(self, "status", _REDIRECT_STATUS)
        self._check_selection()
        self._check_answer()

    def _check_selection(self) -> None:
        named = self.method is None or _is_text(self.method, _METHOD)
        expect(named, "method", "an HTTP method in capitals, or null for any")
        below = _is_text(self.path, _PATH)
        expect(below, "path", f"a pattern for the path below {_PREFIX}, such as /credential_connections/*")
        expect(is_whole(self.nth, 1), "nth", "a whole number above 0")
        expect(self.times is None or is_whole(self.times, 1), "times", "a whole number above 0, or null")
        expect(_within(self.probability, 1), "probability", "a number from 0 to 1")
        # The limit refuses before anything is done: that is the point of one.
        before = self.moment == "before" or self.kind != "rate_limit"
        expect(before, "moment", "before, for kind rate_limit")

    def _check_answer(self) -> None:
        expect(is_whole(self.status, 200) and self.status <= 599, "status", "between 200 and 599")
        redirects = self.kind != "redirect" or 300 <= self.status <= 399
        expect(redirects, "status", "between 300 and 399, for kind redirect")
        expect(_is_text(self.code), "code", "text")
        expect(self.text is None or _is_text(self.text), "text", "text or null")
        expect(isinstance(self.headers, Mapping), "headers", "an object of names and texts")
        for name, value in self.headers.items():
            fits = _is_text(name, _HEADER_NAME) and _is_text(value, _HEADER_VALUE)
            expect(fits, "headers", "an object of header names and their texts, each on one line")
            framed = name.lower() in _FRAMING_HEADERS
            expect(not framed, "headers", f"without {' and '.join(_FRAMING_HEADERS)}")
        expect(_within(self.secs, _MOST_SECS), "secs", f"a number of seconds from 0 to {_MOST_SECS}")
        expect(_is_text(self.location, _HEADER_VALUE), "location", "a URL on one line")
        expect(self.kind != "redirect" or self.location != "", "location", "given, for kind redirect")
        expect(is_whole(self.keep_bytes, 0), "keep_bytes", "a whole number, 0 or above")

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one of those that `nth` counts.

        Args:
            method: its HTTP method.
            path: its whole path, version included; a path of another version never matches.
        """
        return (
            path.startswith(f"{_PREFIX}/")
            and (self.method is None or self.method == method)
            and fnmatchcase(path.removeprefix(_PREFIX), self.path)
        )

    def as_json(self) -> dict[str, Any]:
        """Every field, as `read_faults` takes them."""
        fields = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        return {**fields, "headers": dict(self.headers)}


def read_faults(value: object) -> list[Fault]:
    """Return the faults in parsed JSON, which is one or a list of them.

    Raises:
        ValueError: something is not allowed; the text names the field and, in a list, which fault.
    """
    if not isinstance(value, list):
        return [_read(value)]
    found = []
    for number, one in enumerate(value, 1):
        try:
            found.append(_read(one))
        except ValueError as error:
            raise ValueError(f"fault {number}: {error}") from None
    return found


def read_faults_file(text: bytes) -> list[Fault]:
    """Return the faults in a file of JSON.

    Raises:
        ValueError: it is no JSON, or something in it is not allowed.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is not valid JSON") from None
    return read_faults(value)


def _read(value: object) -> Fault:
    if not isinstance(value, dict):
        raise ValueError("a fault must be an object with the field kind")
    known = {one.name for one in dataclasses.fields(Fault)}
    for name in value:
        if name not in known:
            raise ValueError(f"{name}: no such field; there are {', '.join(sorted(known))}")
    if "kind" not in value:
        raise ValueError(f"kind: must be one of {', '.join(get_args(Kind))}")
    return Fault(**value)


@dataclass
class _Set:
    """A fault that is set: which one, and what has become of it."""

    id: int
    fault: Fault
    matched: int = 0
    used: int = 0
    hits: int = 0


class Faults:
    """The faults that are set, in the order they were added.

    The server's thread chooses while another one adds, clears and counts.

    Args:
        seed: of the random source behind `probability`.
    """

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._set: list[_Set] = []
        self._seed = seed
        self._random = self._source()

    @property
    def seed(self) -> int:
        """Where the random source begins, now when it is set and again after each `clear`."""
        return self._seed

    @seed.setter
    def seed(self, seed: int) -> None:
        with self._lock:
            self._seed = seed
            self._random = self._source()

    def _source(self) -> random.Random:
        return random.Random(self._seed)  # noqa: S311 - repeatable, not secret  # nosec B311

    def add(self, fault: Fault) -> int:
        """Return the id of a fault that is set from now on."""
        with self._lock:
            self._set.append(_Set(next(self._ids), fault))
            return self._set[-1].id

    def remove(self, fault_id: int) -> None:
        """Forget one fault, if it is set; the random source goes on."""
        with self._lock:
            self._set = [one for one in self._set if one.id != fault_id]

    def clear(self) -> None:
        """Forget all faults; their ids go on, and the random source begins anew."""
        with self._lock:
            self._set.clear()
            self._random = self._source()

    def hits(self) -> list[int]:
        """How many requests each fault has hit, in the order the faults were added."""
        with self._lock:
            return [one.hits for one in self._set]

    def listed(self) -> list[tuple[int, Fault, int]]:
        """Every fault between its id and its hits, in the order they were added."""
        with self._lock:
            return [(one.id, one.fault, one.hits) for one in self._set]

    def as_json(self) -> list[dict[str, Any]]:
        """The same, as the control paths tell it."""
        return [{"id": fault_id, **fault.as_json(), "hits": hits} for fault_id, fault, hits in self.listed()]

    def choose(self, method: str, path: str) -> Fault | None:
        """Return what happens to a request that has just arrived, and count it.

        The first fault whose turn it is hits. A later one that matches counts the request, but is not used
        up by it: two faults for the same request happen one after the other.
        """
        with self._lock:
            hit: _Set | None = None
            for one in self._set:
                if not one.fault.matches(method, path):
                    continue
                one.matched += 1
                fault = one.fault
                over = fault.times is not None and one.used >= fault.times
                if hit is not None or over or one.matched < fault.nth:
                    continue
                one.used += 1
                if self._random.random() < fault.probability:
                    one.hits += 1
                    hit = one
            return None if hit is None else hit.fault


def _is_text(value: object, pattern: re.Pattern[str] | None = None) -> bool:
    """Whether a value is text of a form, and has no half of a surrogate pair, which could not be sent."""
    if not isinstance(value, str) or (pattern is not None and not pattern.fullmatch(value)):
        return False
    return not re.search("[\ud800-\udfff]", value)


def _within(value: object, most: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and 0 <= value <= most
