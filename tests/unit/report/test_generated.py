"""Two thousand previews that nobody would write, and what holds for all of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_telnyx.report import html
from pulumi_telnyx.report.escaping import visible
from pulumi_telnyx.report.markdown import LIMIT, render
from pulumi_telnyx.report.preview import read_preview
from pulumi_telnyx.report.summary import TITLES, summarise

from .made import BUCKET, CONNECTION, SET, UNKNOWN_TEXT
from .page import Page, html_page, page

PREVIEWS = 2_000
CANARY = "CANARY7secret"

_TRICKS = [
    *(
        "|",
        "`",
        "```",
        "\\",
        "\\|",
        "\n",
        "\r\n",
        "\n\n",
        "  ",
        "\t",
        "\x00",
        "\x1b[31m",
        "\u202e",
        "\ud800",
        "é",
    ),
    *("<!--", "-->", "<b>", "</details>", "</code>", "&lt;", "&#64;", "@team", "#12", "$&", "{}", "\0"),
    *(
        "https://evil.example",
        "www.evil.example",
        "[a](b)",
        "![a](b)",
        "**",
        "_",
        "~~",
        "# ",
        "- ",
        "> ",
        "desk",
    ),
]
texts = st.lists(st.sampled_from(_TRICKS) | st.text(max_size=3), max_size=5).map("".join)
names = texts.filter(lambda text: "::" not in text)
secrets = st.sampled_from(
    [
        {"password": CANARY},
        {"extra": {"sip_password": CANARY, "list": [[{"api_token": CANARY}]]}},
        {"extra": {"x": {"4dabf18193072939515e22adb298388d": "s", "plaintext": f'"{CANARY}"'}}},
        {"webhook_event_url": f"KEY{'0' * 32}_{CANARY}"},
        {"password": "[secret]", "password_revision": 1},
        {"password": "[secret]", "password_revision": 2.0},
        {"password": UNKNOWN_TEXT, "password_revision": UNKNOWN_TEXT},
        {"webhook_event_url": "[secret]"},
    ]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 99)
    | texts
    | st.sampled_from([UNKNOWN_TEXT, "[secret]", "x" * 9_000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)
fields = st.sampled_from(
    ["tags", "active", "encrypted_media", "sip_uri_calling_preference", "user_name", "account"]
)
inputs = st.builds(
    lambda one, two, secret: {**one, "inbound": two, **secret},
    st.dictionaries(fields | texts, values, max_size=3),
    st.dictionaries(st.sampled_from(["codecs", "channel_limit"]), values, max_size=2),
    secrets,
)
members = st.dictionaries(texts, inputs | values, max_size=3)
sets = st.builds(
    lambda found, revisions, more: {"members": found, "password_revisions": revisions, **more},
    members | values,
    st.dictionaries(texts, values, max_size=3) | values,
    st.dictionaries(st.sampled_from(["ids", "failed", "retain", "max_removals", "passwords"]), values),
)
operations = st.sampled_from(["create", "update", "replace", "delete", "same", "read", "import", "discard"])


@st.composite
def steps(draw: st.DrawFn) -> dict[str, Any]:
    operation = draw(operations)
    type_ = draw(st.sampled_from([CONNECTION, SET, BUCKET, f"a:b:C${CONNECTION}"]))
    declared = sets if type_ == SET else inputs
    urn = f"urn:pulumi:prod::phones::{type_}::{draw(names)}"
    found: dict[str, Any] = {"op": operation, "urn": urn}
    if operation not in {"create", "import"}:
        found["oldState"] = {
            "inputs": draw(declared),
            "outputs": draw(st.none() | declared),
            "protect": draw(st.booleans()),
        }
    if operation not in {"delete", "discard"}:
        found["newState"] = {"inputs": draw(declared)}
    return found


diagnostics = st.builds(
    lambda message, severity, name: {
        "message": message,
        "severity": severity,
        "urn": f"urn:pulumi:a::b::c::{name}",
    },
    st.builds("warning: {}: {}".format, texts, texts) | texts,
    st.sampled_from(["info#err", "info", "warning", "warning", "error"]),
    names,
)
digests = st.builds(
    lambda found, told, same: {
        "steps": found,
        "diagnostics": told,
        "changeSummary": {**Counter(each["op"] for each in found if each["op"] != "same"), "same": same},
    },
    st.lists(steps(), max_size=4),
    st.lists(diagnostics, max_size=2),
    st.integers(0, 3_000),
)


@settings(max_examples=PREVIEWS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(names.filter(bool), digests, min_size=1, max_size=2))
def test_a_report_holds_whatever_is_in_the_previews(found: dict[str, dict[str, Any]]) -> None:
    """Valid tables, nothing from outside but in code, no secret, no more than fits, the engine's counts.

    The page for a browser says the same.
    """
    previews = [read_preview(json.dumps(each).encode(), stack) for stack, each in found.items()]
    summary = summarise(previews)

    whole = render(summary, limit=None)
    text = render(summary)

    assert len(text) <= LIMIT
    for each in {text, whole}:
        assert CANARY not in each
        shown = page(each)
        _assert_safe(shown)
        _assert_tables(each, shown)
        # The line for stacks that do not change has none.
        if shown.tables:
            _assert_counts(shown, found)
    _assert_same("".join(html.render(summary)), page(whole), summary.project)


def _assert_same(text: str, comment: Page, project: str) -> None:
    shown = html_page(text)
    _assert_nothing_from_outside(shown)
    assert shown.tags <= {
        *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "div", "span", "b"),
        *("h1", "h2", "h3", "a", "ul", "li", "p", "strong", "code", "pre", "details", "summary"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert shown.attributes <= {
        *("lang", "charset", "http-equiv", "content", "name"),
        *("class", "id", "href", "scope", "data-title", "open"),
    }
    assert CANARY not in text
    assert text.replace("\n", "").replace("\t", "").isprintable()
    # The page has the project's name in its heading, and the comment in its table.
    # Empty lines mean something to Markdown, and not all of a message's are there.
    codes = [[re.sub("\n+", "\n", each).rstrip("\n") for each in one.code] for one in (shown, comment)]
    if project:
        for each in codes:
            each.remove(visible(project))
        comment.tables[0][0][0] = "stack"
    assert codes[0] == codes[1]
    assert shown.tables == comment.tables


def _assert_safe(shown: Page) -> None:
    assert shown.tags <= {
        *("ul", "li", "p", "h3", "br", "strong", "b", "code", "pre", "details", "summary"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert shown.attributes <= {"style", "class"}
    assert shown.comments == ["pulumi-telnyx report: phones"] or shown.comments == [
        "pulumi-telnyx report: unnamed"
    ]
    _assert_nothing_from_outside(shown)


def _assert_nothing_from_outside(shown: Page) -> None:
    # Plain words, numbers of ours, and nothing that GitHub would make a link or a mention of.
    assert re.fullmatch(r"[A-Za-z0-9\s'.,;:!?()⚠\ufe0f…-]*", shown.prose), shown.prose
    assert not re.search(r"://|www\.|GH-\d", shown.prose)
    assert "".join(shown.code).translate({ord("\n"): None, ord("\t"): None}).isprintable()


def _assert_tables(text: str, shown: Page) -> None:
    # A line of a message may look like a row; it stands in a block of its own.
    lines = re.sub(r"^(`{3,})text\n.*?\n\1$", "", text, flags=re.DOTALL | re.MULTILINE).splitlines()
    lines = [line for line in lines if line.startswith("| ")]
    assert sum(len(table) for table in shown.tables) == len(lines) - sum("| ---" in line for line in lines)
    for table in shown.tables:
        assert len({len(row) for row in table}) == 1
    # The renderer would cut a row that is too long: so the bars are counted too.
    assert all(
        line.count("|") == len(cells) + 1
        for line, cells in zip(
            (line for line in lines if "| ---" not in line),
            (row for table in shown.tables for row in table),
            strict=True,
        )
    )


def _assert_counts(shown: Page, found: dict[str, dict[str, Any]]) -> None:
    (head, *rows), *_ = shown.tables
    for row in rows:
        (digest,) = (each for stack, each in found.items() if visible(stack) == row[0])
        if any(each["severity"] == "error" for each in digest["diagnostics"]):
            assert row[1:] == ["failed", *[""] * (len(head) - 2)]
            continue
        counted = {title: int(cell.replace(",", "")) for title, cell in zip(head[1:], row[1:], strict=True)}
        assert {name: count for name, count in counted.items() if count} == {
            TITLES.get(name, name): count for name, count in digest["changeSummary"].items() if count
        }
