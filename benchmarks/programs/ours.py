"""The same connections with this package."""

from __future__ import annotations

from benchmarks.programs.declared import connections
from pulumi_telnyx import CredentialConnection

for name, inputs in connections():
    CredentialConnection(name, **inputs)
