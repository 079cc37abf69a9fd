"""What changes mean to people who phone."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from pulumi_telnyx.lifecycle import CredentialConnectionProvider
from pulumi_telnyx.report.meaning import SAID_BY
from pulumi_telnyx.report.summary import summarise
from pulumi_telnyx.rules import doubtful

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
            "fewer outbound calls at the same time: 5, until now no limit",
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
    provider.configure(ConfigureRequest(Config({"telnyx:apiKey": "KEY-test-not-a-secret"}, "phones")))
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
        ({"unmanaged_password": True}, {"password": "[secret]", "password_revision": 1}, True),
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
    """One that is managed no more stays as it is at Telnyx; one that is managed from now on is set."""
    sentence = "registered phones must log in again: the password changes"
    read = preview(step("update", "desk", old, new))

    (stack,) = summarise([read]).stacks

    assert (sentence in [each.text for each in stack.connections[0].meanings]) == logs_out
    assert stack.connections[0].changes_password == logs_out


def test_every_warning_that_is_left_out_is_tested() -> None:
    """All facts are in the tests above."""
    assert len(SAID_BY) == 4
