"""How the connections of a set lie in its inputs and outputs, and how a single connection is made of them.

The settings stand in `members`, by name. The passwords stand apart, in one map that is secret as a whole, so
that a preview can show what else changes. What all members share stands once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..account import FINGERPRINT
from ..api.errors import printable
from ..connection.properties import DERIVED_NAMES
from ..named_accounts import ACCOUNT
from ..ownership import ADOPT, MARK
from .identity import Identity
from .texts import as_text, names_of_texts, taken_apart

MEMBERS: Final = "members"
PASSWORDS: Final = "passwords"
REVISIONS: Final = "password_revisions"
MARKS: Final = "marks"
"""The marks of those members that came with another one than their name would get them; empty for none.

An imported connection has none, and gets none later on: that would be a change at Telnyx.
"""
IDS: Final = "ids"
USER_NAMES: Final = "user_names"
FAILED: Final = "failed"
FAILED_AT: Final = "failed_at"
"""When members failed, in seconds since 1970: by it the program tells its own run from an earlier one."""
TEXTS: Final = "texts"
"""The names of those members that were texts; only in properties that `opened` has returned."""

_SIMPLE: Final = re.compile(r"[\w-]+")
# Of a connection's properties, what does not stand among its settings.
_APART: Final = frozenset({"password", "password_revision", MARK, ACCOUNT, FINGERPRINT, DERIVED_NAMES})
# Outputs that are the same for all, or known by the set.
_LEFT_OUT: Final = frozenset({*_APART, "record_type"})


def path_of(member: str) -> str:
    """Return how messages name a member, safe to print: `members.desk-17`, `members["4th floor"]`."""
    if _SIMPLE.fullmatch(member):
        return f"{MEMBERS}.{member}"
    quoted = printable(member).replace("\\", "\\\\").replace('"', '\\"')
    return f'{MEMBERS}["{quoted}"]'


def opened(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a set's properties with the fields of each member, as all functions here take them."""
    members = properties.get(MEMBERS)
    texts = names_of_texts(members) if isinstance(members, Mapping) else frozenset()
    return {**properties, **({MEMBERS: taken_apart(members), TEXTS: texts} if texts else {})}


def texts_in(properties: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of those members that were texts before they were opened."""
    found: frozenset[str] = properties.get(TEXTS) or frozenset()
    return found


def names_of(properties: Mapping[str, Any]) -> list[str]:
    """Return the members' names in inputs or outputs, sorted; none where they are unknown."""
    members = properties.get(MEMBERS)
    # The order of a dictionary is lost between program and provider.
    return sorted(members) if isinstance(members, Mapping) else []


def id_of(properties: Mapping[str, Any], member: str) -> str:
    """Return the id of a member's connection, from a set's outputs."""
    return str(properties[IDS][member])


def connections_of(properties: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return all members by name, sorted, as the provider of single connections takes them.

    Args:
        properties: the set's inputs or outputs.
    """
    identity = Identity.of(properties)
    return {name: _connection(properties, name, identity) for name in names_of(properties)}


def connection_of(properties: Mapping[str, Any], member: str) -> dict[str, Any]:
    """Return one member as the provider of single connections takes it.

    Args:
        properties: the set's inputs or outputs.
        member: its name.
    """
    return _connection(properties, member, Identity.of(properties))


def _connection(properties: Mapping[str, Any], member: str, identity: Identity) -> dict[str, Any]:
    # Here and not at the top: reports read previews with what is above, and need no SDK.
    from pulumi.output import UNKNOWN, Unknown

    settings = properties[MEMBERS][member]
    if isinstance(settings, Unknown):
        return {"connection_name": UNKNOWN, "user_name": UNKNOWN, "password": UNKNOWN}
    marks = properties.get(MARKS) or {}
    mark = marks[member] or None if member in marks else identity.mark(member)
    apart = {
        "password": (properties.get(PASSWORDS) or {}).get(member),
        "password_revision": (properties.get(REVISIONS) or {}).get(member),
        MARK: mark,
        ACCOUNT: properties.get(ACCOUNT),
        FINGERPRINT: properties.get(FINGERPRINT),
    }
    return {**settings, **{name: value for name, value in apart.items() if value is not None}}


def renamed(olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, str]:
    """Return the old name of every member that has got another one: it kept its user name.

    Args:
        olds: the set's properties before, with effective settings.
        news: the members now, whose user names may be missing or unknown.
    """
    before, after = olds.get(MEMBERS), news.get(MEMBERS)
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return {}
    had = {name: _user_name(settings) for name, settings in before.items()}
    asked = {name: _user_name(settings) for name, settings in after.items()}
    by_user_name = {user_name: name for name, user_name in had.items()}
    return {
        name: old
        for name, user_name in asked.items()
        if user_name is not None
        and had.get(name) != user_name
        and (old := by_user_name.get(user_name)) is not None
        and asked.get(old) != user_name
    }


def packed(
    shared: Mapping[str, Any], connections: Mapping[str, Mapping[str, Any]], ids: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return a set's properties.

    Args:
        shared: those that are not about single members, and `TEXTS`, the members that become texts.
        connections: what the provider of single connections returned for each member.
        ids: the connections' ids; None for inputs.
    """
    identity = Identity.of(shared)
    marks = {
        name: each.get(MARK) or ""
        for name, each in connections.items()
        if each.get(MARK) != identity.mark(name)
    }
    texts = texts_in(shared)
    members = {name: _without(each, _LEFT_OUT) for name, each in connections.items()}
    properties = {
        **_without(shared, {TEXTS}),
        MEMBERS: {name: as_text(each) if name in texts else each for name, each in members.items()},
        PASSWORDS: _column(connections, "password"),
        REVISIONS: _column(connections, "password_revision"),
        **({MARKS: marks} if marks else {}),
    }
    if ids is not None:
        properties[IDS] = dict(ids)
        properties[USER_NAMES] = _column(connections, "user_name")
    return properties


def without_connections(properties: Mapping[str, Any], also: Iterable[str] = ()) -> dict[str, Any]:
    """Return the properties that are not about single members."""
    return _without(
        properties, {MEMBERS, PASSWORDS, REVISIONS, MARKS, IDS, USER_NAMES, FAILED, FAILED_AT, *also}
    )


def same_declaration(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a member's outputs are just what its inputs ask for: most members of most runs.

    Where they are not, the provider of single connections tells whether that makes a difference.
    """
    # The outputs have more: the API's own fields. `adopt` counts when the connection is created only.
    ignored = {FINGERPRINT, ADOPT, "created_at", "updated_at"}
    return _without(old, ignored) == _without(new, ignored)


def _user_name(settings: object) -> str | None:
    value = settings.get("user_name") if isinstance(settings, Mapping) else None
    return value.casefold() if isinstance(value, str) else None


def _column(connections: Mapping[str, Mapping[str, Any]], field: str) -> dict[str, Any]:
    return {name: each[field] for name, each in connections.items() if each.get(field) is not None}


def _without(tree: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    left_out = frozenset(names)
    return {name: value for name, value in tree.items() if name not in left_out}
