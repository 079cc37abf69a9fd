"""Programs that a type checker must accept; only checked, never run."""

from collections.abc import Sequence

import pulumi

from pulumi_telnyx import (
    CredentialConnection,
    CredentialConnectionResult,
    CredentialConnectionSet,
    InboundArgs,
    MemberArgs,
    MemberDefaults,
    get_credential_connection,
    get_credential_connection_output,
    list_credential_connections,
    list_credential_connections_output,
)

config = pulumi.Config()
profile = pulumi.Output.from_input("2105551234567890123")

CredentialConnection("nothing-but-a-name")

desk = CredentialConnection(
    "desk",
    connection_name="Desk",
    user_name=config.require("user"),
    password=config.require_secret("password"),
    dtmf_type="SIP INFO",
    tags=["a", pulumi.Output.from_input("b")],
    inbound={"codecs": ["OPUS", "G722"], "channel_limit": 10},
    outbound={"outbound_voice_profile_id": profile, "t38_reinvite_source": "customer"},
    noise_suppression_details={"engine": "krisp_viva_tel", "attenuation_limit": 80},
    extra={"novel_field": True},
    rotate_password_when="2026-12-01",
    opts=pulumi.ResourceOptions(protect=True),
)

shared: InboundArgs = {"codecs": ["G722"], "simultaneous_ringing": "enabled", "channel_limit": None}
CredentialConnection("with-shared-settings", inbound=shared)

phone: MemberArgs = {"user_name": "desk0017", "dtmf_type": "RFC 2833", "inbound": shared}
common: MemberDefaults = {"encrypted_media": "SRTP", "outbound": {"outbound_voice_profile_id": profile}}
CredentialConnectionSet("phones", members={"desk": phone, "hall": None, "attic": {}}, defaults=common)
CredentialConnectionSet(
    "more", members={"desk": {"tags": ["a"], "password": config.require_secret("pw")}}, defaults={}
)

CredentialConnection(
    "like-desk",
    active=desk.active,
    dtmf_type=desk.dtmf_type,
    tags=desk.tags,
    webhook_timeout_secs=desk.webhook_timeout_secs,
    inbound=desk.inbound,
    extra=desk.extra,
    rotate_password_when=desk.rotate_password_when,
    account=desk.account,
)
CredentialConnectionSet(
    "all-like-desk",
    members={
        "a": {"active": desk.active, "encrypted_media": desk.encrypted_media, "inbound": desk.inbound},
        "b": {"user_name": desk.user_name, "outbound": {"channel_limit": desk.webhook_timeout_secs}},
    },
    defaults={"tags": desk.tags, "noise_suppression_details": desk.noise_suppression_details},
    account=desk.account,
)

user: pulumi.Output[str] = desk.user_name
revision: pulumi.Output[int] = desk.password_revision
existing: CredentialConnection = CredentialConnection.get("pbx", "2990000000000000001")
theirs: CredentialConnection = CredentialConnection.get("fax", existing.id, account=config.require("account"))
account: pulumi.Output[str | None] = CredentialConnection("london", account="emea").account

pbx: CredentialConnectionResult = get_credential_connection(user_name="oldpbx01", account="emea")
channels: int | None = pbx.inbound.channel_limit
CredentialConnection(
    "beside", outbound={"outbound_voice_profile_id": pbx.outbound.outbound_voice_profile_id}, tags=pbx.tags
)
later: pulumi.Output[CredentialConnectionResult] = get_credential_connection_output(id=desk.id)
CredentialConnection("after", connection_name=later.apply(lambda found: found.connection_name))
everyone: Sequence[CredentialConnectionResult] = list_credential_connections(name="desk", active=False)
theirs_too: pulumi.Output[Sequence[CredentialConnectionResult]] = list_credential_connections_output(
    tag="office", active=desk.active, account=account
)
