"""What a look-up finds: a connection as Telnyx holds it, typed, without its password.

There is no password, for three reasons. Accounts made since 2026-09-08 do not show it. The result is a plain
value, which Pulumi could not keep secret. And whoever looks a connection up does not own it. Fields that this
release does not know are left out for the second reason: one of them may be secret.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, is_dataclass
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from ..ownership import without_marks

if TYPE_CHECKING:
    from ..api.models import Connection


@dataclass(frozen=True)
class InboundResult:
    """Calls from Telnyx to the phones on the connection."""

    ani_number_format: str | None
    dnis_number_format: str | None
    codecs: Sequence[str]
    default_routing_method: str | None
    channel_limit: int | None
    generate_ringback_tone: bool | None
    isup_headers_enabled: bool | None
    prack_enabled: bool | None
    shaken_stir_enabled: bool | None
    simultaneous_ringing: str | None
    sip_compact_headers_enabled: bool | None
    timeout_1xx_secs: int | None
    timeout_2xx_secs: int | None


@dataclass(frozen=True)
class OutboundResult:
    """Calls from the phones on the connection to Telnyx."""

    ani_override: str | None
    ani_override_type: str | None
    call_parking_enabled: bool | None
    channel_limit: int | None
    generate_ringback_tone: bool | None
    instant_ringback_enabled: bool | None
    localization: str | None
    outbound_voice_profile_id: str | None
    t38_reinvite_source: str | None


@dataclass(frozen=True)
class RtcpSettingsResult:
    """RTCP, the reports on call quality that go beside the audio."""

    capture_enabled: bool | None
    port: str | None
    report_frequency_secs: int | None


@dataclass(frozen=True)
class JitterBufferResult:
    """The adaptive jitter buffer."""

    enable_jitter_buffer: bool | None
    jitterbuffer_msec_min: int | None
    jitterbuffer_msec_max: int | None


@dataclass(frozen=True)
class NoiseSuppressionDetailsResult:
    """How noise is suppressed."""

    engine: str | None
    attenuation_limit: int | None


@dataclass(frozen=True)
class CredentialConnectionResult:
    """A credential connection that exists, with all its settings but the password.

    Fields have the API's names, and None where the API shows no value, or none that can be read. Objects are
    always there.
    """

    id: str
    connection_name: str
    user_name: str
    active: bool | None
    record_type: str | None
    created_at: str | None
    """When Telnyx created the connection, ISO 8601 in UTC."""
    updated_at: str | None
    """When it was last changed, ISO 8601 in UTC."""
    anchorsite_override: str | None
    android_push_credential_id: str | None
    ios_push_credential_id: str | None
    bridge_generate_comfort_noise_on_cn: bool | None
    call_cost_in_webhooks: bool | None
    conversation_persistence: bool | None
    default_on_hold_comfort_noise_enabled: bool | None
    dtmf_type: str | None
    encode_contact_header_enabled: bool | None
    encrypted_media: str | None
    onnet_t38_passthrough_enabled: bool | None
    sip_uri_calling_preference: str | None
    tags: Sequence[str]
    webhook_api_version: str | None
    # Not in the representation: such URLs often carry a token.
    webhook_event_url: str | None = field(repr=False)
    webhook_event_failover_url: str | None = field(repr=False)
    webhook_timeout_secs: int | None
    inbound: InboundResult
    outbound: OutboundResult
    rtcp_settings: RtcpSettingsResult
    jitter_buffer: JitterBufferResult
    noise_suppression: str | None
    noise_suppression_details: NoiseSuppressionDetailsResult


def result_of(connection: Connection) -> CredentialConnectionResult:
    """Return a connection of the API's answer as a program sees it, without the mark of its stack."""
    found: CredentialConnectionResult = _read(CredentialConnectionResult, without_marks(connection))
    return found


def columns(kind: Any = CredentialConnectionResult) -> tuple[str, ...]:
    """Return the names of all values in a result, those of objects like `inbound.codecs`."""
    return tuple(
        f"{name}.{inner}" if inner else name
        for name, hint in _hints(kind).items()
        for inner in (columns(hint) if is_dataclass(hint) else ("",))
    )


def value_at(result: CredentialConnectionResult, column: str) -> Any:
    """Return the value that a column names."""
    return functools.reduce(getattr, column.split("."), result)


# Once for each class, and not for each of thousands of connections.
_hints = functools.cache(get_type_hints)


def _read(kind: Any, shown: object) -> Any:
    # An object that is not shown at all shows none of its fields.
    return kind(**{name: _value(hint, getattr(shown, name, None)) for name, hint in _hints(kind).items()})


def _value(hint: Any, shown: object) -> object:
    if is_dataclass(hint):
        return _read(hint, shown)
    if get_origin(hint) is Sequence:
        return tuple(each for each in shown if isinstance(each, str)) if isinstance(shown, list) else ()
    if hint is str:
        return shown if isinstance(shown, str) else ""
    return shown if isinstance(shown, get_args(hint)) else None
