"""Which connections are imported, under which names, and what somebody has to look at."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ..api.errors import printable
from ..ownership import owner_in
from .declared import Declared, declared
from .resource_names import resource_names

if TYPE_CHECKING:
    from ..api.models import Connection

# The engine hands 128 KiB of config over to a program, and settings need room too.
_MOST_PASSWORD_BYTES: Final = 56 << 10
_WEBHOOKS: Final = ("webhook_event_url", "webhook_event_failover_url")


@dataclass(frozen=True)
class Importable:
    """A connection that is imported.

    Args:
        name: its resource's name.
        connection: as the API shows it.
        declared: what the program says of it.
        is_declared: whether the stack's settings have it already, under this name.
        password: the password that is kept; None where it stays unmanaged.
    """

    name: str
    connection: Connection
    declared: Declared
    is_declared: bool = False
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Plan:
    """What an import does.

    Args:
        imports: the connections to import, in the order of the list.
        skipped: those that the state has already, by their names there.
        attention: one line for each thing that somebody has to look at.
        refused: how many connections are not imported.
    """

    imports: list[Importable] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)
    refused: int = 0


def plan(
    connections: Iterable[Connection],
    in_state: Mapping[str, str],
    in_settings: Mapping[str, str],
    *,
    keep_passwords: bool,
) -> Plan:
    """Return what to import.

    Args:
        connections: those of the account that are wanted.
        in_state: the resources' names of the connections that the state has, by id.
        in_settings: the names of the connections that the stack's settings declare, by folded user name.
        keep_passwords: whether a password that the account shows is taken over.
    """
    result = Plan()
    new: list[Connection] = []
    refused: dict[str, str] = {}
    names: dict[str, str] = {}
    ids = {name: each for each, name in in_state.items()}
    for each in connections:
        known = in_settings.get((each.user_name or "").casefold())
        if each.id in in_state:
            result.skipped.append(in_state[each.id])
        elif (owner := owner_in(each.tags)) is not None:
            refused[_called(each)] = (
                f"it has the mark of project {printable(owner.project)}, stack {printable(owner.stack)}, and "
                "only one stack can own it"
            )
        elif known in ids:
            refused[_called(each)] = (
                f"{known} of this stack has its user name, and is connection {printable(ids[known])} in the "
                "state: run `pulumi refresh`"
            )
        else:
            new.append(each)
            if known is not None:
                names[each.id] = known
    fresh = [each for each in new if each.id not in names]
    fresh_names = resource_names(fresh, {*in_state.values(), *in_settings.values()})
    for each in new:
        found = declared(each)
        if found.unusable:
            refused[_called(each)] = found.unusable
            continue
        name = names.get(each.id) or fresh_names[each.id]
        result.attention.extend(f"{name}: stays as it is at Telnyx: {reason}" for reason in found.left_out)
        result.attention.extend(
            f"{name}: {field} may hold a token, and stands in plain text: encrypt it"
            for field in _WEBHOOKS
            if _may_hold_a_token(found.settings.get(field))
        )
        password = each.password if keep_passwords else None
        result.imports.append(Importable(name, each, found, each.id in names, password))
    result.attention.extend(f"{called}: not imported: {why}" for called, why in refused.items())
    return _with_room_for_passwords(dataclasses.replace(result, refused=len(refused)))


def _with_room_for_passwords(result: Plan) -> Plan:
    """Return the plan, without passwords where they are too many for the stack's config."""
    kept = {each.name: each.password for each in result.imports if each.password is not None}
    # As they stand in the config: JSON as a text inside of JSON.
    if len(json.dumps(json.dumps(kept))) <= _MOST_PASSWORD_BYTES:
        return result
    why = (
        f"the passwords of {len(kept):,} connections stay unmanaged: the stack's config has no room for so "
        "many; set or rotate the ones that you want to manage"
    )
    imports = [dataclasses.replace(each, password=None) for each in result.imports]
    return dataclasses.replace(result, imports=imports, attention=[why, *result.attention])


def _called(connection: Connection) -> str:
    return f"{printable(connection.connection_name or 'without a name')} ({printable(connection.id)})"


def _may_hold_a_token(url: object) -> bool:
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return bool(parts.query or parts.fragment or "@" in parts.netloc)
