"""The nested arguments of `CredentialConnection`; a plain dictionary with the same keys does as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi

from .api import choices


class InboundArgs(TypedDict, total=False):
    """Calls from Telnyx to the devices on the connection."""

    ani_number_format: pulumi.Input[choices.AniNumberFormat]
    dnis_number_format: pulumi.Input[choices.DnisNumberFormat]
    codecs: pulumi.Input[Sequence[pulumi.Input[choices.Codec]]]
    default_routing_method: pulumi.Input[choices.RoutingMethod]
    channel_limit: pulumi.Input[int]
    generate_ringback_tone: pulumi.Input[bool]
    isup_headers_enabled: pulumi.Input[bool]
    prack_enabled: pulumi.Input[bool]
    shaken_stir_enabled: pulumi.Input[bool]
    simultaneous_ringing: pulumi.Input[choices.SimultaneousRinging]
    sip_compact_headers_enabled: pulumi.Input[bool]
    timeout_1xx_secs: pulumi.Input[int]
    timeout_2xx_secs: pulumi.Input[int]


class OutboundArgs(TypedDict, total=False):
    """Calls from the devices on the connection to Telnyx."""

    ani_override: pulumi.Input[str]
    ani_override_type: pulumi.Input[choices.AniOverrideType]
    call_parking_enabled: pulumi.Input[bool]
    channel_limit: pulumi.Input[int]
    generate_ringback_tone: pulumi.Input[bool]
    instant_ringback_enabled: pulumi.Input[bool]
    localization: pulumi.Input[str]
    outbound_voice_profile_id: pulumi.Input[str]
    t38_reinvite_source: pulumi.Input[choices.T38ReinviteSource]


class RtcpSettingsArgs(TypedDict, total=False):
    """RTCP, the reports on call quality that go beside the audio."""

    capture_enabled: pulumi.Input[bool]
    port: pulumi.Input[choices.RtcpPort]
    report_frequency_secs: pulumi.Input[int]


class JitterBufferArgs(TypedDict, total=False):
    """The adaptive jitter buffer; its sizes act only while it is enabled."""

    enable_jitter_buffer: pulumi.Input[bool]
    jitterbuffer_msec_min: pulumi.Input[int]
    jitterbuffer_msec_max: pulumi.Input[int]


class NoiseSuppressionDetailsArgs(TypedDict, total=False):
    """How noise is suppressed; kept, but without effect, while `noise_suppression` is `disabled`."""

    engine: pulumi.Input[choices.NoiseSuppressionEngine]
    attenuation_limit: pulumi.Input[int]
