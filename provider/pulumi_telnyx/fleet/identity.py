"""What makes a member's names and its mark: the set that it belongs to, as it was first declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from ..connection.names import derived_connection_name, derived_user_name
from ..ownership import mark_of

IDENTITY: Final = "identity"
"""The input that carries it. The first one stays: renaming a stack must log out no phone."""

IGNORES_FIELDS: Final = "ignores_fields"
"""Stands in it on the way to `check` only: `ignore_changes` names fields of members."""


@dataclass(frozen=True)
class Identity:
    """The set as names and marks know it.

    Args:
        organization: the Pulumi organisation.
        project: the project's name.
        stack: the stack's name.
        resource: the set's name, after the types of its parents where it has some.
        owner_id: `telnyx:ownerId`; empty where there is none.
        marks: whether connections get a mark.
    """

    organization: str
    project: str
    stack: str
    resource: str
    owner_id: str
    marks: bool

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Identity:
        """Return the identity in a set's properties."""
        given = properties[IDENTITY]
        return cls(**{field.name: given[field.name] for field in fields(cls)})

    def as_input(self) -> dict[str, Any]:
        """Return what the program sends."""
        return asdict(self)

    @property
    def name(self) -> str:
        """The set's own name."""
        return self.resource.rpartition("$")[2]

    def mark(self, member: str) -> str | None:
        """Return the mark of a member that is created; None where marking is switched off."""
        if not self.marks:
            return None
        # No resource's name has a NUL, so no single connection has this mark.
        resource = f"{self.resource}\0{member}"
        return mark_of(self.organization, self.project, self.stack, resource, self.owner_id)

    def connection_name(self, member: str) -> str:
        """Return the name in the portal of a member to which the program gives none."""
        return derived_connection_name(self.stack, f"{self.name}/{member}")

    def user_name(self, member: str) -> str:
        """Return the SIP user name of a member to which the program gives none."""
        return derived_user_name(
            self.organization, self.project, self.stack, member, types_of_parents=f"{self.resource}\0"
        )
