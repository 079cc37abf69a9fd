"""What can be declared for a connection and is sent to the API: strict.

Type, range, default and meaning of each field stand here and nowhere else in the client. Field names are the
API's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from .choices import (
    AnchorSite,
    AniNumberFormat,
    AniOverrideType,
    Codec,
    DnisNumberFormat,
    DtmfType,
    EncryptedMedia,
    NoiseSuppression,
    NoiseSuppressionEngine,
    RoutingMethod,
    RtcpPort,
    SimultaneousRinging,
    SipUriCallingPreference,
    T38ReinviteSource,
    WebhookApiVersion,
)
from .schema import NO_DEFAULT


def _whole_number(value: object) -> object:
    # The engine hands every number over as a float.
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer: TypeAlias = Annotated[int, BeforeValidator(_whole_number)]
_ALPHANUMERIC: Final = r"^[A-Za-z0-9]*\Z"
_DIGITS: Final = r"^[0-9]{1,19}\Z"
_UUID: Final = r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z"
_URL: Final = r"^(?i:https?)://[^\s/?#]+\S*\Z"
_URL_OR_EMPTY: Final = r"^((?i:https?)://[^\s/?#]+\S*)?\Z"
_COUNTRY: Final = r"^([A-Za-z]{2})?\Z"
_PHONE_NUMBER: Final = r"^(\+?[0-9]+)?\Z"

FORMS: Final = {
    _ALPHANUMERIC: "letters and digits only",
    _DIGITS: "an id of digits, as text",
    _UUID: "a UUID",
    _URL: "a URL with its scheme, like https://hooks.example.com/voice",
    _URL_OR_EMPTY: "a URL with its scheme, or empty",
    _COUNTRY: "two letters, like DE, or empty",
    _PHONE_NUMBER: "a phone number, like +493012345678, or empty",
}
"""Every pattern of this module in words, for messages and documentation."""

ATTENUATION_LIMITS: Final[Mapping[str, int]] = {
    "denoiser": 0,
    "deep_filter_net": 80,
    "deep_filter_net_large": 80,
    "krisp_viva_tel": 80,
    "krisp_viva_tel_lite": 80,
    "krisp_viva_promodel": 80,
    "krisp_viva_ss": 80,
    "quail_voice_focus": 100,
}
"""The `attenuation_limit` that each engine has while none is set."""

# The limits stand inside of the conversion: outside of it, a schema would not show them.
ChannelLimit: TypeAlias = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(_whole_number)]
WebhookTimeout: TypeAlias = Annotated[int, Field(ge=0, le=30), BeforeValidator(_whole_number)]
DigitsId: TypeAlias = Annotated[str, Field(pattern=_DIGITS)]
PhoneNumber: TypeAlias = Annotated[str, Field(pattern=_PHONE_NUMBER)]
WebhookUrl: TypeAlias = Annotated[str, Field(pattern=_URL, max_length=2000)]
WebhookUrlOrEmpty: TypeAlias = Annotated[str, Field(pattern=_URL_OR_EMPTY, max_length=2000)]
PushCredentialId: TypeAlias = Annotated[str, Field(pattern=_UUID)]


def _setting(meaning: str, *, default: Any = NO_DEFAULT, **constraints: Any) -> Any:
    """Describe a field: what it does, and the value that the API gives it while nobody sets it.

    The model's own default is None, and means nothing: whether a field was given is in `model_fields_set`.
    """
    extra = {} if default is NO_DEFAULT else {"api_default": default}
    return Field(default=None, description=meaning, json_schema_extra=extra, **constraints)


class _Request(BaseModel):
    """Strict: nothing is converted, nothing unknown passes, and a message never repeats the value."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        # Where white space and the end of a text are what Python says they are.
        regex_engine="python-re",
    )


class InboundSettings(_Request):
    """Calls from Telnyx to the phones on the connection."""

    ani_number_format: AniNumberFormat = _setting(
        "Format in which the caller's number is sent to you.", default="E.164-national"
    )
    dnis_number_format: DnisNumberFormat = _setting(
        "Format in which the called number is sent to you; `sip_username` sends the user name.",
        default="e164",
    )
    codecs: list[Codec] = _setting(
        "Codecs that are offered, most wanted first. OPUS and H.264 need SIP over TCP or TLS.",
        default=["G722", "G711U", "G711A", "G729", "OPUS", "H.264"],
    )
    default_routing_method: RoutingMethod | None = _setting(
        "How calls are spread when several phones are registered for a number.", default=None
    )
    channel_limit: ChannelLimit | None = _setting(
        "Most inbound calls at the same time; null is no limit.", default=None
    )
    generate_ringback_tone: bool = _setting(
        "Telnyx plays the ringback tone to the caller, by 183 with early media.", default=False
    )
    isup_headers_enabled: bool = _setting(
        "ISUP information is passed on in SIP headers; over TCP and TLS only.", default=False
    )
    prack_enabled: bool = _setting("Provisional answers are acknowledged (PRACK, RFC 3262).", default=False)
    shaken_stir_enabled: bool = _setting(
        "The SHAKEN/STIR Identity header is passed on, over UDP too.", default=False
    )
    simultaneous_ringing: SimultaneousRinging = _setting(
        "All phones that are registered with this user name ring at once.", default="disabled"
    )
    sip_compact_headers_enabled: bool = _setting("SIP headers are sent in their compact form.", default=True)
    timeout_1xx_secs: Integer = _setting(
        "Seconds until a call is given up that gets no provisional answer.", default=3, ge=1, le=120
    )
    timeout_2xx_secs: Integer = _setting(
        "Seconds until a call is given up that nobody answers.", default=90, ge=1, le=600
    )


class OutboundSettings(_Request):
    """Calls from the phones on the connection to Telnyx."""

    ani_override: PhoneNumber = _setting(
        "Caller number that replaces the one sent; empty for none.", default=""
    )
    ani_override_type: AniOverrideType = _setting("When `ani_override` applies.", default="always")
    call_parking_enabled: bool | None = _setting(
        "Outgoing calls are parked until your application takes them over by Call Control.", default=False
    )
    channel_limit: ChannelLimit | None = _setting(
        "Most outbound calls at the same time; null is no limit.", default=None
    )
    generate_ringback_tone: bool = _setting(
        "Telnyx plays the ringback tone to the phone, by 183 with early media.", default=False
    )
    instant_ringback_enabled: bool = _setting(
        "The phone hears ringback at once, before the far end rings.", default=True
    )
    localization: Annotated[str, Field(pattern=_COUNTRY)] = _setting(
        "Country whose national dialling rules apply: two letters; empty tries US, then GB.", default="US"
    )
    outbound_voice_profile_id: DigitsId | None = _setting(
        "Outbound voice profile that bills and permits calls, by id. Without one outgoing calls fail.",
        default=None,
    )
    t38_reinvite_source: T38ReinviteSource = _setting(
        "Who asks for the change to T.38 when a fax is detected.", default="telnyx"
    )


class RtcpSettings(_Request):
    """RTCP, the reports on call quality that go beside the audio."""

    capture_enabled: bool = _setting("RTCP is stored for quality reports.", default=False)
    port: RtcpPort = _setting("Port of RTCP: the one above RTP, or the same one.", default="rtp+1")
    report_frequency_secs: Integer = _setting("Seconds between reports.", default=5, ge=5, le=3000)


class JitterBufferSettings(_Request):
    """The adaptive jitter buffer; its sizes act only while it is enabled."""

    enable_jitter_buffer: bool = _setting("The jitter buffer is used.", default=False)
    jitterbuffer_msec_min: Integer = _setting("Smallest size, in milliseconds.", default=60, ge=40, le=400)
    jitterbuffer_msec_max: Integer = _setting("Largest size, in milliseconds.", default=200, ge=40, le=400)


class NoiseSuppressionDetails(_Request):
    """How noise is suppressed; kept, but without effect, while `noise_suppression` is `disabled`."""

    engine: NoiseSuppressionEngine = _setting("Noise suppression engine.", default="denoiser")
    attenuation_limit: Integer = _setting(
        "Strength, in steps of 10; what it is by default depends on the engine.",
        default=None,
        ge=0,
        le=100,
        multiple_of=10,
    )


UPDATE_ONLY: Final = frozenset({"conversation_persistence"})
"""Fields that the API takes in an update, but not in a create."""


class ConnectionSettings(_Request):
    """Everything that can be declared for a credential connection."""

    connection_name: Annotated[str, Field(min_length=1)] = _setting("Name in the portal and in lists.")
    user_name: Annotated[str, Field(min_length=4, max_length=32, pattern=_ALPHANUMERIC)] = _setting(
        "SIP user name: letters and digits, at least one letter among the first five. Unique over all Telnyx "
        "customers, without regard to case."
    )
    password: Annotated[str, Field(min_length=8, max_length=128)] = _setting("SIP password.")
    active: bool = _setting("The connection can be used.", default=True)
    anchorsite_override: AnchorSite = _setting(
        "Site that the media passes through; `Latency` takes the nearest.", default="Latency"
    )
    android_push_credential_id: PushCredentialId | None = _setting(
        "Push credential for Android phones, by id (UUID).", default=None
    )
    ios_push_credential_id: PushCredentialId | None = _setting(
        "Push credential for iOS phones, by id (UUID).", default=None
    )
    bridge_generate_comfort_noise_on_cn: bool = _setting(
        "Silent RTP goes to the other leg when comfort noise packets arrive during hold.", default=False
    )
    call_cost_in_webhooks: bool = _setting("Webhooks tell what a call cost.", default=False)
    conversation_persistence: bool = _setting(
        "Calls are transcribed, stored and indexed. Set by an update right after the create.", default=False
    )
    default_on_hold_comfort_noise_enabled: bool = _setting(
        "Telnyx makes comfort noise while a call is on hold, so that RTP does not time out.", default=False
    )
    dtmf_type: DtmfType = _setting(
        "How digits are sent to you; all forms are understood.", default="RFC 2833"
    )
    encode_contact_header_enabled: bool = _setting(
        "The SIP contact header is encoded, for phones behind NAT or an ALG.", default=False
    )
    encrypted_media: EncryptedMedia | None = _setting("Media encryption; null is off.", default=None)
    onnet_t38_passthrough_enabled: bool = _setting(
        "Two parties that are both on Telnyx negotiate T.38 between them.", default=False
    )
    sip_uri_calling_preference: SipUriCallingPreference = _setting(
        "Who may call the connection's SIP URI: nobody, connections of your account, or anyone. Calls of "
        "strangers are billed to you.",
        default="disabled",
    )
    tags: list[str] = _setting("Labels; their order has no meaning.", default=[])
    webhook_api_version: WebhookApiVersion = _setting(
        "Format of webhooks. `texml` needs `outbound.call_parking_enabled` and is accepted on create only.",
        default="1",
    )
    webhook_event_url: WebhookUrl | None = _setting("Where webhooks are sent.", default=None)
    webhook_event_failover_url: WebhookUrlOrEmpty | None = _setting(
        "Where webhooks are sent when `webhook_event_url` fails; empty for nowhere.", default=""
    )
    webhook_timeout_secs: WebhookTimeout | None = _setting(
        "Seconds that Telnyx waits for your answer to a webhook.", default=None
    )
    inbound: InboundSettings = _setting("Calls to the phones on the connection.")
    outbound: OutboundSettings = _setting("Calls from the phones on the connection.")
    rtcp_settings: RtcpSettings = _setting("RTCP: reports on call quality, beside the audio.")
    jitter_buffer: JitterBufferSettings = _setting("Adaptive jitter buffer.")
    noise_suppression: NoiseSuppression = _setting(
        "Direction in which noise is suppressed.", default="disabled"
    )
    noise_suppression_details: NoiseSuppressionDetails = _setting("How noise is suppressed.")
