"""Which values of a connection no message may repeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

# The password, and what often carries a token. `extra` holds fields of which nothing is known.
_FIELDS: Final = ("password", "webhook_event_url", "webhook_event_failover_url", "extra")
# As long as a password at least. Hiding `a` or `true` wherever they stand would leave no message readable.
_SHORTEST: Final = 8


def confidential(*properties: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every text in these fields of the given inputs or outputs that is long enough for a secret."""
    texts = (text for each in properties for field in _FIELDS for text in _texts(each.get(field)))
    return tuple(text for text in texts if len(text) >= _SHORTEST)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
