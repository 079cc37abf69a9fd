"""What the API changes without an error, so that a client has to compare the answer with its request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.client import data

if TYPE_CHECKING:
    from pulumi_telnyx.emulator import EmulatorServer
    from tests.emulator.client import Client

KNOWN_PUSH_ID = "7d0a2f5e-30c1-4a76-9b61-0b1f6a2c9e11"
OTHER_PUSH_ID = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("sent", "read"), [("always", ""), ("+49301234", "+49301234"), ("0301234", "0301234")]
)
def test_a_caller_number_that_is_none_reads_back_empty(client: Client, sent: str, read: str) -> None:
    """Words in the number's place vanish."""
    found = client.created(outbound={"ani_override": sent})

    assert found["outbound"]["ani_override"] == read


def test_a_single_codec_given_as_text_leaves_no_codec(client: Client) -> None:
    """A text is not a list of one."""
    found = client.created(inbound={"codecs": "G722"})

    assert found["inbound"]["codecs"] == []


def test_both_outbound_ringback_flags_do_not_stay_on_together(client: Client) -> None:
    """The instant one gives way, on create and on update."""
    both = {"generate_ringback_tone": True, "instant_ringback_enabled": True}
    created = client.created(outbound=both)
    updated = data(client.update(created["id"], outbound={"instant_ringback_enabled": True}))

    for found in (created, updated):
        assert found["outbound"]["generate_ringback_tone"] is True
        assert found["outbound"]["instant_ringback_enabled"] is False


def test_ids_of_things_that_do_not_exist_read_back_as_null(client: Client, api: EmulatorServer) -> None:
    """Once the existing ones are known, others are dropped."""
    api.configure(known_voice_profiles=["21"], known_push_credentials=[KNOWN_PUSH_ID])
    found = client.created(
        android_push_credential_id=KNOWN_PUSH_ID,
        ios_push_credential_id=OTHER_PUSH_ID,
        outbound={"outbound_voice_profile_id": "22"},
    )

    kept = data(client.update(found["id"], outbound={"outbound_voice_profile_id": "21"}))
    untouched = data(client.update(found["id"], outbound={"localization": "GB"}))

    assert found["android_push_credential_id"] == KNOWN_PUSH_ID
    assert found["ios_push_credential_id"] is None
    assert found["outbound"]["outbound_voice_profile_id"] is None
    assert kept["outbound"]["outbound_voice_profile_id"] == "21"
    assert untouched["outbound"]["outbound_voice_profile_id"] == "21"


def test_any_id_exists_as_long_as_nobody_says_which(client: Client) -> None:
    """By default, voice profiles and push credentials need not be set up first."""
    found = client.created(ios_push_credential_id=OTHER_PUSH_ID, outbound={"outbound_voice_profile_id": "22"})

    assert found["ios_push_credential_id"] == OTHER_PUSH_ID
    assert found["outbound"]["outbound_voice_profile_id"] == "22"


@pytest.mark.parametrize(
    ("engine", "limit"), [("deep_filter_net", 80), ("krisp_viva_ss", 80), ("quail_voice_focus", 100)]
)
def test_the_attenuation_limit_follows_the_engine(client: Client, engine: str, limit: int) -> None:
    """Its default depends on a neighbour, unless it is given."""
    found = client.created(noise_suppression_details={"engine": engine})
    given = data(client.update(found["id"], noise_suppression_details={"attenuation_limit": 10}))

    assert found["noise_suppression_details"]["attenuation_limit"] == limit
    assert given["noise_suppression_details"] == {"engine": engine, "attenuation_limit": 10}
