"""The operations of Telnyx's Credential Connections API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from .errors import ApiError, TransportError, printable
from .models import Connection

if TYPE_CHECKING:
    from .transport import Transport

PAGE_SIZE: Final = 250
# An account holds 10,000 connections at most, so twice that many pages end a list that repeats for ever.
MAX_PAGES: Final = 80

_PATH: Final = "/credential_connections"
_MAY_EXIST: Final = (
    "it may have been created all the same: look with `pulumi-telnyx list` before you run again"
)


class CredentialConnections:
    """Credential connections of one account.

    Every method raises `ApiError` when Telnyx refuses, and `TransportError` when no readable answer comes.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, settings: Mapping[str, Any]) -> Connection:
        """Return the new connection, as the API holds it.

        Raises:
            ApiError: refused with a status below 500: nothing was created. After a 5xx it may exist.
            TransportError: no readable answer; where `sent` is true, it may exist.
        """
        action = f"create credential connection {_quoted(settings.get('connection_name'))}"
        try:
            return _connection(action, self._transport.call(action, "POST", _PATH, body=settings))
        except TransportError as lost:
            if not lost.sent:
                raise
            raise TransportError(f"{lost}; {_MAY_EXIST}", sent=True) from None
        except ApiError as error:
            if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            raise TransportError(f"{error}; {_MAY_EXIST}", sent=True) from None

    def retrieve(self, connection_id: str, *, secrets: Iterable[str] = ()) -> Connection:
        """Return the connection with this id.

        Args:
            connection_id: which one.
            secrets: values that no message may repeat, should the answer hold them.

        Raises:
            NotFoundError: there is none: 404 with the API's own code.
        """
        action = f"read credential connection {printable(connection_id)}"
        return _connection(action, self._transport.call(action, "GET", _path(connection_id), secrets=secrets))

    def update(
        self, connection_id: str, changes: Mapping[str, Any], *, secrets: Iterable[str] = ()
    ) -> Connection:
        """Return the connection as the API holds it after the change.

        Args:
            connection_id: which one.
            changes: what to send; None clears a field, a field left out stays as it is.
            secrets: values that no message may repeat; a password in `changes` is one in any case.

        Raises:
            NotFoundError: the connection is gone.
        """
        action = f"update credential connection {printable(connection_id)}"
        return _connection(
            action,
            self._transport.call(action, "PATCH", _path(connection_id), body=changes, secrets=secrets),
        )

    def delete(self, connection_id: str, *, secrets: Iterable[str] = ()) -> None:
        """Delete the connection.

        Args:
            connection_id: which one.
            secrets: values that no message may repeat, should the answer hold them.

        Raises:
            NotFoundError: it is gone already.
        """
        action = f"delete credential connection {printable(connection_id)}"
        self._transport.call(action, "DELETE", _path(connection_id), secrets=secrets)

    def list(self, *, name_contains: str | None = None, sort: str = "created_at") -> Iterator[Connection]:
        """Yield the account's connections, page by page as they are asked for.

        A connection is yielded once, also when others come or go while the pages are read.

        Args:
            name_contains: part of the connection name, without regard to case; at least 3 characters.
            sort: `created_at`, `connection_name` or `active`; a leading `-` reverses. The default keeps a
                connection that is created meanwhile from shifting the pages.
        """
        action = "list credential connections"
        query: dict[str, str | int] = {"page[size]": PAGE_SIZE, "sort": sort}
        if name_contains is not None:
            query["filter[connection_name][contains]"] = name_contains
        seen: set[str] = set()
        for page in range(1, MAX_PAGES + 1):
            content = self._transport.call(action, "GET", _PATH, query={**query, "page[number]": page})
            rows = content.get("data")
            if not isinstance(rows, list):
                raise _unusable(action, "has no list of connections")
            connections = [Connection.from_api(row) for row in rows if isinstance(row, Mapping)]
            fresh = [each for each in connections if each.id and each.id not in seen]
            seen.update(each.id for each in fresh)
            yield from fresh
            # A page that brings nothing new is the end, whatever the page count says.
            if not fresh or _is_last(page, content.get("meta")):
                return


def _is_last(page: int, meta: object) -> bool:
    total = meta.get("total_pages") if isinstance(meta, Mapping) else None
    return isinstance(total, int) and page >= total


def _connection(action: str, content: Mapping[str, Any]) -> Connection:
    row = content.get("data")
    connection = Connection.from_api(row) if isinstance(row, Mapping) else None
    if connection is None or not connection.id:
        raise _unusable(action, "holds no connection with an id")
    return connection


def _unusable(action: str, why: str) -> TransportError:
    return TransportError(f"{action}: the answer {why}; check the base URL and proxies", sent=True)


def _path(connection_id: str) -> str:
    return f"{_PATH}/{quote(connection_id, safe='')}"


def _quoted(name: object) -> str:
    return f"'{printable(name)}'" if name else "without a name"
