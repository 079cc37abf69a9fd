"""The ways in which programs write a secret down."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus

CLEAR_TEXT: Final = "clear text"
BASE64: Final = "base64"

# In shorter pieces of base64 chance finds what nobody wrote.
_SHORTEST_BASE64: Final = 4

# What Go's encoder, and with it the engine, escapes so that JSON can stand in a web page.
_JSON_IN_HTML = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
# Go's templates and many others write the quotes otherwise than Python does.
_HTML_BY_NUMBER = str.maketrans({char: f"&#{ord(char)};" for char in "\"'"})
_XML = str.maketrans({'"': "&quot;", "'": "&apos;"})


def spellings(secret: str) -> frozenset[bytes]:
    """Return what to look for where the secret may have been written, encoded or not.

    Base64 is cut down to what depends on the secret alone, wherever in the encoded text it begins.
    """
    return frozenset(spelled(secret))


def spelled(secret: str) -> dict[bytes, str]:
    """Return how each of the `spellings` is called; the plainest name where two are the same."""
    if not secret:
        return {}
    raw = _bytes(secret)
    once = _json(secret)
    twice = {outer for inner in once for outer in _json(inner)}
    # The engine keeps a config object as JSON, in a JSON string, in the state's JSON.
    nested = twice | {outer for inner in twice for outer in _json(inner)}
    kinds: dict[str, Iterable[str | bytes]] = {
        CLEAR_TEXT: [raw],
        "JSON": once,
        "JSON in JSON": nested,
        "URL": [
            quote(raw),
            quote(raw, safe=""),
            quote_plus(raw),
            quote(raw, safe="!'()*"),
            quote_plus(raw, "/"),
        ],
        "HTML": _html(secret),
        "Python": [repr(secret)[1:-1], repr(raw)[2:-1]],
        BASE64: _base64(raw),
        "hex": [raw.hex(), raw.hex().upper()],
    }
    names: dict[bytes, str] = {}
    for kind, forms in kinds.items():
        for form in forms:
            names.setdefault(form if isinstance(form, bytes) else _bytes(form), kind)
    return names


def _bytes(text: str) -> bytes:
    # JSON can hold half a surrogate pair, and then so can a secret.
    return text.encode("utf-8", "surrogatepass")


def _json(text: str) -> set[str]:
    ascii_only, readable = json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]
    forms = {form for each in (ascii_only, readable) for form in (each, each.translate(_JSON_IN_HTML))}
    return forms | {ascii_only.replace("/", r"\/")}


def _html(text: str) -> set[str]:
    bare = html.escape(text, quote=False)
    return {bare, html.escape(text), bare.translate(_HTML_BY_NUMBER), bare.translate(_XML)}


def _base64(raw: bytes) -> set[bytes]:
    forms = set()
    for before in range(3):
        # Six bits to a character: the first and the last one can share theirs with a neighbour.
        first, end = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        if end - first >= _SHORTEST_BASE64:
            padded = b"\0" * before + raw
            forms |= {b64encode(padded)[first:end], urlsafe_b64encode(padded)[first:end]}
    return forms
