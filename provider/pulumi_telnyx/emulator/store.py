"""The emulator's memory: a SQLite database, in a file or in memory."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .errors import DataFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# "TLNX": marks the file as ours, so that somebody's other database is never written to.
_APPLICATION_ID = 0x544C4E58
_SCHEMA_VERSION = 1
_LARGEST_ID = 2**63 - 1

# Ids are above 2 ** 53 and counted in ones: one that went through a float finds its neighbour, which shows.
_SCHEMA = """
CREATE TABLE connections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    user_name_key TEXT NOT NULL UNIQUE,
    connection_name TEXT NOT NULL,
    connection_name_key TEXT NOT NULL,
    active INTEGER NOT NULL,
    outbound_voice_profile_id TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    settings TEXT NOT NULL,
    numbers_attached INTEGER NOT NULL,
    registration TEXT
);
CREATE INDEX by_age ON connections (account, created_at, id);
INSERT INTO sqlite_sequence (name, seq) VALUES ('connections', 2990000000000000000);
"""
_INSERT = """
INSERT INTO connections (account, user_name_key, connection_name, connection_name_key, active,
    outbound_voice_profile_id, created_at, updated_at, settings, numbers_attached, registration)
VALUES (:account, :user_name_key, :connection_name, :connection_name_key, :active,
    :outbound_voice_profile_id, :created_at, :updated_at, :settings, :numbers_attached, :registration)
"""
_UPDATE = """
UPDATE connections SET user_name_key = :user_name_key, connection_name = :connection_name,
    connection_name_key = :connection_name_key, active = :active,
    outbound_voice_profile_id = :outbound_voice_profile_id, created_at = :created_at,
    updated_at = :updated_at, settings = :settings, numbers_attached = :numbers_attached,
    registration = :registration
WHERE id = :id
"""
_SELECT = (
    "SELECT id, account, created_at, updated_at, settings, numbers_attached, registration FROM connections"
)
_COUNT = "SELECT count(*) FROM connections"
_SEARCHED = """
WHERE instr(connection_name_key, :text) > 0 OR instr(user_name_key, :text) > 0 OR instr(id, :text) > 0
"""
_SELECTED = """
WHERE account = :account
    AND (:name IS NULL OR instr(connection_name_key, :name) > 0)
    AND (:voice_profile_id IS NULL OR outbound_voice_profile_id = :voice_profile_id)
    AND (:newest IS NULL OR created_at <= :newest)
"""


class UserNameTakenError(Exception):
    """Somebody, in whatever account, has a connection with this user name."""


@dataclass(frozen=True)
class Row:
    """A stored connection.

    Args:
        id: decimal text, as the API shows it.
        account: who owns it.
        created_at: ISO 8601 in UTC.
        updated_at: ISO 8601 in UTC.
        settings: every field but the server's own, with the password in clear.
        numbers_attached: phone numbers on the connection; with any it cannot be deleted.
        registration: what a phone's registration left behind; `None` before the first one.
    """

    id: str
    account: str
    created_at: str
    updated_at: str
    settings: dict[str, Any]
    numbers_attached: int = 0
    registration: dict[str, Any] | None = None


@dataclass(frozen=True)
class Selection:
    """Which connections a list shows, in which order, and which page of them."""

    page_number: int
    page_size: int
    name_contains: str | None
    voice_profile_id: str | None
    sort: str
    descending: bool


class Store:
    """Connections of all accounts.

    One thread uses it at a time. A killed process loses nothing; a machine without power may.

    Args:
        path: the data file, made if there is none; `None` keeps everything in memory.
        clock: seconds since 1970.

    Raises:
        DataFileError: the file is another program's, damaged, in use by another emulator or out of reach.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        self._clock = clock
        try:
            self._db = sqlite3.connect(
                path or ":memory:", isolation_level=None, check_same_thread=False, timeout=0
            )
        except sqlite3.Error as error:
            raise _refused(path, error) from None
        try:
            self._prepare()
        except (sqlite3.Error, _ForeignFileError) as error:
            self._db.close()
            raise _refused(path, error) from None

    def _prepare(self) -> None:
        # Exclusive: two emulators on one file would each answer from half of the truth.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables == 0:
            marks = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_SCHEMA_VERSION};"
            self._db.executescript(f"BEGIN EXCLUSIVE; {_SCHEMA} {marks} COMMIT;")
        (owner,) = self._db.execute("PRAGMA application_id").fetchone()
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if (owner, version) != (_APPLICATION_ID, _SCHEMA_VERSION):
            raise _ForeignFileError("was not written by this emulator")
        # Only now: changing the journal writes to the file.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        # A file that can only be read is found out now, not at the first create.
        self._db.executescript("BEGIN IMMEDIATE; ROLLBACK;")

    def close(self) -> None:
        """Let go of the data file."""
        self._db.close()

    def clear(self) -> None:
        """Forget every connection; ids go on where they were, so that no old id finds a new object."""
        self._db.execute("DELETE FROM connections")

    def insert(
        self,
        account: str,
        settings: dict[str, Any],
        *,
        created_at: str | None = None,
        numbers_attached: int = 0,
        registration: dict[str, Any] | None = None,
    ) -> Row:
        """Return the new connection; it is created now, unless another time is given.

        Raises:
            UserNameTakenError: the user name is somebody's already.
        """
        now = created_at or self._now()
        row = Row("", account, now, now, settings, numbers_attached, registration)
        try:
            cursor = self._db.execute(_INSERT, _values(row))
        except sqlite3.IntegrityError:
            raise UserNameTakenError from None
        return dataclasses.replace(row, id=str(cursor.lastrowid))

    def find(self, connection_id: str, account: str | None = None, age_secs: float = 0.0) -> Row | None:
        """Return a connection, or `None` if there is none so old or it belongs to another account."""
        if not is_id(connection_id):
            return None
        found = self._db.execute(f"{_SELECT} WHERE id = ?", (int(connection_id),)).fetchone()
        if found is None or (account is not None and found[1] != account):
            return None
        newest = self._newest(age_secs)
        return None if newest is not None and found[2] > newest else _row(found)

    def save(self, row: Row) -> Row:
        """Return the connection as stored: as given, and updated now.

        Raises:
            UserNameTakenError: the new user name is somebody else's.
        """
        saved = dataclasses.replace(row, updated_at=self._now())
        try:
            self._db.execute(_UPDATE, {**_values(saved), "id": int(saved.id)})
        except sqlite3.IntegrityError:
            raise UserNameTakenError from None
        return saved

    def delete(self, connection_id: str) -> None:
        """Forget a connection; its user name is free at once."""
        self._db.execute("DELETE FROM connections WHERE id = ?", (int(connection_id),))

    def count(self, account: str | None = None) -> int:
        """The number of connections that an account has, or all accounts together."""
        if account is None:
            found = self._db.execute(_COUNT)
        else:
            found = self._db.execute(f"{_COUNT} WHERE account = ?", (account,))
        return int(found.fetchone()[0])

    def everything(self) -> list[Row]:
        """Every connection of every account, oldest first."""
        return [_row(found) for found in self._db.execute(f"{_SELECT} ORDER BY id")]

    def search(self, text: str, most: int, skip: int) -> tuple[list[Row], int]:
        """Return connections of all accounts whose name, user name or id holds a text, and how many do.

        Args:
            text: letter case does not matter; every connection holds the empty text.
            most: how many are returned, by name.
            skip: how many are left out before them.
        """
        values = {"text": text.casefold(), "most": most, "skip": min(skip, _LARGEST_ID)}
        (total,) = self._db.execute(f"{_COUNT} {_SEARCHED}", values).fetchone()
        order = "ORDER BY connection_name_key, id LIMIT :most OFFSET :skip"
        rows = self._db.execute(f"{_SELECT} {_SEARCHED} {order}", values)
        return [_row(found) for found in rows], int(total)

    def page(self, account: str, selection: Selection, age_secs: float = 0.0) -> tuple[list[Row], int]:
        """Return one page of an account's connections so old, and how many there are on all pages.

        Equal rows are in the order of their ids, so that paging through them misses none.
        """
        values = {
            "account": account,
            "name": selection.name_contains and selection.name_contains.casefold(),
            "voice_profile_id": selection.voice_profile_id,
            "newest": self._newest(age_secs),
            "size": selection.page_size,
            "offset": min((selection.page_number - 1) * selection.page_size, _LARGEST_ID),
        }
        direction = "DESC" if selection.descending else "ASC"
        order = f"ORDER BY {selection.sort} {direction}, id {direction} LIMIT :size OFFSET :offset"
        (total,) = self._db.execute(f"{_COUNT} {_SELECTED}", values).fetchone()
        rows = self._db.execute(f"{_SELECT} {_SELECTED} {order}", values)
        return [_row(found) for found in rows], int(total)

    def _now(self) -> str:
        return _time(self._clock())

    def _newest(self, age_secs: float) -> str | None:
        """When a connection was created that is just so old; `None` for no age, which planted times meet."""
        return _time(max(0.0, self._clock() - age_secs)) if age_secs else None


def _time(secs: float) -> str:
    moment = datetime.fromtimestamp(secs, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_id(text: str) -> bool:
    """Whether a text has the form of a connection's id: a positive int64, written the one usual way."""
    return (
        text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= 19 and int(text) <= _LARGEST_ID
    )


def _values(row: Row) -> dict[str, Any]:
    """A row's columns; what lists look for is kept beside the settings, in columns of its own."""
    settings = row.settings
    outbound = settings.get("outbound") or {}
    return {
        "account": row.account,
        "user_name_key": settings["user_name"].casefold(),
        "connection_name": settings["connection_name"],
        "connection_name_key": settings["connection_name"].casefold(),
        "active": bool(settings.get("active")),
        "outbound_voice_profile_id": outbound.get("outbound_voice_profile_id"),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "settings": json.dumps(settings, separators=(",", ":")),
        "numbers_attached": row.numbers_attached,
        "registration": None if row.registration is None else json.dumps(row.registration),
    }


def _row(found: tuple[Any, ...]) -> Row:
    number, account, created_at, updated_at, settings, numbers_attached, registration = found
    return Row(
        id=str(number),
        account=account,
        created_at=created_at,
        updated_at=updated_at,
        settings=json.loads(settings),
        numbers_attached=numbers_attached,
        registration=None if registration is None else json.loads(registration),
    )


class _ForeignFileError(Exception):
    """A sound database, but somebody else's."""


def _refused(path: Path | None, error: Exception) -> DataFileError:
    """Return what to tell the owner about a data file that cannot be used."""
    text = str(error)
    if "locked" in text:
        text = "is in use by another emulator; stop that one"
    elif "not a database" in text or "malformed" in text:
        text = "is damaged or not a data file"
    elif not isinstance(error, _ForeignFileError):
        text = f"{text}; see that its folder exists and both can be written to"
    return DataFileError(f"data file {path}: {text}, or choose another with --data")
