"""Two lines of a PBX: passwords come from a secrets manager, and the PBX learns which connections to use."""

import pulumi

from pulumi_telnyx import CredentialConnection
from stand_ins import PbxTrunk, VaultSecret

voice_profile = pulumi.Config().require("outboundVoiceProfile")

LINES = {"reception": 10, "warehouse": 2}

trunks = {}
for line, channels in LINES.items():
    secret = VaultSecret(f"{line}-password")
    connection = CredentialConnection(
        line,
        # Nobody knows it before the first `up` has made it, and nobody needs to.
        password=secret.value,
        inbound={"channel_limit": channels},
        outbound={"channel_limit": channels, "outbound_voice_profile_id": voice_profile},
    )
    trunks[line] = PbxTrunk(
        line,
        connection_id=connection.id,
        user_name=connection.user_name,
        password=connection.password,
    )

pulumi.export("trunks", {line: trunk.connection_id for line, trunk in trunks.items()})
