"""Changes a settings file where it has to change, and leaves every other byte of it alone.

ruamel.yaml tells where each value stands, and writes the new ones. Comments, order, blank lines and quotes
are the file's own: nothing is written again that does not change.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from ..api.errors import TelnyxError
from .located import Path

# Anything else is quoted: `yes`, `1_000` or `0x1F` are no text to every reader of YAML.
_PLAIN_TEXT: Final = re.compile(r"[A-Za-z/](?:[\w ./()+-]|:(?=\S))*(?<! )")
# Of YAML: a no-break space is a text like any other.
_BLANKS: Final = " \t\r\n"
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


class UneditableError(TelnyxError):
    """A file cannot be changed without being written anew; why, without its name."""


@dataclass(frozen=True)
class Put:
    """Set a value: plain, a list, or a map."""

    value: Any


class Drop:
    """Take a key away, and maps that are empty then."""


Changes: TypeAlias = "Mapping[str, Put | Drop | Changes]"


def edited(text: str, changes: Changes) -> str:
    """Return the text of a YAML file with changes made.

    Args:
        text: the file, a map.
        changes: what to do, as nested maps of keys; missing maps on the way are made.

    Raises:
        UneditableError: it is YAML, but no YAML that can be changed here.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    if newline == "\n" and "\r" in text:
        raise UneditableError("it has line ends of old Macintoshes: save it with others")
    if text and not text.endswith("\n"):
        text += newline
    try:
        root = YAML().compose(io.StringIO(text))
        if root is None:
            # Nothing but comments.
            return text + _block(_merged({}, changes), _step(text)).replace("\n", newline)
        editor = _Editor(text, newline, _step(text))
        _mark_what_is_empty(root)
        editor.change(cast("MappingNode", root), changes, 0)
        return editor.result()
    except YAMLError:
        raise UneditableError("it is written in a way that this cannot edit: change it by hand") from None


def nested(changes: Mapping[Path, Put | Drop]) -> Changes:
    """Return changes by path as nested maps."""
    tree: dict[str, Any] = {}
    for path, change in changes.items():
        below = tree
        for step in path[:-1]:
            below = below.setdefault(str(step), {})
        below[str(path[-1])] = change
    return tree


class _Editor:
    """Collects replacements of parts of the text, in the order of the text."""

    def __init__(self, text: str, newline: str, step: int) -> None:
        self._text, self._newline, self._step = text, newline, step
        self._replacements: list[tuple[int, int, str]] = []
        starts = [0, *(each.end() for each in re.finditer("\n", text))]
        self._starts = [*starts, len(text)] if starts[-1] != len(text) else starts

    def result(self) -> str:
        parts, done = [], 0
        # A stable sort: what is added to a nested map comes before what is added to the map around it.
        for start, end, new in sorted(self._replacements, key=lambda each: each[:2]):
            parts += [self._text[done:start], new.replace("\n", self._newline)]
            done = end
        return "".join([*parts, self._text[done:]])

    def change(self, node: MappingNode, changes: Changes, indent: int) -> None:
        """Change a map in block style whose keys stand at a column."""
        pairs = {key.value: (key, value) for key, value in node.value}
        added = {}
        for name, change in changes.items():
            if name not in pairs:
                added[name] = change
                continue
            key, value = pairs[name]
            if isinstance(change, Drop) or (isinstance(change, Mapping) and _emptied(value, change)):
                self._replace(self._starts[key.start_mark.line], self._after(value), "")
            elif isinstance(change, Put):
                self._put(key, value, change.value)
            elif _is_block_map(value):
                self.change(value, change, value.value[0][0].start_mark.column)
            elif not isinstance(value, CollectionNode) or not value.value:
                self._fill(key, value, change, indent)
            else:
                self._change_in_line(cast("MappingNode", value), change)
        if content := _merged({}, added):
            self._insert(self._after(node), content, indent)

    def _change_in_line(self, node: MappingNode, changes: Changes) -> None:
        """Change a map in braces: part by part, so that comments stay; as a whole where something goes."""
        pairs = {key.value: value for key, value in node.value}
        last = node.value[-1][1].end_mark.index
        goes = any(
            isinstance(change, Drop) or _emptied(pairs.get(name), change) for name, change in changes.items()
        )
        if goes or "," in self._text[last : node.end_mark.index]:
            self._replace(
                node.start_mark.index, node.end_mark.index, _inline(_merged(_constructed(node), changes))
            )
            return
        added = ""
        for name, change in changes.items():
            value = pairs.get(name)
            if value is None:
                added += "".join(f", {_inline(_merged({}, {name: change}))[1:-1]}")
            elif isinstance(change, Mapping) and isinstance(value, MappingNode) and value.value:
                self._change_in_line(value, change)
            else:
                new = _inline(
                    change.value if isinstance(change, Put) else _merged({}, cast("Changes", change))
                )
                start = value.start_mark.index
                self._replace(
                    start, value.end_mark.index, (" " if self._text[start - 1] == ":" else "") + new
                )
        self._replace(last, last, added)

    def _put(self, key: Node, value: Node, new: Any) -> None:
        start, end = value.start_mark.index, value.end_mark.index
        if _spans_lines(value):
            start, end = key.end_mark.index + 1, self._after(value) - len(self._newline)
        self._replace(start, end, (" " if self._text[start - 1] == ":" else "") + _inline(new))

    def _fill(self, key: Node, value: Node, changes: Changes, indent: int) -> None:
        """Put a map in the place of `{}`, null or nothing."""
        # The comment behind it stays.
        self._replace(key.end_mark.index + 1, value.end_mark.index, "")
        self._insert(self._after(value), _merged({}, changes), indent + self._step)

    def _insert(self, index: int, content: Mapping[str, Any], indent: int) -> None:
        lines = _block(content, self._step).splitlines()
        self._replace(index, index, "".join(f"{' ' * indent}{line}\n" for line in lines))

    def _after(self, node: Node) -> int:
        """Return where the line after the last one of a node begins."""
        return self._starts[_last_line(node, self._text, self._starts) + 1]

    def _replace(self, start: int, end: int, new: str) -> None:
        self._replacements.append((start, end, new))


def _emptied(node: Node | None, changes: Put | Drop | Changes) -> bool:
    """Return whether nothing is left of a map."""
    if not isinstance(node, MappingNode) or not node.value or not isinstance(changes, Mapping):
        return False
    pairs = {key.value: value for key, value in node.value}
    dropped = {
        name
        for name, change in changes.items()
        if isinstance(change, Drop)
        or (isinstance(change, Mapping) and name in pairs and _emptied(pairs[name], change))
    }
    return set(pairs) <= dropped and not _merged({}, changes)


def _merged(into: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """Return plain values with changes made; maps that would be empty are left out."""
    result = dict(into)
    for name, change in changes.items():
        if isinstance(change, Put):
            result[name] = change.value
        elif isinstance(change, Mapping):
            there = result.get(name)
            result[name] = _merged(there if isinstance(there, dict) else {}, change)
        is_empty = isinstance(change, Mapping) and not result[name]
        if isinstance(change, Drop) or is_empty:
            result.pop(name, None)
    return result


@dataclass(frozen=True)
class _Mark:
    """A place in the text."""

    index: int
    line: int
    column: int


def _mark_what_is_empty(node: Node) -> None:
    """Let a value that is not there stand behind its key: the parser says it stands at the next token."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(value, ScalarNode) and not value.value and value.style is None:
                end = key.end_mark
                value.start_mark = value.end_mark = _Mark(end.index + 1, end.line, end.column + 1)
            _mark_what_is_empty(value)
    elif isinstance(node, CollectionNode):
        for each in node.value:
            _mark_what_is_empty(each)


def _is_block_map(node: Node) -> bool:
    return isinstance(node, MappingNode) and not node.flow_style and bool(node.value)


def _spans_lines(node: Node) -> bool:
    if isinstance(node, CollectionNode):
        return not node.flow_style
    return isinstance(node, ScalarNode) and node.style in ("|", ">")


def _last_line(node: Node, text: str, starts: Sequence[int]) -> int:
    """Return the number of a node's last line: the end of a block is its next token, comments in between."""
    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(node, MappingNode) else last, text, starts)
    line = cast("int", node.end_mark.line)
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        line -= 1
        while not text[starts[line] : starts[line + 1]].strip(_BLANKS):
            line -= 1
    return line


def _constructed(node: Node) -> dict[str, Any]:
    """Return the values of a map in flow style."""
    text = io.StringIO()
    YAML().serialize(node, text)
    return cast("dict[str, Any]", YAML().load(text.getvalue()))


def _step(text: str) -> int:
    """Return by how many columns the file indents."""
    found = re.search(r"^config:.*\n(?:\s*(?:#.*)?\n)*( +)\S", text, re.MULTILINE)
    return len(found[1]) if found else 2


class _Representer(RoundTripRepresenter):
    """Writes null as a word: a key with nothing behind it looks like a slip."""


_Representer.add_representer(
    type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "null")
)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = 1 << 20
    return yaml


def _block(content: Mapping[str, Any], step: int) -> str:
    yaml = _yaml()
    yaml.indent(mapping=step)
    text = io.StringIO()
    yaml.dump(_styled(content), text)
    return text.getvalue()


def _inline(value: Any) -> str:
    yaml = _yaml()
    yaml.default_flow_style = True
    styled = _styled(value)
    if isinstance(styled, CommentedMap):
        styled.fa.set_flow_style()
    holder = CommentedMap(value=styled)
    text = io.StringIO()
    yaml.dump(holder, text)
    # `{value: …}`, or `value: …` where the holder is written as a block.
    written = text.getvalue().strip(_BLANKS)
    return written.removeprefix("{").removeprefix("value: ").removesuffix("}" if written[0] == "{" else "")


def _styled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return CommentedMap((name, _styled(each)) for name, each in value.items())
    if isinstance(value, list):
        items = CommentedSeq(_styled(each) for each in value)
        items.fa.set_flow_style()
        return items
    if isinstance(value, str) and not _is_plain(value):
        return DoubleQuotedScalarString(value)
    return value


def _is_plain(text: str) -> bool:
    return _PLAIN_TEXT.fullmatch(text) is not None and text.lower() not in _WORDS
