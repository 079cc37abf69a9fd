"""Prints the CPU time that checking and diffing one connection with every field takes, as JSON."""

from __future__ import annotations

import json
import time
from typing import Any

from pulumi.dynamic import Config, ConfigureRequest

from pulumi_telnyx.lifecycle import CredentialConnectionProvider

ROUNDS = 2_000
EVERY_FIELD: dict[str, Any] = {
    "connection_name": "Front desk",
    "user_name": "frontdesk01",
    "password": "correct-horse-7battery",
    "active": True,
    "anchorsite_override": "Frankfurt, Germany",
    "android_push_credential_id": "7d0a2f5e-30c1-4a76-9b61-0b1f6a2c9e11",
    "ios_push_credential_id": "7d0a2f5e-30c1-4a76-9b61-0b1f6a2c9e12",
    "bridge_generate_comfort_noise_on_cn": False,
    "call_cost_in_webhooks": True,
    "conversation_persistence": False,
    "default_on_hold_comfort_noise_enabled": False,
    "dtmf_type": "RFC 2833",
    "encode_contact_header_enabled": True,
    "encrypted_media": "SRTP",
    "onnet_t38_passthrough_enabled": False,
    "sip_uri_calling_preference": "internal",
    "tags": ["office", "desk-phones"],
    "webhook_api_version": "2",
    "webhook_event_url": "https://hooks.example.com/voice",
    "webhook_event_failover_url": "https://backup.example.com/voice",
    "webhook_timeout_secs": 20.0,
    "inbound": {
        "ani_number_format": "+E.164",
        "dnis_number_format": "+e164",
        "codecs": ["G711A", "G722"],
        "default_routing_method": "sequential",
        "channel_limit": 12.0,
        "generate_ringback_tone": False,
        "isup_headers_enabled": False,
        "prack_enabled": True,
        "shaken_stir_enabled": True,
        "simultaneous_ringing": "enabled",
        "sip_compact_headers_enabled": True,
        "timeout_1xx_secs": 5.0,
        "timeout_2xx_secs": 60.0,
    },
    "outbound": {
        "ani_override": "+493012345678",
        "ani_override_type": "always",
        "call_parking_enabled": False,
        "channel_limit": 8.0,
        "generate_ringback_tone": False,
        "instant_ringback_enabled": True,
        "localization": "DE",
        "outbound_voice_profile_id": "2105551234567890123",
        "t38_reinvite_source": "customer",
    },
    "rtcp_settings": {"capture_enabled": True, "port": "rtcp-mux", "report_frequency_secs": 30.0},
    "jitter_buffer": {
        "enable_jitter_buffer": True,
        "jitterbuffer_msec_min": 60.0,
        "jitterbuffer_msec_max": 180.0,
    },
    "noise_suppression": "both",
    "noise_suppression_details": {"engine": "deep_filter_net", "attenuation_limit": 80.0},
}


def measure() -> dict[str, float]:
    """Return milliseconds of CPU for one check, one diff and both, as means over many rounds."""
    provider = CredentialConnectionProvider()
    # As the engine does first of all; nothing is called with the key.
    provider.configure(ConfigureRequest(Config({"telnyx:apiKey": "KEY-benchmark-not-a-secret"}, "phones")))
    checked = provider.check({}, EVERY_FIELD)
    if checked.failures:
        raise SystemExit(f"error: {checked.failures[0].reason}")
    state = {**checked.inputs, "record_type": "credential_connection"}
    started = time.process_time()
    for _ in range(ROUNDS):
        provider.check(checked.inputs, EVERY_FIELD)
    between = time.process_time()
    for _ in range(ROUNDS):
        provider.diff("1", state, checked.inputs)
    ended = time.process_time()
    check, diff = (between - started) / ROUNDS * 1e3, (ended - between) / ROUNDS * 1e3
    return {"check_ms": round(check, 3), "diff_ms": round(diff, 3), "both_ms": round(check + diff, 3)}


if __name__ == "__main__":
    print(json.dumps(measure()))  # noqa: T201 - that is what it is for
