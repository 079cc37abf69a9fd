"""Reads a settings file as Pulumi's engine does, and keeps the line of each value.

The engine reads YAML with Go's yaml.v3, whose plain values differ from PyYAML's: `yes` and `on` are text
there. Aliases, merge keys and tags are refused: `pulumi config set` would write the file without them, and
`defaults` does what they are used for.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

# It comes with Pulumi's SDK, which reads its own project files with it.
import yaml

from ..api.errors import printable
from .located import Finding, Located, Origin, Secret
from .text_file import (
    CONTROL_CHARACTER,
    UnreadableError,
    line_of_control_character,
    read_text,
)

MAX_DEPTH: Final = 50

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(?:0[bB][01]+|0[oO]?[0-7]*|0[xX][0-9a-fA-F]+|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)")
_PREFIXES: Final = {"0b": 2, "0o": 8, "0x": 16}
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")
_NOT_A_NUMBER: Final = frozenset({".nan", ".NaN", ".NAN"})
_LARGEST: Final = (1 << 64) - 1
_SMALLEST: Final = -(1 << 63)
_LONGEST_INTEGER: Final = 2 + 64
_MOST_FINDINGS: Final = 100
_STARTS: Final = frozenset({yaml.MappingStartEvent, yaml.SequenceStartEvent})
_ENDS: Final = frozenset({yaml.MappingEndEvent, yaml.SequenceEndEvent})
# How those problems begin that name nothing but what YAML has there.
_EXPECTED: Final = ("did not find expected ", "could not find expected ")
_SHARED: Final = "put what is shared into defaults, and text that begins like this into quotes"

_Parser: Any = getattr(yaml, "CLoader", yaml.Loader)


def read_yaml(path: Path, name: str) -> tuple[Located | None, list[Finding]]:
    """Return what the file holds, and what is wrong with it as YAML.

    Args:
        path: the file.
        name: what users call it.

    Returns:
        The content, None where the file cannot be read at all or is empty, and the findings.
    """
    findings: list[Finding] = []

    def found(line: int | None, message: str, level: Literal["error", "warning"] = "error") -> None:
        if len(findings) < _MOST_FINDINGS:
            findings.append(Finding(Origin(name, line), message, level))

    try:
        return _Tree(name, found).built(read_text(path)), findings
    except UnreadableError as error:
        found(error.line, error.message)
    return None, findings


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet.

    Args:
        value: its entries or items so far.
        origin: where it stands.
        key: the key that waits for its value, and where that stands.
    """

    value: dict[str, Located] | list[Located]
    origin: Origin
    key: tuple[str, Origin] | None = None

    def add(self, value: Located) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is not None:
            self.value[self.key[0]] = value
            self.key = None

    def closed(self) -> Located:
        value = self.value
        if isinstance(value, dict) and len(value) == 1 and "secure" in value:
            ciphertext = value["secure"].value
            if isinstance(ciphertext, str):
                return Located(Secret(ciphertext), self.origin)
        return Located(value, self.origin)


class _Tree:
    """Builds the tree from the parser's events: in a loop, since PyYAML itself crashes on deep files."""

    def __init__(self, name: str, found: Callable[..., None]) -> None:
        self._found = found
        # Most lines hold a key and its value, which stand in one place.
        self._at = functools.lru_cache(maxsize=4)(functools.partial(Origin, name))

    def built(self, text: str) -> Located | None:
        root: Located | None = None
        open_ones: list[_Open] = []
        for event in _events(text):
            kind = type(event)
            inner = open_ones[-1] if open_ones else None
            if kind is yaml.ScalarEvent:
                done = self._scalar(inner, event)
            elif kind in _STARTS:
                open_ones.append(self._started(inner, event, len(open_ones)))
                continue
            elif kind in _ENDS:
                done = open_ones.pop().closed()
                inner = open_ones[-1] if open_ones else None
            else:
                self._refuse_others(event, is_first=root is None)
                continue
            if done is None:
                continue
            if inner is None:
                root = done
            else:
                inner.add(done)
        # A file that holds only a null is as good as an empty one.
        return None if root is None or root.value is None else root

    def _scalar(self, inner: _Open | None, event: Any) -> Located | None:
        """Return a value; what is a key is kept until its value comes."""
        line = event.start_mark.line + 1
        self._refuse_references(event, line)
        if inner is not None and inner.key is None and isinstance(inner.value, dict):
            self._judge_key(inner.value, event, line)
            inner.key = event.value, self._at(line)
            return None
        return Located(self._plain(event, line), self._origin(inner, line))

    def _started(self, inner: _Open | None, event: Any, depth: int) -> _Open:
        line = event.start_mark.line + 1
        self._refuse_references(event, line)
        if inner is not None and inner.key is None and isinstance(inner.value, dict):
            raise UnreadableError(line, "has a key that is no text")
        if depth == MAX_DEPTH:
            raise UnreadableError(line, f"is nested more than {MAX_DEPTH} levels deep")
        value: dict[str, Located] | list[Located] = {} if type(event) is yaml.MappingStartEvent else []
        return _Open(value, self._origin(inner, line))

    def _refuse_others(self, event: Any, *, is_first: bool) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableError(line, f"an alias (*) is not read: {_SHARED}")
        if isinstance(event, yaml.DocumentStartEvent) and not is_first:
            raise UnreadableError(line, "holds more than one YAML document: keep the first")

    def _origin(self, inner: _Open | None, line: int) -> Origin:
        return self._at(line) if inner is None or inner.key is None else inner.key[1]

    def _judge_key(self, entries: Mapping[str, Located], event: Any, line: int) -> None:
        if event.value == "<<":
            # The engine merges what a quoted one has, too.
            self._found(line, "merge keys (<<, quoted or not) are not read: put what is shared into defaults")
        if event.value in entries:
            self._found(line, f"'{printable(event.value)}' stands here twice: remove one of the two")

    def _refuse_references(self, event: Any, line: int) -> None:
        # None of them is repeated: an unquoted password may begin with such a character.
        if event.anchor is not None:
            # Ends it: an alias would follow, and say the same again.
            raise UnreadableError(line, f"an anchor (&) is not read, nor are its aliases: {_SHARED}")
        if event.tag is not None:
            self._found(line, "a tag (!) is not read: write the value without it, or put text into quotes")

    def _plain(self, event: Any, line: int) -> str | int | float | bool | None:
        """Return what an unquoted value means to the engine; a quoted one is text."""
        text: str = event.value
        if event.style or event.tag is not None:
            return text
        if _DATE.fullmatch(text):
            self._found(
                line,
                "a date without quotes: Pulumi hands it over in another spelling; put quotes around it",
                "warning",
            )
        return _resolved(text)


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_Parser)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = error.problem or "cannot be parsed"
        if not problem.startswith(_EXPECTED):
            # Some quote what stands there, and that may be a password.
            problem = re.sub(r"'.*'|\".*\"", "…", problem, flags=re.DOTALL)
        remedy = "check brackets, quotes and colons there, and that only spaces indent"
        raise UnreadableError(line, f"is not YAML: {problem}; {remedy}") from None
    except yaml.YAMLError:
        raise UnreadableError(line_of_control_character(text), CONTROL_CHARACTER) from None


@functools.lru_cache(maxsize=4096)
def _resolved(text: str) -> str | int | float | bool | None:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    # As every number does.
    return _number(text) if text[0] in "+-.0123456789" else text


def _number(text: str) -> str | int | float:
    plain = text.replace("_", "")
    if _INTEGER.fullmatch(plain):
        sign = -1 if plain.startswith("-") else 1
        digits = plain.lstrip("+-")
        base = _PREFIXES.get(digits[:2].lower(), 8 if digits[:1] == "0" else 10)
        # Python refuses to read integers of thousands of digits.
        if len(digits) <= _LONGEST_INTEGER and _SMALLEST <= (number := sign * int(digits, base)) <= _LARGEST:
            return number
    if _FLOAT.fullmatch(plain):
        # What no float can hold is text.
        return text if math.isinf(as_float := float(plain)) else as_float
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if text in _NOT_A_NUMBER else text
