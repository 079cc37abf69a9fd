"""What is wrong with the sets of a stack, and with each of their members."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from ..fleet.check import MOST_MEMBERS
from ..fleet.removals import MAX_REMOVALS, RETAIN, most_removals
from ..named_accounts import ACCOUNT
from ..words import counted, nearest, some_of
from .connection import findings_of, in_plain_text
from .located import Finding, Located, Origin, Path, plain, secrets, spelled
from .password_map import unused_password, with_password
from .project import DEFAULTS
from .provider_settings import account_findings
from .sets import (
    MEMBERS,
    MEMBERS_FROM,
    OF_THE_SET,
    PROTECT,
    SETTINGS,
    LayeredSet,
    MembersFile,
    of_the_whole_set,
)

_MOST_NAMES: Final = 3
_EXPECTED: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    PROTECT: (lambda value: isinstance(value, bool), "true or false"),
    ACCOUNT: (lambda value: isinstance(value, str), "the name of an account below telnyx:accounts"),
    RETAIN: (
        lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
        "a list of members' names",
    ),
}


class SharedFindings:
    """Findings that many connections or members have for one reason: each is said once, with some names."""

    def __init__(self) -> None:
        self._labels: dict[Origin, str] = {}
        self._names: dict[Finding, list[str]] = {}

    def expect(self, located: Located, label: str) -> None:
        """Say that what stands below a place is shared, and how messages name the place."""
        for origin in _origins_below(located):
            self._labels.setdefault(origin, label)

    def own(self, findings: Iterable[Finding], path: Path, name: str) -> Iterator[Finding]:
        """Yield those findings of a connection that are its own, and keep the others.

        Args:
            findings: all that it has.
            path: where it stands, as their messages begin.
            name: what it is called beside others.
        """
        for each in findings:
            if label := self._labels.get(each.origin):
                rest = each.message.removeprefix(spelled(path))
                self.add(dataclasses.replace(each, message=f"{label}{rest}"), name)
            else:
                yield each

    def add(self, finding: Finding, name: str) -> None:
        """Keep a finding for a connection."""
        self._names.setdefault(finding, []).append(name)

    def kept(self) -> Iterator[Finding]:
        """Yield each that was kept, with the names of those that have it."""
        for each, names in self._names.items():
            yield dataclasses.replace(each, message=f"{each.message} (for {some_of(names, _MOST_NAMES)})")


def findings_of_set(
    path: Path,
    found: LayeredSet,
    passwords: Mapping[str, Located],
    config: Mapping[str, Located],
    shared: SharedFindings,
) -> Iterator[Finding]:
    """Yield what is wrong with a set that is its own; what its members share is kept.

    Args:
        path: where the set stands, for messages.
        found: the set.
        passwords: those of the map of passwords, by member.
        config: the values by full key that hold for the stack.
        shared: gets what members share.
    """
    yield from _of_settings(path, found.settings)
    yield from account_findings(path, found.settings, config)
    if len(found.members) > MOST_MEMBERS:
        message = f"{counted(len(found.members), 'member')} are more than the {MOST_MEMBERS:,} connections"
        yield Finding(found.origin, f"{spelled(path)}: {message} that an account can hold")
    elif not found.members and found.is_whole:
        message = f"has no members: name some in {MEMBERS} or {MEMBERS_FROM}, or remove the whole set"
        yield Finding(found.origin, f"{spelled(path)} {message}")
    shared.expect(found.defaults, spelled((*path, DEFAULTS)))
    for name, member in found.members.items():
        where, called = (*path, MEMBERS, name), spelled((path[-1], name))
        for each in shared.own(_of_member(where, member, passwords.get(name)), where, called):
            if each.level == "warning" and each.origin == member.origin:
                rest = each.message.removeprefix(spelled(where))
                message = f"{spelled(path)}{rest}"
                shared.add(dataclasses.replace(each, origin=found.origin, message=message), called)
            else:
                yield each


def findings_of_file(
    path: Path, file: MembersFile, home: str, passwords: str, command: Callable[[Path], str]
) -> Iterator[Finding]:
    """Yield what stands in a set's file of members, and can only stand in the stack's own.

    Args:
        path: where the set stands, for messages.
        file: the file.
        home: what users call the stack's file.
        passwords: the key of the stack's config in which passwords stand.
        command: the command that encrypts the value at a path.
    """

    def encrypting_in_map(path: Path) -> str:
        return command((passwords, path[1], path[3]))

    for name, member in file.members.items():
        where, in_map = (*path, MEMBERS, name), (passwords, path[-1], name)
        password = member.entries().get("password")
        if password is not None and password.value != "":
            yield from in_plain_text((*where, "password"), password, encrypting_in_map)
        for steps, origin, _ in secrets(member, where):
            is_password = steps == (*where, "password")
            remedy = f"move it there, as {spelled(in_map if is_password else steps)}"
            message = f"{spelled(steps)} is encrypted, and Pulumi decrypts values of {home} only: {remedy}"
            yield Finding(origin, message)


def _of_member(path: Path, member: Located, password: Located | None) -> Iterator[Finding]:
    given = member.entries()
    if not OF_THE_SET.isdisjoint(given):
        for name in OF_THE_SET & given.keys():
            yield of_the_whole_set(spelled((*path, name)), given[name])
        kept = {name: each for name, each in given.items() if name not in OF_THE_SET}
        member = Located(kept, member.origin)
    yield from findings_of(path, with_password(member, password))
    yield from unused_password(path, member, password)


def _of_settings(path: Path, settings: Located) -> Iterator[Finding]:
    for name, each in settings.entries().items():
        where = spelled((*path, name))
        if name not in SETTINGS:
            hint = nearest(name, SETTINGS) or f": what its members share stands in {DEFAULTS}"
            yield Finding(each.origin, f"{where}: is not a setting of a set{hint}")
        elif name != MEMBERS_FROM and any(
            isinstance(secret.value, str | None) for _, _, secret in secrets(each)
        ):
            yield Finding(each.origin, f"{where}: cannot be encrypted: write it in plain text")
        elif problem := _problem(name, plain(each, lambda secret: secret.value)):
            yield Finding(each.origin, f"{where}: {problem}")


def _problem(name: str, value: Any) -> str:
    if name == MAX_REMOVALS:
        try:
            most_removals(value, 1)
        except ValueError as problem:
            return str(problem).removeprefix(f"{MAX_REMOVALS}: ")
    elif name in _EXPECTED and not _EXPECTED[name][0](value):
        return f"must be {_EXPECTED[name][1]}"
    return ""


def _origins_below(located: Located) -> Iterator[Origin]:
    value = located.value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield each.origin
        yield from _origins_below(each)
