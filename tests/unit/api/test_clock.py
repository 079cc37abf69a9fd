"""The moments that answers tell."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from pulumi_telnyx.api.clock import moment_in


@pytest.mark.parametrize(
    "text",
    ["2026-11-25T16:41:50Z", "2026-11-25T16:41:50", "2026-11-25T18:41:50+02:00", "2026-11-25 16:41:50"],
)
def test_a_moment_is_in_utc_whatever_its_zone(text: str) -> None:
    """Without a zone it means UTC."""
    assert moment_in(text) == datetime(2026, 11, 25, 16, 41, 50, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", [None, "", "yesterday", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment_is_none(text: str | None) -> None:
    """Also one that lies before all years in UTC."""
    assert moment_in(text) is None
