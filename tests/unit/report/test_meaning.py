"""What changes mean to people who phone."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from pulumi.dynamic import Config

from pulumi_telnyx.connection.rules import doubtful
from pulumi_telnyx.lifecycle import CredentialConnectionProvider
from pulumi_telnyx.report import meaning
from pulumi_telnyx.report.meaning import HARMS, SAID_BY
from pulumi_telnyx.report.summary import summarise

from .made import BUCKET, UNKNOWN_TEXT, preview, step, warning

PROFILE = {"outbound_voice_profile_id": "2105551234567890123"}


def _meanings(*arguments: Any, **options: Any) -> list[str]:
    (stack,) = summarise([preview(step(*arguments, **options))]).stacks
    return [each.text for resource in (*stack.connections, *stack.others) for each in resource.meanings]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ({"outbound": PROFILE}, {"outbound": {}}, "outbound calls stop: the voice profile is removed"),
        ({"outbound": PROFILE}, {}, "outbound calls stop: the voice profile is removed"),
        ({}, {"outbound": PROFILE}, "outbound calls become possible: a voice profile is set"),
        ({}, {"encrypted_media": "SRTP"}, "callers without SRTP are refused"),
        ({"encrypted_media": "SRTP"}, {}, "calls are no longer encrypted: SRTP is switched off"),
        (
            {"sip_uri_calling_preference": "internal"},
            {"sip_uri_calling_preference": "unrestricted"},
            "anyone can call this SIP URI, billed to you",
        ),
        (
            {"sip_uri_calling_preference": "unrestricted"},
            {"sip_uri_calling_preference": "internal"},
            "strangers can no longer call this SIP URI",
        ),
        (
            {"password_revision": 1},
            {"password_revision": 2},
            "registered phones must log in again: the password changes",
        ),
        (
            {"password_revision": 1},
            {"password_revision": UNKNOWN_TEXT},
            "the password may change, and then registered phones must log in again",
        ),
        (
            {"password_revision": 1, "password_changed_outside": True},
            {"password_revision": 2},
            "the password was changed outside and is set back: phones that use it are refused",
        ),
        (
            {"user_name": "desk1"},
            {"user_name": "desk2"},
            "registered phones must log in again: the user name changes",
        ),
        ({}, {"active": False}, "the connection is switched off: no call gets through"),
        ({"active": False}, {}, "the connection is switched on"),
        (
            {"inbound": {"channel_limit": 10}},
            {"inbound": {"channel_limit": 5}},
            "fewer inbound calls at the same time: 5, until now 10",
        ),
        (
            {},
            {"outbound": {"channel_limit": 5}},
            "at most 5 outbound calls at the same time: until now no limit was declared",
        ),
        ({}, {"inbound": {"channel_limit": 0}}, "no inbound call gets through: the limit is 0"),
        (
            {"outbound": {"channel_limit": 5}},
            {"outbound": {"channel_limit": 0}},
            "no outbound call gets through: the limit is 0",
        ),
        (
            {},
            {"inbound": {"codecs": ["OPUS", "G722", "G711U", "H.264"]}},
            "phones that know nothing but G711A or G729 may find no common codec",
        ),
        (
            {"outbound": PROFILE},
            {"outbound": {"outbound_voice_profile_id": UNKNOWN_TEXT}},
            "another voice profile may bill and permit outbound calls",
        ),
        (
            {},
            {"outbound": {"outbound_voice_profile_id": UNKNOWN_TEXT}},
            "outbound calls may become possible: a voice profile is set",
        ),
        (
            {"user_name": "desk1"},
            {"user_name": UNKNOWN_TEXT},
            "the user name may change, and then registered phones must log in again",
        ),
        ({}, {"outbound": {"ani_override": "+1555"}}, "outgoing calls show another caller number"),
        (
            {},
            {"outbound": {"ani_override": "+1555", "ani_override_type": "emergency"}},
            "emergency calls show another caller number",
        ),
        (
            {},
            {"outbound": {"ani_override": "+1555", "ani_override_type": "normal"}},
            "outgoing calls but emergency calls show another caller number",
        ),
        (
            {},
            {"outbound": {"ani_override": UNKNOWN_TEXT}},
            "outgoing calls may show another caller number",
        ),
        (
            {"webhook_event_url": "https://a.example"},
            {"webhook_event_url": UNKNOWN_TEXT},
            "webhooks may go to another address",
        ),
        (
            {"inbound": {"codecs": ["G722", "G729", "OPUS"]}},
            {"inbound": {"codecs": ["G722"]}},
            "phones that know nothing but G729 or OPUS find no common codec",
        ),
        ({}, {"conversation_persistence": True}, "calls are transcribed, stored and indexed"),
        ({"webhook_event_url": "https://a.example"}, {}, "webhooks are no longer sent"),
        (
            {"android_push_credential_id": "7d0a2f5e-30c1-4a76-9b61-0b1f6a2c9e11"},
            {},
            "Android apps are no longer woken for a call: the push credential is removed",
        ),
    ],
)
def test_an_update_is_told_in_words(old: dict[str, Any], new: dict[str, Any], sentence: str) -> None:
    """One sentence for one fact."""
    assert _meanings("update", "desk", old, new) == [sentence]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"user_name": "desk1"}, {"user_name": "DESK1"}),
        ({"inbound": {"channel_limit": 5}}, {"inbound": {"channel_limit": 10}}),
        ({"inbound": {"channel_limit": 5}}, {}),
        ({"tags": ["a"]}, {"tags": ["b"]}),
        ({"active": False}, {"active": UNKNOWN_TEXT}),
        ({"inbound": {"codecs": ["G722", {"odd": 1}]}}, {"inbound": {"codecs": ["G722"]}}),
        ({"inbound": {"codecs": ["G722", "G722", "OPUS"]}}, {"inbound": {"codecs": ["G722", "OPUS"]}}),
        ({"inbound": {"codecs": ["G722"]}}, {}),
        ({"inbound": {"channel_limit": True}}, {"inbound": {"channel_limit": "5"}}),
    ],
)
def test_what_nobody_notices_needs_no_sentence(old: dict[str, Any], new: dict[str, Any]) -> None:
    """A sentence that is not needed hides the one that is."""
    assert _meanings("update", "desk", old, new) == []


def test_a_deletion_ends_registration_unless_the_connection_is_kept() -> None:
    """`retain_on_delete` leaves it at Telnyx."""
    assert _meanings("delete", "desk", {}) == ["its phones can no longer register"]
    assert _meanings("delete", "desk", {}, retainOnDelete=True) == [
        "it leaves this stack and stays at Telnyx: its phones go on working"
    ]


def test_a_new_connection_is_told_only_what_costs_money_or_privacy() -> None:
    """Its limits and codecs are its author's choice, and not less than before."""
    new = {
        "inbound": {"channel_limit": 1},
        "sip_uri_calling_preference": "unrestricted",
        "adopt": "deskuser01",
    }

    assert _meanings("create", "desk", None, new) == [
        "it takes over an existing connection and gives it what is declared, password too",
        "anyone can call this SIP URI, billed to you",
    ]


def test_a_replacement_logs_phones_out() -> None:
    """Also where nothing differs, as with `--replace`."""
    assert _meanings("replace", "desk", {}, {}) == [
        "it is deleted and made anew, with another id: its phones are logged out"
    ]


def test_a_replacement_leaves_a_kept_connection_where_it_is() -> None:
    """The engine deletes nothing then: the old log-in goes on working at Telnyx."""
    (told,) = _meanings("replace", "desk", {}, {}, retainOnDelete=True)

    assert told == (
        "it is made anew, with another id, and the old one stays at Telnyx: phones that log in with the old "
        "user name and password stay there"
    )


@pytest.mark.parametrize("revision", [1, 2])
def test_a_replacement_does_not_tell_whether_the_password_changes(revision: int) -> None:
    """The revision begins anew, whatever the password."""
    old = {"password": "[secret]", "password_revision": revision}

    (stack,) = summarise(
        [preview(step("replace", "desk", old, {"password": "[secret]", "password_revision": 1}))]
    ).stacks

    assert [each.text for each in stack.connections[0].meanings] == [
        "it is deleted and made anew, with another id: its phones are logged out",
        "its password may change",
    ]
    assert stack.connections[0].properties == ()
    assert [each.text for each in stack.verdict] == ["replace 1 connection"]


def test_a_connection_that_loses_its_protection_is_told() -> None:
    """The engine calls that the same; the next change could delete it."""
    assert _meanings("same", "desk", {}, {}, protect=True) == [
        "it is no longer protected: the next change can delete it"
    ]


def test_other_resources_have_no_meaning_here() -> None:
    """Whatever their inputs are called."""
    assert _meanings("update", "bucket", {}, {"active": False}, type_=BUCKET) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"sip_uri_calling_preference": "unrestricted"}),
        ({"outbound": PROFILE}, {"outbound": {}}),
    ],
)
def test_a_warning_that_a_sentence_has_said_is_not_said_again(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    """The warnings are those of `check` itself: other words there would make this fail."""
    named = {"connection_name": "Desk"}
    said = list(doubtful(named | new, named | old))

    (stack,) = summarise(
        [
            preview(
                step("update", "desk", named | old, named | new),
                diagnostics=[warning(f"{name}: {each}") for each in said for name in ("Desk", "Attic")],
            )
        ]
    ).stacks

    assert said
    assert stack.warnings == dict.fromkeys(said, ("Attic",))


@pytest.mark.parametrize(
    ("password", "words"),
    [({"password": "fake-password-1"}, "password too"), ({"unmanaged_password": True}, "the password stays")],
)
def test_what_adoption_does_is_said_once(
    password: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check` warns of it as well, and in the same words."""
    provider = CredentialConnectionProvider()
    # Not by `configure`, which shortens the errors of the whole process.
    provider._config = Config({"telnyx:apiKey": "KEY-test-not-a-secret"}, "phones")
    inputs = {"connection_name": "Desk", "user_name": "deskuser01", "adopt": "deskuser01", **password}
    assert provider.check({}, inputs).failures == []

    (stack,) = summarise(
        [
            preview(
                step("create", "desk", None, inputs),
                diagnostics=[{"message": capsys.readouterr().err, "severity": "info#err"}],
            )
        ]
    ).stacks

    (told,) = stack.connections[0].meanings
    assert told.text == f"it takes over an existing connection and gives it what is declared, {words}"
    assert not any("adopt" in each for each in stack.warnings)


@pytest.mark.parametrize(
    ("old", "new", "logs_out"),
    [
        ({"password": "[secret]", "password_revision": 1}, {"unmanaged_password": True}, False),
        ({"members": {}}, {"members": {"a": {"password": "[secret]", "password_revision": 1}}}, False),
        ({"members": {"a": {"password": "[secret]", "password_revision": 1}}}, {"members": {}}, False),
        (
            {"members": {"a": {"password": "[secret]", "password_revision": 1}}},
            {"members": {"a": {"password": "[secret]", "password_revision": 2}}},
            True,
        ),
    ],
)
def test_a_password_that_only_comes_or_goes_logs_nobody_out(
    old: dict[str, Any], new: dict[str, Any], logs_out: bool
) -> None:
    """One that is managed no more stays as it is at Telnyx."""
    sentence = "registered phones must log in again: the password changes"
    read = preview(step("update", "desk", old, new))

    (stack,) = summarise([read]).stacks

    assert (sentence in [each.text for each in stack.connections[0].meanings]) == logs_out
    assert stack.connections[0].changes_password == logs_out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            {"unmanaged_password": True, "password_revision": 1},
            {"password": "[secret]", "password_revision": 2},
        ),
        ({"unmanaged_password": True}, {"password": "[secret]", "password_revision": 1}),
        (
            {"password": "[secret]", "password_revision": 1},
            {"password": UNKNOWN_TEXT, "password_revision": UNKNOWN_TEXT},
        ),
    ],
)
def test_a_password_of_which_nothing_is_known_may_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    """It has one row, is counted as what it is, and not as rotated."""
    (stack,) = summarise([preview(step("update", "desk", old, new))]).stacks

    (resource,) = stack.connections
    assert [each.path for each in resource.properties].count("password") == 1
    assert [each.text for each in resource.meanings] == [
        "the password may change, and then registered phones must log in again"
    ]
    assert [(each.text, each.grave) for each in stack.verdict] == [
        ("may rotate 1 password", True),
        ("update 1 connection", False),
    ]


@pytest.mark.parametrize(
    ("old", "new", "harm"),
    [
        ({}, {"active": False}, "switch off 1 connection"),
        ({"outbound": PROFILE}, {}, "stop outbound calls of 1 connection"),
        ({}, {"outbound": {"channel_limit": 0}}, "stop outbound calls of 1 connection"),
        ({}, {"inbound": {"channel_limit": 0}}, "stop inbound calls of 1 connection"),
        ({}, {"encrypted_media": "SRTP"}, "refuse calls without SRTP to 1 connection"),
        ({"encrypted_media": "SRTP"}, {}, "stop encryption of 1 connection"),
        ({}, {"sip_uri_calling_preference": "unrestricted"}, "open 1 connection to strangers"),
        ({"user_name": "desk1"}, {"user_name": "desk2"}, "change the user name of 1 connection"),
        ({"user_name": "desk1"}, {"user_name": UNKNOWN_TEXT}, "may change the user name of 1 connection"),
    ],
)
def test_a_verdict_names_what_an_update_breaks_or_opens(
    old: dict[str, Any], new: dict[str, Any], harm: str
) -> None:
    """In bold, before the updates: who reads the first line only must not be deceived."""
    (stack,) = summarise([preview(step("update", "desk", old, new))]).stacks

    assert [(each.text, each.grave) for each in stack.verdict] == [
        (harm, True),
        ("update 1 connection", False),
    ]


def test_a_verdict_counts_a_harm_once_for_each_connection() -> None:
    """Two reasons for one connection's outbound calls to stop are one."""
    cut = {"outbound": {"channel_limit": 0}}

    (stack,) = summarise(
        [preview(*(step("update", f"desk{n}", {"outbound": PROFILE}, cut) for n in range(3)))]
    ).stacks

    assert stack.verdict[0].text == "stop outbound calls of 3 connections"


def test_every_harm_is_in_the_verdicts_list() -> None:
    """One that is missing there would never be said."""
    said = set(re.findall(r'"([a-zA-Z ]*\{\}[a-zA-Z ]*)"', inspect.getsource(meaning)))

    assert said == set(HARMS)


@pytest.mark.parametrize(
    ("password", "verdict"),
    [
        ({"password": "[secret]"}, ["take over 1 connection", "may rotate 1 password"]),
        ({"unmanaged_password": True}, ["take over 1 connection"]),
    ],
)
def test_adoption_is_no_harmless_create(password: dict[str, Any], verdict: list[str]) -> None:
    """A connection that exists gets other settings, and perhaps another password."""
    inputs = {"user_name": "deskuser01", "adopt": "deskuser01", **password}

    (stack,) = summarise([preview(step("create", "desk", None, inputs))]).stacks

    assert [each.text for each in stack.verdict] == verdict
    assert all(each.grave for each in stack.verdict)


def test_adoption_that_changes_what_works_is_told_like_an_update() -> None:
    """The connection is there already, and its phones are registered."""
    inputs = {
        "user_name": "newname01",
        "adopt": "deskuser01",
        "unmanaged_password": True,
        "active": False,
        "encrypted_media": "SRTP",
    }

    (stack,) = summarise([preview(step("create", "desk", None, inputs))]).stacks

    assert [each.text for each in stack.verdict] == [
        "take over 1 connection",
        "switch off 1 connection",
        "refuse calls without SRTP to 1 connection",
        "change the user name of 1 connection",
    ]


def test_a_new_connection_that_is_switched_off_breaks_nothing() -> None:
    """Nobody has used it."""
    (stack,) = summarise([preview(step("create", "desk", None, {"active": False}))]).stacks

    assert [(each.text, each.grave) for each in stack.verdict] == [("create 1 connection", False)]


def test_every_warning_that_is_left_out_is_tested() -> None:
    """All facts are in the tests above."""
    assert len(SAID_BY) == 4
