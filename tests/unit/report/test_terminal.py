"""The same in a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from pulumi_telnyx.report.preview import StackPreview, failed, read_preview
from pulumi_telnyx.report.summary import summarise
from pulumi_telnyx.report.terminal import print_report
from tests.golden import assert_golden

from .made import GOLDEN, preview, real, step


def _printed(*previews: StackPreview, width: int = 80) -> str:
    text = io.StringIO()
    print_report(summarise(previews), Console(file=text, width=width))
    return text.getvalue()


def test_changes_come_first_and_the_verdict_last() -> None:
    """The end of the output is what people see."""
    text = _printed(
        preview(same=4, stack="dev"),
        read_preview(real("changes"), "test"),
        failed("staging", "no stack named 'staging' found"),
    )

    assert_golden(GOLDEN / "terminal.txt", text)


def test_nothing_to_say_is_no_line() -> None:
    """A connection that is protected from now on has no property that differs."""
    protects = step("same", "desk", {}, {})
    protects["newState"]["protect"] = True

    text = _printed(preview(protects))

    section = text.partition("\n\n")[0]
    assert section == "prod\n  protect desk"


def test_lines_are_never_cut() -> None:
    """A narrow terminal breaks them itself."""
    name = "x" * 100

    assert name in _printed(preview(step("delete", name, {})), width=40)


def test_nothing_from_outside_steers_the_terminal() -> None:
    """No escape sequence, no markup of rich."""
    hostile = "[bold]\x1b[31m\u202e\n:smile:"
    steps = (step("create", hostile, None, {hostile: hostile}), step("create", hostile, type_=hostile))

    text = _printed(preview(*steps, stack=hostile), failed(f"{hostile}2", hostile))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]␛[31m⟨U+202E⟩␊:smile:" in text
