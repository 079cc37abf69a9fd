"""The phones of a company: one row of a table each, and one resource for all of them."""

import pulumi

from pulumi_telnyx import CredentialConnectionSet
from pulumi_telnyx.stack import declared_resources

sets = {
    name: CredentialConnectionSet(name, **each.arguments, opts=each.options)
    for name, each in declared_resources().sets.items()
}

pulumi.export("user_names", sets["phones"].user_names)
pulumi.export("passwords", sets["phones"].passwords)
