"""Numbers, names and guesses in messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def counted(number: int, noun: str) -> str:
    """Return `1 connection`, `2,000 connections`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def some_of(names: Sequence[str], most: int) -> str:
    """Return the first names, and how many more there are: `a, b and 3 more`."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the word that was probably meant, or nothing."""
    by_folded = {each.casefold(): each for each in words}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return f" (did you mean '{by_folded[found[0]]}'?)" if found else ""
