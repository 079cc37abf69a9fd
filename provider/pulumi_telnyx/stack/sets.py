"""Which settings hold for each set of a stack, and for each of its members.

From the bottom up: the project's `defaults`, the stack's `defaults`, the set's `defaults` in the project and
in the stack; then the member, in the project and in the stack. In each of these two, what the file of members
says lies below what stands in `members`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Final

from ..fleet.removals import MAX_REMOVALS, RETAIN
from ..named_accounts import ACCOUNT
from .layers import by_name, defaults_of, lying_over, map_of, without_own_fields
from .located import Finding, Located, Origin, Path, Secret, spelled
from .members_file import ENDINGS
from .project import DEFAULTS, SETS, Project

MEMBERS: Final = "members"
MEMBERS_FROM: Final = "members_from"
PROTECT: Final = "protect"
OF_THE_SET: Final = frozenset({PROTECT, ACCOUNT})
"""What a connection may say, and no member: a set is one resource."""
SETTINGS: Final = (DEFAULTS, MEMBERS, MEMBERS_FROM, MAX_REMOVALS, RETAIN, PROTECT, ACCOUNT)


@dataclass(frozen=True)
class MembersFile:
    """What the file of a set's members says.

    Args:
        path: the file.
        members: their own settings, by name.
        of_project: whether Pulumi.yaml names it, so that all stacks have it.
    """

    path: FilePath
    members: Mapping[str, Located]
    of_project: bool


@dataclass(frozen=True)
class LayeredSet:
    """A set of a stack.

    Args:
        origin: where it stands.
        settings: what it says of itself: everything but defaults and members.
        defaults: what holds for every member that does not say otherwise.
        members: what holds for each member, by its name.
        file: the file that names members; None where there is none that can be read.
        is_whole: whether all that it says of its members could be read.
    """

    origin: Origin
    settings: Located
    defaults: Located
    members: dict[str, Located]
    file: MembersFile | None = None
    is_whole: bool = True


@dataclass(frozen=True)
class LayeredSets:
    """The sets of one stack.

    Args:
        sets: by name.
        findings: what is wrong with their layers and files.
    """

    sets: dict[str, LayeredSet] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def layered_sets(project: Project, config: Mapping[str, Located]) -> LayeredSets:
    """Return the sets of a stack.

    Args:
        project: the project, with the lower layers.
        config: the stack's own config by full key.
    """
    result = LayeredSets()
    key = f"{project.name}:{SETS}"
    layers = (project.layers, config)
    if not any(key in layer for layer in layers):
        return result
    nothing_removed: dict[Finding, None] = {}
    defaults = defaults_of(project, config, result.findings, nothing_removed)
    for name, own in by_name(key, "set", "name its members", layers, result.findings):
        layering = _Layering(project, (key, name), own, result.findings, nothing_removed)
        result.sets[name] = layering.layered(defaults)
    result.findings.extend(nothing_removed)
    return result


@dataclass(frozen=True)
class _Layering:
    project: Project
    path: Path
    own: Sequence[Located | None]
    findings: list[Finding]
    nothing_removed: dict[Finding, None]

    def layered(self, of_all: Located) -> LayeredSet:
        shared, settings = _parted(of_all, OF_THE_SET)
        defaults, origin = shared, of_all.origin
        for each in filter(None, self.own):
            below, said = _parted(each, frozenset(each.entries()) - {DEFAULTS, MEMBERS})
            settings = self._over(settings, said)
            origin = each.origin
            if DEFAULTS in below.entries():
                given = self._defaults(below.entries()[DEFAULTS])
                # Null takes away those of the set; the ones of all connections stay.
                defaults = self._over(defaults, given, DEFAULTS) if given else shared
        before = len(self.findings)
        file = self._file()
        own = self._said_of_members(file)
        is_whole = len(self.findings) == before
        members = {name: self._member(name, each, defaults) for name, each in own.items()}
        return LayeredSet(origin, settings, defaults, members, file, is_whole)

    def _over(self, lower: Located, upper: Located, *steps: str) -> Located:
        return lying_over(lower, upper, (*self.path, *steps), self.nothing_removed)

    def _defaults(self, located: Located) -> Located | None:
        path = spelled((*self.path, DEFAULTS))
        given = map_of(located, path, self.findings)
        if given is None:
            return None
        given, misplaced = _parted(without_own_fields(given, path, self.findings), OF_THE_SET)
        for name, each in misplaced.entries().items():
            self.findings.append(of_the_whole_set(f"{path}.{name}", each))
        return given

    def _member(self, name: str, said: Sequence[Located], defaults: Located) -> Located:
        settings = defaults
        for each in said:
            settings = self._over(settings, each, MEMBERS, name)
        return settings

    def _said_of_members(self, file: MembersFile | None) -> dict[str, list[Located]]:
        """Return the maps in which each member's settings stand, from the bottom up."""
        found: dict[str, list[Located]] = {}
        for layer in self._layers_of_members(file):
            if layer is None:
                found.clear()
            for name, each in (layer or {}).items():
                if each.value is None:
                    if found.pop(name, None) is None:
                        message = (
                            f"{self._spelled(name)} is empty, and there is none below to remove: write {{}} "
                            "for a member of defaults only"
                        )
                        self.findings.append(Finding(each.origin, message))
                elif not name.strip() or not name.isprintable():
                    path = spelled((*self.path, MEMBERS))
                    message = f"{path} has a name that is empty, or has characters that cannot be printed"
                    self.findings.append(Finding(each.origin, message))
                elif isinstance(each.value, dict):
                    found.setdefault(name, []).append(each)
                else:
                    map_of(each, self._spelled(name), self.findings)
        return found

    def _layers_of_members(self, file: MembersFile | None) -> Iterator[Mapping[str, Located] | None]:
        """Yield maps of members from the bottom up; None takes away all that lie below."""
        for each, of_project in zip(self.own, (True, False), strict=True):
            given = each.entries().get(MEMBERS) if each else None
            if given is not None and given.value is None:
                yield None
            if file is not None and file.of_project == of_project:
                yield file.members
            if found := map_of(given, spelled((*self.path, MEMBERS)), self.findings):
                yield found.entries()

    def _spelled(self, member: str) -> str:
        return spelled((*self.path, MEMBERS, member))

    def _file(self) -> MembersFile | None:
        """Return the file of members: that of the stack takes the place of the project's."""
        given = [each.entries().get(MEMBERS_FROM) if each else None for each in self.own]
        of_project = given[1] is None
        named = given[0] if of_project else given[1]
        if named is None or named.value is None:
            return None
        if isinstance(named.value, Secret):
            problem = "cannot be encrypted: write it in plain text"
        elif not isinstance(named.value, str) or not named.value.endswith(ENDINGS):
            problem = f"must be the path of a file that ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
        else:
            folder = self.project.root if of_project else self.project.stacks
            path = FilePath(os.path.normpath(folder / named.value))
            if path.exists():
                members, findings = self.project.members_in(path)
                self.findings.extend(findings)
                is_read = not any(each.level == "error" for each in findings) or bool(members)
                return MembersFile(path, members, of_project) if is_read else None
            where = "Pulumi.yaml" if of_project else "the stacks' files"
            problem = f"there is no {self.project.called(path)}: the path starts at the folder of {where}"
        where = spelled((*self.path, MEMBERS_FROM))
        self.findings.append(Finding(named.origin, f"{where}: {problem}"))
        return None


def of_the_whole_set(path: str, located: Located) -> Finding:
    """Return that a value stands with members or defaults, and belongs to the set."""
    return Finding(located.origin, f"{path}: belongs to the whole set: write it beside {MEMBERS}")


def _parted(located: Located, names: frozenset[str]) -> tuple[Located, Located]:
    """Return a map without some of its entries, and those."""
    entries = located.entries()
    return (
        Located({name: each for name, each in entries.items() if name not in names}, located.origin),
        Located({name: each for name, each in entries.items() if name in names}, located.origin),
    )
