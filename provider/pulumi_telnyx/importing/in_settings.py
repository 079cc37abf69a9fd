"""What the stack's settings declare already of the connections that are to be imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..connection.passwords import UNMANAGED
from ..stack.layers import layered
from ..stack.located import Located
from ..stack.password_map import passwords_of_map, passwords_of_set, with_password
from ..stack.project import Project, StackFile
from ..stack.sets import layered_sets


@dataclass(frozen=True)
class Declaration:
    """A connection that the stack's settings declare already.

    Args:
        name: its resource's name, or the member's.
        says: what they say of its password: it stands there, is unmanaged, or nothing.
    """

    name: str
    says: Literal["password", "unmanaged", ""] = ""


@dataclass(frozen=True)
class InSettings:
    """What the settings declare, by folded user name.

    Args:
        here: where it is imported to: as resources of their own, or as members of the set.
        elsewhere: what declares it in another way, for messages.
    """

    here: Mapping[str, Declaration] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)


def in_settings(project: Project, file: StackFile, set_name: str | None) -> InSettings:
    """Return what the stack's file declares.

    Args:
        project: the project.
        file: the stack's file.
        set_name: the set that connections are imported into; None where each becomes a resource of its own.
    """
    config = file.config(project.name)
    passwords = passwords_of_map(project.name, file.own_config(project.name))
    here: dict[str, Declaration] = {}
    elsewhere: dict[str, str] = {}
    for name, each in layered(project, config).connections.items():
        found = _declaration(name, with_password(each, passwords.get(name)))
        if set_name is None:
            here |= found
        else:
            elsewhere |= dict.fromkeys(found, f"connection {name}")
    for of_set, each_set in layered_sets(project, config).sets.items():
        of_members = passwords_of_set(passwords, of_set)
        for name, each in each_set.members.items():
            found = _declaration(name, with_password(each, of_members.get(name)))
            if of_set == set_name:
                here |= found
            else:
                elsewhere |= dict.fromkeys(found, f"member {name} of set {of_set}")
    return InSettings(here, elsewhere)


def _declaration(name: str, connection: Located) -> dict[str, Declaration]:
    given = connection.entries()
    if "user_name" not in given:
        return {}
    unmanaged = UNMANAGED in given and given[UNMANAGED].value is True
    says: Literal["password", "unmanaged", ""] = "password" if "password" in given else ""
    found = Declaration(name, "unmanaged" if unmanaged and not says else says)
    return {str(given["user_name"].value).casefold(): found}
