"""Make sure that the key sees the account that the state came from.

A key of another account finds none of the stack's connections: refresh would take all of them for deleted,
destroy would forget them, and up would make them again. Telnyx tells no account's id. So each connection's
state holds a fingerprint of key and host that last wrote it. With the same key on the same host it is the
same account, and nothing is asked. With another key, a witness is needed: a connection of the state that
this key finds, or one that carries the stack's mark.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from .api.errors import NotFoundError, TelnyxError, printable
from .confidential import confidential
from .ownership import MARK, Owner, owner_in

if TYPE_CHECKING:
    from .api.connections import CredentialConnections

FINGERPRINT: Final = "key_fingerprint"
"""The output that tells which key last wrote the connection."""

ACCOUNT_VARIABLE: Final = "TELNYX_ACCOUNT"
ACCOUNT_OPTION: Final = "telnyx:account"

_FINGERPRINT_LENGTH: Final = 12
# So many of the state's connections are asked for before the key counts as another account's.
_MOST_ASKED: Final = 20
_HOW_TO_SAY = (
    f"use the key of the stack's account; or, if this is it and the connections were all deleted, say so: "
    f"{ACCOUNT_VARIABLE}=key:… with the last characters of the key, or =connection:… with the id of a "
    f"connection of that account ({ACCOUNT_OPTION} in the stack's config)"
)


class WrongAccountError(TelnyxError):
    """The key is not, or may not be, of the account that the state came from. Nothing was written."""


def fingerprint_of(api_key: str, base_url: str) -> str:
    """Return what tells two keys apart without telling anything of them."""
    # Host without port: the local API has another one after each start.
    host = urlsplit(base_url).hostname or ""
    digest = hashlib.sha256(f"pulumi-telnyx\0{host}\0{api_key}".encode())
    return digest.hexdigest()[:_FINGERPRINT_LENGTH]


class Account:
    """What this process knows of the account behind its key. Safe to share between threads.

    Args:
        api: the account.
        fingerprint: of this process's key.
        expected: returns whether the account is the one that the settings name, and why not, or None where
            they name none. It is asked once.
    """

    def __init__(
        self,
        api: CredentialConnections,
        fingerprint: str,
        expected: Callable[[CredentialConnections], str | None] | None = None,
    ) -> None:
        self.fingerprint = fingerprint
        self._api = api
        self._expected = expected
        self._lock = threading.Lock()
        self._confirmed = False
        self._denied: str | None = None
        # Connections of the state: the ids of all, and the properties of those that another key wrote.
        self._known: set[str] = set()
        self._doubtful: dict[str, Mapping[str, Any]] = {}
        # Where no witness was found: what has been asked need not be asked again.
        self._missing: set[str] = set()
        self._searched: set[Owner] = set()

    def knows(self, connection_id: str) -> bool:
        """Return whether the id belongs to a resource of this stack, as far as this process has met them."""
        return connection_id in self._known

    def note(self, connection_id: str, state: Mapping[str, Any]) -> None:
        """Note a connection of the state, with its properties there."""
        with self._lock:
            self._note(connection_id, state)

    def _note(self, connection_id: str, state: Mapping[str, Any]) -> None:
        self._known.add(connection_id)
        if state.get(FINGERPRINT) != self.fingerprint:
            self._doubtful[connection_id] = state

    def found(self, connection_id: str) -> None:
        """Note that this key finds a connection of the state: the account is the right one."""
        with self._lock:
            self._known.add(connection_id)
            # What the settings expect is checked all the same.
            self._confirmed = self._confirmed or self._expected is None

    def before_write(self) -> None:
        """Return when the account may be written to.

        Raises:
            WrongAccountError: it is not the expected one, or none of the state's connections is in it.
        """
        with self._lock:
            if not self._confirmed and (self._expected is not None or self._doubtful):
                self._make_sure()

    def confirm_gone(self, connection_id: str, state: Mapping[str, Any]) -> None:
        """Return when a connection that the API does not know is gone for sure.

        Args:
            connection_id: the connection.
            state: its properties in the state.

        Raises:
            WrongAccountError: it may as well be in another account.
        """
        with self._lock:
            self._note(connection_id, state)
            self._missing.add(connection_id)
            same_key = self._expected is None and connection_id not in self._doubtful
            if not (self._confirmed or same_key):
                self._make_sure()

    def _make_sure(self) -> None:
        if self._denied is None:
            if self._expected is not None:
                self._denied = self._expected(self._api)
            elif not self._has_witness():
                # Not for good: another connection may be a witness yet.
                raise WrongAccountError(
                    "this key finds none of the stack's connections, and another key wrote them: it may be "
                    f"another account's, so nothing is changed; {_HOW_TO_SAY}"
                )
        if self._denied is not None:
            raise WrongAccountError(self._denied)
        self._confirmed = True

    def _has_witness(self) -> bool:
        for connection_id in [each for each in self._doubtful if each not in self._missing][:_MOST_ASKED]:
            try:
                self._api.retrieve(connection_id, secrets=confidential(self._doubtful[connection_id]))
            except NotFoundError:
                self._missing.add(connection_id)
            else:
                return True
        marks = (state.get(MARK) for state in self._doubtful.values())
        owners = {owner for mark in marks if mark and (owner := owner_in([mark]))}
        if owners <= self._searched:
            return False
        self._searched |= owners
        return any(owner_in(each.tags) in owners for each in self._api.list())


def expectation(text: str, source: str, api_key: str) -> Callable[[CredentialConnections], str | None]:
    """Return the check for what `telnyx:account` says.

    Args:
        text: `key:SUFFIX` or `connection:ID`, in that form.
        source: where it was set, for messages.
        api_key: the key in use.
    """
    kind, _, value = text.partition(":")

    def by_key(_: CredentialConnections) -> str | None:
        if api_key.endswith(value):
            return None
        return (
            f"{source} expects a key that ends otherwise than the one in use, so nothing is changed; use the "
            "key of the stack's account, or correct the setting"
        )

    def by_connection(api: CredentialConnections) -> str | None:
        try:
            api.retrieve(value)
        except NotFoundError:
            return (
                f"{source} expects an account with connection {printable(value)}, which this key does not "
                "find, so nothing is changed; use the key of the stack's account, or name another connection"
            )
        return None

    return by_key if kind == "key" else by_connection
