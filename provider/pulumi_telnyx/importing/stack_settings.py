"""The settings of imported connections, for the stack's file: what many have in common is said once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any, Final

from ..connection.passwords import UNMANAGED
from ..connection.properties import OWN_FIELDS
from ..stack.edit import Drop, Put, edited, nested
from ..stack.layers import layered
from ..stack.located import Located, Path, leaves, plain
from ..stack.project import CONNECTIONS, DEFAULTS, Project, StackFile
from ..stack.rewrite import key_in_file, taken_away, without_own_settings
from .plan import Importable

_FEWEST: Final = 3
"""The fewest connections that must share a setting before it becomes a default of all."""
LONGEST_BYTES: Final = 64 << 10
"""A stack's file that would be longer than this, half of what the engine can hand over, is split."""


def settings_to_write(
    project: Project, file: StackFile, imports: Sequence[Importable], *, protect: bool
) -> Iterator[tuple[FilePath, str]]:
    """Yield the files to write, with their whole texts: the stack's, or the one beside it for a long list.

    Args:
        project: the project, with its own defaults.
        file: the stack's file.
        imports: the connections; of those that the stack declares already only what is said of passwords.
        protect: whether Pulumi shall refuse to delete them.
    """
    defaults, connections = _changes(project, file, imports, protect)
    of_stack = {
        ("config", key_in_file(project, file, DEFAULTS), *path): change for path, change in defaults.items()
    }
    key = key_in_file(project, file, CONNECTIONS)
    within = {("config", key, *path): change for path, change in connections.items()}
    text = text_of(file.path)
    together = edited(text, nested({**of_stack, **within}))
    if not file.more and len(together.encode()) <= LONGEST_BYTES:
        if together != text:
            yield file.path, together
        return
    # What stands in the stack's own file stays there: a connection in both is an error.
    own = file.own_config(project.name).get(f"{project.name}:{CONNECTIONS}")
    here = {name for name in (own.entries() if own else ()) if name not in file.more}
    of_stack |= {path: change for path, change in within.items() if path[2] in here}
    connections = {path: change for path, change in connections.items() if path[0] not in here}
    if own is None:
        # Where Pulumi.yaml declares it without a default, the engine refuses a stack's file that lacks it.
        of_stack[("config", key)] = Put({})
    # Not left empty between the two: a file without defaults would change what the other one declares.
    if of_stack:
        yield file.path, edited(text, nested(of_stack))
    if connections:
        before = (
            text_of(file.more_path) or f"# Connections of stack {file.stack}, beside those of {file.name}.\n"
        )
        yield file.more_path, edited(before, nested(connections))


def text_of(path: FilePath) -> str:
    """Return what a file holds; nothing where there is none."""
    return path.read_bytes().decode("utf-8-sig") if path.exists() else ""


def _changes(
    project: Project, file: StackFile, imports: Sequence[Importable], protect: bool
) -> tuple[dict[Path, Put | Drop], dict[Path, Put | Drop]]:
    """Return what to add to the defaults, and to the connections."""
    config = file.config(project.name)
    wanted = {each.name: wanted_of(each, protect=protect) for each in imports if each.before is None}
    # Defaults of connections that are there already would change these.
    is_new = not layered(project, config).connections and not config.get(f"{project.name}:{DEFAULTS}")
    defaults, said = said_of(wanted, below(project, file), with_defaults=is_new)
    return defaults, {**said, **dict(_of_passwords(project, file, imports))}


def said_of(
    wanted: Mapping[str, Mapping[Path, Any]], lower: Mapping[Path, Any], *, with_defaults: bool
) -> tuple[dict[Path, Put | Drop], dict[Path, Put | Drop]]:
    """Return what to add to defaults, and what to say of each connection, by paths below these.

    Args:
        wanted: what is to hold for each connection, by name.
        lower: what holds for each of them as yet.
        with_defaults: whether what most of them have in common may become a default.
    """
    shared: dict[Path, Any] = {}
    removed: list[Path] = []
    if with_defaults:
        shared = {
            path: value
            for path, value in _shared(wanted.values()).items()
            if not _alike(value, lower.get(path))
        }
        unwanted = _unwanted(lower, wanted.values())
        lower = {path: value for path, value in {**lower, **shared}.items() if path not in unwanted}
        removed = [_whole(path, lower) for path in unwanted]
    connections: dict[Path, Put | Drop] = {}
    for name, own in wanted.items():
        said: dict[Path, Put | Drop] = {
            path: Put(value) for path, value in own.items() if not _alike(value, lower.get(path))
        }
        said |= {path: Put(None) for path in _removed(lower, own)}
        connections |= {(name, *path): change for path, change in said.items()}
        if not said:
            connections[(name,)] = Put({})
    defaults = dict.fromkeys(removed, None) | shared
    return {path: Put(value) for path, value in defaults.items()}, connections


def _of_passwords(
    project: Project, file: StackFile, imports: Iterable[Importable]
) -> Iterator[tuple[Path, Put | Drop]]:
    """Yield what makes settings that were there before say what the state gets of a password."""
    silent = [each for each in imports if each.before and not each.before.says]
    now = layered(project, file.config(project.name)).connections
    lower = without_own_settings(project, file, [each.name for each in silent])
    for each in silent:
        yield from password_of(each, now[each.name], lower[each.name])


def password_of(each: Importable, now: Located, lower: Located) -> Iterator[tuple[Path, Put | Drop]]:
    """Yield what makes settings that say nothing of a password say what the state gets.

    Args:
        each: the connection.
        now: what holds for it.
        lower: what would hold if it said nothing itself.
    """
    if each.password is None:
        yield (each.name, UNMANAGED), Put(True)
    elif UNMANAGED in now.entries():
        # The map of passwords is not looked at beside an explicit false.
        yield (each.name, UNMANAGED), taken_away(lower.entries().get(UNMANAGED))


def _removed(lower: Iterable[Path], own: Iterable[Path]) -> Iterator[Path]:
    """Yield what to take away of the layers below: an object as a whole where nothing of it is declared."""
    kept, tops = set(own), {path[0] for path in own}
    for path in lower:
        if path not in kept:
            yield path if path[0] in tops else path[:1]


def wanted_of(each: Importable, *, protect: bool) -> dict[Path, Any]:
    """Return what is to hold for a connection, by path."""
    options = {"protect": True} if protect else {}
    if each.password is None:
        options[UNMANAGED] = True
    return dict(_leaves({**each.declared.settings, **options}))


def _leaves(tree: Mapping[str, Any], path: Path = ()) -> Iterable[tuple[Path, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def below(project: Project, file: StackFile) -> dict[Path, Any]:
    """Return what a connection of the stack has before it says anything, by path."""
    config = file.config(project.name)
    found: dict[Path, Any] = {}
    for layer in (project.layers, config):
        defaults = layer.get(f"{project.name}:{DEFAULTS}")
        for path, each in leaves(defaults.entries()).items() if defaults else ():
            value = plain(each, lambda _: None)
            # Whatever stands here now, what stood below it is gone.
            found = {other: there for other, there in found.items() if other[: len(path)] != path}
            if value is not None and path[0] not in OWN_FIELDS:
                found[path] = value
    return found


def _shared(wanted: Iterable[Mapping[Path, Any]]) -> dict[Path, Any]:
    """Return what more than half of the connections have in common."""
    every = list(wanted)
    counted = Counter(
        (path, json.dumps(value)) for own in every for path, value in own.items() if path[0] not in OWN_FIELDS
    )
    often = _often(len(every))
    return {path: json.loads(value) for (path, value), count in counted.items() if count >= often}


def _unwanted(lower: Iterable[Path], wanted: Collection[Mapping[Path, Any]]) -> list[Path]:
    """Return what of the layers below more than half of the connections do not have."""
    often = _often(len(wanted))
    return [path for path in lower if sum(path not in own for own in wanted) >= often]


def _often(connections: int) -> int:
    return max(_FEWEST, connections // 2 + 1)


def _whole(path: Path, lower: Iterable[Path]) -> Path:
    """Return what has to be taken away for a path: the object around it where nothing else is left in it."""
    for length in range(1, len(path)):
        if not any(other[:length] == path[:length] for other in lower):
            return path[:length]
    return path


def _alike(one: Any, other: Any) -> bool:
    return json.dumps(one) == json.dumps(other)
