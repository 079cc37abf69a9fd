"""What a run of a stack program has asked Telnyx, and the answers: each question is asked once in a run."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias
from weakref import WeakKeyDictionary

import pulumi

from ..api.errors import NOT_FOUND_CODES, ApiError
from ..api.filters import Filters
from ..api.models import Connection
from ..settings import Settings, account_of, connect, load_settings
from ..words import nearest
from .listing import Listing


def account_named(name: str | None) -> AskedAccount:
    """Return one of the stack's accounts, or its own for None, as the present run knows it.

    Raises:
        SettingsError: a setting is missing or unusable, or there is no such account.
    """
    config = pulumi.Config("telnyx")
    return _runs.account(load_settings(os.environ, lambda key: config.get(key.partition(":")[2]), name))


class AskedAccount:
    """One account as a run of a program knows it: every question and the answer that it got."""

    def __init__(self, settings: Settings) -> None:
        self._api = connect(settings)
        self._account = account_of(settings, self._api)
        self._answers: dict[tuple[str | None, ...], Listing[Connection]] = {}
        self._lock = threading.Lock()

    def with_id(self, connection_id: str) -> Sequence[Connection]:
        """Return the connection with this id, if there is one."""

        def retrieved() -> Iterator[Connection]:
            try:
                yield self._api.retrieve(connection_id)
            except ApiError as error:
                # 404, or 400 for what has not the form of an id, such as a name.
                if not error.codes & NOT_FOUND_CODES:
                    raise

        return [*self._asked_once(("id", connection_id), retrieved)]

    def named(self, field: str, value: str) -> Sequence[Connection]:
        """Return the connections whose user name or connection name is this one."""
        if field == "user_name":
            return [*self.listed(Filters(user_name=value))]
        return [each for each in self.listed(Filters(name=value)) if each.connection_name == value]

    def nearest(self, field: str, value: str) -> str:
        """Return ` (did you mean 'x'?)` for a name that was probably meant, among those that were listed."""
        if field == "id":
            return ""
        listed = self.listed(Filters(name=value) if field == "connection_name" else Filters())
        return nearest(value, (str(getattr(each, field)) for each in listed))

    def listed(self, filters: Filters) -> Iterator[Connection]:
        """Yield the connections that match."""
        name, profile = filters.asked_name, filters.voice_profile
        # What is sorted out here is no other question: all user names are looked for in one list.
        rows = self._asked_once(
            ("list", name, profile), lambda: self._api.list(name_contains=name, voice_profile_id=profile)
        )
        return filters.select(rows)

    def _asked_once(
        self, question: tuple[str | None, ...], ask: Callable[[], Iterator[Connection]]
    ) -> Listing[Connection]:
        def answer() -> Iterator[Connection]:
            # Another account may well have a connection of the same name.
            self._account.check_before_write()
            for row in ask():
                # Not kept in memory either.
                yield row.model_copy(update={"password": None})

        with self._lock:
            if question not in self._answers:
                self._answers[question] = Listing(answer())
            return self._answers[question]


_Accounts: TypeAlias = dict[Settings, AskedAccount]


class _Runs:
    """The accounts of each run: with the Automation API, one process runs many programs."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[pulumi.Resource, _Accounts] = WeakKeyDictionary()
        self._latest: _Accounts = {}
        self._had_one = False
        self._lock = threading.Lock()

    def account(self, settings: Settings) -> AskedAccount:
        """Return what the present run knows of the account that has these settings."""
        # The stack's resource. A thread that the program started for itself is not told of it.
        run = pulumi.runtime.get_root_resource()
        with self._lock:
            if run is not None and run not in self._known:
                # The first one goes on with what its threads may have asked before.
                self._latest = {} if self._had_one else self._latest
                self._had_one = True
                self._known[run] = self._latest
            accounts = self._latest if run is None else self._known[run]
            if settings not in accounts:
                accounts[settings] = AskedAccount(settings)
            return accounts[settings]


_runs = _Runs()
