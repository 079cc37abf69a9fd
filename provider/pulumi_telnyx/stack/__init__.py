"""Connections and sets declared in stack files: layered, typed, checked, each value with its place.

A stack program turns them into resources:

    declared = declared_resources()
    for name, each in declared.connections.items():
        CredentialConnection(name, **each.arguments, opts=each.options)
    for name, each in declared.sets.items():
        CredentialConnectionSet(name, **each.arguments, opts=each.options)
"""

from .program import (
    Declared,
    DeclaredConnection,
    DeclaredSet,
    declared_connections,
    declared_resources,
)

__all__ = [
    "Declared",
    "DeclaredConnection",
    "DeclaredSet",
    "declared_connections",
    "declared_resources",
]
