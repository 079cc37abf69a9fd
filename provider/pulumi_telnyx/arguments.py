"""The nested arguments of `CredentialConnection`; a plain dictionary with the same keys does as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi

from .api import choices


class InboundArgs(TypedDict, total=False):
    """Calls from Telnyx to the devices on the connection."""

    ani_number_format: pulumi.Input[choices.AniNumberFormat] | None
    dnis_number_format: pulumi.Input[choices.DnisNumberFormat] | None
    codecs: pulumi.Input[Sequence[pulumi.Input[choices.Codec]]] | None
    default_routing_method: pulumi.Input[choices.RoutingMethod] | None
    channel_limit: pulumi.Input[int] | None
    generate_ringback_tone: pulumi.Input[bool] | None
    isup_headers_enabled: pulumi.Input[bool] | None
    prack_enabled: pulumi.Input[bool] | None
    shaken_stir_enabled: pulumi.Input[bool] | None
    simultaneous_ringing: pulumi.Input[choices.SimultaneousRinging] | None
    sip_compact_headers_enabled: pulumi.Input[bool] | None
    timeout_1xx_secs: pulumi.Input[int] | None
    timeout_2xx_secs: pulumi.Input[int] | None


class OutboundArgs(TypedDict, total=False):
    """Calls from the devices on the connection to Telnyx."""

    ani_override: pulumi.Input[str] | None
    ani_override_type: pulumi.Input[choices.AniOverrideType] | None
    call_parking_enabled: pulumi.Input[bool] | None
    channel_limit: pulumi.Input[int] | None
    generate_ringback_tone: pulumi.Input[bool] | None
    instant_ringback_enabled: pulumi.Input[bool] | None
    localization: pulumi.Input[str] | None
    outbound_voice_profile_id: pulumi.Input[str] | None
    t38_reinvite_source: pulumi.Input[choices.T38ReinviteSource] | None


class RtcpSettingsArgs(TypedDict, total=False):
    """RTCP, the reports on call quality that go beside the audio."""

    capture_enabled: pulumi.Input[bool] | None
    port: pulumi.Input[choices.RtcpPort] | None
    report_frequency_secs: pulumi.Input[int] | None


class JitterBufferArgs(TypedDict, total=False):
    """The adaptive jitter buffer; its sizes act only while it is enabled."""

    enable_jitter_buffer: pulumi.Input[bool] | None
    jitterbuffer_msec_min: pulumi.Input[int] | None
    jitterbuffer_msec_max: pulumi.Input[int] | None


class NoiseSuppressionDetailsArgs(TypedDict, total=False):
    """How noise is suppressed; kept, but without effect, while `noise_suppression` is `disabled`."""

    engine: pulumi.Input[choices.NoiseSuppressionEngine] | None
    attenuation_limit: pulumi.Input[int] | None
