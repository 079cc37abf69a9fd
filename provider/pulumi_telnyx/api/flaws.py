"""Why an answer with a 2xx status cannot be the API's own: a proxy, or a wrong base URL, gave it.

Each function returns how a message goes on after `the answer`, and None where nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from .errors import TransportError
from .models import id_of

Flaw: TypeAlias = Callable[[Mapping[str, Any]], str | None]
"""Judges the JSON object in an answer."""


def refuse(action: str, flaw: str | None) -> None:
    """Raise where an answer has a flaw: also for a 204, which the transport lets through, without content.

    Raises:
        TransportError: it has one.
    """
    if flaw:
        raise TransportError(f"{action}: the answer {flaw}; check the base URL and proxies", sent=True)


def no_connection(content: Mapping[str, Any]) -> str | None:
    """Return what is wrong with an answer that has to show a connection."""
    row = content.get("data")
    has_id = isinstance(row, Mapping) and id_of(row)
    return None if has_id else "holds no connection with an id"


def not_named(user_name: object) -> Flaw:
    """Return what judges an answer that has to show the connection with this user name."""

    def flaw(content: Mapping[str, Any]) -> str | None:
        if why := no_connection(content):
            return why
        shown = content["data"].get("user_name")
        # Anything but a text is no name, and an odd answer rather than another connection's.
        differs = isinstance(shown, str) and shown and shown.casefold() != str(user_name).casefold()
        return "is about another connection" if user_name and differs else None

    return flaw


def other_than(connection_id: str) -> Flaw:
    """Return what judges an answer that has to show the connection with this id."""

    def flaw(content: Mapping[str, Any]) -> str | None:
        if why := no_connection(content):
            return why
        return None if id_of(content["data"]) == connection_id else "is about another connection"

    return flaw


def no_list(content: Mapping[str, Any]) -> str | None:
    """Return what is wrong with an answer that has to be a list."""
    return None if isinstance(content.get("data"), list) else "has no list of connections"


def no_status(content: Mapping[str, Any]) -> str | None:
    """Return what is wrong with an answer that has to tell a registration."""
    return None if isinstance(content.get("data"), Mapping) else "tells no registration status"


def no_object(content: Mapping[str, Any]) -> str | None:
    """Return what is wrong with an answer that has to tell what was deleted."""
    # A page that knows nothing of the connection did not delete it, whatever its status.
    return None if isinstance(content.get("data"), Mapping) else "does not tell what was deleted"
