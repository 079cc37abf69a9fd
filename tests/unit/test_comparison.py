"""What counts as a difference, and what is sent to make it go away."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_telnyx.api.models import Connection
from pulumi_telnyx.connection.comparison import (
    all_settings,
    altered,
    declared_of,
    live_view,
    password_differs,
    patch,
    properties_of,
)


@pytest.mark.parametrize(
    ("declared", "live"),
    [
        ({"user_name": "FrontDesk"}, {"user_name": "frontdesk"}),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}),
        ({"inbound": {"timeout_2xx_secs": 15}}, {"inbound": {"timeout_2xx_secs": "15", "codecs": ["G722"]}}),
        ({"webhook_timeout_secs": 20}, {"webhook_timeout_secs": 20.0}),
        ({"sip_uri_calling_preference": "disabled"}, {"sip_uri_calling_preference": None}),
        ({"sip_uri_calling_preference": "disabled"}, {"sip_uri_calling_preference": " disabled"}),
        ({"anchorsite_override": "Latency"}, {"anchorsite_override": "latency"}),
        ({"webhook_event_failover_url": ""}, {"webhook_event_failover_url": None}),
        ({"webhook_api_version": "1"}, {"webhook_api_version": 1}),
        ({"outbound": {"localization": ""}}, {"outbound": {"localization": None}}),
        ({"outbound": {"channel_limit": 8}}, {}),
        ({"jitter_buffer": {"enable_jitter_buffer": False}}, {"jitter_buffer": None}),
        ({"inbound": {"codecs": ["G722"]}}, {"inbound": {"codecs": "G722"}}),
        (
            {"rtcp_settings": {"report_frequency_secs": 10}},
            {"rtcp_settings": {"report_frequency_seconds": 10}},
        ),
        ({"password": "first-password"}, {"password": "other-password"}),
        ({"novel": 1, "inbound": {"novel": {"a": [1]}}}, {"inbound": {"novel": {"a": [1], "b": 2}}}),
        ({"active": True}, {"active": "true"}),
    ],
)
def test_what_means_the_same_is_no_difference(declared: dict[str, Any], live: dict[str, Any]) -> None:
    """The declared spelling is kept, and nothing is sent."""
    view = live_view(declared, Connection.from_api({"id": "1", **live}))

    assert view == declared
    assert patch(view, declared) == {}


@pytest.mark.parametrize(
    ("declared", "live", "view"),
    [
        ({"encrypted_media": "SRTP"}, {"encrypted_media": None}, {"encrypted_media": None}),
        ({"inbound": {"codecs": ["G722", "OPUS"]}}, {"inbound": {"codecs": ["OPUS", "G722"]}}, None),
        ({"tags": ["a"]}, {"tags": ["a", "b"]}, None),
        ({"tags": ["a", "a"]}, {"tags": ["a"]}, None),
        ({"connection_name": "Desk"}, {"connection_name": "desk"}, None),
        ({"active": True}, {"active": False}, None),
        ({"dtmf_type": "Inband"}, {"dtmf_type": "Something new"}, None),
        (
            {"jitter_buffer": {"enable_jitter_buffer": True}},
            {"jitter_buffer": None},
            {"jitter_buffer": {"enable_jitter_buffer": None}},
        ),
    ],
)
def test_what_differs_is_sent_again(
    declared: dict[str, Any], live: dict[str, Any], view: dict[str, Any] | None
) -> None:
    """Drift on a declared field shows the live value, and the declared one goes out."""
    seen = live_view(declared, Connection.from_api({"id": "1", **live}))

    assert seen == (view or live)
    assert patch(declared_of(seen), declared) == declared


@pytest.mark.parametrize(
    ("old", "new", "sent"),
    [
        ({"active": True}, {"active": False}, {"active": False}),
        ({}, {"tags": ["a"]}, {"tags": ["a"]}),
        ({"tags": ["a"]}, {}, {"tags": []}),
        ({"tags": []}, {}, {}),
        ({"webhook_timeout_secs": 5}, {}, {"webhook_timeout_secs": None}),
        ({"encrypted_media": "SRTP"}, {}, {"encrypted_media": None}),
        (
            {"inbound": {"channel_limit": 1, "prack_enabled": True}},
            {"inbound": {"channel_limit": 2, "prack_enabled": True}},
            {"inbound": {"channel_limit": 2, "prack_enabled": True}},
        ),
        (
            {"inbound": {"channel_limit": 1, "prack_enabled": True}},
            {"inbound": {"channel_limit": 1}},
            {"inbound": {"channel_limit": 1, "prack_enabled": False}},
        ),
        (
            {"outbound": {"outbound_voice_profile_id": "1", "localization": "DE"}},
            {},
            {"outbound": {"outbound_voice_profile_id": None, "localization": "US"}},
        ),
        (
            {"noise_suppression_details": {"engine": "krisp_viva_ss", "attenuation_limit": 10}},
            {"noise_suppression_details": {"engine": "krisp_viva_ss"}},
            {"noise_suppression_details": {"engine": "krisp_viva_ss", "attenuation_limit": 80}},
        ),
    ],
)
def test_only_what_changed_is_sent(old: dict[str, Any], new: dict[str, Any], sent: dict[str, Any]) -> None:
    """Whole objects, since the API may merge or replace them; removed fields go back to their default."""
    assert patch(old, new) == sent


def test_numbers_become_whole_again_and_foreign_properties_are_left_out() -> None:
    """The engine turns 10 into 10.0, and keeps properties of its own among ours."""
    properties = {"__provider": "…", "password_revision": 1.0, "webhook_timeout_secs": 10.0, "active": None}

    declared = declared_of({**properties, "inbound": {"channel_limit": 2.0}})

    assert repr(declared) == "{'webhook_timeout_secs': 10, 'inbound': {'channel_limit': 2}}"


@pytest.mark.parametrize(
    ("live", "differs"),
    [
        ({"password": "first"}, False),
        ({"password": "other"}, True),
        ({"password": "********"}, False),
        ({}, False),
    ],
)
def test_a_password_differs_only_where_the_api_shows_another_one(live: dict[str, Any], differs: bool) -> None:
    """A mask is neither drift nor proof of its absence."""
    connection = Connection.from_api({"id": "1", **live})

    assert password_differs({"password": "first"}, connection) is differs


def test_fields_of_extra_stand_where_they_are_sent() -> None:
    """In the state they are apart from the known ones, also inside of objects."""
    properties = {"active": True, "extra": {"novel": 2.0, "inbound": {"fresh": [1.0]}}}

    tree = declared_of({**properties, "inbound": {"channel_limit": 1.0}})

    assert tree == {"active": True, "novel": 2, "inbound": {"channel_limit": 1, "fresh": [1]}}
    assert properties_of(tree) == {**properties, "inbound": {"channel_limit": 1}}


def test_the_paths_of_altered_values_are_named() -> None:
    """Names only: a value may be secret."""
    declared = {"active": True, "outbound": {"localization": "DE", "channel_limit": 1}}
    view = {"active": True, "outbound": {"localization": None, "channel_limit": 1}}

    assert list(altered(declared, view)) == ["outbound.localization"]


def test_all_settings_hold_no_password() -> None:
    """What `.get()` shows is not marked secret by anybody."""
    connection = Connection.from_api({"id": "1", "password": "in-the-clear", "active": True, "novel": 1})

    assert all_settings(connection) == {"active": True}
