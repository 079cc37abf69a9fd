"""Annotations for a GitHub workflow: lines of a log that GitHub shows beside the file."""

from __future__ import annotations

from typing import Literal


def annotation(level: Literal["error", "warning"], file: str, line: int | None, message: str) -> str:
    """Return the workflow command that annotates a line of a file, or the whole file."""
    place = f"file={_escaped(file, ':,')}" + ("" if line is None else f",line={line}")
    return f"::{level} {place}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    # The percent sign first, or it would be escaped again.
    for char in f"%\r\n{more}":
        text = text.replace(char, f"%{ord(char):02X}")
    return text
