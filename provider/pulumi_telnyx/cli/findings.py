"""How the commands that look for something say what they found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

from .output import in_format

F = TypeVar("F", bound=Callable[..., Any])

FINDING: Final = 2
"""The exit code of a command that has found what it looks for."""


def findings_format(command: F) -> F:
    """Give a command the option that says how its findings are printed; the argument is called `form`."""
    shows = "Lines for people, a JSON array, or annotations for a GitHub workflow."
    return in_format("text", "json", "github", shows=shows)(command)


def annotation(level: Literal["error", "warning"], file: str, line: int | None, message: str) -> str:
    """Return the workflow command with which GitHub shows a message beside a line, or the whole file."""
    place = f"file={_escaped(file, ':,')}" + ("" if line is None else f",line={line}")
    return f"::{level} {place}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    # The percent sign first, or it would be escaped again.
    for char in f"%\r\n{more}":
        text = text.replace(char, f"%{ord(char):02X}")
    return text
