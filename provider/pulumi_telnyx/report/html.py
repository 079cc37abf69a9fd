"""A report as one page for a browser: no scripts, and nothing that is loaded from elsewhere.

The words are those of the Markdown. The page has all of them, however many: it is made piece by piece.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from . import wording
from .escaping import pieces, shortened, visible, visible_lines
from .summary import TITLES, UNNAMED, Resource, Stack, Summary

_MOST_OF_NAME: Final = 120
_MOST_PATHS: Final = 4
# The most changes that are shown unfolded; where there are more, headlines are the better start.
_MOST_OPEN: Final = 20
_CHARACTERS_OF_A_PIECE: Final = 64 * 1024


def render(summary: Summary) -> Iterator[str]:
    """Yield the page, some 64 kB at a time: HTML, to be written in UTF-8."""
    template, style = _page()
    ours = Markup(style)  # noqa: S704 - it is a file of the package  # nosec B704
    changed = sum(len(each.connections) for each in summary.stacks)
    pieces_of_page = template.generate(
        summary=summary,
        style=ours,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        opened=changed <= _MOST_OPEN,
    )
    return _joined(pieces_of_page)


def _joined(found: Iterator[str]) -> Iterator[str]:
    held: list[str] = []
    size = 0
    for each in found:
        held.append(each)
        size += len(each)
        if size >= _CHARACTERS_OF_A_PIECE:
            yield "".join(held)
            held, size = [], 0
    yield "".join(held)


@functools.cache
def _page() -> tuple[Template, str]:
    environment = Environment(
        loader=PackageLoader(__package__, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        about=_about,
        code=_code,
        counts=_counts,
        has_detail=wording.has_detail,
        lines=visible_lines,
        name=_name,
        others=wording.others,
        property_rows=functools.partial(wording.property_rows, limit=None),
        said=_said,
        sentence=_sentence,
        short=_short,
        title=_title,
        values=functools.partial(wording.values, limit=None),
        visible=visible,
        which=_which,
    )
    look = files(__package__.rpartition(".")[0]).joinpath("look.css")
    styles = (each.read_text(encoding="utf-8") for each in (look, files(__package__).joinpath("page.css")))
    return environment.get_template("page.html"), "\n".join(styles)


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(visible(text))


def _name(name: str) -> Markup:
    return _code(_short(name))


def _short(name: str) -> str:
    return shortened(name, _MOST_OF_NAME)


def _said(text: wording.Text) -> Markup:
    return Markup().join(_code(each.text) if each.outside else each.text for each in text)


def _sentence(text: str) -> Markup:
    return Markup().join(_code(piece) if is_code else piece for piece, is_code in pieces(text))


def _about(names: tuple[str, ...]) -> Markup:
    return Markup(", ").join(each if each in UNNAMED else _name(each) for each in names)


def _which(resource: Resource) -> Markup:
    return _said(wording.which(resource, _MOST_PATHS))


def _title(operation: str) -> str:
    return TITLES.get(operation, operation)


def _counts(stack: Stack, columns: tuple[str, ...]) -> list[tuple[str, int]]:
    return [(_title(each), stack.preview.counts.get(each, 0)) for each in columns]
