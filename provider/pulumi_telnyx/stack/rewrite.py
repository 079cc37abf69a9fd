"""Changes to the files of a stack: worked out as text, and verified before they are made."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final

from .csv_edit import edited_table
from .edit import Drop, Put, UneditableError, edited, nested
from .layers import layered
from .located import Located, Origin, Path, Secret, leaves, plain
from .project import CONNECTIONS, DEFAULTS, PASSWORDS, SETS, Project, ProjectError, StackFile
from .sets import MEMBERS, LayeredSet, layered_sets
from .yaml_file import read_yaml

TABLE: Final = ".csv"
"""How the name of a file of members ends that is a table; there is no null in it."""

_BOM: Final = "\ufeff"
_CELLS: Final = {"True": "true", "False": "false"}


@dataclass(frozen=True)
class Rewrite:
    """One file, before and after.

    Args:
        path: the file.
        name: the file as users call it.
        old: its text.
        new: its text with the changes.
    """

    path: FilePath
    name: str
    old: str
    new: str


@dataclass(frozen=True)
class Held:
    """What a stack's files come to; what is encrypted is there as it stands in the file.

    Args:
        connections: what holds for each connection, by path.
        passwords: the map of passwords, by path; one that is encrypted as a whole is at the empty path.
        sets: what holds for all members of each set, and the set's own settings, by path.
        members: what holds for each member of a set, by path; by the names of set and member. None where
            that does not matter.
    """

    connections: Mapping[str, Mapping[Path, Any]]
    passwords: Mapping[Path, Any]
    sets: Mapping[str, Mapping[Path, Any]]
    members: Mapping[tuple[str, str], Mapping[Path, Any]] | None = None


def held(project: Project, file: StackFile, *, each_member: bool = False) -> Held:
    """Return what holds in a stack; for each member of its sets only where that is asked for."""
    config = file.config(project.name)
    connections, sets = layered(project, config).connections, layered_sets(project, config).sets
    passwords = config.get(f"{project.name}:{PASSWORDS}")
    return Held(
        {name: plain_leaves(leaves(each.entries())) for name, each in connections.items()},
        plain_leaves(leaves(passwords.entries()) or {(): passwords}) if passwords else {},
        {name: _held_by_set(each) for name, each in sets.items()},
        _held_by_members(sets) if each_member else None,
    )


def _held_by_members(sets: Mapping[str, LayeredSet]) -> dict[tuple[str, str], dict[Path, Any]]:
    return {
        (of_set, name): plain_leaves(leaves(each.entries()))
        for of_set, found in sets.items()
        for name, each in found.members.items()
    }


def _held_by_set(found: LayeredSet) -> dict[Path, Any]:
    settings = {**found.settings.entries(), DEFAULTS: found.defaults}
    return {**plain_leaves(leaves(settings)), (MEMBERS,): sorted(found.members)}


def plain_leaves(found: Mapping[Path, Located]) -> dict[Path, Any]:
    """Return values without places; one that is encrypted is told by its ciphertext."""
    return {path: value_of(each) for path, each in found.items()}


def value_of(located: Located) -> Any:
    """Return a value without places; what is encrypted in it is told by its ciphertext."""
    return plain(located, lambda secret: Secret(secret.ciphertext))


def without_own_settings(project: Project, file: StackFile, names: Sequence[str]) -> dict[str, Located]:
    """Return what holds for connections if the stack's files say nothing of them but their names."""
    origin = Origin(file.name)
    empty = Located({name: Located({}, origin) for name in names}, origin)
    config = {**file.config(project.name), f"{project.name}:{CONNECTIONS}": empty}
    return layered(project, config).connections


def defaults_below(project: Project, file: StackFile, names: Sequence[str]) -> dict[str, Located]:
    """Return what holds for all members of sets if the stack's file says nothing of them but their names."""
    origin = Origin(file.name)
    empty = Located({name: Located({}, origin) for name in names}, origin)
    config = {**file.config(project.name), f"{project.name}:{SETS}": empty}
    return {name: each.defaults for name, each in layered_sets(project, config).sets.items()}


def taken_away(lower: Located | None) -> Put | Drop:
    """Return the change that takes a setting away.

    Args:
        lower: what the layers below say of it; None where they say nothing.
    """
    return Drop() if lower is None else Put(None)


def rewrites(
    project: Project,
    file: StackFile,
    connections: Mapping[Path, Put | Drop],
    passwords: Mapping[Path, Put | Drop] | None = None,
    sets: Mapping[Path, Put | Drop] | None = None,
    members: Mapping[Path, Put | Drop] | None = None,
) -> list[Rewrite]:
    """Return the stack's file and those that belong to it with changes, each where something changes in it.

    Args:
        project: the project.
        file: the stack's file.
        connections: by path; the first step is a connection's name, and says in which file it stands.
        passwords: by path below the map of passwords; the empty path is the map itself.
        sets: by path; the first step is a set's name.
        members: by path; the first two steps are the names of set and member, and say in which file it
            stands.
    """
    below: dict[Path, Put | Drop] = {}
    for key, changes in ((CONNECTIONS, connections), (PASSWORDS, passwords or {}), (SETS, sets or {})):
        name = key_in_file(project, file, key)
        below |= {
            ("config", name, *path): change
            for path, change in changes.items()
            if key != CONNECTIONS or path[0] not in file.more
        }
    beside: dict[FilePath, dict[Path, Put | Drop]] = {
        file.more_path: {path: change for path, change in connections.items() if path[0] in file.more}
    }
    there_are = layered_sets(project, file.config(project.name)).sets if members else {}
    at = ("config", key_in_file(project, file, SETS))
    for path, change in (members or {}).items():
        of_set, member = str(path[0]), str(path[1])
        if there := file_of_member(project, file, there_are[of_set], (of_set, member)):
            beside.setdefault(there, {})[path[1:]] = change
        else:
            below |= {(*at, of_set, MEMBERS, *path[1:]): change}
    made = [_rewrite(file.path, file.name, below)]
    made += [_rewrite(path, project.called(path), changes) for path, changes in beside.items()]
    return [each for each in made if each is not None]


def file_of_member(
    project: Project, file: StackFile, found: LayeredSet, path: tuple[str, str]
) -> FilePath | None:
    """Return the file of members in which a member is to be changed; None for the stack's own file.

    Args:
        project: the project.
        file: the stack's file.
        found: the set.
        path: the names of set and member.
    """
    own = file.own_config(project.name).get(f"{project.name}:{SETS}")
    here = own.at((path[0], MEMBERS)).entries() if own else {}
    # What all stacks have from Pulumi.yaml is not this stack's to change.
    if found.file is None or found.file.of_project or path[1] not in found.file.members or path[1] in here:
        return None
    return found.file.path


def with_text(path: FilePath, name: str, old: str, new: str) -> Rewrite:
    """Return a file with another text; the byte order mark that it may begin with stays."""
    return Rewrite(path, name, old, (_BOM if old.startswith(_BOM) else "") + new)


def _rewrite(path: FilePath, name: str, changes: Mapping[Path, Put | Drop]) -> Rewrite | None:
    if not changes:
        return None
    old = path.read_bytes().decode("utf-8")
    text = old.removeprefix(_BOM)
    if path.suffix == TABLE:
        return with_text(path, name, old, edited_table(text, _cells(changes)))
    try:
        return with_text(path, name, old, edited(text, nested(changes)))
    except UneditableError as error:
        raise ProjectError(f"{name}: {error}") from None


def _cells(changes: Mapping[Path, Put | Drop]) -> dict[str, dict[str, str]]:
    """Return changes as the new cells of a table, by member and column."""
    cells: dict[str, dict[str, str]] = {}
    for path, change in changes.items():
        value = "" if isinstance(change, Drop) else _CELLS.get(str(change.value), str(change.value))
        cells.setdefault(str(path[0]), {})[".".join(map(str, path[1:]))] = value
    return cells


def key_in_file(project: Project, file: StackFile, name: str) -> str:
    """Return the key as the file spells it: without the project's name it means the same."""
    config = file.content.entries().get("config") if file.content else None
    return name if config is not None and name in config.entries() else f"{project.name}:{name}"


def verify(project: Project, file: StackFile, changes: Sequence[Rewrite], expected: Held) -> None:
    """Make sure that new texts come to what is expected, before anybody is asked about them.

    Args:
        project: the project.
        file: the stack's file, as it was read.
        changes: what is to be written.
        expected: what then has to hold in the stack.

    Raises:
        ProjectError: they do not.
    """
    with tempfile.TemporaryDirectory() as folder:
        texts = {
            each.path: FilePath(folder) / f"{place}{each.path.suffix}" for place, each in enumerate(changes)
        }
        for each in changes:
            texts[each.path].write_bytes(each.new.encode("utf-8"))
        now = _held_then(project, file, texts, each_member=expected.members is not None)
        if now != expected:
            names = " or ".join(each.name for each in changes)
            raise ProjectError(f"{names} is written in a way that this cannot edit: change it by hand")


def _held_then(
    project: Project, file: StackFile, files: Mapping[FilePath, FilePath], *, each_member: bool
) -> Held:
    content, more = file.content, file.more
    if file.path in files:
        content, _ = read_yaml(files[file.path], file.name)
    if file.more_path in files:
        found, _ = read_yaml(files[file.more_path], file.name)
        more = found.entries() if found else {}
    members = {path: new for path, new in files.items() if path not in (file.path, file.more_path)}
    then = dataclasses.replace(file, content=content, more=more)
    return held(project.with_other_members(members), then, each_member=each_member)
