"""The same connections as one resource."""

from __future__ import annotations

from benchmarks.programs.declared import connections
from pulumi_telnyx import CredentialConnectionSet

CredentialConnectionSet("phones", members=dict(connections()))  # type: ignore[arg-type] # a dictionary for each
