"""The report as a page, in a real browser."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path

import pytest

from pulumi_telnyx.report.html import render
from pulumi_telnyx.report.preview import StackPreview, failed, read_preview
from pulumi_telnyx.report.summary import summarise
from tests.unit.report.made import BUCKET, preview, step, warning
from tests.unit.report.test_html import FAILED, PULL_REQUEST
from tests.unit.report.test_markdown import DESK

from . import checks
from .chromium import Browser, Scheme

WIDTHS = (320, 768, 1280)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

_LONG = "x" * 3_000
_TAGS = [f"tag-{each}" for each in range(300)]
_PICTURE = "<img src=http://127.0.0.1:9/picture><script src=http://127.0.0.1:9/script></script>"
HOSTILE = (
    preview(
        step("update", _LONG, DESK, {**DESK, _LONG: _LONG, "tags": _TAGS}, project="p" * 200),
        step("update", _PICTURE, DESK, {**DESK, _PICTURE: _PICTURE, "webhook_event_url": _PICTURE}),
        step("replace", "moved", DESK, {**DESK, "account": "other"}),
        step("delete", "\u202eright to left", DESK),
        step("delete", "kept", DESK, retainOnDelete=True),
        step("create", "new", None, {**DESK, "webhook_event_url": f"https://phones.example/{_LONG}"}),
        step("create", _LONG, None, {}, type_=BUCKET),
        diagnostics=[warning(f"Lobby: {_LONG} is not https"), warning(f"Attic: {_PICTURE}")],
        stack=f"{'long-' * 50}stack",
    ),
    failed("broken", f"{_PICTURE}\n{_LONG}"),
)
PAGES: dict[str, tuple[StackPreview, ...]] = {
    "pull-request": tuple(
        read_preview(each.read_bytes(), each.stem) for each in sorted(PULL_REQUEST.iterdir())
    ),
    "failed": FAILED,
    "hostile": HOSTILE,
}


def _written(folder: Path, name: str) -> Path:
    path = folder / f"{name}.html"
    text = "".join(render(summarise(PAGES[name])))
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_and_can_be_read(
    chromium: Browser, tmp_path: Path, name: str, scheme: Scheme, width: int
) -> None:
    """Folded and unfolded, on a phone, a tablet and a laptop, in the light and in the dark."""
    chromium.open(_written(tmp_path, name), width=width, scheme=scheme)

    for fold in (checks.FOLD_ALL, checks.UNFOLD_ALL):
        chromium.ask(fold)
        assert chromium.ask(checks.TOO_WIDE) == []
        texts = chromium.ask(checks.CONTRASTS)
        assert len(texts) > 10
        assert {
            each["is"]: each["contrast"] for each in texts if each["contrast"] < checks.LEAST_CONTRAST
        } == {}
        # Nobody can hit a smaller one on a phone.
        assert all(each >= 24 for each in chromium.ask(checks.HEIGHTS_OF_SUMMARIES))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_value_leaves_room_for_the_names(chromium: Browser, tmp_path: Path, width: int) -> None:
    """Beside 3,000 characters a name is not one letter wide; on a phone it has a line for itself."""
    chromium.open(_written(tmp_path, "hostile"), width=width, scheme="light")
    chromium.ask(checks.UNFOLD_ALL)

    shares = chromium.ask(checks.SHARES_OF_PATHS)

    assert len(shares) == 6
    assert all(each > (0.9 if width < 600 else 0.3) for each in shares)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_dark_in_the_dark(chromium: Browser, tmp_path: Path, width: int) -> None:
    """And light in the light: what the reader's system says decides."""
    page = _written(tmp_path, "pull-request")

    chromium.open(page, width=width, scheme="light")
    light = chromium.ask(checks.BRIGHTNESS)
    chromium.open(page, width=width, scheme="dark")

    assert light > 0.9
    assert chromium.ask(checks.BRIGHTNESS) < 0.1


def test_folding_needs_no_scripts(chromium: Browser, tmp_path: Path) -> None:
    """A click on what is folded shows it, and another one hides it again; the page has no script either."""
    page = _written(tmp_path, "pull-request")
    chromium.without_scripts()
    chromium.open(page, width=320, scheme="light")

    states = [chromium.ask(checks.FIRST_FOLD)]
    for _ in range(2):
        chromium.click(states[0]["x"], states[0]["y"])
        states.append(chromium.ask(checks.FIRST_FOLD))

    chromium.without_scripts(disabled=False)
    assert [each["open"] for each in states] == [False, True, False]
    assert [each["shown"] for each in states] == [False, True, False]
    assert "<script" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_asked_for_but_the_page(chromium: Browser, tmp_path: Path, name: str) -> None:
    """Whatever names and values say; and the policy of the page finds nothing to refuse."""
    page = _written(tmp_path, name)
    chromium.requests()
    chromium.complaints()

    chromium.open(page, width=1280, scheme="light")
    chromium.ask(checks.UNFOLD_ALL)

    assert chromium.requests() == [page.as_uri()]
    assert chromium.complaints() == []


def test_the_policy_stops_what_gets_in_all_the_same(chromium: Browser, tmp_path: Path) -> None:
    """No request arrives, no script runs and no style is applied, were a text ever not escaped."""
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        smuggled = (
            f'<img src="{url}/picture"><script src="{url}/script"></script>'
            f'<script>document.title = "ran"</script><body style="background: #123456">'
            f'<link rel="stylesheet" href="{url}/style"><iframe src="{url}/frame"></iframe>'
        )
        page = _written(tmp_path, "failed")
        whole = page.read_text(encoding="utf-8").replace("<main>", f"<main>{smuggled}")
        page.write_text(whole, encoding="utf-8")
        chromium.open(page, width=1280, scheme="light")
        with_policy = asked.copy()
        title = chromium.ask("() => document.title")
        policy = whole.index('<meta http-equiv="Content-Security-Policy"')
        page.write_text(whole[:policy] + whole[whole.index("\n", policy) :], encoding="utf-8")
        chromium.open(page, width=1280, scheme="light")
        without_policy = asked.copy()
        server.shutdown()

    assert with_policy == []
    assert title == "Preview of stories"
    # Without it all of them do: the test would see them.
    assert sorted(set(without_policy)) == ["/frame", "/picture", "/script", "/style"]
    assert chromium.ask("() => document.title") == "ran"
    chromium.complaints()


def test_the_checks_find_what_they_look_for(chromium: Browser, tmp_path: Path) -> None:
    """A page that is too wide, and grey on grey."""
    page = tmp_path / "bad.html"
    page.write_text(
        "<body style='background: #777'><p style='color: #888'>pale</p><p>dark</p>"
        f"<div style='overflow: hidden'><table><tr><td>{_LONG}</table></div><pre>{_LONG}</pre>"
    )
    chromium.open(page, width=768, scheme="light")

    assert chromium.ask(checks.TOO_WIDE) == ["page", "table"]
    assert [each["is"] for each in chromium.ask(checks.CONTRASTS) if each["contrast"] < 3] == ["p: pale"]


def test_headings_make_an_outline(chromium: Browser, tmp_path: Path) -> None:
    """One for the page, one for each stack, one for each resource: no level is left out."""
    chromium.open(_written(tmp_path, "pull-request"), width=1280, scheme="light")

    levels = chromium.ask("() => [...document.querySelectorAll('h1, h2, h3, h4')].map(each => each.tagName)")

    stack = ["H2", *["H3"] * 5]
    assert levels == ["H1", *stack, *stack]
    assert chromium.ask("() => document.documentElement.lang") == "en"
