"""Which connections of an account are wanted: what the API is asked for, and what is sorted out here."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .connections import MIN_NAME_FILTER
from .errors import SettingsError

if TYPE_CHECKING:
    from .models import Connection


@dataclass(frozen=True)
class Filters:
    """What a connection has to have; what is None does not matter.

    Args:
        name: part of the connection name, without regard to case.
        user_name: the whole user name, without regard to case.
        voice_profile: id of the outbound voice profile.
        tag: one of the tags.
        active: whether the connection can be used.

    Raises:
        SettingsError: a filter is empty, or no text, or `active` is neither true nor false.
    """

    name: str | None = None
    user_name: str | None = None
    voice_profile: str | None = None
    tag: str | None = None
    active: bool | None = None

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if each.name == "active":
                if value is not None and not isinstance(value, bool):
                    raise SettingsError("the filter active must be true or false: leave it out for both")
            elif value is not None and not isinstance(value, str):
                # An id as a number would match none, without a word.
                raise SettingsError(f"the filter {each.name} must be a text: put it in quotes")
            elif value is not None and not value.strip():
                raise SettingsError(f"the filter {each.name} is empty: leave it out to list all connections")

    @property
    def asked_name(self) -> str | None:
        """The part of the name that the API is asked for; it refuses a short one."""
        return self.name if self.name is not None and len(self.name) >= MIN_NAME_FILTER else None

    def select(self, rows: Iterable[Connection]) -> Iterator[Connection]:
        """Yield those that have all of it, also where the API was asked for them already."""
        for row in rows:
            if self._admits(row):
                yield row
                if self.user_name is not None:
                    # Unique over all accounts: no other page needs to be read.
                    return

    def _admits(self, row: Connection) -> bool:
        # A row may hold anything where the API answers oddly.
        name, user_name = str(row.connection_name or ""), str(row.user_name or "")
        # Where a row has no `outbound`, the API has answered for it.
        profile = getattr(row.outbound, "outbound_voice_profile_id", self.voice_profile)
        tags = row.tags if isinstance(row.tags, list) else []
        return (
            (self.name is None or self.name.casefold() in name.casefold())
            and (self.user_name is None or self.user_name.casefold() == user_name.casefold())
            and (self.voice_profile is None or self.voice_profile == profile)
            and (self.tag is None or self.tag in tags)
            and (self.active is None or self.active == row.active)
        )
