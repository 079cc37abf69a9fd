"""The dial plan: an address for every office that the project `offices` has in the stack of the same name."""

from collections.abc import Mapping

import pulumi

offices = pulumi.StackReference(f"{pulumi.get_organization()}/offices/{pulumi.get_stack()}")

# `get_output` would give None for an output that is not there, and an empty dial plan with it.
user_names: pulumi.Output[Mapping[str, str]] = offices.require_output("user_names")

pulumi.export(
    "dial_plan",
    user_names.apply(lambda names: {office: f"sip:{name}@sip.telnyx.com" for office, name in names.items()}),
)
