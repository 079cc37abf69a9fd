"""Finds secrets that nobody told us, by where they stand in Pulumi's JSON and by what they look like."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from ..api.encodings import CLEAR_TEXT
from ..connection.passwords import GENERATED
from ..engine_secrets import IS_SECRET, SIGNATURE
from .layers import Finding, Layer, layers

_KEY_FORM = re.compile(rb"KEY[0-9A-Fa-f]{32}_[A-Za-z0-9]+")

# Pulumi writes a secret as an object with this member; beside it stands `ciphertext`, or the clear text as
# `plaintext` (in an export) or `value` (in its own calls). An output that says by itself whether it is one
# has the other signature.
_SIGNATURE: Final = SIGNATURE.encode()
_SECRET_SIGNATURE: Final = IS_SECRET.encode()
_OUTPUT_SIGNATURE: Final = b"d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_NO_SECRETS = frozenset({"", "{}", "[secret]", "output<string>", "null", _UNKNOWN, GENERATED})

_CONNECTION = re.compile(rb"(?:telnyx:CredentialConnection\w*|pulumi:providers:telnyx)(?:::|$)")
_RECORD_TYPE: Final = b"credential_connection"
_SECRET_PROPERTY = re.compile(rb"(?:[\w.-]+:)?(?:password|apiKey)")
# Those of a set, by member.
_PASSWORDS: Final = b"passwords"
# A file without any of these has nothing to be read for.
_WORTH_READING = re.compile(rb'password|apiKey|plaintext|secret\\*"\s*:|' + _SIGNATURE)

# Strings end with their line: after text that is no JSON the next line is read afresh.
_TOKEN = re.compile(
    rb'"([^"\\\n]*(?:\\.[^"\\\n]*)*)"(?:\s*(:)\s*(true\b|false\b|-?[0-9][0-9.eE+-]*)?)?|[{}\[\]]'
)
_DEEPEST_OBJECT: Final = 200
_DEEPEST_STRING: Final = 4


def structural(content: bytes) -> list[Finding]:
    """Return what must be a secret, without knowing any.

    That is: a password or an API key of a credential connection or of a stack's config that Pulumi's JSON
    (state, export, preview, event log, also in a string or a log line) holds in clear; whatever Pulumi marks
    as a secret and shows nevertheless; and everything that has the form of an API key.

    Args:
        content: a whole file; it need not be JSON.
    """
    found: set[Finding] = set()
    for layer in layers(content):
        for key in _KEY_FORM.finditer(layer.content):
            found.add(Finding(layer.line(key.start()), "an API key", layer.spelling(CLEAR_TEXT)))
        if _WORTH_READING.search(layer.content):
            reader = _Reader(layer, _DEEPEST_STRING)
            reader.read()
            found |= reader.found | {
                reader.finding(each) for each in reader.open_ends if each.sure or each.of
            }
    return sorted(found)


@dataclass(frozen=True)
class _Suspect:
    """Clear text that is a finding if it belongs to what it should belong to.

    Args:
        position: in the layer.
        name: the property.
        sure: it is a secret wherever it stands.
        of: what it belongs to, if no resource claims it.
    """

    position: int
    name: str
    sure: bool
    of: str = ""


@dataclass
class _Object:
    """A JSON object or array that is being read.

    Args:
        key: what it stands under; that of its array for an element.
        latest: the key of the member that is being read; empty in an array, whose elements are no members.
        urn: of the resource that this is, or empty.
        connection: whether this is a credential connection.
        signature: what Pulumi marks this as, or empty.
        secret: what its member `secret` says, or None.
        clear: where it shows its clear text, or None.
        suspects: found in here so far.
    """

    key: bytes
    latest: bytes = b""
    urn: bytes = b""
    connection: bool = False
    signature: bytes = b""
    secret: bool | None = None
    clear: int | None = None
    suspects: list[_Suspect] = field(default_factory=list)


class _Reader:
    """Reads JSON as a stream of tokens: positions are needed, and the text around it may be anything."""

    def __init__(self, layer: Layer, strings_left: int, key: bytes = b"") -> None:
        self.found: set[Finding] = set()
        self._layer = layer
        self._strings_left = strings_left
        self._root = _Object(key)
        self._open: deque[_Object] = deque()

    @property
    def open_ends(self) -> list[_Suspect]:
        """What no object in here has claimed or cleared."""
        return self._root.suspects

    def read(self) -> None:
        """Read everything; members of a resource may come in any order, so each is judged at its end."""
        for token in _TOKEN.finditer(self._layer.content):
            text = token[1]
            if text is None:
                if token[0] in b"{[":
                    self._begin(token.start())
                else:
                    self._end()
                continue
            top = self._top
            if token[2]:
                top.latest = text
                if token[3]:
                    self._value(top, token[3], token.start(3))
            else:
                self._value(top, text, token.start())
        while self._open:
            self._end()

    def finding(self, suspect: _Suspect, urn: bytes = b"") -> Finding:
        """Return the finding that a suspect has turned out to be."""
        of = urn.decode(errors="replace") or suspect.of
        name = f"{suspect.name} of {of}" if of else suspect.name
        return Finding(self._layer.line(suspect.position), name, self._layer.spelling(CLEAR_TEXT))

    @property
    def _top(self) -> _Object:
        return self._open[-1] if self._open else self._root

    def _begin(self, position: int) -> None:
        top = self._top
        if top.latest in {b"value", b"plaintext"}:
            top.clear = position
        if len(self._open) == _DEEPEST_OBJECT:
            # Only text that is no JSON has so many open brackets.
            self._root.suspects += self._open.popleft().suspects
        self._open.append(_Object(top.latest or top.key))

    def _value(self, top: _Object, text: bytes, position: int) -> None:
        key = top.latest
        if key == b"urn":
            top.urn = text
            top.connection |= bool(_CONNECTION.search(text))
        elif key == b"type":
            top.connection |= bool(_CONNECTION.search(text))
        elif key == b"record_type":
            top.connection |= text == _RECORD_TYPE
        elif key == _SIGNATURE:
            top.signature = text
        elif key == b"secret":
            top.secret = text == b"true"
        elif key in {b"value", b"plaintext"} and _is_clear(text):
            top.clear = position
        elif _SECRET_PROPERTY.fullmatch(key) and _is_clear(text):
            top.suspects.append(_Suspect(position, _text(key), sure=key == b"telnyx:apiKey"))
        elif top.key == _PASSWORDS and key != b"ciphertext" and _is_clear(text):
            top.suspects.append(_Suspect(position, f"{_text(top.key)}.{_text(key)}", sure=False))
        if b'\\"' in text and self._strings_left and _WORTH_READING.search(text):
            self._string(top, text, position)

    def _string(self, top: _Object, text: bytes, position: int) -> None:
        """Read JSON inside a string; what it leaves open is for the objects around it to claim."""
        content = _text(text).encode("utf-8", "surrogatepass")
        inner = _Reader(
            Layer(content, lambda _: self._layer.line(position), self._layer.depth),
            self._strings_left - 1,
            top.latest or top.key,
        )
        inner.read()
        self.found |= inner.found
        top.suspects += [_Suspect(position, each.name, each.sure, each.of) for each in inner.open_ends]

    def _end(self) -> None:
        if not self._open:
            return
        ended = self._open.pop()
        around = self._top
        if ended.clear is not None and _is_secret(ended):
            ended.suspects.append(_Suspect(ended.clear, _text(ended.key) or "a secret", sure=True))
        for each in ended.suspects:
            if ended.urn and (each.sure or ended.connection):
                self.found.add(self.finding(each, ended.urn))
            elif ended.connection:
                around.suspects.append(_Suspect(each.position, each.name, sure=True))
            elif ended.key == b"config":
                around.suspects.append(_Suspect(each.position, each.name, each.sure, "the stack's config"))
            elif not ended.urn:
                around.suspects.append(each)


def _is_secret(ended: _Object) -> bool:
    if ended.signature:
        of_output = ended.signature == _OUTPUT_SIGNATURE and ended.secret is True
        return ended.signature == _SECRET_SIGNATURE or of_output
    # An entry of `pulumi config --json`.
    in_config = b":" in ended.key and ended.secret is not None
    return in_config and bool(ended.secret or _SECRET_PROPERTY.fullmatch(ended.key))


def _is_clear(text: bytes) -> bool:
    value = _text(text)
    if value.startswith('"'):
        # `plaintext` holds the value as JSON.
        value = _text(value[1:-1].encode("utf-8", "surrogatepass"))
    return value not in _NO_SECRETS and bool(value.strip("*"))


def _text(raw: bytes) -> str:
    """Return the string that JSON writes like this."""
    text = raw.decode("utf-8", "replace")
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text
