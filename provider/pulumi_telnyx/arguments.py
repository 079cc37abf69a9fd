"""The nested arguments of `CredentialConnection`, and the members of `CredentialConnectionSet`.

A plain dictionary with the same keys does as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

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


class MemberDefaults(TypedDict, total=False):
    """What the members of a set have in common: arguments of `CredentialConnection`."""

    active: pulumi.Input[bool] | None
    anchorsite_override: pulumi.Input[choices.AnchorSite] | None
    android_push_credential_id: pulumi.Input[str] | None
    ios_push_credential_id: pulumi.Input[str] | None
    bridge_generate_comfort_noise_on_cn: pulumi.Input[bool] | None
    call_cost_in_webhooks: pulumi.Input[bool] | None
    conversation_persistence: pulumi.Input[bool] | None
    default_on_hold_comfort_noise_enabled: pulumi.Input[bool] | None
    dtmf_type: pulumi.Input[choices.DtmfType] | None
    encode_contact_header_enabled: pulumi.Input[bool] | None
    encrypted_media: pulumi.Input[choices.EncryptedMedia] | None
    onnet_t38_passthrough_enabled: pulumi.Input[bool] | None
    sip_uri_calling_preference: pulumi.Input[choices.SipUriCallingPreference] | None
    tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None
    webhook_api_version: pulumi.Input[choices.WebhookApiVersion] | None
    webhook_event_url: pulumi.Input[str] | None
    webhook_event_failover_url: pulumi.Input[str] | None
    webhook_timeout_secs: pulumi.Input[int] | None
    inbound: pulumi.Input[InboundArgs] | None
    outbound: pulumi.Input[OutboundArgs] | None
    rtcp_settings: pulumi.Input[RtcpSettingsArgs] | None
    jitter_buffer: pulumi.Input[JitterBufferArgs] | None
    noise_suppression: pulumi.Input[choices.NoiseSuppression] | None
    noise_suppression_details: pulumi.Input[NoiseSuppressionDetailsArgs] | None
    extra: pulumi.Input[Mapping[str, Any]] | None
    rotate_password_when: pulumi.Input[str | int | float] | None
    unmanaged_password: bool | None


class MemberArgs(MemberDefaults, total=False):
    """One member of a set: the arguments of `CredentialConnection`."""

    connection_name: pulumi.Input[str] | None
    user_name: pulumi.Input[str] | None
    password: pulumi.Input[str] | None
    adopt: pulumi.Input[str] | None
