"""What `pulumi stack export` tells of the connections that a stack has. Secrets are never looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .accounts import ACCOUNT
from .api.errors import TelnyxError

CONNECTION_TYPE: Final = "pulumi-python:dynamic/telnyx:CredentialConnection"
"""How the engine calls a connection's type."""

_COMPRESSED: Final = b"\x1f\x8b"


class StateError(TelnyxError):
    """What was given is no state that can be read. The text repeats nothing of it."""


@dataclass(frozen=True)
class StateConnection:
    """A connection that a stack manages.

    Args:
        resource: the resource's name.
        id: Telnyx's id.
        connection_name: None where the state keeps it as a secret.
        user_name: None where the state keeps it as a secret.
        account: the name of its account in the stack's config; None for the stack's own.
        password_revision: how often its password was set; 0 where it never was.
        rotate_password_when: the value of the last run; None where there was none, or it is a secret.
    """

    resource: str
    id: str
    connection_name: str | None
    user_name: str | None
    account: str | None
    password_revision: int
    rotate_password_when: str | float | None


@dataclass(frozen=True)
class State:
    """What one stack has.

    Args:
        connections: what the stack manages with this provider, without what the next run deletes anyway.
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
    ours = [row for row in managed if row["type"] == CONNECTION_TYPE]
    return State(
        tuple(_connection(row) for row in ours if not row.get("delete")),
        tuple(_connection(row) for row in ours if row.get("delete")),
        frozenset(row["id"] for row in managed),
        frozenset(row["id"] for row in rows if row.get("external")),
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


def _connection(row: Mapping[str, Any]) -> StateConnection:
    outputs = row.get("outputs")
    shown: Mapping[str, Any] = outputs if isinstance(outputs, Mapping) else {}

    def text(name: str) -> str | None:
        # A secret is an object here, in clear or not.
        value = shown.get(name)
        return value if isinstance(value, str) else None

    revision, when = shown.get("password_revision"), shown.get("rotate_password_when")
    return StateConnection(
        row["urn"].rpartition("::")[2],
        row["id"],
        text("connection_name"),
        text("user_name"),
        text(ACCOUNT),
        int(revision) if isinstance(revision, int | float) else 0,
        when if isinstance(when, str | int | float) else None,
    )
