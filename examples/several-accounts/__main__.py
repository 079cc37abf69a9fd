"""Offices in two regions: each region has a Telnyx account of its own, and one stack has them all."""

import pulumi

from pulumi_telnyx import CredentialConnection

config = pulumi.Config()

# The names of the accounts in `telnyx:accounts`, and the offices whose calls they pay for.
OFFICES = {"emea": ("berlin", "london"), "apac": ("tokyo",)}

phones = {}
for account, offices in OFFICES.items():
    # A voice profile belongs to an account as well.
    voice_profile = config.require(f"{account}VoiceProfile")
    for office in offices:
        phones[office] = CredentialConnection(
            f"{office}-phones",
            account=account,
            tags=["office", account],
            inbound={"channel_limit": 10},
            outbound={"channel_limit": 10, "outbound_voice_profile_id": voice_profile},
        )

pulumi.export("accounts", {office: each.account for office, each in phones.items()})
pulumi.export("user_names", {office: each.user_name for office, each in phones.items()})
