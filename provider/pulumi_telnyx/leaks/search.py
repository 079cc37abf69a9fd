"""Looks for many known secrets at once, in time that hardly depends on how many there are."""

from __future__ import annotations

import functools
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from ..api.encodings import spelled
from .layers import Finding, layers

# A text of seven bytes or more covers four bytes that begin at a multiple of four, wherever it stands. So a
# window is read as a list of 32-bit numbers, and one intersection of sets, done in C, tells which texts can
# be in it at all: as a rule none.
_GRAM_BYTES: Final = 4
_SHORTEST_INDEXED: Final = 2 * _GRAM_BYTES - 1
# More of them tell no more: twelve bytes do not meet by chance.
_GRAMS: Final = 3
_WINDOW_BYTES: Final = 1 << 20


def find(content: bytes, secrets: Mapping[str, str]) -> list[Finding]:
    """Return where the secrets stand in the content, in whatever spelling, also inside base64.

    A secret that stands on a line several times in the same spelling is one finding.

    Args:
        content: a whole file.
        secrets: what to look for, by the name to report it under.
    """
    index = _index(tuple(sorted(secrets.items())))
    return sorted(
        {
            Finding(layer.line(position), name, layer.spelling(spelling))
            for layer in layers(content)
            for position, text in index.positions(layer.content)
            for name, spelling in index.meanings[text]
        }
    )


class _Index:
    """Every spelling of every secret, ready to be looked for."""

    def __init__(self, secrets: tuple[tuple[str, str], ...]) -> None:
        self.meanings: dict[bytes, list[tuple[str, str]]] = defaultdict(list)
        for name, secret in secrets:
            for text, spelling in spelled(secret).items():
                self.meanings[text].append((name, spelling))
        self._overlap = max(map(len, self.meanings), default=1) - 1
        self._short = [text for text in self.meanings if len(text) < _SHORTEST_INDEXED]
        self._by_first: dict[int, list[tuple[bytes, tuple[int, ...]]]] = defaultdict(list)
        self._known: set[int] = set()
        for text in self.meanings:
            if len(text) >= _SHORTEST_INDEXED:
                self._add(text)

    def _add(self, text: bytes) -> None:
        for start in range(_GRAM_BYTES):
            stop = min(start + _GRAMS * _GRAM_BYTES, len(text)) - _GRAM_BYTES + 1
            first, *rest = (
                int.from_bytes(text[at : at + _GRAM_BYTES], sys.byteorder)
                for at in range(start, stop, _GRAM_BYTES)
            )
            self._by_first[first].append((text, tuple(rest)))
            self._known.update((first, *rest))

    def positions(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield where a spelling begins, once a line, and the spelling."""
        for start in range(0, len(content), _WINDOW_BYTES):
            window = content[start : start + _WINDOW_BYTES + self._overlap]
            for text in self._possible(window):
                position = window.find(text)
                while 0 <= position < _WINDOW_BYTES:
                    yield start + position, text
                    line_break = window.find(b"\n", position)
                    # The next one on the same line would be the same finding.
                    position = window.find(text, line_break) if line_break >= 0 else -1

    def _possible(self, window: bytes) -> set[bytes]:
        numbers = memoryview(window)[: len(window) // _GRAM_BYTES * _GRAM_BYTES].cast("I")
        present = self._known.intersection(numbers)
        return {
            text
            for first in present
            for text, rest in self._by_first.get(first, ())
            if present.issuperset(rest)
        }.union(self._short)


# A folder is many files and one set of secrets.
_index = functools.lru_cache(maxsize=2)(_Index)
