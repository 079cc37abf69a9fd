"""One browser for all of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .chromium import Browser, browser, missing


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if programs := missing():
        pytest.skip(f"not on PATH: {', '.join(programs)} (Debian: apt-get install chromium chromium-driver)")
    with browser() as found:
        yield found
