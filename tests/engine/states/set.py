import pulumi

from pulumi_telnyx import CredentialConnectionSet

CredentialConnectionSet(
    "phones",
    defaults={"tags": ["office"], "inbound": {"codecs": ["G722"], "channel_limit": 2}},
    members={
        "made": {},
        "rotated": {"rotate_password_when": "2026-12-01"},
        "declared": {
            "connection_name": "Front desk",
            "user_name": "frontdesk01",
            "password": pulumi.Output.secret("fake-password-1"),
            "inbound": {"channel_limit": 10},
        },
    },
)
