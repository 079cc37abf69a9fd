"""What the plugin process tells the user beside the engine's own output."""

from __future__ import annotations

import io
import sys

import pytest

from pulumi_telnyx import notices


class _Pieces(io.StringIO):
    """Keeps each piece that is written by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return len(text)


def test_lines_of_several_threads_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line and its end are written at once: the engine's output has one message a line."""
    stderr = _Pieces()
    monkeypatch.setattr(sys, "stderr", stderr)

    notices.announce("Front desk", "took over a connection")

    assert stderr.pieces == ["Front desk: took over a connection\n"]
