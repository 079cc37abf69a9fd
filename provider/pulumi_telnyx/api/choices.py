"""The closed lists of the API: every value that a field of this kind can be set to."""

from typing import Literal, TypeAlias

AnchorSite: TypeAlias = Literal[
    "Latency",
    "Chicago, IL",
    "Ashburn, VA",
    "San Jose, CA",
    "Sydney, Australia",
    "Amsterdam, Netherlands",
    "London, UK",
    "Toronto, Canada",
    "Vancouver, Canada",
    "Frankfurt, Germany",
]
AniNumberFormat: TypeAlias = Literal["+E.164", "E.164", "+E.164-national", "E.164-national"]
AniOverrideType: TypeAlias = Literal["always", "normal", "emergency"]
Codec: TypeAlias = Literal["G722", "G711U", "G711A", "G729", "OPUS", "H.264"]
DnisNumberFormat: TypeAlias = Literal["+e164", "e164", "national", "sip_username"]
DtmfType: TypeAlias = Literal["RFC 2833", "Inband", "SIP INFO"]
EncryptedMedia: TypeAlias = Literal["SRTP"]
NoiseSuppression: TypeAlias = Literal["inbound", "outbound", "both", "disabled"]
NoiseSuppressionEngine: TypeAlias = Literal[
    "denoiser",
    "deep_filter_net",
    "deep_filter_net_large",
    "krisp_viva_tel",
    "krisp_viva_tel_lite",
    "krisp_viva_promodel",
    "krisp_viva_ss",
    "quail_voice_focus",
]
RoutingMethod: TypeAlias = Literal["sequential", "round-robin", ""]
RtcpPort: TypeAlias = Literal["rtcp-mux", "rtp+1"]
SimultaneousRinging: TypeAlias = Literal["disabled", "enabled"]
SipUriCallingPreference: TypeAlias = Literal["disabled", "unrestricted", "internal"]
T38ReinviteSource: TypeAlias = Literal[
    "telnyx", "customer", "disabled", "passthru", "caller-passthru", "callee-passthru"
]
WebhookApiVersion: TypeAlias = Literal["1", "2", "texml"]
