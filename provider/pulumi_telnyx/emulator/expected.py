"""What options and faults expect of their values."""

from __future__ import annotations


def expect(met: bool, name: str, what: str) -> None:
    """Raise unless a value is what it must be.

    Raises:
        ValueError: it is not; the text names the option or field, and what it must be.
    """
    if not met:
        raise ValueError(f"{name}: must be {what}")


def is_whole(value: object, least: int) -> bool:
    """Return whether a value is a whole number of at least this size; true is none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
