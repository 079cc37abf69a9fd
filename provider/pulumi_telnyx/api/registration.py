"""What check_registration_status answers: whether a phone is logged in on a connection, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_REGISTERED: Final = "registered"


@dataclass(frozen=True)
class Registration:
    """A connection's registration at one moment; None is what the answer does not tell.

    Args:
        status: the API's own word, such as `Registered` or `Not Registered`; it may be new to us.
        ip_address: where the phone is.
        port: its port there.
        transport: `UDP`, `TCP`, `TLS` or what else there will be.
        user_agent: what the phone calls itself.
        last_registration: moment of the latest registration, ISO 8601, in UTC where it names no zone.
    """

    status: str | None = None
    ip_address: str | None = None
    port: int | None = None
    transport: str | None = None
    user_agent: str | None = None
    last_registration: str | None = None

    @property
    def is_registered(self) -> bool | None:
        """Whether a phone is logged in; None where the answer has no status."""
        return None if self.status is None else self.status.casefold() == _REGISTERED

    @classmethod
    def from_api(cls, data: object) -> Registration:
        """Return the registration in an answer's `data`; what cannot be read is not known."""
        shown = data if isinstance(data, Mapping) else {}
        # Older answers have one `data` inside of the other.
        if isinstance(shown.get("data"), Mapping):
            shown = shown["data"]

        def text(name: str) -> str | None:
            value = shown.get(name)
            return value.strip() or None if isinstance(value, str) else None

        return cls(
            text("status"),
            text("ip_address"),
            _port(shown.get("port")),
            text("transport"),
            text("user_agent"),
            text("last_registration"),
        )


def _port(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:6])
    return value if type(value) is int and 0 < value < 2**16 else None
