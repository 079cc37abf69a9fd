"""Reads the text of a settings file, as far as it is one."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 4 << 20
CONTROL_CHARACTER: Final = "holds a control character: remove it"

_UNSEEN_BREAK: Final = re.compile("[\x85\u2028\u2029]")
"""Line breaks of YAML that few editors show; what follows one in a comment is no comment."""

_CONTROL_CHARACTER: Final = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class UnreadableError(Exception):
    """What ends the reading of a file."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises:
        UnreadableError: it is none, or is too large, or has line breaks that few editors show.
    """
    try:
        kind = path.stat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            # Nobody may ever write into a pipe, and a device may never end.
            raise UnreadableError(None, "is no regular file: put one in its place, or remove it")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(None, f"cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        message = f"is larger than {MAX_BYTES >> 20} MiB: split it into several stacks or sets"
        raise UnreadableError(1, message)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(line, "is not UTF-8 text: save it as UTF-8") from None
    if found := _UNSEEN_BREAK.search(text):
        message = f"holds U+{ord(found[0]):04X}, a line break that few editors show: remove it"
        raise UnreadableError(line_at(text, found.start()), message)
    return text


def line_at(text: str, index: int) -> int:
    """Return the number of the line in which a character stands, counted from 1."""
    return text.count("\n", 0, index) + 1


def line_of_control_character(text: str) -> int | None:
    """Return the line of the first character that no text has but by mistake, or None where there is none."""
    found = _CONTROL_CHARACTER.search(text)
    return line_at(text, found.start()) if found else None
