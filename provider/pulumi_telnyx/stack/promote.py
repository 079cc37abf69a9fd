"""What one stack has and another has not, and the changes to its file that bring the other in line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..words import nearest
from .cells import alike
from .connection import ConnectionOptions
from .edit import Drop, Put
from .layers import layered
from .located import Located, Path, leaves, secrets, spelled
from .project import DEFAULTS, Project, ProjectError, StackFile
from .rewrite import (
    Held,
    Rewrite,
    defaults_below,
    held,
    plain_leaves,
    rewrites,
    taken_away,
    value_of,
    without_own_settings,
)
from .sets import layered_sets

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
        only_there: connections and sets that only the target has; they stay as well.
        sets: the sets whose defaults were looked at; their members are not.
        only_here: sets that only the source has; they are not promoted.
    """

    rewrites: Sequence[Rewrite]
    expected: Held
    left_alone: Sequence[str]
    only_there: Sequence[str]
    sets: Sequence[str]
    only_here: Sequence[str]


def promotion(
    project: Project,
    source: StackFile,
    target: StackFile,
    connections: Sequence[str] = (),
    excluded: Sequence[str] = (),
) -> Promotion:
    """Return what makes the target's connections like the source's, and the defaults of its sets.

    Args:
        project: the project.
        source: the stack to take from, without errors.
        target: the stack to change, without errors.
        connections: which connections and sets; none means all that the source declares.
        excluded: paths that stay as they are: of a connection or set, or of a field in each of them.

    Raises:
        ProjectError: the source has no such connection, or nobody has such a path.
    """
    wanted = layered(project, source.config(project.name)).connections
    there = layered(project, target.config(project.name)).connections
    fleets = layered_sets(project, source.config(project.name)).sets
    fleets_there = layered_sets(project, target.config(project.name)).sets
    known = {**wanted, **fleets}
    for name in connections:
        if name not in known:
            raise ProjectError(
                f"stack {source.stack} declares no connection {spelled((name,))}{nearest(name, known)}"
            )
    named = dict.fromkeys(connections or known)
    exclusion = _Exclusion(excluded)
    chosen = [name for name in named if name in wanted and not exclusion.covers(name, ())]
    of_connections = _Comparison(
        {name: wanted[name] for name in chosen},
        {name: there[name] for name in chosen if name in there},
        without_own_settings(project, target, chosen),
        exclusion,
    )
    sets = [name for name in named if name in fleets and not exclusion.covers(name, ())]
    both = [name for name in sets if name in fleets_there]
    of_sets = _Comparison(
        {name: fleets[name].defaults for name in both},
        {name: fleets_there[name].defaults for name in both},
        defaults_below(project, target, both),
        exclusion,
    )
    exclusion.expect_all_met()
    if elsewhere := [str(name) for name, *_ in of_connections.changes if name in target.more]:
        raise ProjectError(
            f"{', '.join(dict.fromkeys(elsewhere))} of stack {target.stack} stands in "
            f"{target.more_path.name}, which is not written: change it there, or name the other connections"
        )
    now = held(project, target)
    in_sets = {(name, DEFAULTS, *path): change for (name, *path), change in of_sets.changes.items()}
    made = rewrites(project, target, of_connections.changes, sets=in_sets)
    return Promotion(
        [each for each in made if each.new != each.old],
        dataclasses.replace(
            now,
            connections={**now.connections, **of_connections.expected},
            sets={
                **now.sets,
                **{name: _with_defaults(now.sets[name], each) for name, each in of_sets.expected.items()},
            },
        ),
        [*of_connections.left_alone, *of_sets.left_alone],
        [name for name in (*there, *fleets_there) if name not in known],
        both,
        [name for name in sets if name not in fleets_there],
    )


class _Comparison:
    """What the target lacks of the source, for connections or for the defaults of sets.

    Args:
        wanted: what holds in the source, by name.
        there: what holds in the target; nothing of what it does not have.
        below: what would hold in the target if its file said nothing of them.
        exclusion: the paths that stay as they are.
    """

    def __init__(
        self,
        wanted: Mapping[str, Located],
        there: Mapping[str, Located],
        below: Mapping[str, Located],
        exclusion: _Exclusion,
    ) -> None:
        self.changes: dict[Path, Put | Drop] = {}
        self.left_alone: list[str] = []
        self.expected: dict[str, dict[Path, Any]] = {}
        for name, each in wanted.items():
            lower = leaves(below[name].entries())
            theirs = leaves(there[name].entries()) if name in there else lower
            wished, kept = _differing(name, leaves(each.entries()), theirs, exclusion)
            self.left_alone += kept
            self.changes |= {(name, *path): _change(value, lower.get(path)) for path, value in wished.items()}
            if name not in there and not wished:
                self.changes[(name,)] = Put({})
            merged = {**theirs, **wished}
            self.expected[name] = plain_leaves(
                {path: value for path, value in merged.items() if value is not None}
            )


def _with_defaults(held_by_set: Mapping[Path, Any], defaults: Mapping[Path, Any]) -> dict[Path, Any]:
    others = {path: value for path, value in held_by_set.items() if path[0] != DEFAULTS}
    return {**others, **{(DEFAULTS, *path): value for path, value in defaults.items()}}


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
            raise ProjectError(
                f"--exclude {path}: no setting or connection of the two stacks: correct it, or leave it out"
            )
