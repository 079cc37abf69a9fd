"""A headless Chromium, as Debian's packages `chromium` and `chromium-driver` bring it.

It has a profile of its own, reaches nothing but this machine, and ends with the block that started it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.keys import Keys

_MOST_SECS: Final = 300
_MOST_TABS: Final = 100
_ARGUMENTS: Final = (
    *("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # No name is looked up, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)

Scheme = Literal["light", "dark"]


def missing() -> list[str]:
    """Return which of the two programs are not on PATH."""
    return [each for each in ("chromium", "chromedriver") if shutil.which(each) is None]


class Browser:
    """One browser with one page."""

    def __init__(self, driver: WebDriver) -> None:
        self._driver = driver

    def open(self, page: Path | str, *, width: int, scheme: Scheme, scale: float = 1) -> None:
        """Open a file or a URL as a screen of this many CSS pixels shows it; scale is that of its pixels."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": scale, "mobile": width < 600}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        self._driver.get(page if isinstance(page, str) else page.as_uri())

    def without_scripts(self, *, disabled: bool = True) -> None:
        """Let the next page run no scripts; what a test asks for is evaluated all the same."""
        self._driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": disabled})

    def ask(self, function: str) -> Any:
        """Return what a JavaScript function without arguments returns, as JSON has it."""
        found = self._driver.execute_cdp_cmd(
            "Runtime.evaluate", {"expression": f"JSON.stringify(({function})() ?? null)"}
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return json.loads(found["result"]["value"])

    def click(self, x: float, y: float) -> None:
        """Click as a mouse does."""
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            self._driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)

    def press(self, key: str) -> None:
        """Press a key where the focus is; return when a page that this opens is there."""
        self._driver.switch_to.active_element.send_keys(key)

    def tab_to(self, words: str) -> None:
        """Press Tab until the focus is on what begins with these words."""
        for _ in range(_MOST_TABS):
            self.press(Keys.TAB)
            if self._driver.switch_to.active_element.text.startswith(words):
                return
        raise AssertionError(f"the keyboard does not reach: {words}")

    def requests(self) -> list[str]:
        """Return the URLs that were asked for since the last time, those refused by a policy as well."""
        entries = (json.loads(each["message"])["message"] for each in self._log("performance"))
        return [
            each["params"]["request"]["url"]
            for each in entries
            if each["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """Return what the console says of the page since the last time."""
        return [each["message"] for each in self._log("browser")]

    def _log(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._driver.execute("getLog", {"type": kind})["value"]
        return found

    def picture(self, height: float) -> bytes:
        """Return the page as PNG, from its top and as far as this many CSS pixels."""
        width = self.ask("() => innerWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        found = self._driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
        )
        return base64.b64decode(found["data"])


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser, and end it and its driver."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        options = Options()
        options.binary_location = shutil.which("chromium") or ""
        for each in (*_ARGUMENTS, f"--user-data-dir={profile}"):
            options.add_argument(each)
        if os.geteuid() == 0:
            # Chromium's own sandbox refuses to run for root.
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        # With the path given, selenium looks for no driver elsewhere and loads none.
        service = Service(shutil.which("chromedriver"), env={**os.environ, "HOME": profile})
        driver = WebDriver(options, service)
        try:
            driver.set_page_load_timeout(_MOST_SECS)
            found = Browser(driver)
            # The browser's own first page asks for a lot.
            driver.get("about:blank")
            found.requests()
            yield found
        finally:
            try:
                driver.quit()
            except Exception:
                # A driver that hangs would leave it running.
                os.kill(driver.capabilities["goog:processID"], signal.SIGKILL)
                raise
