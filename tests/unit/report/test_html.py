"""The page for a browser."""

from __future__ import annotations

import base64
import hashlib
import re
import tracemalloc
from pathlib import Path

import pytest

from pulumi_telnyx.report.html import render
from pulumi_telnyx.report.markdown import render as comment
from pulumi_telnyx.report.preview import StackPreview, failed, read_preview
from pulumi_telnyx.report.summary import Summary, summarise
from tests.golden import assert_golden

from .made import BUCKET, GOLDEN, preview, real, step, warning
from .page import html_page, page
from .test_markdown import DESK

PULL_REQUEST = Path(__file__).parent / "previews" / "pull-request"
FAILED = (
    read_preview(real("refused"), "test"),
    read_preview(real("exception"), "acme/test"),
    failed("dev", "no stack named 'dev' found"),
    preview(same=3),
)
MIXED = (
    preview(
        step("update", "front-desk", DESK, {**DESK, "encrypted_media": "SRTP", "tags": ["a|b"]}),
        step("create", "new-desk", None, DESK),
        step("update", "same-desk", DESK, DESK),
        step("create", "recordings", None, {"acl": "private"}, type_=BUCKET),
        diagnostics=[warning("Lobby: webhook_event_url is not https: webhooks travel unencrypted")],
    ),
    preview(stack="staging", same=8),
)

ODD = (
    preview(
        step("delete", "\u202e<b>\x1b[1m\n", DESK),
        step("update", "n" * 200, {}, dict.fromkeys(("a", "b", "c", "d", "e", "<f>"), "a\u202eb")),
    ),
)


def _pull_request() -> Summary:
    return summarise(read_preview(each.read_bytes(), each.stem) for each in sorted(PULL_REQUEST.iterdir()))


def _text(summary: Summary) -> str:
    return "".join(render(summary))


def test_a_change_of_two_stacks_is_one_page() -> None:
    """Whole but for its style: headings, verdicts, table, and what differs, open where there is not much."""
    text = re.sub(
        r"(?<=<style>).*(?=</style>)|(?<=sha256-)[^']+", "…", _text(_pull_request()), flags=re.DOTALL
    )

    assert_golden(GOLDEN / "page.html", text)


@pytest.mark.parametrize("previews", [FAILED, MIXED, ODD], ids=["failed", "mixed", "odd"])
def test_the_page_has_the_words_of_the_comment(previews: tuple[StackPreview, ...]) -> None:
    """In their order; only the project's name stands elsewhere."""
    summary = summarise(previews)
    whole = page(comment(summary, limit=None)).words.replace("⚠️", "⚠")

    words = html_page(_text(summary)).words.split()

    project = summary.project
    assert words[:3] == ["Preview", "of", project]
    assert " ".join(words[3:]).removesuffix(" no changes") == " ".join(
        whole.replace(f"stack of  {project}", "stack").split()
    )


def test_the_policy_of_the_page_lets_in_its_own_style_and_nothing_else() -> None:
    """By the hash of what stands there: no script, picture, font or form can be added from outside."""
    text = _text(_pull_request())

    style = html_page(text).style
    found = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{found}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in text
    assert not re.search(r"url\(|@import|@font-face", style)


def test_many_changes_are_folded() -> None:
    """Of few, what differs is to be seen at once; of many, the headlines."""
    steps = [step("update", f"desk-{number}", DESK, {**DESK, "active": False}) for number in range(21)]

    few, many = (_text(summarise([preview(*each)])) for each in (steps[1:], steps))

    assert few.count(" open><summary>") == 20
    assert many.count("<details") == 21
    assert " open>" not in many


def test_a_page_is_never_whole_in_memory() -> None:
    """Ten times as many resources take no more of it: what is made is handed on in pieces."""

    def peak(number: int) -> int:
        steps = (step("update", f"desk-{each}", DESK, {**DESK, "active": False}) for each in range(number))
        summary = summarise([preview(*steps)])
        tracemalloc.start()
        try:
            assert sum(map(len, render(summary))) > 500 * number
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # the template is compiled once

    assert peak(5_000) < 1.5 * peak(500)


def test_the_title_is_text() -> None:
    """It stands in no code, and is what the browser's window is called."""
    name = "<b>\u202ephones"

    text = _text(summarise([preview(step("delete", "fax", DESK, project=name))]))

    assert html_page(text).title == "Preview of <b>⟨U+202E⟩phones"
    assert "<title>Preview of &lt;b&gt;⟨U+202E⟩phones</title>" in text
