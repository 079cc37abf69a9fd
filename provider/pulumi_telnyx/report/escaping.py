"""Text from outside in Markdown, so that it shows what it is and does nothing.

Resource names, values and messages are written by whoever opens a pull request. All of it stands in code:
there Markdown, HTML, mentions (`@team`), references (`#12`, a commit's hash) and bare URLs stay text. A URL
is no link on purpose: one that a reviewer can click would carry the trust that the report has.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final

_PUNCTUATION: Final = re.compile(r"[!-/:-@\[-`{-~]")
# A backtick ends the code, and a pipe a table's cell: with a backslash before it, in one reading of two.
_UNFIT_FOR_BACKTICKS: Final = re.compile(r"[`|]")
# Sentences of ours pass as they are; anything else in them is code.
_WORD: Final = re.compile(r"\(?[A-Za-z]+(?:['-][A-Za-z]+)*[.,;:!?]?\)?[.,;:]?")
_SAID_AS_CODE: Final = re.compile(r"`([^`]+)`([.,;:!?]?)|(\S*[^\s.,;:!?])([.,;:!?]*)")
_ENDS_ITS_LINE: Final = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_FENCE: Final = re.compile(r"`{3,}")


def visible(text: str) -> str:
    """Return a text as one line in which every character shows.

    A line break is `␊`, a blank at an end `␠`, a bidi control `⟨U+202E⟩`.
    """
    # Nearly every text is printable as it is.
    if text.isprintable() and not (text[:1].isspace() or text[-1:].isspace() or "  " in text):
        return text
    shown = "".join(map(_visible, text))
    # Rendered, these would vanish.
    inner = shown.strip(" ")
    start = len(shown) - len(shown.lstrip(" "))
    end = len(shown) - start - len(inner)
    return "␠" * start + re.sub(" {2,}", lambda blanks: "␠" * len(blanks[0]), inner) + "␠" * end


@functools.lru_cache(maxsize=256)
def _visible(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def shortened(text: str, limit: int | None) -> str:
    """Return a text of about `limit` characters at most: the middle is left out, and its size is told."""
    if limit is None or len(text) <= limit:
        return text
    start, end = limit * 2 // 3, limit // 3
    left_out = len(text) - start - end
    return f"{text[:start]} … ({left_out:,} characters left out) … {text[-end:]}"


def code(text: str) -> str:
    """Return inline code for Markdown, also in a table's cell."""
    text = visible(text)
    if not text or _UNFIT_FOR_BACKTICKS.search(text):
        return f"<code>{_PUNCTUATION.sub(_entity, text)}</code>"
    return f"`{text}`"


def html_code(text: str) -> str:
    """Return inline code for a line of HTML, in which Markdown means nothing."""
    return f"<code>{html(visible(text))}</code>"


def html(text: str) -> str:
    """Return a text of ours, or one in code, for a line of HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def prose(text: str) -> str:
    """Return a sentence in which every word that is not plain English is code."""
    return "".join(code(piece) if is_code else piece for piece, is_code in pieces(text))


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield a sentence piece by piece, and of each whether it is code: all that is not plain English is."""
    for part in re.split("( )", visible(text)):
        yield from _pieces(part)


def _pieces(part: str) -> Iterator[tuple[str, bool]]:
    if part in {"", " "} or _WORD.fullmatch(part):
        yield part, False
        return
    found = _SAID_AS_CODE.fullmatch(part)
    if found is None:
        yield part, True
        return
    quoted, after_quoted, word, after = found.groups()
    yield quoted or word, True
    yield (after_quoted if quoted else after), False


def block(text: str) -> str:
    """Return a code block with a text of several lines."""
    body = visible_lines(text)
    longest = max((len(each) for each in _FENCE.findall(body)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{body}\n{fence}"


def visible_lines(text: str) -> str:
    """Return a text of several lines with a line feed between them, in which every other character shows."""
    return "\n".join(map(visible_line, _ENDS_ITS_LINE.split(text)))


def visible_line(line: str) -> str:
    """Return a line of a code block: blanks stay, since they show there."""
    return line if line.isprintable() else "".join(char if char == "\t" else _visible(char) for char in line)


def marker(project: str, kind: str = "report") -> str:
    """Return the hidden marker by which a project's comment of this kind is found again, to be updated."""
    # What a project may be called, and nothing that ends an HTML comment.
    name = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9._-]", "-", project)).strip("-")
    return f"<!-- pulumi-telnyx {kind}: {name or 'unnamed'} -->"


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"
