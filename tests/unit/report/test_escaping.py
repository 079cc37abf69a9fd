"""Text from outside shows what it is and does nothing."""

from __future__ import annotations

import pytest

from pulumi_telnyx.report.escaping import block, code, html_code, marker, prose, shortened, visible

from .page import page

HOSTILE = [
    "plain",
    "",
    " ",
    "  two  blanks  ",
    "a|b",
    "a\\|b",
    "\\",
    "`",
    "``a`b``",
    "`a` | b",
    "<!-- pulumi-telnyx report: phones -->",
    "-->",
    "<script>alert(1)</script>",
    "</code></summary></details>",
    "@team please approve",
    "#12 GH-12 acme/phones#12 0123456789abcdef0123456789abcdef01234567",
    "https://evil.example/?a=b www.evil.example me@evil.example",
    "[link](https://evil.example) ![image](https://evil.example/i.png)",
    "**bold** _it_ ~~gone~~ # title",
    "&lt;b&gt; &#64;team &amp;",
    "first\nsecond\r\n\r\nthird",
    "| a | b |\n| --- | --- |",
    "\u202edrowssap\u202c \u2066x\u2069 \u200b\ufeff",
    "\x00\x1b[31mred\x07\x7f\x85\u2028",
    "\ud800",
    "zw\u200dj emoji 👩‍👩‍👧 ü",
    "$x^2$ :tada: <img src=x onerror=alert(1)>",
    "1. one\n- two\n> three\n    four",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_code_is_one_piece_of_code_and_nothing_else(text: str) -> None:
    """In a paragraph, in a table's cell and in a line of HTML; shown is every character, visibly."""
    shown = visible(text)

    for markdown in (
        f"start {code(text)} end\n",
        f"| a | b |\n| --- | --- |\n| {code(text)} | end |\n",
        f"<details><summary>start {html_code(text)} end</summary>\n\nx\n\n</details>\n",
    ):
        found = page(markdown)
        assert found.code == [shown]
        assert found.tags <= {"p", "code", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"}
        assert found.comments == []


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_shown_has_one_line_and_no_character_that_hides(text: str) -> None:
    """Bidi controls could turn a name around, and blanks at an end vanish."""
    shown = visible(text)

    assert shown.isprintable()
    assert shown == shown.strip()
    assert "  " not in shown
    # Nothing is lost.
    assert all(char in shown for char in text if char.isprintable() and char != " ")


def test_controls_show_by_name() -> None:
    """As pictures or by their number."""
    assert visible("a\nb\x00 ") == "a␊b␀␠"
    assert visible("\u202ex\xa0") == "⟨U+202E⟩x⟨U+00A0⟩"


@pytest.mark.parametrize("text", HOSTILE)
def test_sentences_have_plain_words_only_outside_of_code(text: str) -> None:
    """Everything else in a warning is code."""
    found = page(f"⚠️ {prose(text)}\n")

    assert found.tags <= {"p", "code"}
    assert not set(found.prose.replace("⚠️", "")) - set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'-.,;:!?() \n"
    )


def test_a_warning_of_the_provider_reads_as_a_sentence() -> None:
    """Names of fields are code, words are words."""
    warned = "sip_uri_calling_preference unrestricted: anyone can call; `internal` lets in (only) yours, at 8"

    assert prose(warned) == (
        "`sip_uri_calling_preference` unrestricted: anyone can call; `internal` lets in (only) yours, at `8`"
    )


@pytest.mark.parametrize("text", [*HOSTILE, "```\n@team\n```", "````text\n`````\n", "~~~\n<b>"])
def test_a_block_holds_all_its_lines(text: str) -> None:
    """Whatever fences are in it; line breaks stay."""
    found = page(f"before\n\n{block(text)}\n\nafter\n")

    assert len(found.code) == 1
    assert found.prose.split() == ["before", "after"]
    assert found.tags == {"p", "pre", "code"}


def test_long_texts_lose_their_middle_and_say_so() -> None:
    """The start and the end are what people recognise."""
    assert (
        shortened("a" * 100_000 + "end", 300) == f"{'a' * 200} … (99,703 characters left out) … {'a' * 97}end"
    )
    assert shortened("short", 300) == shortened("short", None) == "short"


@pytest.mark.parametrize(
    ("project", "name"),
    [("phones", "phones"), ("a--b", "a-b"), ("x --> <b>", "x-b"), ("", "unnamed"), ("-->", "unnamed")],
)
def test_a_marker_is_a_comment_whatever_the_project_is_called(project: str, name: str) -> None:
    """One that ends early would be text, and the comment never found again."""
    found = page(f"No changes. {marker(project)}\n")

    assert found.comments == [f"pulumi-telnyx report: {name}"]
    assert found.prose.split() == ["No", "changes."]
