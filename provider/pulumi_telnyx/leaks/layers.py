"""A file's content and what is packed into it as base64, with the line that each byte belongs to."""

from __future__ import annotations

import re
from array import array
from binascii import a2b_base64
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ..api.encodings import BASE64, CLEAR_TEXT

_DEEPEST: Final = 2
_BATCH_BYTES: Final = 1 << 20

# Both alphabets. Full lines of a wrapped block are one run, also where JSON escapes the line break.
_RUN = re.compile(rb"[A-Za-z0-9+/_-]{16,}(?:(?<=[A-Za-z0-9+/_-]{60})(?:\r?\n|(?:\\r)?\\n)[A-Za-z0-9+/_-]+)*")
_LINE_BREAK = re.compile(rb"\r?\n|(?:\\r)?\\n")
_STANDARD = bytes.maketrans(b"-_", b"+/")
# No spelling of a secret holds the middle byte: two pieces never look like one.
_SEPARATOR = b"\n\xff\n"


@dataclass(frozen=True, order=True)
class Finding:
    """A secret that stands where it can be read.

    Args:
        line: counted from 1; of something packed, the line where the packed text begins.
        name: what the secret is called; never the secret.
        spelling: how it is written: `clear text`, `JSON`, `base64`, `JSON in base64` …
    """

    line: int
    name: str
    spelling: str


@dataclass(frozen=True)
class Layer:
    """Bytes to look at.

    Args:
        content: the bytes.
        line: the line in the file for a position in `content`.
        depth: how often it was packed as base64.
    """

    content: bytes
    line: Callable[[int], int]
    depth: int = 0

    def spelling(self, inner: str) -> str:
        """Return how something is written in the file that is written as `inner` in this layer."""
        packed = " in ".join([BASE64] * self.depth)
        if not packed:
            return inner
        return packed if inner == CLEAR_TEXT else f"{inner} in {packed}"


def layers(content: bytes) -> Iterator[Layer]:
    """Yield the content itself, then what its long runs of base64 hold, and what those hold."""
    outer = Layer(content, _lines(content))
    yield outer
    yield from _unpacked(outer)


def _lines(content: bytes) -> Callable[[int], int]:
    """Return the function from position to line; the content is read when it is first asked."""
    breaks: array[int] | None = None

    def line(position: int) -> int:
        nonlocal breaks
        if breaks is None:
            breaks = array("Q", (each.start() for each in re.finditer(b"\n", content)))
        return bisect_left(breaks, position) + 1

    return line


def _unpacked(outer: Layer) -> Iterator[Layer]:
    if outer.depth == _DEEPEST:
        return
    batch, starts, origins = bytearray(), array("Q"), array("Q")
    for run in _RUN.finditer(outer.content):
        for piece in _decoded(run[0]):
            starts.append(len(batch))
            origins.append(run.start())
            batch += piece
            batch += _SEPARATOR
        # Many small pieces at once: looking at each by itself takes longer than decoding it.
        if len(batch) >= _BATCH_BYTES:
            yield from _with_unpacked(outer, bytes(batch), starts, origins)
            batch, starts, origins = bytearray(), array("Q"), array("Q")
    if batch:
        yield from _with_unpacked(outer, bytes(batch), starts, origins)


def _with_unpacked(outer: Layer, content: bytes, starts: array[int], origins: array[int]) -> Iterator[Layer]:
    def line(position: int) -> int:
        return outer.line(origins[bisect_right(starts, position) - 1])

    layer = Layer(content, line, outer.depth + 1)
    yield layer
    yield from _unpacked(layer)


def _decoded(run: bytes) -> Iterator[bytes]:
    """Yield the run decoded from each of its first four characters: one of them is where a group begins."""
    if b"\n" in run or b"\\" in run:
        run = _LINE_BREAK.sub(b"", run)
    run = run.translate(_STANDARD)
    for skipped in range(4):
        text = run[skipped:]
        # A single character at the end is no byte.
        text = text[: len(text) - (len(text) % 4 == 1)]
        yield a2b_base64(text + b"=" * (-len(text) % 4))
