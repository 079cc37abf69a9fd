"""A report as a browser gets it: rendered, and taken apart again."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

_CODE = {"code", "pre"}
_EMPTY = {"br", "meta"}
_HEAD = {"style", "title"}


@dataclass
class Page(HTMLParser):
    """What a rendered report consists of.

    Args:
        tags: every element's name.
        attributes: every attribute's name.
        code: the texts in code.
        prose: all other text, a blank where an element begins or ends.
        words: both, in their order.
        title: what the browser's window is called.
        style: the style sheet.
        comments: HTML comments.
        tables: rows of cells; a cell is its text.
    """

    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    code: list[str] = field(default_factory=list)
    prose: str = ""
    words: str = ""
    title: str = ""
    style: str = ""
    comments: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.prose += " "
        self.words += " "
        if tag == "code":
            self.code.append("")
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "elements are nested"
        self.prose += " "

    def handle_data(self, data: str) -> None:
        if _HEAD.intersection(self.open):
            setattr(self, self.open[-1], data)
            return
        self.words += data
        if "code" in self.open:
            self.code[-1] += data
        elif not _CODE.intersection(self.open):
            self.prose += data
        if {"td", "th"}.intersection(self.open):
            self.tables[-1][-1][-1] += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data.strip())


def page(markdown: str) -> Page:
    """Return a report as GitHub renders it: CommonMark with tables, and HTML as it is."""
    return html_page(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def html_page(text: str) -> Page:
    """Return what a browser makes of HTML."""
    found = Page()
    found.feed(text)
    found.close()
    assert found.open == []
    return found
