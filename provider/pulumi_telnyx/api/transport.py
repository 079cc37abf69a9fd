"""One call of the API: its tries, its waits and its deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from .answers import TRANSIENT_STATUSES, Answer, content_of, error_of
from .backoff import MAX_TRIES, asked_wait_secs, backoff_secs, timestamp
from .clock import Clock, Deadline
from .debug_log import DebugLog
from .errors import ApiError, AuthError, RateLimitError, TransportError, printable
from .foreign_errors import translated
from .gate import Gate
from .session import new_session

CONNECT_TIMEOUT_SECS: Final = 5.0
READ_TIMEOUT_SECS: Final = 30.0
DEADLINE_SECS: Final = 120.0
# An API that restarts refuses connections for some seconds. Nothing was sent, so trying on is safe.
UNREACHABLE_SECS: Final = 15.0
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024

_PIECE_BYTES: Final = 64 * 1024
_IDEMPOTENT = frozenset({"GET", "PATCH", "DELETE"})


class Transport:
    """Sends requests to one origin with one key. Safe to share between threads.

    Args:
        base_url: checked by `settings`; the key goes to this origin and to no other.
        api_key: sent as a bearer token, never printed.
        clock: replaced in tests.
        deadline_secs: the most that one call may take, waits and repeated tries included.
        parallel: how many requests may be under way at once; None for any number.
        log: where requests are noted.
        before_write: called right before every request that may change something; raises what shall stop it.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        clock: Clock | None = None,
        deadline_secs: float = DEADLINE_SECS,
        parallel: int | None = None,
        log: DebugLog | None = None,
        before_write: Callable[[], None] = lambda: None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._host = urlsplit(base_url).netloc
        self._api_key = api_key
        self.clock = clock or Clock()
        self._deadline_secs = deadline_secs
        self._log = log or DebugLog()
        self._before_write = before_write
        self._gate = Gate(self.clock, parallel)
        # The server's clock, as a difference to our monotonic one.
        self._server_offset: float | None = None
        # One session a thread: requests does not promise that a session can be shared.
        self._local = threading.local()
        # By itself, since connections know it: with their session in it, they would never be closed.
        self._present = threading.local()

    def deadline(self) -> Deadline:
        """Return a deadline that several calls can share; inside `one_deadline`, the one of that block."""
        shared: Deadline | None = getattr(self._local, "shared", None)
        return shared or Deadline(self.clock, self._deadline_secs)

    @contextmanager
    def one_deadline(self) -> Iterator[None]:
        """Let all calls that this thread makes inside of it end at one deadline, which begins now."""
        outer: Deadline | None = getattr(self._local, "shared", None)
        self._local.shared = self.deadline()
        try:
            yield
        finally:
            self._local.shared = outer

    def server_time(self, monotonic: float) -> float:
        """Return what the server's clock showed at a moment of ours, in seconds since 1970.

        It is known to the second, and is our own time as long as no answer had a date.
        """
        offset = self._server_offset
        if offset is None:
            offset = self.clock.wall() - self.clock.monotonic()
        return monotonic + offset

    @property
    def skew_secs(self) -> float | None:
        """How many seconds our clock is ahead of the server's; None as long as no answer had a date."""
        if self._server_offset is None:
            return None
        return self.clock.wall() - self.clock.monotonic() - self._server_offset

    def note(self, text: str) -> None:
        """Write a line into the debug log."""
        self._log.note(text)

    def call(
        self,
        action: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        secrets: Iterable[str] = (),
        deadline: Deadline | None = None,
        flaw: Callable[[Mapping[str, Any]], str | None] = lambda _: None,
        only_asks: bool = False,
        dispensable: bool = False,
    ) -> dict[str, Any]:
        """Return the JSON object that the API answered with.

        GET, PATCH, DELETE and what `only_asks` are repeated after `TRANSIENT_STATUSES` and connection errors,
        at most `MAX_TRIES` times; another POST only where the API cannot have acted on it: no connection was
        made, or it answered 429. Where no connection was made, tries go on for `UNREACHABLE_SECS`. A 429
        counts for all threads, and is waited for until the deadline.

        Args:
            action: what is tried, for messages: `create credential connection 'Front desk'`.
            method: the HTTP method.
            path: below the base URL, with a leading slash.
            query: query parameters.
            body: what to send as JSON.
            secrets: values that no message may repeat, besides the key and a password in the body.
            deadline: shared with other calls; left out: one of its own.
            flaw: says why a 2xx answer cannot be the API's own, such as `has no list`; None where it can.
            only_asks: whether the request changes nothing, though its method is POST.
            dispensable: whether the caller can do without the answer. Where the key is refused, that stops no
                other call: it may be allowed to do those.

        Raises:
            ApiError: the API answered with an error; the subclass says which.
            TransportError: no readable answer before the deadline.
        """
        hidden = self._secrets_of(body) | {*secrets}
        repeatable = only_asks or method in _IDEMPOTENT
        deadline = deadline or self.deadline()
        tries = failures = 0
        refused_since: float | None = None
        limited: RateLimitError | None = None
        while True:
            self._pass_gate(action, deadline, limited)
            tries += 1
            pause, asked = 0.0, False
            answer: Answer | None = None
            refused_secs: float | None = None
            started = self.clock.monotonic()
            try:
                if method != "GET" and not only_asks:
                    self._before_write()
                asked = True
                answer = self._send(action, method, path, query, body, deadline)
                return self._content(action, answer, hidden, flaw, dispensable)
            except RateLimitError as error:
                limited = error
                refused_secs = self._wait(tries, answer)
            except (ApiError, TransportError) as error:
                if isinstance(error, TransportError) and not error.sent:
                    refused_since = started if refused_since is None else refused_since
                    last = self.clock.monotonic() - refused_since >= UNREACHABLE_SECS
                else:
                    refused_since = None
                    failures += 1
                    last = failures == MAX_TRIES
                pause = self._wait(tries, answer)
                if last or not _may_repeat(repeatable, error) or not deadline.allows(pause):
                    raise
            finally:
                held_secs = self._gate.leave(answer.headers if answer else None, started, refused_secs)
                if refused_secs is not None:
                    self._log.note(f"429: every call waits {held_secs:.1f}s")
                if asked:
                    self._note(method, path, answer, self.clock.monotonic() - started, tries, hidden)
            # After it has left the gate, where it would take up room.
            if pause:
                self.clock.sleep(pause)

    def _pass_gate(self, action: str, deadline: Deadline, limited: RateLimitError | None) -> None:
        """Wait until this call may send.

        Raises:
            AuthError: the key was refused before.
            RateLimitError: the wait would be longer than the call may take.
            TransportError: the same, while this very call has not been refused yet.
        """
        while True:
            if self._gate.refusal is not None:
                raise self._gate.refusal.again(action)
            if deadline.left_secs <= 0:
                raise limited or TransportError(
                    f"{action}: {self._host}: no time left to ask; run again later", sent=False
                )
            wait = self._gate.enter()
            if wait <= 0:
                return
            if not deadline.allows(wait):
                raise limited or TransportError(
                    f"{action}: {self._host} lets no more requests through for {wait:.0f} s, which is longer "
                    "than a call may take; run again later",
                    sent=False,
                )
            self.clock.sleep(wait)

    def _send(
        self,
        action: str,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        deadline: Deadline,
    ) -> Answer:
        self._present.deadline = deadline
        left = max(deadline.left_secs, 0.001)
        try:
            with self._session().request(
                method,
                f"{self._base_url}{path}",
                params=query,
                json=body,
                # A redirect would carry the password in the body to another host, or turn a POST into a GET.
                allow_redirects=False,
                timeout=(min(CONNECT_TIMEOUT_SECS, left), min(READ_TIMEOUT_SECS, left)),
                stream=True,
            ) as response:
                content = self._read(action, response)
                self._learn_time(response.headers.get("Date", ""))
                return Answer(self._host, response.status_code, response.headers, content)
        except (OSError, urllib3.exceptions.HTTPError) as error:
            failure = translated(action, self._host, error)
        # Outside of the handler: a foreign error may quote the answer, and is not even the context of ours.
        raise failure

    def _read(self, action: str, response: requests.Response) -> bytes:
        pieces = bytearray()
        while piece := response.raw.read(_PIECE_BYTES, decode_content=True):
            pieces += piece
            if len(pieces) > MAX_ANSWER_BYTES:
                raise TransportError(
                    f"{action}: the answer of {self._host} is too long; check the base URL and proxies",
                    sent=True,
                    transient=False,
                )
        return bytes(pieces)

    def _content(
        self,
        action: str,
        answer: Answer,
        hidden: frozenset[str],
        flaw: Callable[[Mapping[str, Any]], str | None],
        dispensable: bool,
    ) -> dict[str, Any]:
        if answer.ok:
            content = content_of(action, answer, hidden)
            if answer.status != HTTPStatus.NO_CONTENT and (why := flaw(content)):
                raise TransportError(
                    f"{action}: the answer {why}; check the base URL ({self._host}) and proxies", sent=True
                )
            return content
        error = error_of(action, answer, hidden)
        if isinstance(error, AuthError) and error.concerns_the_key and not dispensable:
            self._gate.refuse(error)
        raise error

    def _wait(self, tries: int, answer: Answer | None) -> float:
        asked = asked_wait_secs(answer.headers, self.clock.wall()) if answer else None
        return backoff_secs(tries, self.clock.jitter()) if asked is None else asked

    def _learn_time(self, date: str) -> None:
        if (moment := timestamp(date)) is not None:
            self._server_offset = moment - self.clock.monotonic()

    def _note(
        self, method: str, path: str, answer: Answer | None, secs: float, tries: int, hidden: frozenset[str]
    ) -> None:
        if not self._log.is_open:
            return
        outcome = str(answer.status) if answer else "no answer"
        request_id = answer.headers.get("x-request-id", "") if answer else ""
        self._log.exchange(
            method, printable(path, hidden), outcome, secs, printable(request_id, hidden), tries
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            present = self._present
            session = self._local.session = new_session(
                self._base_url, self._api_key, lambda: present.deadline.left_secs
            )
        return session

    def _secrets_of(self, body: Mapping[str, Any] | None) -> frozenset[str]:
        password = (body or {}).get("password")
        return frozenset({self._api_key, password} if isinstance(password, str) else {self._api_key})


def _may_repeat(repeatable: bool, error: ApiError | TransportError) -> bool:
    if isinstance(error, ApiError):
        return repeatable and error.status in TRANSIENT_STATUSES
    return error.transient and (repeatable or not error.sent)
