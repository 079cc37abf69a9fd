"""How long to wait before the next try: what the server asks for, else full-jitter exponential backoff."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Final

MAX_TRIES: Final = 5
BACKOFF_FIRST_SECS: Final = 0.5
BACKOFF_LAST_SECS: Final = 8.0
# A run must not hang on one header: the next try after a minute finds out whether it was meant.
MAX_SERVER_WAIT_SECS: Final = 60.0


def backoff_secs(failures: int, jitter: float) -> float:
    """Return the wait after so many failures in a row.

    Args:
        failures: 1 or more.
        jitter: a random number from 0 to 1. The whole wait is random, so that clients that failed together do
            not come back together.
    """
    return jitter * min(BACKOFF_LAST_SECS, BACKOFF_FIRST_SECS * 2.0 ** (failures - 1))


def asked_wait_secs(headers: Mapping[str, str], now: float) -> float | None:
    """Return the wait that the server asks for, at most `MAX_SERVER_WAIT_SECS`; None where it asks for none.

    Args:
        headers: of the answer, looked up without regard to case.
        now: seconds since 1970; a `Retry-After` date counts from the answer's own `Date`, where it has one.
    """
    waits = (_retry_after(headers, now), _exhausted_until(headers))
    return next((min(wait, MAX_SERVER_WAIT_SECS) for wait in waits if wait), None)


def allowance(headers: Mapping[str, str]) -> tuple[int, float] | None:
    """Return how many requests are left and for how many seconds, or None where the answer does not say."""
    remaining, reset = _seconds(headers.get("x-ratelimit-remaining")), _reset(headers)
    return (int(remaining), min(reset, MAX_SERVER_WAIT_SECS)) if remaining is not None and reset else None


def window_limit(headers: Mapping[str, str]) -> int | None:
    """Return how many requests a whole window has, or None where the answer does not say."""
    limit = _seconds(headers.get("x-ratelimit-limit"))
    return int(limit) if limit else None


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    text = headers.get("Retry-After")
    secs = _seconds(text)
    if secs is None and text and (moment := timestamp(text)) is not None:
        secs = moment - (timestamp(headers.get("Date", "")) or now)
    return secs if secs is not None and secs > 0 else None


def _exhausted_until(headers: Mapping[str, str]) -> float | None:
    # Where requests are left, this limit is not the one that was reached.
    return None if _seconds(headers.get("x-ratelimit-remaining")) else _reset(headers)


def _reset(headers: Mapping[str, str]) -> float | None:
    secs = _seconds(headers.get("x-ratelimit-reset"))
    return secs if secs is not None and secs > 0 else None


def timestamp(text: str) -> float | None:
    """Return the seconds since 1970 of an HTTP date, or None where the text is none."""
    try:
        moment = parsedate_to_datetime(text)
        # Without a zone it means UTC, as every HTTP date.
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def _seconds(text: str | None) -> float | None:
    try:
        secs = float(text or "")
    except ValueError:
        return None
    return secs if math.isfinite(secs) else None
