"""Create, retrieve, update, delete and the registration check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.client import PATH, data, problems, required

if TYPE_CHECKING:
    from pulumi_telnyx.emulator import EmulatorServer
    from tests.emulator.client import Client
    from tests.emulator.conftest import Clock

EVERYTHING = {
    "connection_name": "Empfang Köln ☎",
    "user_name": "Empfang7",
    "password": "ein langes Passwort",
    "active": False,
    "anchorsite_override": "Frankfurt, Germany",
    "android_push_credential_id": "7d0a2f5e-30c1-4a76-9b61-0b1f6a2c9e11",
    "ios_push_credential_id": None,
    "bridge_generate_comfort_noise_on_cn": True,
    "call_cost_in_webhooks": True,
    "default_on_hold_comfort_noise_enabled": True,
    "dtmf_type": "SIP INFO",
    "encode_contact_header_enabled": True,
    "encrypted_media": "SRTP",
    "onnet_t38_passthrough_enabled": True,
    "sip_uri_calling_preference": "internal",
    "tags": ["site-cologne", "ring 2"],
    "webhook_api_version": "2",
    "webhook_event_url": "https://hooks.example.com/voice",
    "webhook_event_failover_url": "http://backup.example.com/voice",
    "webhook_timeout_secs": 30,
    "inbound": {
        "ani_number_format": "+E.164",
        "dnis_number_format": "sip_username",
        "codecs": ["OPUS", "G711A"],
        "default_routing_method": "round-robin",
        "channel_limit": 12,
        "generate_ringback_tone": True,
        "isup_headers_enabled": True,
        "prack_enabled": True,
        "shaken_stir_enabled": True,
        "simultaneous_ringing": "enabled",
        "sip_compact_headers_enabled": False,
        "timeout_1xx_secs": 120,
        "timeout_2xx_secs": 600,
    },
    "outbound": {
        "ani_override": "+4922112345678",
        "ani_override_type": "emergency",
        "call_parking_enabled": None,
        "channel_limit": 8,
        "generate_ringback_tone": True,
        "instant_ringback_enabled": False,
        "localization": "DE",
        "outbound_voice_profile_id": "2105551234567890123",
        "t38_reinvite_source": "callee-passthru",
    },
    "rtcp_settings": {"capture_enabled": True, "port": "rtcp-mux", "report_frequency_secs": 3000},
    "jitter_buffer": {
        "enable_jitter_buffer": True,
        "jitterbuffer_msec_min": 40,
        "jitterbuffer_msec_max": 400,
    },
    "noise_suppression": "both",
    "noise_suppression_details": {"engine": "quail_voice_focus", "attenuation_limit": 90},
}


def test_create_with_the_least_answers_with_every_field_at_its_default(client: Client) -> None:
    """What was not sent has the documented default, in full objects."""
    found = client.created()

    assert found["record_type"] == "credential_connection"
    assert found["created_at"] == found["updated_at"] == "2026-11-02T08:00:00.000Z"
    assert found["inbound"]["codecs"] == ["G722", "G711U", "G711A", "G729", "OPUS", "H.264"]
    assert found["outbound"]["localization"] == "US"
    assert found["rtcp_settings"]["report_frequency_secs"] == 5
    assert found["jitter_buffer"]["jitterbuffer_msec_max"] == 200
    assert found["noise_suppression_details"] == {"engine": "denoiser", "attenuation_limit": 0}
    assert found["webhook_api_version"] == "1"
    assert found["active"] is True


def test_create_with_everything_reads_back_as_it_was_sent(client: Client) -> None:
    """No field is lost, bent or reordered on its way in and out."""
    found = client.created(**EVERYTHING)

    assert found == {**found, **EVERYTHING}
    assert data(client.retrieve(found["id"])) == found


def test_ids_are_decimal_texts_that_no_float_can_hold(client: Client) -> None:
    """An id that somebody turned into a number finds another connection or none."""
    first = client.created()["id"]
    second = client.created(user_name="frontdesk02")["id"]

    assert len(first) == 19
    assert int(second) == int(first) + 1
    assert float(first) == float(second)


def test_retired_and_unknown_fields_are_neither_refused_nor_kept(client: Client) -> None:
    """A field that the API does not know leaves no trace."""
    found = client.created(
        surprise=1,
        sip_subdomain="desk",
        outbound_voice_profile_id="1",
        id="7",
        record_type="x",
        conversation_persistence=True,
        rtcp_settings={"report_frequency_seconds": 30},
        inbound={"privacy_zone_enabled": True},
    )

    assert not {"surprise", "sip_subdomain", "outbound_voice_profile_id"} & set(found)
    assert found["id"] != "7"
    assert found["record_type"] == "credential_connection"
    assert found["conversation_persistence"] is False
    assert found["rtcp_settings"]["report_frequency_secs"] == 5
    assert "report_frequency_seconds" not in found["rtcp_settings"]
    assert "privacy_zone_enabled" not in found["inbound"]


def test_update_changes_what_was_sent_and_keeps_the_rest(client: Client, clock: Clock) -> None:
    """Nested objects are merged key by key, lists replaced whole."""
    before = client.created(tags=["a", "b"], inbound={"codecs": ["OPUS"], "timeout_2xx_secs": 60})
    clock.now += 1.5

    after = data(
        client.update(
            before["id"], conversation_persistence=True, tags=["c"], inbound={"timeout_2xx_secs": 61}
        )
    )

    assert after == {
        **before,
        "updated_at": "2026-11-02T08:00:01.500Z",
        "conversation_persistence": True,
        "tags": ["c"],
        "inbound": {**before["inbound"], "timeout_2xx_secs": 61},
    }
    assert data(client.retrieve(before["id"])) == after


def test_update_can_replace_nested_objects(client: Client, api: EmulatorServer) -> None:
    """With the switch on, a nested object's other fields go back to their defaults."""
    api.configure(nested_patch="replace")
    before = client.created(inbound={"channel_limit": 3}, outbound={"channel_limit": 4})

    after = data(client.update(before["id"], inbound={"prack_enabled": True}))

    assert after["inbound"]["channel_limit"] is None
    assert after["inbound"]["prack_enabled"] is True
    assert after["outbound"]["channel_limit"] == 4


def test_update_that_is_refused_changes_nothing(client: Client) -> None:
    """One bad field keeps the good ones from being stored."""
    before = client.created()

    answer = client.update(before["id"], active=False, dtmf_type="Morse")

    assert problems(answer) == [(422, "10015", "/dtmf_type")]
    assert data(client.retrieve(before["id"])) == before


def test_delete_answers_with_the_object_and_frees_the_user_name(client: Client) -> None:
    """The second delete finds nothing, and the name can be used again."""
    before = client.created()

    deleted = data(client.delete(before["id"]))

    assert deleted == before
    assert problems(client.delete(before["id"])) == [(404, "10005", "/")]
    assert client.created()["id"] != before["id"]


def test_delete_with_phone_numbers_attached_is_refused(client: Client) -> None:
    """A connection in use stays."""
    found = client.created()
    client.control("PATCH", f"/connections/{found['id']}", json={"numbers_attached": 2})

    answer = client.delete(found["id"])

    assert problems(answer) == [(400, "10021", "/")]
    assert client.retrieve(found["id"]).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_missing_connection_is_the_apis_own_404(client: Client, method: str) -> None:
    """Gone is told by status, code and envelope together."""
    answer = client.send(method, f"{PATH}/2990000000000009999", json={})

    assert problems(answer) == [(404, "10005", "/")]
    assert answer.json()["errors"][0]["meta"]["url"].endswith("/10005")


@pytest.mark.parametrize(
    "name", ["abc", "0123", "-1", "1.5", "99999999999999999999", "9999999999999999999", "\u0661\u0662"]
)
def test_a_malformed_id_is_not_a_missing_connection(client: Client, name: str) -> None:
    """What can never have been an id is another error than a connection that is gone."""
    assert problems(client.retrieve(name)) == [(400, "10006", "/")]


def test_registration_is_not_there_until_somebody_plants_one(client: Client) -> None:
    """Nothing registers here by itself."""
    found = client.created()
    path = f"{PATH}/{found['id']}/actions/check_registration_status"
    before = data(client.send("POST", path))
    planted = {"status": "Registered", "ip_address": "203.0.113.7", "port": 5060, "transport": "TLS"}
    client.control("PATCH", f"/connections/{found['id']}", json={"registration": planted})

    after = data(client.send("POST", path))

    assert before["record_type"] == "registration_status"
    assert before["status"] == "Not Registered"
    assert before["last_registration"] is None
    assert after == {**before, **planted}


def test_count_tells_how_many_there_are_and_may_be(client: Client, api: EmulatorServer) -> None:
    """Only credential connections are counted: there are no others."""
    api.configure(max_connections=2)
    client.created()

    found = data(client.send("GET", "/connections/count"))

    assert found == {"counts": {"credential_connections": 1}, "limits": {"global_limit": 2}}


def test_create_beyond_the_accounts_limit_is_refused(client: Client, api: EmulatorServer) -> None:
    """The limit counts connections that exist, not ones that did."""
    api.configure(max_connections=1)
    first = client.created()

    refused = client.create(user_name="frontdesk02")
    client.delete(first["id"])

    assert problems(refused) == [(403, "10039", "/")]
    assert client.create(**required()).status_code == 201
