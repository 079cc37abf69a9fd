"""The stack program: declares every connection that the stack's settings name."""

import pulumi

from pulumi_telnyx import CredentialConnection

declared = {}
for name, arguments in pulumi.Config().require_object("connections").items():
    if not isinstance(arguments or {}, dict):
        key = f"{pulumi.get_project()}:connections.{name}"
        raise pulumi.RunError(f"{key} must hold a connection's arguments, as key: value")
    if unusable := {"opts", "resource_name"}.intersection(arguments or ()):
        raise pulumi.RunError(f"connection {name}: {', '.join(unusable)} cannot be set in a stack file")
    declared[name] = CredentialConnection(name, **(arguments or {}))

pulumi.export(
    "connections",
    {name: {"id": each.id, "user_name": each.user_name} for name, each in declared.items()},
)
