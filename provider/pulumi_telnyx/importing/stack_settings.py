"""The settings of imported connections, for the stack's file: what many have in common is said once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..passwords import UNMANAGED
from ..stack.edit import Drop, Put
from ..stack.layers import OWN_FIELDS, layered
from ..stack.located import Path, leaves, plain
from ..stack.project import CONNECTIONS, DEFAULTS, Project, StackFile
from .plan import Importable

_FEWEST: Final = 3
"""So many connections must have a setting before it becomes a default of all."""


def settings_to_write(
    project: Project, file: StackFile, imports: Sequence[Importable], *, protect: bool
) -> dict[Path, Put | Drop]:
    """Return what to add to the stack's config, by path below `config`.

    Args:
        project: the project, with its own defaults.
        file: the stack's file.
        imports: the connections; those that the file declares already are left as they are.
        protect: whether Pulumi shall refuse to delete them.
    """
    config = file.config(project.name)
    connections_key, defaults_key = f"{project.name}:{CONNECTIONS}", f"{project.name}:{DEFAULTS}"
    wanted = {each.name: _wanted(each, protect) for each in imports if not each.is_declared}
    lower = _lower(project, file)
    changes: dict[Path, Put | Drop] = {}
    # Defaults of connections that are there already would change these.
    if not layered(project, config).connections and not config.get(defaults_key):
        shared = _shared(wanted.values())
        changes |= {(defaults_key, *path): Put(value) for path, value in shared.items()}
        lower = {**lower, **shared}
    for name, own in wanted.items():
        said: dict[Path, Put | Drop] = {
            path: Put(value) for path, value in own.items() if not _alike(value, lower.get(path))
        }
        said |= {path: Put(None) for path in lower if path not in own}
        changes |= {(connections_key, name, *path): change for path, change in said.items()}
        if not said:
            changes[connections_key, name] = Put({})
    return changes


def _wanted(each: Importable, protect: bool) -> dict[Path, Any]:
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


def _lower(project: Project, file: StackFile) -> dict[Path, Any]:
    """Return what a connection of the stack has before it says anything."""
    config = file.config(project.name)
    found: dict[Path, Any] = {}
    for layer in (project.layers, config):
        defaults = layer.get(f"{project.name}:{DEFAULTS}")
        for path, each in leaves(defaults.entries()).items() if defaults else ():
            value = plain(each, lambda _: None)
            if value is None:
                found.pop(path, None)
            elif path[0] not in OWN_FIELDS:
                found[path] = value
    return found


def _shared(wanted: Iterable[Mapping[Path, Any]]) -> dict[Path, Any]:
    """Return what more than half of the connections have in common."""
    every = list(wanted)
    counted = Counter(
        (path, json.dumps(value)) for own in every for path, value in own.items() if path[0] not in OWN_FIELDS
    )
    often = max(_FEWEST, len(every) // 2 + 1)
    return {path: json.loads(value) for (path, value), count in counted.items() if count >= often}


def _alike(one: Any, other: Any) -> bool:
    return json.dumps(one) == json.dumps(other)
