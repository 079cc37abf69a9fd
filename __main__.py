"""The stack program: declares every connection that the stack's settings name."""

import pulumi

from pulumi_telnyx import CredentialConnection
from pulumi_telnyx.stack import declared_connections

declared = {
    name: CredentialConnection(name, **each.arguments, opts=each.options)
    for name, each in declared_connections().items()
}

pulumi.export(
    "connections",
    {name: {"id": each.id, "user_name": each.user_name} for name, each in declared.items()},
)
