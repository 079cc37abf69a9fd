"""The phones of this stack: each connection is a SIP log-in at Telnyx."""

import pulumi

from pulumi_telnyx import CredentialConnection

config = pulumi.Config()

desk = CredentialConnection("front-desk", connection_name=config.require("connectionName"))

pulumi.export("sip_user", desk.user_name)
pulumi.export("sip_password", desk.password)
