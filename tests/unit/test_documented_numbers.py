"""Numbers of the API client that docs/credential-connection.md spells out."""

from __future__ import annotations

from pathlib import Path

from pulumi_telnyx.api.backoff import BACKOFF_FIRST_SECS, MAX_SERVER_WAIT_SECS, MAX_TRIES
from pulumi_telnyx.api.transport import DEADLINE_SECS, UNREACHABLE_SECS

PAGE = (Path(__file__).parents[2] / "docs" / "credential-connection.md").read_text()
WORDS = {5: "five", 60: "a minute", 120: "two minutes"}


def test_tries_and_waits_are_the_documented_ones() -> None:
    """A reader plans with them."""
    section = " ".join(PAGE.partition("### What is tried again")[2].partition("\n## ")[0].split())
    first, *middle, last = (f"{BACKOFF_FIRST_SECS * 2**step:g}" for step in range(MAX_TRIES - 1))

    assert f"is tried {WORDS[MAX_TRIES]} times in all" in section
    assert f"up to {', '.join([first, *middle])} and {last} seconds" in section
    assert f"tries go on for {UNREACHABLE_SECS:g} seconds" in section
    assert f"as long as the API asks for, {WORDS[int(MAX_SERVER_WAIT_SECS)]} at most" in section
    assert f"ends after {WORDS[int(DEADLINE_SECS)]}" in section
