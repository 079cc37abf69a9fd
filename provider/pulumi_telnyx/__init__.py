"""Telnyx Credential Connections as Pulumi resources."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .connection.arguments import (
        InboundArgs,
        JitterBufferArgs,
        MemberArgs,
        MemberDefaults,
        NoiseSuppressionDetailsArgs,
        OutboundArgs,
        RtcpSettingsArgs,
    )
    from .fleet.resource import CredentialConnectionSet, SetMember
    from .lookup.functions import (
        get_credential_connection,
        get_credential_connection_output,
        list_credential_connections,
        list_credential_connections_output,
    )
    from .lookup.results import CredentialConnectionResult
    from .resource import CredentialConnection

__all__ = [
    "CredentialConnection",
    "CredentialConnectionResult",
    "CredentialConnectionSet",
    "InboundArgs",
    "JitterBufferArgs",
    "MemberArgs",
    "MemberDefaults",
    "NoiseSuppressionDetailsArgs",
    "OutboundArgs",
    "RtcpSettingsArgs",
    "SetMember",
    "get_credential_connection",
    "get_credential_connection_output",
    "list_credential_connections",
    "list_credential_connections_output",
]

_MODULES = {
    "CredentialConnection": "resource",
    "CredentialConnectionResult": "lookup.results",
    "CredentialConnectionSet": "fleet.resource",
    "InboundArgs": "connection.arguments",
    "JitterBufferArgs": "connection.arguments",
    "MemberArgs": "connection.arguments",
    "MemberDefaults": "connection.arguments",
    "NoiseSuppressionDetailsArgs": "connection.arguments",
    "OutboundArgs": "connection.arguments",
    "RtcpSettingsArgs": "connection.arguments",
    "SetMember": "fleet.resource",
    "get_credential_connection": "lookup.functions",
    "get_credential_connection_output": "lookup.functions",
    "list_credential_connections": "lookup.functions",
    "list_credential_connections_output": "lookup.functions",
}

# Hidden from type checkers: they would take every misspelt import for an attribute that exists.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        # Not imported above: the Pulumi SDK takes half a second, and command line and emulator need none.
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
