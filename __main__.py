"""The stack program: declares every connection that the stack's settings name."""

from typing import Any

import pulumi

from pulumi_telnyx import CredentialConnection

config = pulumi.Config()
key = f"{pulumi.get_project()}:connections"
# The map comes in plain text although something in it is encrypted; what, is not told: all of it is secret.
encrypted = pulumi.runtime.is_config_secret(key)

declared = {}
for name, arguments in config.require_object("connections").items():
    if not isinstance(arguments or {}, dict):
        raise pulumi.RunError(f"{key}.{name} must hold a connection's arguments, as key: value")
    if unusable := {"opts", "resource_name"}.intersection(arguments or ()):
        raise pulumi.RunError(f"{key}.{name}: {', '.join(unusable)} cannot be set in a stack file")
    given: dict[str, Any] = dict(arguments or {})
    if encrypted:
        given = {field: pulumi.Output.secret(value) for field, value in given.items()}
    declared[name] = CredentialConnection(name, **given)

pulumi.export(
    "connections",
    {name: {"id": each.id, "user_name": each.user_name} for name, each in declared.items()},
)
