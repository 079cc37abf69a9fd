"""What somebody does on the page of the local API shows in the stack."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import browser, missing

from .stack import LiveApi
from .test_repository import repositorys_stack

NAMES = "() => [...document.querySelectorAll('.list tbody th')].map(each => each.textContent)"


@pytest.mark.skipif(bool(missing()), reason="no Chromium (Debian: apt-get install chromium chromium-driver)")
def test_a_connection_that_is_deleted_on_the_page_shows_after_a_refresh(
    tmp_path: Path, engine: str, api: LiveApi
) -> None:
    """As one that somebody deletes in Telnyx's portal: the keyboard is enough, and `up` makes it anew."""
    stack = repositorys_stack(tmp_path, engine, api)
    stack.up()
    url = api.server.url.removesuffix("v2")

    with browser() as chromium:
        chromium.open(url, width=1280, scheme="light")
        before = chromium.ask(NAMES)
        for words in ("Fax line", "Delete …", "Delete the connection"):
            chromium.tab_to(words)
            chromium.press(Keys.ENTER)
        after = chromium.ask(NAMES)
        told = chromium.ask("() => document.querySelector('[role=status]').textContent")

    assert before == ["Click to call (WebRTC)", "Fax line", "Front desk phones"]
    assert after == ["Click to call (WebRTC)", "Front desk phones"]
    assert "is deleted" in told
    assert "- 1 deleted" in stack.refresh().text
    assert stack.up().changes == {"same": 2, "create": 1}
    assert stack.up().changes == {"same": 3}
    stack.destroy()
