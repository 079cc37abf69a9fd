"""Reads a settings file as Pulumi's engine does, and keeps the line of each value.

The engine reads YAML with Go's yaml.v3, whose plain values differ from PyYAML's: `yes` and `on` are text
there. Aliases, merge keys and tags are refused: `pulumi config set` would write the file without them, and
`defaults` does what they are used for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

# It comes with Pulumi's SDK, which reads its own project files with it.
import yaml

from ..api.errors import printable
from .located import Finding, Located, Origin, Secret

MAX_BYTES: Final = 4 << 20
MAX_DEPTH: Final = 50

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]*|0[xX][0-9a-fA-F_]+|[1-9][0-9_]*)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)")
_PREFIXES: Final = {"0b": 2, "0o": 8, "0x": 16}
_NOT_A_NUMBER: Final = frozenset({".nan", ".NaN", ".NAN"})
_LARGEST: Final = (1 << 64) - 1
_SMALLEST: Final = -(1 << 63)
_MOST_FINDINGS: Final = 100

_Parser: Any = getattr(yaml, "CLoader", yaml.Loader)


class _UnreadableError(Exception):
    """What ends the reading of a file."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


def read_yaml(path: Path, name: str) -> tuple[Located | None, list[Finding]]:
    """Return what the file holds, and what is wrong with it as YAML.

    Args:
        path: the file.
        name: what users call it.

    Returns:
        The content, None where the file cannot be read at all or is empty, and the findings.
    """
    findings: list[Finding] = []

    def found(line: int | None, message: str) -> None:
        if len(findings) < _MOST_FINDINGS:
            findings.append(Finding(Origin(name, line), message))

    try:
        return _Tree(name, found).built(_text(path)), findings
    except _UnreadableError as error:
        found(error.line, error.message)
    return None, findings


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _UnreadableError(
                None, f"is larger than {MAX_BYTES >> 20} MiB: split it into several stacks"
            )
        content = path.read_bytes()
    except OSError as error:
        raise _UnreadableError(None, f"cannot be read: {error.strerror}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _UnreadableError(line, "is not UTF-8 text: save it as UTF-8") from None


class _Tree:
    """Builds the tree from the parser's events: in a loop, since PyYAML itself crashes on deep files."""

    def __init__(self, name: str, found: Callable[[int | None, str], None]) -> None:
        self._name, self._found = name, found

    def built(self, text: str) -> Located | None:
        root: Located | None = None
        # Each open collection, the key that waits for its value, and the line that the value is known by.
        open_ones: list[list[Any]] = []
        for event in _events(text):
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise _UnreadableError(line, "holds more than one YAML document: keep the first")
            if isinstance(event, yaml.NodeEvent):
                self._refuse_references(event, line)
            if isinstance(event, yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent):
                value = _plain(event) if isinstance(event, yaml.ScalarEvent) else _collection(event)
                at = self._placed(open_ones, event, value, line)
                if root is None:
                    root = at
                if at is not None and not isinstance(event, yaml.ScalarEvent):
                    open_ones.append([at, None, line])
                    if len(open_ones) > MAX_DEPTH:
                        raise _UnreadableError(line, f"is nested more than {MAX_DEPTH} levels deep")
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                open_ones.pop()
        # A file that holds only a null is as good as an empty one.
        return None if root is None or root.value is None else _with_secrets(root)

    def _placed(self, open_ones: list[list[Any]], event: Any, value: Any, line: int) -> Located | None:
        """Put a value where it belongs; what is a map's key is kept until its value comes."""
        if not open_ones:
            return Located(value, Origin(self._name, line))
        parent, key, key_line = open_ones[-1]
        if isinstance(parent.value, list):
            item = Located(value, Origin(self._name, line))
            parent.value.append(item)
            return item
        if key is None:
            if not isinstance(event, yaml.ScalarEvent):
                raise _UnreadableError(line, "has a key that is no text")
            if event.value == "<<" and not event.style:
                self._found(line, "merge keys (<<) are not read: put what is shared into defaults")
            if event.value in parent.value:
                self._found(line, f"'{printable(event.value)}' stands here twice: remove one of the two")
            open_ones[-1][1:] = [event.value, line]
            return None
        entry = Located(value, Origin(self._name, key_line))
        parent.value[key] = entry
        open_ones[-1][1] = None
        return entry

    def _refuse_references(self, event: Any, line: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise _UnreadableError(
                line, f"the alias *{printable(event.anchor)} is not read: put what is shared into defaults"
            )
        if event.anchor is not None:
            self._found(
                line, f"the anchor &{printable(event.anchor)} is not read: put what is shared into defaults"
            )
        if getattr(event, "tag", None) is not None:
            self._found(line, f"the tag {printable(event.tag)} is not read: write the value without it")


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_Parser)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _UnreadableError(
            line, f"is not YAML: {error.problem}; check the indentation there, without tabs"
        ) from None
    except yaml.YAMLError:
        raise _UnreadableError(
            _line_of_control_character(text), "holds a control character: remove it"
        ) from None


def _line_of_control_character(text: str) -> int | None:
    found = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return text.count("\n", 0, found.start()) + 1 if found else None


def _collection(event: Any) -> dict[str, Located] | list[Located]:
    return {} if isinstance(event, yaml.MappingStartEvent) else []


def _plain(event: Any) -> str | int | float | bool | None:
    """Return what an unquoted value means to the engine; a quoted one is text."""
    text: str = event.value
    if event.style or event.tag is not None:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    return _number(text)


def _number(text: str) -> str | int | float:
    if _INTEGER.fullmatch(text):
        digits = text.replace("_", "")
        sign = -1 if digits.startswith("-") else 1
        digits = digits.lstrip("+-")
        base = _PREFIXES.get(digits[:2].lower(), 8 if digits[:1] == "0" else 10)
        try:
            number = sign * int(digits, base)
        except ValueError:
            return text
        return number if _SMALLEST <= number <= _LARGEST else float(number)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if text in _NOT_A_NUMBER else text


def _with_secrets(located: Located) -> Located:
    value = located.value
    if isinstance(value, list):
        return Located([_with_secrets(each) for each in value], located.origin)
    if not isinstance(value, dict):
        return located
    if len(value) == 1 and "secure" in value and isinstance(ciphertext := value["secure"].value, str):
        return Located(Secret(ciphertext), located.origin)
    return Located({name: _with_secrets(each) for name, each in value.items()}, located.origin)
