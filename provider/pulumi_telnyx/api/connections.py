"""The operations of Telnyx's Credential Connections API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from . import flaws
from .backoff import MAX_TRIES, backoff_secs
from .clock import Deadline
from .errors import ConflictError, TransportError, printable
from .models import Connection
from .registration import Registration

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from .clock import Clock
    from .transport import Transport

PAGE_SIZE: Final = 250
# An account holds 10,000 connections at most, so twice that many pages end a list that repeats for ever.
MAX_PAGES: Final = 80

# How often a list goes back to an earlier page because connections were deleted while it was read.
MAX_ROUNDS: Final = 3

# The API refuses a name filter that is shorter.
MIN_NAME_FILTER: Final = 3

_PATH: Final = "/credential_connections"
_LISTING: Final = "list credential connections"


class CredentialConnections:
    """Credential connections of one account.

    Every method raises `ApiError` when Telnyx refuses, and `TransportError` when no readable answer comes.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def clock(self) -> Clock:
        """What the calls count their seconds with."""
        return self._transport.clock

    def deadline(self) -> Deadline:
        """Return a deadline that several calls can share."""
        return self._transport.deadline()

    def one_deadline(self) -> AbstractContextManager[None]:
        """Let all calls that this thread makes inside of it end at one deadline, which begins now."""
        return self._transport.one_deadline()

    def server_time(self, monotonic: float) -> float:
        """Return what the server's clock showed at a moment of ours; see `Transport.server_time`."""
        return self._transport.server_time(monotonic)

    def note(self, text: str) -> None:
        """Write a line into the debug log."""
        self._transport.note(text)

    def create(self, settings: Mapping[str, Any], *, secrets: Iterable[str] = ()) -> Connection:
        """Return the new connection, as the API holds it. The request is sent once at most.

        Args:
            settings: what to send.
            secrets: values that no message may repeat; a password in `settings` is one in any case.

        Raises:
            ApiError: refused; where `may_have_acted` is true, the connection may exist all the same.
            TransportError: no readable answer; where `may_have_acted` is true, the connection may exist.
        """
        action = f"create credential connection {_quoted(settings.get('connection_name'))}"
        flaw = flaws.not_named(settings.get("user_name"))
        content = self._transport.call(action, "POST", _PATH, body=settings, secrets=secrets, flaw=flaw)
        return _connection(action, content)

    def find(
        self,
        user_name: str,
        *,
        connection_name: str | None = None,
        secrets: Iterable[str] = (),
    ) -> Connection | None:
        """Return the account's connection with this user name, or None where it has none.

        The API has no filter for user names. With a `connection_name` only the connections whose name holds
        it are looked through, without one the whole account.

        Args:
            user_name: compared without regard to case, as the API does.
            connection_name: name that the connection has, where that is known.
            secrets: values that no message may repeat.
        """
        filtered = connection_name if connection_name and len(connection_name) >= MIN_NAME_FILTER else None
        rows = self.list(name_contains=filtered, secrets=secrets)
        wanted = user_name.casefold()
        return next((row for row in rows if (row.user_name or "").casefold() == wanted), None)

    def retrieve(self, connection_id: str, *, secrets: Iterable[str] = ()) -> Connection:
        """Return the connection with this id.

        Args:
            connection_id: which one.
            secrets: values that no message may repeat, should the answer hold them.

        Raises:
            NotFoundError: there is none: 404 with the API's own code.
        """
        action = f"read credential connection {printable(connection_id)}"
        content = self._transport.call(
            action, "GET", _path(connection_id), secrets=secrets, flaw=flaws.other_than(connection_id)
        )
        return _connection(action, content)

    def update(
        self, connection_id: str, changes: Mapping[str, Any], *, secrets: Iterable[str] = ()
    ) -> Connection:
        """Return the connection as the API holds it after the change.

        After a 409 the connection is looked at, and the change is sent again unless it is there already.

        Args:
            connection_id: which one.
            changes: what to send; None clears a field, a field left out stays as it is.
            secrets: values that no message may repeat; a password in `changes` is one in any case.

        Raises:
            NotFoundError: the connection is gone.
        """
        action = f"update credential connection {printable(connection_id)}"
        path, flaw = _path(connection_id), flaws.other_than(connection_id)
        deadline = self.deadline()
        for tries in range(1, MAX_TRIES + 1):
            try:
                content = self._transport.call(
                    action, "PATCH", path, body=changes, secrets=secrets, deadline=deadline, flaw=flaw
                )
                return _connection(action, content)
            except ConflictError as conflict:
                if not self._may_try_again(conflict, tries, deadline):
                    raise
            content = self._transport.call(action, "GET", path, secrets=secrets, deadline=deadline, flaw=flaw)
            if _holds(content.get("data"), changes):
                return _connection(action, content)
        raise AssertionError("the last try returns or raises")

    def delete(self, connection_id: str, *, secrets: Iterable[str] = ()) -> None:
        """Delete the connection.

        Args:
            connection_id: which one.
            secrets: values that no message may repeat, should the answer hold them.

        Raises:
            NotFoundError: it is gone already.
        """
        action = f"delete credential connection {printable(connection_id)}"
        deadline = self.deadline()
        for tries in range(1, MAX_TRIES + 1):
            try:
                self._transport.call(
                    action,
                    "DELETE",
                    _path(connection_id),
                    secrets=secrets,
                    deadline=deadline,
                    flaw=flaws.no_object,
                )
                return
            except ConflictError as conflict:
                if not self._may_try_again(conflict, tries, deadline):
                    raise

    def check_registration_status(self, connection_id: str) -> Registration:
        """Return whether a phone is registered on the connection, and from where, at this moment.

        Raises:
            NotFoundError: there is no such connection.
        """
        content = self._transport.call(
            f"check the registration of credential connection {printable(connection_id)}",
            "POST",
            f"{_path(connection_id)}/actions/check_registration_status",
            flaw=flaws.no_status,
            only_asks=True,
        )
        return Registration.from_api(content.get("data"))

    def _may_try_again(self, conflict: ConflictError, tries: int, deadline: Deadline) -> bool:
        """Wait and return True, where the same request may be accepted in another moment."""
        wait = backoff_secs(tries, self.clock.jitter())
        lasting = conflict.is_in_use or conflict.user_name_taken
        if lasting or tries == MAX_TRIES or not deadline.allows(wait):
            return False
        self.clock.sleep(wait)
        return True

    def list(
        self,
        *,
        name_contains: str | None = None,
        voice_profile_id: str | None = None,
        sort: str = "created_at",
        secrets: Iterable[str] = (),
    ) -> Iterator[Connection]:
        """Yield the account's connections, page by page as they are asked for.

        A connection is yielded once, also when others come or go while the pages are read. Where some went,
        so that others moved to pages that were read already, these pages are read again.

        Args:
            name_contains: part of the connection name, without regard to case; at least 3 characters.
            voice_profile_id: id of the outbound voice profile.
            sort: `created_at`, `connection_name` or `active`; a leading `-` reverses. The default keeps a
                connection that is created meanwhile from shifting the pages.
            secrets: values that no message may repeat.

        Raises:
            TransportError: connections keep going, so that some would be missing.
        """
        query: dict[str, str | int] = {"sort": sort}
        if name_contains is not None:
            query["filter[connection_name][contains]"] = name_contains
        if voice_profile_id is not None:
            query["filter[outbound_voice_profile_id]"] = voice_profile_id
        deadline = self.deadline()
        seen: set[str] = set()
        page, read_before, rounds = 1, 0, 0
        total: int | None = None
        while page <= MAX_PAGES:
            content, connections = self._page(page, query, deadline=deadline, secrets=secrets)
            fresh = [each for each in connections if each.id and each.id not in seen]
            seen.update(each.id for each in fresh)
            left_secs = deadline.left_secs
            yield from fresh
            # What the caller does before it wants the next page takes none of the time for asking.
            deadline = Deadline(self.clock, left_secs)
            before, total = total, _total(content.get("meta"))
            # A page that brings nothing new is the end, whatever the page count says.
            is_end = (not fresh and (page > read_before or not connections)) or _is_last(
                page, len(content["data"]), len(seen), content.get("meta")
            )
            gone = max(before - total, 0) if total is not None and before is not None else 0
            if gone or (is_end and total is not None and len(seen) < total):
                rounds += 1
                if rounds > MAX_ROUNDS:
                    raise TransportError(
                        f"{_LISTING}: the account keeps changing while its list is read, and some "
                        "connections would be missing: run again when it is quiet",
                        sent=True,
                    )
                read_before = max(page, read_before)
                # What is behind a deleted connection moves forward by one.
                page = max(page - max(-(-gone // PAGE_SIZE), 1), 1)
            elif is_end:
                return
            else:
                page += 1

    def page(self, number: int, *, deadline: Deadline | None = None) -> tuple[Sequence[Connection], int]:
        """Return one page of the account's connections, oldest first, and how many pages there are.

        A key that may not list may go on reading single connections.

        Args:
            number: from 1.
            deadline: shared with other calls; left out: one of its own.
        """
        content, rows = self._page(number, {"sort": "created_at"}, deadline=deadline, dispensable=True)
        meta = content.get("meta")
        pages = meta.get("total_pages") if isinstance(meta, Mapping) else None
        # An account has 40 at most; a number from nowhere must not become as many requests.
        return [each for each in rows if each.id], min(pages, MAX_PAGES) if isinstance(pages, int) else 1

    def _page(
        self,
        number: int,
        query: Mapping[str, str | int],
        *,
        deadline: Deadline | None = None,
        secrets: Iterable[str] = (),
        dispensable: bool = False,
    ) -> tuple[Mapping[str, Any], Sequence[Connection]]:
        """Return the answer for one page of a list, and its rows."""
        content = self._transport.call(
            _LISTING,
            "GET",
            _PATH,
            query={**query, "page[size]": PAGE_SIZE, "page[number]": number},
            secrets=secrets,
            deadline=deadline,
            flaw=flaws.no_list,
            dispensable=dispensable,
        )
        flaws.refuse(_LISTING, flaws.no_list(content))
        return content, [Connection.from_api(row) for row in content["data"] if isinstance(row, Mapping)]


def _total(meta: object) -> int | None:
    total = meta.get("total_results") if isinstance(meta, Mapping) else None
    return total if isinstance(total, int) else None


def _is_last(page: int, rows: int, seen: int, meta: object) -> bool:
    """Return whether the answer says that this page is the last, and what was read bears it out."""
    if not isinstance(meta, Mapping):
        return False
    total_pages = meta.get("total_pages")
    is_complete = rows < PAGE_SIZE or meta.get("total_results") == seen
    return is_complete and isinstance(total_pages, int) and page >= total_pages


def _connection(action: str, content: Mapping[str, Any]) -> Connection:
    flaws.refuse(action, flaws.no_connection(content))
    return Connection.from_api(content["data"])


def _holds(row: object, changes: Mapping[str, Any]) -> bool:
    """Return whether a connection has these values already; a masked password never tells."""
    return isinstance(row, Mapping) and all(
        _holds(row.get(name), value) if isinstance(value, Mapping) else row.get(name) == value
        for name, value in changes.items()
    )


def _path(connection_id: str) -> str:
    return f"{_PATH}/{quote(connection_id, safe='')}"


def _quoted(name: object) -> str:
    return f"'{printable(name)}'" if name else "without a name"
