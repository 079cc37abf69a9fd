"""What is refused before the API is called, and what the message says."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import Unknown

from pulumi_telnyx.connection.validation import validated

UNKNOWN = Unknown()  # type: ignore[no-untyped-call]  # untyped in the SDK

GOOD = {"connection_name": "Desk", "user_name": "desk0001", "password": "correct-horse"}


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"user_name": "a1"}, "user_name: must be at least 4 characters long"),
        ({"user_name": "a" * 33}, "user_name: must be at most 32 characters long"),
        ({"user_name": "front-desk"}, "user_name: must be letters and digits only"),
        ({"user_name": "12345abc"}, "user_name: needs at least one letter among its first 5 characters"),
        ({"user_name": ["desk"]}, "user_name: must be a string, not a list"),
        ({"user_name": "desk\U0001f600"}, "user_name: must be letters and digits only"),
        ({"user_name": "desk\x00"}, "user_name: must be letters and digits only"),
        ({"user_name": "\x1b[31mdesk"}, "user_name: must be letters and digits only"),
        ({"user_name": "desk1\n"}, "user_name: must be letters and digits only"),
        ({"user_name": "d\u00e9sk1"}, "user_name: must be letters and digits only"),
        ({"user_name": "u" * 1_000_000}, "user_name: must be at most 32 characters long"),
        ({"password": "p" * 1_000_000}, "password: must be at most 128 characters long"),
        ({"password": " " * 8}, "password: must not be blank"),
        ({"connection_name": "\t"}, "connection_name: must not be blank"),
        ({"tags": "office"}, "tags: must be a list, not a string"),
        ({"tags": ["a", 1.0]}, "tags.1: must be a string, not a number (put it in quotes)"),
        ({"inbound": {"inbound": {"inbound": {}}}}, "inbound.inbound: is not a field of a credential"),
        ({"webhook_event_failover_url": "https://b.example"}, "webhook_event_failover_url: needs webhook_"),
        ({"webhook_api_version": "texml"}, "webhook_api_version: texml needs outbound.call_parking_enabled"),
        (
            {"jitter_buffer": {"jitterbuffer_msec_min": 300.0}},
            "jitter_buffer.jitterbuffer_msec_min: the minimum must not be above the maximum (60 and 200",
        ),
        (
            {"outbound": {"generate_ringback_tone": True, "instant_ringback_enabled": True}},
            "outbound.instant_ringback_enabled: cannot be true beside generate_ringback_tone",
        ),
        ({"extra": {"dtmf_type": "Inband"}}, "extra.dtmf_type: is a field of its own: declare it outside"),
        ({"extra": ["novel"]}, "extra: must be a dictionary of fields, not a list"),
        ({"extra": {"novel": float("inf")}}, "extra.novel: holds a number or text that JSON cannot carry"),
        ({"password": "short"}, "password: must be at least 8 characters long"),
        ({"password": "x" * 129}, "password: must be at most 128 characters long"),
        ({"password": "*" * 8}, "password: is a masked value, not a password: pass the real one"),
        ({"active": "yes"}, "active: must be true or false, not a string"),
        ({"active": 1.0}, "active: must be true or false, not a number"),
        ({"webhook_timeout_secs": 31.0}, "webhook_timeout_secs: must be 30 or less"),
        ({"webhook_timeout_secs": True}, "webhook_timeout_secs: must be a whole number, not a boolean"),
        ({"webhook_timeout_secs": 2.5}, "webhook_timeout_secs: must be a whole number, not a number with"),
        ({"webhook_timeout_secs": float("nan")}, "webhook_timeout_secs: must be a whole number"),
        ({"webhook_timeout_secs": 2.0**60}, "webhook_timeout_secs: must be 30 or less"),
        ({"webhook_event_url": "hooks.example.com"}, "webhook_event_url: must be a URL with its scheme"),
        ({"connection_name": "a\ud83d"}, "connection_name: contains an unpaired surrogate"),
        ({"inbound": ["codecs"]}, "inbound: must be a dictionary of fields, not a list"),
        ({"inbound": {"codecs": "G722"}}, "inbound.codecs: must be a list, not a string"),
        ({"inbound": {"codecs": ["G722", "G.711"]}}, "inbound.codecs.1: must be one of 'G722', 'G711U'"),
        (
            {"inbound": {"codex": []}},
            "inbound.codex: is not a field of a credential connection (did you mean",
        ),
        (
            {"inbound": {"privacy_zone_enabled": True}},
            "inbound.privacy_zone_enabled: is not a setting any more",
        ),
        (
            {"rtcp_settings": {"report_frequency_seconds": 10.0}},
            "rtcp_settings.report_frequency_seconds: is called report_frequency_secs now",
        ),
        ({"outbound_voice_profile_id": "1"}, "outbound_voice_profile_id: stands in outbound now"),
        ({"encrypted_media": "ZRTP"}, "encrypted_media: must be 'SRTP', or left out"),
        ({"outbound": {"localization": "Germany"}}, "outbound.localization: must be two letters, like DE"),
        (
            {"outbound": {"outbound_voice_profile_id": 1293384261075731499.0}},
            "outbound.outbound_voice_profile_id: must be a string, not a number",
        ),
        (
            {"noise_suppression_details": {"attenuation_limit": 15.0}},
            "noise_suppression_details.attenuation_limit: must be a multiple of 10",
        ),
    ],
)
def test_a_wrong_value_is_named_by_path_and_rule(settings: dict[str, Any], problem: str) -> None:
    """One line, one problem, no value."""
    _, problems = validated({**GOOD, **settings})

    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_all_problems_come_at_once() -> None:
    """Nobody wants to find them one by one."""
    _, problems = validated({"user_name": "a", "inbound": {"timeout_1xx_secs": 0.0}, "novel": 1})

    assert sorted(problem.split(":")[0] for problem in problems) == [
        "connection_name",
        "inbound.timeout_1xx_secs",
        "novel",
        "password",
        "user_name",
    ]


def test_a_good_connection_comes_back_with_whole_numbers_and_without_nulls() -> None:
    """The normalised settings are what the API gets."""
    settings, problems = validated(
        {**GOOD, "inbound": {"channel_limit": 10.0, "codecs": ["OPUS"], "prack_enabled": None}, "tags": None}
    )

    assert problems == []
    assert repr(settings["inbound"]) == "{'channel_limit': 10, 'codecs': ['OPUS']}"
    assert "tags" not in settings


def test_unknown_values_are_kept_and_not_judged() -> None:
    """A preview cannot know them; what stands beside them is still checked."""
    unknown = UNKNOWN
    given = {
        **GOOD,
        "password": unknown,
        "outbound": unknown,
        "tags": ["a", unknown],
        "inbound": {"channel_limit": unknown, "timeout_1xx_secs": 5.0},
    }

    settings, problems = validated(given)
    _, worse = validated({**given, "inbound": {"channel_limit": unknown, "timeout_1xx_secs": 0.0}})

    assert problems == []
    assert settings["password"] is settings["outbound"] is unknown
    assert settings["tags"] == ["a", unknown]
    assert settings["inbound"] == {"channel_limit": unknown, "timeout_1xx_secs": 5}
    assert worse == ["inbound.timeout_1xx_secs: must be 1 or more"]
