"""Make sure that the key sees the account that the state came from.

A key of another account finds none of the stack's connections: refresh would take all of them for deleted,
destroy would forget them, and up would make them again. Telnyx tells no account's id. So each connection's
state holds a fingerprint of key and base URL that last wrote it. With the same key at the same URL it is the
same account, and nothing is asked. Otherwise a witness is needed: a connection of the state that this key
finds. The ownership mark is none: another account may well have the same stack.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from .api.errors import NotFoundError, TelnyxError, printable
from .confidential import confidential
from .named_accounts import EXPECTATION_SETTING, in_account, option

if TYPE_CHECKING:
    from .api.connections import CredentialConnections

FINGERPRINT: Final = "key_fingerprint"
"""The output that tells which key last wrote the connection."""

ACCOUNT_VARIABLE: Final = "TELNYX_ACCOUNT"
ACCOUNT_OPTION: Final = "telnyx:account"

_FINGERPRINT_LENGTH: Final = 12
# The most connections of the state that are asked for before the key counts as another account's.
_MOST_ASKED: Final = 20
# The engine reads all connections at once: one that is there shows within a moment.
_WITNESS_WITHIN_SECS: Final = 5.0
_LOOK_EVERY_SECS: Final = 0.25


class WrongAccountError(TelnyxError):
    """The key is not, or may not be, of the account that the state came from. Nothing was written."""


def fingerprint_of(api_key: str, base_url: str) -> str:
    """Return what tells two keys, or one at two base URLs, apart without telling anything of them."""
    # Host without port: the local API has another one after each start. The path counts, since an API finds
    # nothing below a wrong one and says so as it does of a connection that is gone.
    url = urlsplit(base_url)
    place = f"{url.hostname or ''}{url.path.rstrip('/')}"
    digest = hashlib.sha256(f"pulumi-telnyx\0{place}\0{api_key}".encode())
    return digest.hexdigest()[:_FINGERPRINT_LENGTH]


@dataclass(frozen=True)
class Continuing:
    """What goes on with the connections of one run, whatever account its resources name: two may be one.

    Args:
        marks: by connection, the marks of the resources that go on with it.
        taken_over: the connections that were taken over.
    """

    marks: dict[str, set[object]] = field(default_factory=dict)
    taken_over: set[str] = field(default_factory=set)


class Account:
    """What this process knows of the account behind its key. Safe to share between threads.

    Args:
        api: the account.
        fingerprint: of this process's key.
        confirmed: whether the settings say that this key is the right one.
        expected_id: id of a connection that the account must have, where the settings name one.
        name: the account's name in the stack's config; None for the stack's own account.
        continuing: what all accounts of the run share; None where there is one alone.
    """

    def __init__(
        self,
        api: CredentialConnections,
        fingerprint: str,
        *,
        confirmed: bool = False,
        expected_id: str | None = None,
        name: str | None = None,
        continuing: Continuing | None = None,
    ) -> None:
        self.fingerprint = fingerprint
        self.name = name
        self._api = api
        self._expected_id = expected_id
        self._lock = threading.Lock()
        self._confirmed = confirmed
        # Connections of the state: the ids of all, and the properties of those that another key wrote.
        self._known: set[str] = set()
        # What this run does with them.
        self._continuing = continuing or Continuing()
        self._deleted: set[str] = set()
        self._by_another_key: dict[str, Mapping[str, Any]] = {}
        # Those of them that this key does not find.
        self._missing: set[str] = set()
        self._waited = False

    def knows(self, connection_id: str) -> bool:
        """Return whether the id belongs to a resource of this stack, as far as this process has met them."""
        return connection_id in self._known

    def met(self, connection_id: str, state: Mapping[str, Any]) -> None:
        """Note a connection of the state, with its properties there."""
        with self._lock:
            self._known.add(connection_id)
            if state.get(FINGERPRINT) != self.fingerprint:
                self._by_another_key[connection_id] = state

    def found(self, connection_id: str) -> None:
        """Note that this key finds a connection of the state."""
        with self._lock:
            self._known.add(connection_id)
            # One that this very key wrote proves nothing: it may have been the wrong key then already.
            # And what the settings expect is checked all the same.
            witness = connection_id in self._by_another_key and self._expected_id is None
            self._confirmed = self._confirmed or witness

    def goes_on(self, connection_id: str, mark: object) -> None:
        """Note that a resource with this mark has the connection, and is in the program of this run."""
        with self._lock:
            self._known.add(connection_id)
            self._continuing.marks.setdefault(connection_id, set()).add(mark)

    def let_go(self, connection_id: str) -> None:
        """Note that the stack gives the connection up without deleting it, so that another may take it."""
        with self._lock:
            self._known.discard(connection_id)

    def took_over(self, connection_id: str) -> None:
        """Note that a resource of this run has taken the connection over."""
        self._continuing.taken_over.add(connection_id)

    def is_kept(self, connection_id: str, mark: object) -> bool:
        """Return whether another resource than the one with this mark goes on with the connection."""
        others = self._continuing.marks.get(connection_id, set()) - {mark}
        return connection_id in self._continuing.taken_over or bool(others)

    def deleted(self, connection_id: str) -> None:
        """Note that this process deleted the connection; lists may go on showing it for a while."""
        self._deleted.add(connection_id)

    def was_deleted(self, connection_id: str) -> bool:
        """Return whether this process deleted the connection."""
        return connection_id in self._deleted

    def check_before_write(self) -> None:
        """Make sure of the account before something is written to it.

        Raises:
            WrongAccountError: it is not the expected one, or none of the state's connections is in it.
        """
        if not self._confirmed and (self._expected_id or self._by_another_key):
            self._make_sure()

    def confirm_gone(self, connection_id: str, state: Mapping[str, Any]) -> None:
        """Make sure that a connection which the API does not know is gone, and not in another account.

        Args:
            connection_id: the connection.
            state: its properties in the state.

        Raises:
            WrongAccountError: it may as well be in another account.
        """
        self.met(connection_id, state)
        with self._lock:
            self._missing.add(connection_id)
        same_key = self._expected_id is None and connection_id not in self._by_another_key
        if not (self._confirmed or same_key):
            self._make_sure()

    def _make_sure(self) -> None:
        if self._expected_id is not None:
            self._find_expected(self._expected_id)
        elif not self._has_witness():
            raise WrongAccountError(
                f"{in_account(self.name)}this key finds none of the stack's connections that another key or "
                "base URL wrote: it may be another account's, so nothing is changed; use key and base URL of "
                "the stack's account; or, if these are, run `pulumi refresh` first; or, if all connections "
                f"were deleted, say so: {self._how_to_confirm()}"
            )
        self._confirmed = True

    def _how_to_confirm(self) -> str:
        if self.name is None:
            return (
                f"{ACCOUNT_VARIABLE}=key:… with the last characters of the key ({ACCOUNT_OPTION} in the "
                "stack's config)"
            )
        setting = option(self.name, EXPECTATION_SETTING)
        return (
            f"`pulumi config set --path '{setting}' key:…` with the last characters of the key, then "
            "`pulumi up`"
        )

    def _find_expected(self, connection_id: str) -> None:
        try:
            self._api.retrieve(connection_id)
        except NotFoundError:
            missing = True
        else:
            missing = False
        if missing:
            setting = f"{ACCOUNT_VARIABLE} or {ACCOUNT_OPTION}"
            if self.name is not None:
                setting = f"{in_account(self.name)}{option(self.name, EXPECTATION_SETTING)}"
            raise WrongAccountError(
                f"{setting} expects an account with connection "
                f"{printable(connection_id)}, which this key does not find, so nothing is changed; use the "
                "key of the stack's account, or name another connection"
            )

    def _has_witness(self) -> bool:
        """Return whether the key finds a connection of the state, waiting a little for those being read."""
        for connection_id, state in list(self._by_another_key.items())[:_MOST_ASKED]:
            if connection_id not in self._missing and self._exists(connection_id, state):
                return True
        clock = self._api.clock
        began = clock.monotonic()
        while not (self._confirmed or self._waited):
            clock.sleep(_LOOK_EVERY_SECS)
            self._waited = clock.monotonic() - began >= _WITNESS_WITHIN_SECS
        return self._confirmed

    def _exists(self, connection_id: str, state: Mapping[str, Any]) -> bool:
        try:
            self._api.retrieve(connection_id, secrets=confidential(state))
        except NotFoundError:
            self._missing.add(connection_id)
            return False
        return True
