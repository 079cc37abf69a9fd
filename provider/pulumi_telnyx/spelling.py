"""Did you mean …?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the word that was probably meant, or nothing."""
    by_folded = {each.casefold(): each for each in words}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return f" (did you mean '{by_folded[found[0]]}'?)" if found else ""
