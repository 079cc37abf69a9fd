"""The stack program: declares every connection that the stack's settings name."""

import pulumi

from pulumi_telnyx import CredentialConnection

connections = pulumi.Config().require_object("connections")
for name, arguments in connections.items():
    if not isinstance(arguments, dict):
        raise pulumi.RunError(f"phones:connections.{name} must hold a connection's arguments, as key: value")

declared = {name: CredentialConnection(name, **arguments) for name, arguments in connections.items()}

pulumi.export(
    "connections",
    {name: {"id": each.id, "user_name": each.user_name} for name, each in declared.items()},
)
