"""The emulator's page, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from selenium.webdriver.common.keys import Keys

from pulumi_telnyx.emulator import DEFAULT_API_KEY, EmulatorServer, Fault

from . import checks
from .chromium import Browser, Scheme

WIDTHS = (320, 1280)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

_LONG = "x" * 3_000
_PICTURE = "<img src=http://127.0.0.1:9/picture><script>document.title = 'ran'</script>"
NAMES = (_PICTURE, f"\"'>{_PICTURE}", _LONG, "🏢 \u202edesk", "Front desk")


@pytest.fixture(scope="module")
def paths() -> Iterator[dict[str, str]]:
    """Every page of an emulator with hostile names, by what it shows."""
    with EmulatorServer() as api:
        for number, name in enumerate(NAMES):
            settings = {"user_name": f"desk{number:04}", "connection_name": name, "tags": [name]}
            body = {"settings": settings, "account": name[:60]}
            requests.post(f"{api.control_url}/connections", json=body, timeout=60).raise_for_status()
        found = requests.get(f"{api.control_url}/connections", timeout=60).json()["connections"]
        (worst,) = (each["id"] for each in found if each["settings"]["connection_name"] == NAMES[1])
        api.inject(Fault("status", status=502), Fault("close", path=f"/{_LONG}", times=None))
        for path in ("", f"/{_PICTURE}", f"/{_LONG[:1000]}"):
            headers = {"Authorization": f"Bearer {DEFAULT_API_KEY}", "X-Name": _PICTURE}
            requests.post(f"{api.url}{path}", json={"name": _PICTURE}, headers=headers, timeout=60)
        origin = api.url.removesuffix("/v2")
        yield {
            "list": f"{origin}/",
            "connection": f"{origin}/portal/connections/{worst}",
            "delete": f"{origin}/portal/connections/{worst}/delete",
            "requests": f"{origin}/portal/requests",
            "faults": f"{origin}/portal/faults",
            "missing": f"{origin}/portal/nowhere",
        }


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_and_can_be_read(
    chromium: Browser, paths: dict[str, str], width: int, scheme: Scheme
) -> None:
    """On a phone and a laptop, in the light and in the dark, whatever it shows."""
    for path in paths.values():
        chromium.open(path, width=width, scheme=scheme)
        chromium.ask(checks.UNFOLD_ALL)

        assert chromium.ask(checks.TOO_WIDE) == [], path
        texts = chromium.ask(checks.CONTRASTS)
        assert len(texts) > 10
        assert [each for each in texts if each["contrast"] < checks.LEAST_CONTRAST] == [], path
        assert chromium.ask(checks.UNLABELLED) == [], path
        assert all(each >= 24 for each in chromium.ask(checks.HEIGHTS_OF_SUMMARIES))
        assert (chromium.ask(checks.BRIGHTNESS) > 0.5) == (scheme == "light")


def test_nothing_runs_and_nothing_is_asked_for_but_the_page(chromium: Browser, paths: dict[str, str]) -> None:
    """Whatever a stack has called its connections; and the policy finds nothing to refuse."""
    chromium.requests()
    chromium.complaints()

    for path in paths.values():
        chromium.open(path, width=1280, scheme="light")
        assert chromium.ask("() => document.title") != "ran"
        assert chromium.ask("() => document.querySelectorAll('script, img, iframe').length") == 0

    asked = [each for each in chromium.requests() if not each.startswith("data:image/svg+xml")]
    assert asked == list(paths.values())
    assert [each for each in chromium.complaints() if "404" not in each] == []


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    chromium: Browser, paths: dict[str, str]
) -> None:
    """From the first link to the last button, without a mouse."""
    chromium.open(paths["faults"], width=1280, scheme="dark")
    controls = chromium.ask(
        "() => document.querySelectorAll('a, button, textarea, input:not([type=hidden])').length"
    )

    stops = []
    for _ in range(controls):
        chromium.press(Keys.TAB)
        stops.append(chromium.ask(checks.FOCUS))

    assert len({each["is"] for each in stops}) > 10
    assert [each for each in stops if not each["seen"]] == []


def test_a_switch_is_turned_by_the_keyboard(chromium: Browser, paths: dict[str, str]) -> None:
    """And tells a screen reader what it is, and how it stands."""
    states = """() => [...document.querySelectorAll('[role=switch]')].map(each => each.ariaChecked)"""
    chromium.open(paths["faults"], width=320, scheme="light")
    before = chromium.ask(states)
    for _ in range(2):
        chromium.tab_to("off")
    chromium.press(Keys.SPACE)
    after = chromium.ask(states)

    assert before == ["false"] * 7
    assert after == ["false", "true", *["false"] * 5]


def test_headings_make_an_outline(chromium: Browser, paths: dict[str, str]) -> None:
    """One for each page; no level is left out."""
    levels = "() => [...document.querySelectorAll('h1, h2, h3, h4')].map(each => each.tagName)"
    for path in paths.values():
        chromium.open(path, width=1280, scheme="light")
        first, *others = chromium.ask(levels)
        assert first == "H1"
        assert set(others) <= {"H2"}
        assert chromium.ask("() => document.documentElement.lang") == "en"
