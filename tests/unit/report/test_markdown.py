"""Whole comments, as reviewers see them."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_telnyx.report.preview import failed, read_preview
from tests.golden import assert_golden

from .made import BUCKET, GOLDEN, UNKNOWN_TEXT, markdown, preview, real, step, warning

DESK: dict[str, Any] = {
    "__provider": "payload",
    "connection_name": "Front desk",
    "user_name": "frontdeskprod",
    "password": "[secret]",
    "password_revision": 1,
    "ownership_mark": "pulumi:phones/prod:0123456789abcdef",
    "derived_names": {"user_name": "frontdeskprod"},
    "inbound": {"codecs": ["G722", "G711U", "OPUS"], "channel_limit": 10},
    "outbound": {"outbound_voice_profile_id": "2105551234567890123"},
}


def test_one_change_in_one_stack() -> None:
    """The verdict, the counts, and a table of what differs: nothing else, and no input that is ours."""
    new = {**DESK, "inbound": {"codecs": ["OPUS", "G722", "G711U"], "channel_limit": 10}}

    text = markdown(preview(step("update", "front-desk", DESK, new), same=4))

    assert_golden(GOLDEN / "one-change.md", text)


def test_several_stacks_with_everything() -> None:
    """What hurts comes first: stacks, verdicts and resources are in that order."""
    cut = {
        **DESK,
        "active": False,
        "encrypted_media": "SRTP",
        "sip_uri_calling_preference": "unrestricted",
        "inbound": {"codecs": ["G711U", "G729"], "channel_limit": 4},
        "outbound": {},
        "tags": ["a|b", "`c`", "<b>@team #12</b>"],
        "webhook_event_url": UNKNOWN_TEXT,
    }
    prod = preview(
        step("create", "new-desk", None, DESK),
        step("create", "recordings", None, {"acl": "private"}, type_=BUCKET),
        step("update", "front-desk", DESK, cut),
        step("update", "rotated", DESK, {**DESK, "password_revision": 2}),
        step("replace", "moved", DESK, {**DESK, "account": "other"}),
        step("delete", "fax", DESK),
        step("delete", "kept", DESK, retainOnDelete=True),
        step(
            "update", "hidden", {**DESK, "extra": {"pin": "[secret]"}}, {**DESK, "extra": {"pin": "[secret]"}}
        ),
        same=7,
        diagnostics=[
            warning("Front desk: without outbound.outbound_voice_profile_id every outgoing call fails"),
            warning("Lobby: webhook_event_url is not https: webhooks travel unencrypted"),
            warning("Attic: webhook_event_url is not https: webhooks travel unencrypted"),
        ],
    )
    dev = preview(step("create", "new-desk", None, DESK, stack="dev"), stack="dev", same=2)
    staging = preview(stack="staging", same=8)

    assert_golden(GOLDEN / "everything.md", markdown(dev, staging, prod))


def test_a_failed_preview_has_its_message_in_place_of_a_table() -> None:
    """What it saw until then is not what an update would do, and is not shown."""
    stacks = [
        read_preview(real("refused"), "test"),
        read_preview(real("exception"), "acme/test"),
        failed("dev", "no stack named 'dev' found"),
        preview(same=3),
    ]

    assert_golden(GOLDEN / "failed.md", markdown(*stacks))


def test_stacks_that_all_stay_as_they_are_are_one_line() -> None:
    """With the marker in it: the comment of an earlier push has to become this line."""
    dev = preview(stack="dev", same=3)

    text = markdown(dev, read_preview(real("unchanged"), "test"))

    assert_golden(GOLDEN / "unchanged.md", text)
    assert text.count("\n") == 1


def test_a_stack_with_ten_thousand_changes_has_groups_in_place_of_headlines() -> None:
    """All of them are counted, and as many are named as there is room for."""
    steps = [
        step("update", f"desk-{number}", DESK, {**DESK, "password_revision": 2, "tags": [f"t{number % 3}"]})
        for number in range(9_000)
    ]
    steps += [step("delete", f"fax-{number}", DESK) for number in range(2)]
    steps += [step("create", f"new-{number}", None, DESK) for number in range(998)]

    text = markdown(preview(*steps, same=1), limit=3_000, full_output="full.md")

    assert_golden(GOLDEN / "huge.md", text)


def test_the_real_engines_changes_are_read() -> None:
    """Printed by CLI 3.259.0: a component's child, a dynamic resource of another kind, unknown values."""
    assert_golden(GOLDEN / "real.md", markdown(read_preview(real("changes"), "test")))


def test_what_did_not_arrive_the_last_time_is_what_an_update_is_about() -> None:
    """Old and new inputs are the same then, and the state knows."""
    inputs = {**DESK, "conversation_persistence": True}
    arrived = {**DESK, "conversation_persistence": False, "record_type": "credential_connection"}

    text = markdown(preview(step("update", "desk", inputs, inputs, outputs=arrived)))

    assert "| `conversation_persistence` | `false` | `true` |" in text
    assert "record_type" not in text


def test_an_update_that_nothing_explains_says_so() -> None:
    """A reviewer must not take an empty line for a mistake of the report."""
    text = markdown(preview(step("update", "desk", {"active": True}, {"active": True})))

    assert "- **update** `desk`: nothing that is declared differs\n" in text


def test_a_resource_that_is_read_no_more_has_a_plain_word() -> None:
    """The engine says discard, which sounds like the end of a connection."""
    for read in (
        step("discard", "desk", {"connection_name": "Desk"}),
        step("discard", "desk", {}, type_=BUCKET),
    ):
        text = markdown(preview(read))

        assert "stop reading" in text
        assert "| stop reading |" in text
        assert "discard" not in text


def test_a_stack_that_the_engine_calls_otherwise_is_told() -> None:
    """A file called dev.json that holds prod's preview would mislead everybody."""
    old = step("delete", "fax", DESK)

    assert "This is a preview of the stack that Pulumi calls `prod`" in markdown(preview(old, stack="dev"))
    assert "Pulumi calls" not in markdown(preview(old, stack="acme/prod"))


def test_a_stack_that_the_engine_calls_otherwise_is_told_where_nothing_changes_too() -> None:
    """`No changes in dev` would be said of a stack that nobody has looked at."""
    dev = preview(step("same", "fax", DESK, DESK), stack="dev")

    text = markdown(dev, preview(same=3))

    assert text.startswith("- ⚠️ `dev`: **this is a preview of another stack**, no changes\n")
    assert "This is a preview of the stack that Pulumi calls `prod`" in text


def test_what_a_url_has_besides_its_place_is_secret() -> None:
    """Log-in and query often open what the URL leads to; that they differ is told all the same."""
    old = {"webhook_event_url": "https://fake:CANARY-1@a.example/hook?token=CANARY-2#x"}
    new = {"webhook_event_url": "https://fake:CANARY-3@a.example/hook?token=CANARY-4#x"}

    text = markdown(preview(step("update", "desk", old, new)), limit=None)

    assert "CANARY" not in text
    shown = "`https://[secret]@a.example/hook?[secret]#x`"
    assert f"| `webhook_event_url` | {shown} | changed |" in text


def test_a_url_in_a_message_keeps_its_log_in() -> None:
    """A backend's URL has the password of a database in it."""
    text = markdown(
        failed("prod", "cannot open postgres://state:CANARY@db.example/state?key=CANARY: refused")
    )

    assert "CANARY" not in text
    assert "postgres://[secret]@db.example/state?[secret]" in text


@pytest.mark.parametrize(
    "items",
    [
        ["https://fake:CANARY-1@a.example", "https://fake:CANARY-2@a.example"],
        [{"url": "https://a.example?CANARY-1"}, {"url": "https://a.example?CANARY-2"}, 1],
    ],
)
def test_items_that_differ_only_in_what_is_hidden_are_told(items: list[Any]) -> None:
    """As changed, and not to what."""
    text = markdown(preview(step("update", "desk", {"tags": items[:1]}, {"tags": items[1:]})))

    assert "CANARY" not in text
    assert "removed" in text
    assert "added" in text
