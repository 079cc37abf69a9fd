"""The nested arguments of `CredentialConnection`, and the members of `CredentialConnectionSet`.

A plain dictionary with the same keys does as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

import pulumi

from ..api import choices

TextOutput: TypeAlias = pulumi.Output[str | None]
"""The output of another connection for an argument with a closed list: Telnyx may have a value beyond it."""
NestedOutput: TypeAlias = pulumi.Output[Mapping[str, Any] | None]
"""The output of another connection for a nested argument."""


class InboundArgs(TypedDict, total=False):
    """Calls from Telnyx to the phones on the connection."""

    ani_number_format: pulumi.Input[choices.AniNumberFormat | None]
    """Format in which the caller's number is sent to you."""
    dnis_number_format: pulumi.Input[choices.DnisNumberFormat | None]
    """Format in which the called number is sent to you; `sip_username` sends the user name."""
    codecs: pulumi.Input[Sequence[pulumi.Input[choices.Codec]] | None]
    """Codecs that are offered, most wanted first. OPUS and H.264 need SIP over TCP or TLS."""
    default_routing_method: pulumi.Input[choices.RoutingMethod | None]
    """How calls are spread when several phones are registered for a number."""
    channel_limit: pulumi.Input[int | None]
    """Most inbound calls at the same time; null is no limit."""
    generate_ringback_tone: pulumi.Input[bool | None]
    """Telnyx plays the ringback tone to the caller, by 183 with early media."""
    isup_headers_enabled: pulumi.Input[bool | None]
    """ISUP information is passed on in SIP headers; over TCP and TLS only."""
    prack_enabled: pulumi.Input[bool | None]
    """Provisional answers are acknowledged (PRACK, RFC 3262)."""
    shaken_stir_enabled: pulumi.Input[bool | None]
    """The SHAKEN/STIR Identity header is passed on, over UDP too."""
    simultaneous_ringing: pulumi.Input[choices.SimultaneousRinging | None]
    """All phones that are registered with this user name ring at once."""
    sip_compact_headers_enabled: pulumi.Input[bool | None]
    """SIP headers are sent in their compact form."""
    timeout_1xx_secs: pulumi.Input[int | None]
    """Seconds until a call is given up that gets no provisional answer."""
    timeout_2xx_secs: pulumi.Input[int | None]
    """Seconds until a call is given up that nobody answers."""


class OutboundArgs(TypedDict, total=False):
    """Calls from the phones on the connection to Telnyx."""

    ani_override: pulumi.Input[str | None]
    """Caller number that replaces the one sent; empty for none."""
    ani_override_type: pulumi.Input[choices.AniOverrideType | None]
    """When `ani_override` applies."""
    call_parking_enabled: pulumi.Input[bool | None]
    """Outgoing calls are parked until your application takes them over by Call Control."""
    channel_limit: pulumi.Input[int | None]
    """Most outbound calls at the same time; null is no limit."""
    generate_ringback_tone: pulumi.Input[bool | None]
    """Telnyx plays the ringback tone to the phone, by 183 with early media."""
    instant_ringback_enabled: pulumi.Input[bool | None]
    """The phone hears ringback at once, before the far end rings."""
    localization: pulumi.Input[str | None]
    """Country whose national dialling rules apply: two letters; empty tries US, then GB."""
    outbound_voice_profile_id: pulumi.Input[str | None]
    """Outbound voice profile that bills and permits calls, by id. Without one outgoing calls fail."""
    t38_reinvite_source: pulumi.Input[choices.T38ReinviteSource | None]
    """Who asks for the change to T.38 when a fax is detected."""


class RtcpSettingsArgs(TypedDict, total=False):
    """RTCP, the reports on call quality that go beside the audio."""

    capture_enabled: pulumi.Input[bool | None]
    """RTCP is stored for quality reports."""
    port: pulumi.Input[choices.RtcpPort | None]
    """Port of RTCP: the one above RTP, or the same one."""
    report_frequency_secs: pulumi.Input[int | None]
    """Seconds between reports."""


class JitterBufferArgs(TypedDict, total=False):
    """The adaptive jitter buffer; its sizes act only while it is enabled."""

    enable_jitter_buffer: pulumi.Input[bool | None]
    """The jitter buffer is used."""
    jitterbuffer_msec_min: pulumi.Input[int | None]
    """Smallest size, in milliseconds."""
    jitterbuffer_msec_max: pulumi.Input[int | None]
    """Largest size, in milliseconds."""


class NoiseSuppressionDetailsArgs(TypedDict, total=False):
    """How noise is suppressed; kept, but without effect, while `noise_suppression` is `disabled`."""

    engine: pulumi.Input[choices.NoiseSuppressionEngine | None]
    """Noise suppression engine."""
    attenuation_limit: pulumi.Input[int | None]
    """Strength, in steps of 10; what it is by default depends on the engine."""


class MemberArgs(TypedDict, total=False):
    """One member of a set: the arguments of `CredentialConnection`."""

    connection_name: pulumi.Input[str] | None
    """Name in the portal and in lists."""
    user_name: pulumi.Input[str] | None
    """SIP user name: letters and digits, at least one letter among the first five. Unique over all Telnyx
    customers, without regard to case."""
    password: pulumi.Input[str] | None
    """SIP password."""
    active: pulumi.Input[bool | None]
    """The connection can be used."""
    anchorsite_override: pulumi.Input[choices.AnchorSite | None] | TextOutput
    """Site that the media passes through; `Latency` takes the nearest."""
    android_push_credential_id: pulumi.Input[str | None]
    """Push credential for Android phones, by id (UUID)."""
    ios_push_credential_id: pulumi.Input[str | None]
    """Push credential for iOS phones, by id (UUID)."""
    bridge_generate_comfort_noise_on_cn: pulumi.Input[bool | None]
    """Silent RTP goes to the other leg when comfort noise packets arrive during hold."""
    call_cost_in_webhooks: pulumi.Input[bool | None]
    """Webhooks tell what a call cost."""
    conversation_persistence: pulumi.Input[bool | None]
    """Calls are transcribed, stored and indexed. Set by an update right after the create."""
    default_on_hold_comfort_noise_enabled: pulumi.Input[bool | None]
    """Telnyx makes comfort noise while a call is on hold, so that RTP does not time out."""
    dtmf_type: pulumi.Input[choices.DtmfType | None] | TextOutput
    """How digits are sent to you; all forms are understood."""
    encode_contact_header_enabled: pulumi.Input[bool | None]
    """The SIP contact header is encoded, for phones behind NAT or an ALG."""
    encrypted_media: pulumi.Input[choices.EncryptedMedia | None] | TextOutput
    """Media encryption; null is off."""
    onnet_t38_passthrough_enabled: pulumi.Input[bool | None]
    """Two parties that are both on Telnyx negotiate T.38 between them."""
    sip_uri_calling_preference: pulumi.Input[choices.SipUriCallingPreference | None] | TextOutput
    """Who may call the connection's SIP URI: nobody, connections of your account, or anyone. Calls of
    strangers are billed to you."""
    tags: pulumi.Input[Sequence[pulumi.Input[str]] | None]
    """Labels; their order has no meaning."""
    webhook_api_version: pulumi.Input[choices.WebhookApiVersion | None] | TextOutput
    """Format of webhooks. `texml` needs `outbound.call_parking_enabled` and is accepted on create only."""
    webhook_event_url: pulumi.Input[str | None]
    """Where webhooks are sent."""
    webhook_event_failover_url: pulumi.Input[str | None]
    """Where webhooks are sent when `webhook_event_url` fails; empty for nowhere."""
    webhook_timeout_secs: pulumi.Input[int | None]
    """Seconds that Telnyx waits for your answer to a webhook."""
    inbound: pulumi.Input[InboundArgs | None] | NestedOutput
    """Calls to the phones on the connection."""
    outbound: pulumi.Input[OutboundArgs | None] | NestedOutput
    """Calls from the phones on the connection."""
    rtcp_settings: pulumi.Input[RtcpSettingsArgs | None] | NestedOutput
    """RTCP: reports on call quality, beside the audio."""
    jitter_buffer: pulumi.Input[JitterBufferArgs | None] | NestedOutput
    """Adaptive jitter buffer."""
    noise_suppression: pulumi.Input[choices.NoiseSuppression | None] | TextOutput
    """Direction in which noise is suppressed."""
    noise_suppression_details: pulumi.Input[NoiseSuppressionDetailsArgs | None] | NestedOutput
    """How noise is suppressed."""
    extra: pulumi.Input[Mapping[str, Any] | None]
    """Fields that the API has and this release does not know, sent as they are."""
    rotate_password_when: pulumi.Input[str | int | float | None]
    """Any value, such as a date; when it changes, a generated password is renewed."""
    unmanaged_password: bool | None
    """The password stays as it is at Telnyx: it is not in the state, never sent and never a change."""
    adopt: pulumi.Input[str] | None
    """Id or user name of an existing connection to take over when the member is created."""


# Not the base of `MemberArgs`: of a key that is inherited, Pyright's hover shows the type alone.
class MemberDefaults(TypedDict, total=False):
    """What the members of a set have in common: arguments of `CredentialConnection`."""

    active: pulumi.Input[bool | None]
    """The connection can be used."""
    anchorsite_override: pulumi.Input[choices.AnchorSite | None] | TextOutput
    """Site that the media passes through; `Latency` takes the nearest."""
    android_push_credential_id: pulumi.Input[str | None]
    """Push credential for Android phones, by id (UUID)."""
    ios_push_credential_id: pulumi.Input[str | None]
    """Push credential for iOS phones, by id (UUID)."""
    bridge_generate_comfort_noise_on_cn: pulumi.Input[bool | None]
    """Silent RTP goes to the other leg when comfort noise packets arrive during hold."""
    call_cost_in_webhooks: pulumi.Input[bool | None]
    """Webhooks tell what a call cost."""
    conversation_persistence: pulumi.Input[bool | None]
    """Calls are transcribed, stored and indexed. Set by an update right after the create."""
    default_on_hold_comfort_noise_enabled: pulumi.Input[bool | None]
    """Telnyx makes comfort noise while a call is on hold, so that RTP does not time out."""
    dtmf_type: pulumi.Input[choices.DtmfType | None] | TextOutput
    """How digits are sent to you; all forms are understood."""
    encode_contact_header_enabled: pulumi.Input[bool | None]
    """The SIP contact header is encoded, for phones behind NAT or an ALG."""
    encrypted_media: pulumi.Input[choices.EncryptedMedia | None] | TextOutput
    """Media encryption; null is off."""
    onnet_t38_passthrough_enabled: pulumi.Input[bool | None]
    """Two parties that are both on Telnyx negotiate T.38 between them."""
    sip_uri_calling_preference: pulumi.Input[choices.SipUriCallingPreference | None] | TextOutput
    """Who may call the connection's SIP URI: nobody, connections of your account, or anyone. Calls of
    strangers are billed to you."""
    tags: pulumi.Input[Sequence[pulumi.Input[str]] | None]
    """Labels; their order has no meaning."""
    webhook_api_version: pulumi.Input[choices.WebhookApiVersion | None] | TextOutput
    """Format of webhooks. `texml` needs `outbound.call_parking_enabled` and is accepted on create only."""
    webhook_event_url: pulumi.Input[str | None]
    """Where webhooks are sent."""
    webhook_event_failover_url: pulumi.Input[str | None]
    """Where webhooks are sent when `webhook_event_url` fails; empty for nowhere."""
    webhook_timeout_secs: pulumi.Input[int | None]
    """Seconds that Telnyx waits for your answer to a webhook."""
    inbound: pulumi.Input[InboundArgs | None] | NestedOutput
    """Calls to the phones on the connection."""
    outbound: pulumi.Input[OutboundArgs | None] | NestedOutput
    """Calls from the phones on the connection."""
    rtcp_settings: pulumi.Input[RtcpSettingsArgs | None] | NestedOutput
    """RTCP: reports on call quality, beside the audio."""
    jitter_buffer: pulumi.Input[JitterBufferArgs | None] | NestedOutput
    """Adaptive jitter buffer."""
    noise_suppression: pulumi.Input[choices.NoiseSuppression | None] | TextOutput
    """Direction in which noise is suppressed."""
    noise_suppression_details: pulumi.Input[NoiseSuppressionDetailsArgs | None] | NestedOutput
    """How noise is suppressed."""
    extra: pulumi.Input[Mapping[str, Any] | None]
    """Fields that the API has and this release does not know, sent as they are."""
    rotate_password_when: pulumi.Input[str | int | float | None]
    """Any value, such as a date; when it changes, a generated password is renewed."""
    unmanaged_password: bool | None
    """The password stays as it is at Telnyx: it is not in the state, never sent and never a change."""
