"""The same connections as one resource."""

from __future__ import annotations

from benchmarks.programs.declared import connections
from pulumi_telnyx import CredentialConnectionSet

# Given as texts: the set makes one secret of all of them.
members = {
    name: {**inputs, "password": f"fake-password-{number}"}
    for number, (name, inputs) in enumerate(connections())
}
CredentialConnectionSet("phones", members=members)  # type: ignore[arg-type] # a dictionary for each
