"""What `pulumi stack export` tells of the connections that a stack has. Secrets are never looked at."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .api.errors import TelnyxError, printable
from .engine_secrets import SIGNATURE
from .fleet.members import opened
from .named_accounts import ACCOUNT

CONNECTION_TYPE: Final = "pulumi-python:dynamic/telnyx:CredentialConnection"
"""How the engine calls a connection's type."""
SET_TYPE: Final = f"{CONNECTION_TYPE}Set"
"""How it calls the type of many connections that are one resource."""

_COMPRESSED: Final = b"\x1f\x8b"


class StateError(TelnyxError):
    """What was given is no state that can be read. The text repeats nothing of it."""


@dataclass(frozen=True)
class StateConnection:
    """A connection that a stack manages.

    Args:
        resource: the resource's name; of a member of a set `SET/MEMBER`.
        id: Telnyx's id.
        connection_name: None where the state keeps it as a secret.
        user_name: None where the state keeps it as a secret.
        account: the name of its account in the stack's config; None for the stack's own.
        password_revision: how often its password was set; 0 where it never was.
        rotate_password_when: the value of the last run; None where there was none, or it is a secret.
        set: the name of the set that it is a member of; None for a resource of its own.
        member: its name in the set.
    """

    resource: str
    id: str
    connection_name: str | None
    user_name: str | None
    account: str | None
    password_revision: int
    rotate_password_when: str | float | None
    set: str | None = None
    member: str | None = None


@dataclass(frozen=True)
class State:
    """What one stack has.

    Args:
        connections: what the stack manages with this provider, members of sets too, without what the next
            run deletes anyway.
        doomed: what the next run deletes anyway.
        managed_ids: ids of all that it manages, whatever the provider.
        read_ids: ids of what it only reads, as `.get()` does.
    """

    connections: tuple[StateConnection, ...]
    doomed: tuple[StateConnection, ...]
    managed_ids: frozenset[str]
    read_ids: frozenset[str]


def read_state(content: bytes) -> State:
    """Return what an export holds.

    Args:
        content: what `pulumi stack export` has printed, with or without `--show-secrets`.

    Raises:
        StateError: it is something else, or encrypted or compressed as a whole.
    """
    if content.startswith(_COMPRESSED):
        raise StateError("it is compressed: unpack it first")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise StateError(
            "it is no JSON; where it is encrypted, decrypt it first: what is wanted is the output of "
            "`pulumi stack export`"
        ) from None
    if isinstance(document, dict) and "sops" in document:
        raise StateError("it is encrypted by SOPS: decrypt it first")
    if isinstance(document, dict) and "checkpoint" in document:
        raise StateError("it is a file of Pulumi's backend: give the output of `pulumi stack export` instead")
    rows = list(_resources(document))
    managed = [row for row in rows if not row.get("external")]
    read = [row for row in rows if row.get("external")]
    return State(
        tuple(each for row in managed if not row.get("delete") for each in _connections(row)),
        tuple(each for row in managed if row.get("delete") for each in _connections(row)),
        frozenset(each for row in managed for each in _ids(row)),
        frozenset(each for row in read for each in _ids(row)),
    )


def _resources(document: Any) -> Iterator[dict[str, Any]]:
    """Yield the resources that have an id.

    Raises:
        StateError: there is no list of resources.
    """
    foreign = StateError("it is not the output of `pulumi stack export`")
    deployment = document.get("deployment") if isinstance(document, dict) else None
    if not isinstance(deployment, dict):
        raise foreign
    # A stack that was never deployed has no list.
    rows = deployment.get("resources") or []
    if not isinstance(rows, list):
        raise foreign
    for row in rows:
        if not (isinstance(row, dict) and isinstance(row.get("type"), str)):
            raise foreign
        # An encrypted or cut id would make everything look unmanaged.
        if not str(row.get("urn")).startswith("urn:pulumi:") or not isinstance(row.get("id", ""), str):
            raise foreign
        if row.get("id"):
            yield row


def _ids(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield what stands at Telnyx for a resource: itself, or the members of a set."""
    yield row["id"]
    if row["type"] == SET_TYPE:
        yield from _ids_of_members(row).values()


def _ids_of_members(row: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the ids of a set's members, by name.

    Raises:
        StateError: they cannot be read, so that all of them would look unmanaged.
    """
    ids = _outputs_of(row).get("ids")
    if isinstance(ids, Mapping) and SIGNATURE not in ids and all(map(_is_text, ids.values())):
        return ids
    raise StateError(
        f"it does not tell the ids of set {printable(_name_of(row))}: where they are a secret, remove ids "
        "from the set's additional_secret_outputs, and run `pulumi up`"
    )


def _connections(row: Mapping[str, Any]) -> Iterator[StateConnection]:
    """Yield the connections of a resource: one, all members of a set, or none of what is something else."""
    outputs, name = _outputs_of(row), _name_of(row)
    if row["type"] == CONNECTION_TYPE:
        yield _connection(name, row["id"], outputs)
    elif row["type"] == SET_TYPE:
        settings, revisions = _map(opened(outputs), "members"), _map(outputs, "password_revisions")
        user_names = _map(outputs, "user_names")
        for member, connection_id in sorted(_ids_of_members(row).items()):
            # What a member holds is one secret where the last run could not bring it in line.
            held = {"user_name": user_names.get(member), **_map(settings, member)}
            of_set = {ACCOUNT: outputs.get(ACCOUNT), "password_revision": revisions.get(member)}
            found = _connection(f"{name}/{member}", connection_id, {**held, **of_set})
            yield dataclasses.replace(found, set=name, member=member)


def _connection(name: str, connection_id: str, outputs: Mapping[str, Any]) -> StateConnection:
    def text(field: str) -> str | None:
        # A secret is an object here, in clear or not.
        value = outputs.get(field)
        return value if isinstance(value, str) else None

    revision, when = outputs.get("password_revision"), outputs.get("rotate_password_when")
    return StateConnection(
        name,
        connection_id,
        text("connection_name"),
        text("user_name"),
        text(ACCOUNT),
        int(revision) if isinstance(revision, int | float) else 0,
        when if isinstance(when, str | int | float) else None,
    )


def _name_of(row: Mapping[str, Any]) -> str:
    return str(row["urn"]).rpartition("::")[2]


def _outputs_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return _map(row, "outputs")


def _map(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = tree.get(name)
    return value if isinstance(value, Mapping) else {}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
