"""Telnyx Credential Connections as Pulumi resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .resource import CredentialConnection

__all__ = ["CredentialConnection"]


def __getattr__(name: str) -> Any:
    # Not imported above: the Pulumi SDK takes half a second, and the command line and the emulator need none.
    if name == "CredentialConnection":
        from .resource import CredentialConnection

        return CredentialConnection
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
