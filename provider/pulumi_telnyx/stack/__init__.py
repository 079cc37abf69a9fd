"""Connections declared in stack files: layered, typed, checked, and each value with the place it comes from.

A stack program turns them into resources:

    for name, each in declared_connections().items():
        CredentialConnection(name, **each.arguments, opts=each.options)
"""

from .program import DeclaredConnection, declared_connections

__all__ = ["DeclaredConnection", "declared_connections"]
