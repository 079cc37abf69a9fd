"""Telnyx Credential Connections as Pulumi resources."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .arguments import (
        InboundArgs,
        JitterBufferArgs,
        NoiseSuppressionDetailsArgs,
        OutboundArgs,
        RtcpSettingsArgs,
    )
    from .resource import CredentialConnection

__all__ = [
    "CredentialConnection",
    "InboundArgs",
    "JitterBufferArgs",
    "NoiseSuppressionDetailsArgs",
    "OutboundArgs",
    "RtcpSettingsArgs",
]

# Hidden from type checkers: they would take every misspelt import for an attribute that exists.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        # Not imported above: the Pulumi SDK takes half a second, and command line and emulator need none.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = "resource" if name == "CredentialConnection" else "arguments"
        return getattr(importlib.import_module(f".{module}", __name__), name)
