"""What the API shows of a connection: tolerant, since an answer may hold what this release has not met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
)

MASKED_PASSWORD: Final = "********"  # noqa: S105 - this is what the API shows instead of a password
"""What accounts made since 2026-09-08 read in place of a password, whatever its length."""


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


Choice: TypeAlias = Annotated[str | None, BeforeValidator(_stripped)]
"""A value from a list that may have grown since; answers have carried blanks around such values."""


def _text_or_number(value: object) -> object:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else ""


ConnectionId: TypeAlias = Annotated[str, BeforeValidator(_text_or_number)]
"""An id, which may come as a number; empty where there is none that can be used."""


def id_of(row: Mapping[str, Any]) -> str:
    """Return the id of a connection in an answer, as `Connection.from_api` reads it."""
    return str(_text_or_number(row.get("id")))


class _Answer(BaseModel):
    """Tolerant: converts what is plainly meant, keeps what it does not know, and never fails on a field."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True)

    @field_validator("*", mode="wrap")
    @classmethod
    def _keep_what_cannot_be_read(cls, value: object, read: ValidatorFunctionWrapHandler) -> object:
        for attempt in (value, [value]) if isinstance(value, str) else (value,):
            try:
                return read(attempt)
            except ValidationError:
                continue
        return value


class InboundAnswer(_Answer):
    """`inbound` of a connection as the API shows it."""

    ani_number_format: Choice = None
    dnis_number_format: Choice = None
    codecs: list[str] | None = None
    default_routing_method: Choice = None
    channel_limit: int | None = None
    generate_ringback_tone: bool | None = None
    isup_headers_enabled: bool | None = None
    prack_enabled: bool | None = None
    shaken_stir_enabled: bool | None = None
    simultaneous_ringing: Choice = None
    sip_compact_headers_enabled: bool | None = None
    timeout_1xx_secs: int | None = None
    timeout_2xx_secs: int | None = None


class OutboundAnswer(_Answer):
    """`outbound` of a connection as the API shows it."""

    ani_override: str | None = None
    ani_override_type: Choice = None
    call_parking_enabled: bool | None = None
    channel_limit: int | None = None
    generate_ringback_tone: bool | None = None
    instant_ringback_enabled: bool | None = None
    localization: Choice = None
    outbound_voice_profile_id: str | None = None
    t38_reinvite_source: Choice = None


class RtcpAnswer(_Answer):
    """`rtcp_settings` of a connection as the API shows it."""

    capture_enabled: bool | None = None
    port: Choice = None
    # The older name is still met in answers; when both are there, the newer one counts.
    report_frequency_secs: int | None = Field(
        default=None,
        validation_alias=AliasChoices("report_frequency_secs", "report_frequency_seconds"),
    )


class JitterBufferAnswer(_Answer):
    """`jitter_buffer` of a connection as the API shows it."""

    enable_jitter_buffer: bool | None = None
    jitterbuffer_msec_min: int | None = None
    jitterbuffer_msec_max: int | None = None


class NoiseSuppressionAnswer(_Answer):
    """`noise_suppression_details` of a connection as the API shows it."""

    engine: Choice = None
    attenuation_limit: int | None = None


class Connection(_Answer):
    """A credential connection as the API shows it; any field may be missing and then is None."""

    id: ConnectionId = ""
    record_type: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    connection_name: str | None = None
    user_name: str | None = None
    password: str | None = Field(default=None, repr=False)
    active: bool | None = None
    anchorsite_override: Choice = None
    android_push_credential_id: str | None = None
    ios_push_credential_id: str | None = None
    bridge_generate_comfort_noise_on_cn: bool | None = None
    call_cost_in_webhooks: bool | None = None
    conversation_persistence: bool | None = None
    default_on_hold_comfort_noise_enabled: bool | None = None
    dtmf_type: Choice = None
    encode_contact_header_enabled: bool | None = None
    encrypted_media: Choice = None
    onnet_t38_passthrough_enabled: bool | None = None
    sip_uri_calling_preference: Choice = None
    tags: list[str] | None = None
    webhook_api_version: Choice = None
    webhook_event_url: str | None = None
    webhook_event_failover_url: str | None = None
    webhook_timeout_secs: int | None = None
    inbound: InboundAnswer | None = None
    outbound: OutboundAnswer | None = None
    rtcp_settings: RtcpAnswer | None = None
    jitter_buffer: JitterBufferAnswer | None = None
    noise_suppression: Choice = None
    noise_suppression_details: NoiseSuppressionAnswer | None = None

    @field_validator("password", mode="after")
    @classmethod
    def _a_mask_is_no_password(cls, value: str | None) -> str | None:
        # An empty one cannot be set either, so it is another way not to show it.
        return None if value in (MASKED_PASSWORD, "") else value

    @classmethod
    def from_api(cls, row: Mapping[str, Any]) -> Connection:
        """Return the connection in a row of an answer. A masked password is None."""
        return cls.model_validate(row)
