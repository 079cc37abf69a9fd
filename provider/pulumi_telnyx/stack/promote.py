"""What one stack has and another has not, and the changes to its file that bring the other in line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..spelling import nearest
from .cells import alike
from .connection import ConnectionOptions
from .edit import Drop, Put
from .layers import layered
from .located import Located, Path, leaves, secrets, spelled
from .project import Project, ProjectError, StackFile
from .rewrite import (
    Held,
    Rewrite,
    held,
    plain_leaves,
    rewrites,
    taken_away,
    value_of,
    without_own_settings,
)

OF_ONE_STACK: Final = frozenset({"connection_name", "user_name", "password", *ConnectionOptions.model_fields})
"""Settings that belong to one stack: names, passwords, and how the stack deals with its own connection."""

OF_ONE_ACCOUNT: Final[frozenset[Path]] = frozenset(
    {
        ("outbound", "outbound_voice_profile_id"),
        ("android_push_credential_id",),
        ("ios_push_credential_id",),
    }
)
"""Ids of other things in the stack's account, which another account does not have."""


@dataclass(frozen=True)
class Promotion:
    """What to change in the target's file.

    Args:
        rewrites: the file, before and after; none where it has it all.
        expected: what then holds in the target.
        left_alone: the paths that differ and stay, as only this stack or account has them, or as a secret.
        only_there: connections that only the target has; they stay as well.
    """

    rewrites: Sequence[Rewrite]
    expected: Held
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
    wanted = layered(project, source.config(project.name)).connections
    for name in connections:
        if name not in wanted:
            raise ProjectError(
                f"stack {source.stack} declares no connection {spelled((name,))}{nearest(name, wanted)}"
            )
    chosen = list(dict.fromkeys(connections or wanted))
    there = layered(project, target.config(project.name)).connections
    below = without_own_settings(project, target, chosen)
    exclusion = _Exclusion(excluded)
    changes: dict[Path, Put | Drop] = {}
    left_alone: list[str] = []
    now = held(project, target)
    expected = dict(now.connections)
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
        expected[name] = plain_leaves({path: value for path, value in merged.items() if value is not None})
    exclusion.expect_all_met()
    if elsewhere := [str(name) for name, *_ in changes if name in target.more]:
        raise ProjectError(
            f"{', '.join(dict.fromkeys(elsewhere))} of stack {target.stack} stands in "
            f"{target.more_path.name}, which is not written: change it there, or name the other connections"
        )
    changed = [each for each in rewrites(project, target, changes) if each.new != each.old]
    others = [name for name in there if name not in wanted]
    return Promotion(changed, dataclasses.replace(now, connections=expected), left_alone, others)


def _change(wanted: Located | None, lower: Located | None) -> Put | Drop:
    if wanted is None:
        return taken_away(lower)
    # What lies below says it already: the connection need not.
    return Drop() if _same(wanted, lower) else Put(value_of(wanted))


def _same(one: Located | None, other: Located | None) -> bool:
    if one is None or other is None:
        return one is other
    return alike(value_of(one), value_of(other))


def _has_secret(located: Located | None) -> bool:
    return located is not None and any(True for _ in secrets(located))


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
        if path[0] in OF_ONE_STACK or path in OF_ONE_ACCOUNT or _has_secret(one) or _has_secret(other):
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
