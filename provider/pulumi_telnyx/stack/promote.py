"""What one stack has and another has not, and the changes to its file that bring the other in line."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final

from ..spelling import nearest
from .connection import ConnectionOptions
from .edit import Drop, Put, edited, nested
from .layers import layered
from .located import Located, Origin, Path, Secret, leaves, plain, secrets, spelled
from .matrix import alike
from .project import CONNECTIONS, Project, ProjectError, StackFile
from .yaml_file import read_yaml

OF_ONE_STACK: Final = frozenset({"connection_name", "user_name", "password", *ConnectionOptions.model_fields})
"""Settings that belong to one stack: names, passwords, and how the stack deals with its own connection."""

_BOM: Final = "\ufeff"


@dataclass(frozen=True)
class Promotion:
    """What to change in the target's file.

    Args:
        old: the file's text.
        new: its text with the changes.
        expected: what then holds for each connection, by path.
        left_alone: the paths that differ and stay, because they belong to one stack or are encrypted.
        only_there: connections that only the target has; they stay as well.
    """

    old: str
    new: str
    expected: Mapping[str, Mapping[Path, Any]]
    left_alone: Sequence[str]
    only_there: Sequence[str]


def promotion(
    project: Project,
    source: StackFile,
    target: StackFile,
    connections: Sequence[str] = (),
    excluded: Sequence[str] = (),
) -> Promotion:
    """Return what makes the target's connections like the source's.

    Args:
        project: the project.
        source: the stack to take from, without errors.
        target: the stack to change, without errors.
        connections: which connections; none means all that the source declares.
        excluded: paths that stay as they are: of a connection, or of a field in each of them.

    Raises:
        ProjectError: the source has no such connection, or nobody has such a path.
    """
    key = f"{project.name}:{CONNECTIONS}"
    wanted = layered(project, source.config(project.name)).connections
    for name in connections:
        if name not in wanted:
            raise ProjectError(
                f"stack {source.stack} declares no connection {spelled((name,))}{nearest(name, wanted)}"
            )
    chosen = list(dict.fromkeys(connections or wanted))
    there = layered(project, target.config(project.name)).connections
    below = _without_own_settings(project, target, key, chosen)
    exclusion = _Exclusion(excluded)
    changes: dict[Path, Put | Drop] = {}
    left_alone: list[str] = []
    expected = {name: _plain(leaves(each.entries())) for name, each in there.items()}
    for name in chosen:
        if exclusion.covers(name, ()):
            continue
        lower = leaves(below[name].entries())
        theirs = leaves(there[name].entries()) if name in there else lower
        wished, kept = _differing(name, leaves(wanted[name].entries()), theirs, exclusion)
        left_alone += kept
        changes |= {(name, *path): _change(value, lower.get(path)) for path, value in wished.items()}
        if name not in there and not wished:
            changes[(name,)] = Put({})
        merged = {**theirs, **wished}
        expected[name] = _plain({path: value for path, value in merged.items() if value is not None})
    exclusion.expect_all_met()
    if elsewhere := [str(name) for name, *_ in changes if name in target.more]:
        raise ProjectError(
            f"{', '.join(dict.fromkeys(elsewhere))} of stack {target.stack} stands in "
            f"{target.more_path.name}, which is not written: change it there, or name the other connections"
        )
    old = target.path.read_bytes().decode("utf-8")
    new = old
    if changes:
        mark = _BOM if old.startswith(_BOM) else ""
        tree = {"config": {_key_in_file(project, target, key): nested(changes)}}
        new = mark + edited(old.removeprefix(_BOM), tree)
    others = [name for name in there if name not in wanted]
    return Promotion(old, new, expected, left_alone, others)


def write(project: Project, target: StackFile, change: Promotion) -> None:
    """Put the new text in the place of the file, whole or not at all.

    Raises:
        ProjectError: the file has been changed meanwhile or cannot be written; it is as it was.
    """
    if target.path.read_bytes().decode("utf-8") != change.old:
        raise ProjectError(f"{target.name} was changed meanwhile: nothing was written; run this again")
    try:
        handle, name = tempfile.mkstemp(dir=target.path.parent, prefix=f".{target.path.name}.")
    except OSError as error:
        raise ProjectError(
            f"{target.name} cannot be written: {error.strerror}; nothing was changed"
        ) from None
    temporary = FilePath(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(change.new)
        if _holds(project, temporary, target) != change.expected:
            raise ProjectError(f"{target.name} is written in a way that this cannot edit: change it by hand")
        temporary.chmod(target.path.stat().st_mode & 0o777)
        temporary.replace(target.path)
    except BaseException:
        temporary.unlink()
        raise


def _holds(project: Project, file: FilePath, target: StackFile) -> dict[str, dict[Path, Any]]:
    content, _ = read_yaml(file, target.name)
    config = dataclasses.replace(target, content=content).config(project.name)
    found = layered(project, config).connections
    return {name: _plain(leaves(each.entries())) for name, each in found.items()}


def _without_own_settings(
    project: Project, target: StackFile, key: str, names: Sequence[str]
) -> dict[str, Located]:
    """Return what holds for connections of the target if its file says nothing of them but their names."""
    config = target.config(project.name)
    origin = Origin(target.name)
    empty = Located({name: Located({}, origin) for name in names}, origin)
    return layered(project, {**config, key: empty}).connections


def _key_in_file(project: Project, target: StackFile, key: str) -> str:
    """Return the key as the file spells it: without the project's name it means the same."""
    config = target.content.entries().get("config") if target.content else None
    short = key.removeprefix(f"{project.name}:")
    return short if config is not None and short in config.entries() else key


def _change(wanted: Located | None, lower: Located | None) -> Put | Drop:
    if wanted is None:
        return Drop() if lower is None else Put(None)
    # What lies below says it already: the connection need not.
    return Drop() if _same(wanted, lower) else Put(_value(wanted))


def _same(one: Located | None, other: Located | None) -> bool:
    if one is None or other is None:
        return one is other
    return alike(_value(one), _value(other))


def _has_secret(located: Located | None) -> bool:
    return located is not None and any(True for _ in secrets(located))


def _plain(found: Mapping[Path, Located]) -> dict[Path, Any]:
    return {path: _value(each) for path, each in found.items()}


def _value(located: Located) -> Any:
    return plain(located, lambda secret: Secret(secret.ciphertext))


def _differing(
    name: str, ours: Mapping[Path, Located], theirs: Mapping[Path, Located], exclusion: _Exclusion
) -> tuple[dict[Path, Located | None], list[str]]:
    """Return the values to take over, None for one to take away, and the paths that stay all the same."""
    wished: dict[Path, Located | None] = {}
    kept = []
    for path in {**ours, **theirs}:
        one, other = ours.get(path), theirs.get(path)
        if exclusion.covers(name, path) or _same(one, other):
            continue
        if path[0] in OF_ONE_STACK or _has_secret(one) or _has_secret(other):
            kept.append(spelled((name, *path)))
        else:
            wished[path] = one
    return wished, kept


class _Exclusion:
    """The paths that stay as they are, and whether each of them leads anywhere."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._unmet = dict.fromkeys(paths)
        self._paths = tuple(self._unmet)

    def covers(self, name: str, path: Path) -> bool:
        candidates = [spelled((name, *path)), spelled(path)]
        found = [
            each
            for each in self._paths
            if any(path == each or path.startswith(f"{each}.") for path in candidates)
        ]
        for each in found:
            self._unmet.pop(each, None)
        return bool(found)

    def expect_all_met(self) -> None:
        for path in self._unmet:
            raise ProjectError(f"--except {path}: neither stack has such a setting or connection")
