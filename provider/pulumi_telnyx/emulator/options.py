"""What the emulator's owner may choose, at the start or while it runs.

Most options stand where the API's documents are silent: a client should work under each of their values.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .expected import expect, is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_API_KEY = "KEY-emulator-not-a-secret"
DEFAULT_ACCOUNT = "emulator"

_LIMIT_HEADERS = ("x-ratelimit", "retry-after", "both", "none")


@dataclass(frozen=True)
class Options:
    """One consistent set of choices; a request sees the same set from its beginning to its end.

    Args:
        api_keys: accepted API keys and the account that each belongs to.
        forbidden_keys: keys that are known but may do nothing: 403.
        mask_passwords: read passwords back as asterisks, as for accounts created since 2026-09-08.
        refuse_masked_password: refuse a password of eight asterisks. Off, it is stored like any other,
            so that a client which writes back what it read breaks where a test can see it.
        nested_patch: `merge` keeps the fields of a nested object that an update leaves out; `replace`
            returns them to their defaults.
        latency_secs: pause before each request is looked at, in seconds.
        taken_status: HTTP status of a create or update whose user name somebody has.
        taken_code: the API's code in that answer.
        taken_pointer: the pointer in that answer; `None` leaves it out.
        known_voice_profiles: voice profile ids that exist; any other reads back as null. `None` knows all.
        known_push_credentials: the same for push credentials.
        max_connections: connections per account.
        max_body_bytes: larger requests are refused with 413.
        rate_limit: requests per window and account; `None` has no limit and sends no such headers.
        rate_window_secs: length of a window, in seconds.
        rate_limit_headers: how the limit is told: `x-ratelimit` with every answer, `retry-after` with 429
            only, which the API does not promise, `both`, or `none`.
        visible_after_secs: a retrieve or a list shows a connection only this long after it was created, in
            seconds. Its user name is taken at once, and it can be updated and deleted by its id.
        ignore_name_filter: lists show all connections, whatever part of a name they are asked for.
        revoke_after: after that many more requests with a key, counted from when this is set, every key is
            refused like an unknown one; `None` goes back to `api_keys`.
    """

    api_keys: Mapping[str, str] = field(
        default_factory=lambda: {DEFAULT_API_KEY: DEFAULT_ACCOUNT}, repr=False
    )
    forbidden_keys: frozenset[str] = field(default=frozenset(), repr=False)
    mask_passwords: bool = False
    refuse_masked_password: bool = False
    nested_patch: Literal["merge", "replace"] = "merge"
    latency_secs: float = 0.0
    taken_status: int = 422
    taken_code: str = "10015"
    taken_pointer: str | None = "/user_name"
    known_voice_profiles: frozenset[str] | None = None
    known_push_credentials: frozenset[str] | None = None
    max_connections: int = 10_000
    max_body_bytes: int = 1 << 20
    rate_limit: int | None = None
    rate_window_secs: float = 1.0
    rate_limit_headers: Literal["x-ratelimit", "retry-after", "both", "none"] = "x-ratelimit"
    visible_after_secs: float = 0.0
    ignore_name_filter: bool = False
    revoke_after: int | None = None

    def __post_init__(self) -> None:
        """Refuse a value that would only show as a strange answer later."""
        for name in ("mask_passwords", "refuse_masked_password", "ignore_name_filter"):
            expect(isinstance(getattr(self, name), bool), name, "true or false")
        for name in ("taken_status", "max_connections", "max_body_bytes"):
            expect(is_whole(getattr(self, name), 1), name, "a whole number above 0")
        for name in ("latency_secs", "rate_window_secs", "visible_after_secs"):
            value = getattr(self, name)
            expect(isinstance(value, (int, float)) and value >= 0, name, "a number of seconds")
        expect(self.nested_patch in ("merge", "replace"), "nested_patch", "merge or replace")
        expect(400 <= self.taken_status <= 599, "taken_status", "between 400 and 599")
        expect(isinstance(self.taken_code, str), "taken_code", "text")
        expect(isinstance(self.taken_pointer, (str, type(None))), "taken_pointer", "text or null")
        expect(
            self.rate_limit is None or is_whole(self.rate_limit, 1), "rate_limit", "a whole number above 0"
        )
        expect(self.rate_window_secs > 0, "rate_window_secs", "above 0")
        told = f"one of {', '.join(_LIMIT_HEADERS)}"
        expect(self.rate_limit_headers in _LIMIT_HEADERS, "rate_limit_headers", told)
        counted = self.revoke_after is None or is_whole(self.revoke_after, 0)
        expect(counted, "revoke_after", "a whole number, 0 or above, or null")

    def changed(self, changes: Mapping[str, Any]) -> Options:
        """Return a copy with some options changed, given as JSON would spell them.

        Raises:
            ValueError: an option is unknown, or its value is not allowed; the text names the option.
        """
        known = {option.name for option in dataclasses.fields(self)}
        for name in changes:
            if name not in known:
                raise ValueError(f"{name}: no such setting; there are {', '.join(sorted(known))}")
        return dataclasses.replace(self, **{name: _read(name, value) for name, value in changes.items()})

    def as_json(self) -> dict[str, Any]:
        """The options as JSON can hold them, without the keys: their owner has them already."""
        shown = {
            option.name: getattr(self, option.name) for option in dataclasses.fields(self) if option.repr
        }
        return {
            name: sorted(value) if isinstance(value, frozenset) else value for name, value in shown.items()
        }


def _read(name: str, value: Any) -> Any:
    """Return an option's value from its JSON form, where a set is a list."""
    if name == "api_keys":
        texts = isinstance(value, dict) and all(isinstance(account, str) for account in value.values())
        expect(texts, name, "an object of keys and their accounts")
    elif name in ("forbidden_keys", "known_voice_profiles", "known_push_credentials"):
        if value is None and name != "forbidden_keys":
            return None
        expect(
            isinstance(value, (list, frozenset)) and all(isinstance(one, str) for one in value),
            name,
            "a list of texts",
        )
        return frozenset(value)
    return value
