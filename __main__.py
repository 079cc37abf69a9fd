"""The stack program: declares every connection and every set that the stack's settings name."""

import pulumi

from pulumi_telnyx import CredentialConnection, CredentialConnectionSet
from pulumi_telnyx.stack import declared_resources

declared = declared_resources()

connections = {
    name: CredentialConnection(name, **each.arguments, opts=each.options)
    for name, each in declared.connections.items()
}
sets = {
    name: CredentialConnectionSet(name, **each.arguments, opts=each.options)
    for name, each in declared.sets.items()
}

pulumi.export(
    "connections",
    {name: {"id": each.id, "user_name": each.user_name} for name, each in connections.items()},
)
if sets:
    # Thousands of names would be no summary: `pulumi-telnyx list` has them.
    pulumi.export("sets", {name: {"members": each.ids.apply(len)} for name, each in sets.items()})
