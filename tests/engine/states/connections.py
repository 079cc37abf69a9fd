import pulumi

from pulumi_telnyx import CredentialConnection

office = pulumi.ComponentResource("company:telephony:Office", "berlin")

CredentialConnection("made")
CredentialConnection("rotated", rotate_password_when="2026-12-01")
CredentialConnection("child", opts=pulumi.ResourceOptions(parent=office))
CredentialConnection(
    "declared",
    connection_name="Front desk",
    user_name="frontdesk01",
    password=pulumi.Output.secret("fake-password-1"),
    active=True,
    anchorsite_override="Frankfurt, Germany",
    dtmf_type="SIP INFO",
    encode_contact_header_enabled=True,
    encrypted_media="SRTP",
    tags=["office", "desk-phones"],
    webhook_event_url="https://voice.example.com/telnyx/events",
    webhook_timeout_secs=10,
    inbound={"codecs": ["G722", "G711A"], "channel_limit": 10, "timeout_2xx_secs": 30},
    outbound={"outbound_voice_profile_id": "2105551234567890123", "localization": "DE"},
    rtcp_settings={"capture_enabled": True},
    jitter_buffer={"enable_jitter_buffer": True, "jitterbuffer_msec_max": 160},
    noise_suppression="both",
    noise_suppression_details={"engine": "krisp_viva_tel", "attenuation_limit": 80},
    extra={"novel_field": "as it is"},
)
