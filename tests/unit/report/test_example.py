"""The example of docs/pull-requests.md, and its pictures: what the engine's own previews give."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_telnyx.report.markdown import render
from pulumi_telnyx.report.preview import read_preview
from pulumi_telnyx.report.summary import summarise
from tests.golden import assert_golden

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "pull-requests.md"
# tests/engine/test_report.py compares it with what the engine says.
COMMENT = ROOT / "tests" / "engine" / "golden" / "report.md"
SET_COMMENT = COMMENT.with_name("report-set.md")
BEGIN, END = "<!-- the comment begins -->\n", "<!-- the comment ends -->\n"


def test_the_saved_previews_give_the_comment() -> None:
    """So that the page and the pictures, which are made from them, are about the same change."""
    folder = Path(__file__).parent / "previews" / "pull-request"
    previews = [read_preview(each.read_bytes(), each.stem) for each in sorted(folder.iterdir())]

    assert render(summarise(previews)) == COMMENT.read_text(encoding="utf-8")


def test_the_guide_has_the_comment_as_it_is() -> None:
    """Whole, as a quotation."""
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    lines = COMMENT.read_text(encoding="utf-8").splitlines()
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in lines)

    assert begin
    assert end
    assert_golden(PAGE, f"{before}{begin}{quoted}{end}{after}")


def test_the_saved_preview_of_a_set_gives_the_comment_that_the_guide_has_a_part_of() -> None:
    """Line by line, without those that it leaves out."""
    preview = Path(__file__).parent / "previews" / "set.json"
    comment = render(summarise([read_preview(preview.read_bytes(), "dev")]))
    part = PAGE.read_text(encoding="utf-8").partition("\n### Sets\n")[2].partition("\n### ")[0]
    quoted = [line.removeprefix(">").strip() for line in part.splitlines() if line.startswith(">")]

    assert comment == SET_COMMENT.read_text(encoding="utf-8")
    assert len(quoted) > 10
    assert set(quoted) <= set(comment.splitlines())


@pytest.mark.parametrize("page", ["README.md", "docs/pull-requests.md"])
def test_pictures_are_there_and_small(page: str) -> None:
    """Whoever reads on a phone loads them too."""
    path = ROOT / page
    text = path.read_text(encoding="utf-8")

    for name in ("images/report.png", "images/report-dark.png"):
        assert f'{name}"' in text
        picture = ROOT / "docs" / name
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < 150_000
