"""Which connections are imported, under which names, and what somebody has to look at."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ..api.errors import printable
from ..ownership import mark_of, owner_in
from ..words import some_of
from .declared import Declared, declared
from .in_settings import Declaration, InSettings
from .resource_names import resource_names

if TYPE_CHECKING:
    from ..api.models import Connection
    from ..ownership import Owner

# The engine hands 128 KiB of config over to a program, and settings need room too.
_MOST_PASSWORD_BYTES: Final = 56 << 10
_MOST_NAMED: Final = 5
_WEBHOOKS: Final = ("webhook_event_url", "webhook_event_failover_url")


@dataclass(frozen=True)
class Importable:
    """A connection that is imported.

    Args:
        name: its resource's name.
        connection: as the API shows it.
        declared: what the program says of it.
        before: what the stack's settings say of it already; None where they do not have it.
        password: the password that the state gets; None where it stays unmanaged.
    """

    name: str
    connection: Connection
    declared: Declared
    before: Declaration | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def is_kept(self) -> bool:
        """Whether the password goes into the stack's map of passwords: not where the settings have one."""
        return self.password is not None and not (self.before and self.before.says)


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
    in_settings: InSettings,
    *,
    keep_passwords: bool,
    reads_passwords: bool = False,
    kept: Mapping[str, object] = MappingProxyType({}),
    target: tuple[str, str] | None = None,
    as_set: bool = False,
) -> Plan:
    """Return what to import.

    Args:
        connections: those of the account that are wanted.
        in_state: the resources' names of the connections that the state has, by id.
        in_settings: what the stack's settings declare.
        keep_passwords: whether a password that the account shows is taken over.
        reads_passwords: whether the state can get a password that the account shows, for a connection whose
            settings have one.
        kept: what the stack's map of passwords has already, by connection.
        target: project and stack that import.
        as_set: whether they become members of a new set, whose names are nobody else's.
    """
    result = Plan()
    new: list[Connection] = []
    refused: dict[str, str] = {}
    known_ones: dict[str, Declaration] = {}
    ids = {name: each for each, name in in_state.items()}
    for each in connections:
        user_name = (each.user_name or "").casefold()
        known = in_settings.here.get(user_name)
        if each.id in in_state:
            result.skipped.append(in_state[each.id])
        elif (owner := owner_in(each.tags)) is not None:
            refused[_called(each)] = _owned(each, owner, target)
        elif user_name in in_settings.elsewhere:
            refused[_called(each)] = (
                f"the settings declare it as {printable(in_settings.elsewhere[user_name])}: remove it there"
            )
        elif known and known.name in ids:
            refused[_called(each)] = (
                f"{known.name} of this stack has its user name, and is connection "
                f"{printable(ids[known.name])} in the state: run `pulumi refresh`"
            )
        else:
            new.append(each)
            if known is not None:
                known_ones[each.id] = known
    fresh = [each for each in new if each.id not in known_ones]
    taken = {each.name for each in in_settings.here.values()} | (set() if as_set else set(in_state.values()))
    fresh_names = resource_names(fresh, taken)
    for each in new:
        found = declared(each)
        if found.unusable:
            refused[_called(each)] = found.unusable
            continue
        before = known_ones.get(each.id)
        name = before.name if before else fresh_names[each.id]
        result.attention.extend(f"{name}: stays as it is at Telnyx: {reason}" for reason in found.left_out)
        result.attention.extend(
            f"{name}: {field} may hold a secret, and stands in plain text: encrypt it"
            for field in _WEBHOOKS
            if _may_hold_a_token(found.settings.get(field))
        )
        says = before.says if before else ""
        takes = reads_passwords if says == "password" else keep_passwords and not says
        result.imports.append(Importable(name, each, found, before, each.password if takes else None))
    result.attention.extend(_of_settings(result.imports, keep_passwords=keep_passwords))
    result.attention.extend(f"{called}: not imported: {why}" for called, why in refused.items())
    return _with_room_for_passwords(dataclasses.replace(result, refused=len(refused)), kept)


def _owned(each: Connection, owner: Owner, target: tuple[str, str] | None) -> str:
    """Return why a connection with a mark is not imported."""
    if target is not None and owner == owner_in([mark_of("", *target, "")]):
        return (
            "it has the mark of this very stack, whose state does not have it: declare it with "
            f'adopt: "{printable(each.id)}", and run `pulumi up`'
        )
    return (
        f"it has the mark of project {printable(owner.project)}, stack {printable(owner.stack)}, and only "
        "one stack can own it"
    )


def _of_settings(imports: Iterable[Importable], *, keep_passwords: bool) -> Iterator[str]:
    """Yield where settings that were there before decide on passwords otherwise than this run would."""
    unmanaged, sent = [], []
    for each in imports:
        says = each.before.says if each.before else ""
        if says == "unmanaged" and keep_passwords and each.connection.password is not None:
            unmanaged.append(each.name)
        elif says == "password" and each.password is None:
            sent.append(each.name)
    if unmanaged:
        yield (
            f"{some_of(unmanaged, _MOST_NAMED)}: the password stays unmanaged, since the settings say so: "
            "to keep it, remove unmanaged_password before --run"
        )
    if sent:
        yield (
            f"{some_of(sent, _MOST_NAMED)}: the settings have a password, and the state gets none, since it "
            "is not shown here: the next `pulumi up` sends that of the settings"
        )


def _with_room_for_passwords(result: Plan, before: Mapping[str, object]) -> Plan:
    """Return the plan, without passwords to keep where they are too many for the stack's config."""
    kept = {each.name: each.password for each in result.imports if each.is_kept}
    # As they stand in the config: JSON as a text inside of JSON.
    if not kept or len(json.dumps(json.dumps({**before, **kept}))) <= _MOST_PASSWORD_BYTES:
        return result
    why = (
        f"the passwords of {len(kept):,} connections stay unmanaged: the stack's config has no room for so "
        "many; set or rotate the ones that you want to manage"
    )
    imports = [dataclasses.replace(each, password=None) if each.is_kept else each for each in result.imports]
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
