"""Which settings hold for each connection of a stack.

From the bottom up: the project's `defaults`, the stack's `defaults`, the project's connection, the stack's
connection. Maps merge key by key; any other value replaces what lies below; null removes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .located import Finding, Located, Path, spelled
from .project import CONNECTIONS, DEFAULTS, Project

OWN_FIELDS: Final = frozenset({"connection_name", "user_name", "password", "adopt"})
"""What belongs to one connection, and can be no default of many."""


@dataclass(frozen=True)
class Layered:
    """The connections of one stack.

    Args:
        connections: the settings that hold for each connection, by its name.
        findings: what is wrong with the way that the layers lie on each other.
    """

    connections: dict[str, Located] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def layered(project: Project, config: Mapping[str, Located]) -> Layered:
    """Return the connections of a stack.

    Args:
        project: the project, with the lower layers.
        config: the stack's own config by full key.
    """
    result = Layered()
    key = f"{project.name}:{CONNECTIONS}"
    defaults = [
        each
        for layer in (project.layers, config)
        if (each := _map_of(layer.get(f"{project.name}:{DEFAULTS}"), f"{project.name}:{DEFAULTS}", result))
    ]
    defaults = [_without_own_fields(each, f"{project.name}:{DEFAULTS}", result) for each in defaults]
    lower = _entries(project.layers.get(key), key, result)
    upper = _entries(config.get(key), key, result)
    nothing_removed: dict[Finding, None] = {}
    for name in {**lower, **upper}:
        path: Path = (key, name)
        if name in upper and upper[name].value is None:
            if name not in lower:
                result.findings.append(
                    Finding(
                        upper[name].origin,
                        f"{spelled(path)} is empty, and there is none in Pulumi.yaml to remove: "
                        "write {} for a connection of defaults only",
                    )
                )
            continue
        own = [
            each
            for layer in (lower, upper)
            if name in layer and (each := _map_of(layer[name], spelled(path), result))
        ]
        if not own:
            continue
        merged = Located({}, own[-1].origin)
        for layer in (*defaults, *own):
            merged = _merged(merged, layer, path, nothing_removed)
        result.connections[name] = Located(merged.value, own[-1].origin)
    result.findings.extend(nothing_removed)
    return result


def _entries(located: Located | None, key: str, result: Layered) -> Mapping[str, Located]:
    found = _map_of(located, key, result)
    return found.entries() if found else {}


def _map_of(located: Located | None, path: str, result: Layered) -> Located | None:
    """Return the map, or None where there is none; what is something else is a finding."""
    if located is None or located.value is None:
        return None
    if isinstance(located.value, dict):
        return located
    finding = Finding(located.origin, f"{path} must be a map of settings, as name: value")
    if finding not in result.findings:
        result.findings.append(finding)
    return None


def _without_own_fields(defaults: Located, key: str, result: Layered) -> Located:
    kept = {}
    for name, each in defaults.entries().items():
        if name not in OWN_FIELDS:
            kept[name] = each
        elif each.value is not None:
            message = f"{key}.{name}: each connection has its own: it can be no default"
            result.findings.append(Finding(each.origin, message))
    return Located(kept, defaults.origin)


def _merged(lower: Located, upper: Located, path: Path, nothing_removed: dict[Finding, None]) -> Located:
    if not isinstance(upper.value, dict):
        return upper
    below = dict(lower.entries())
    for name, each in upper.value.items():
        if each.value is None:
            if below.pop(name, None) is None:
                message = (
                    f"{spelled((*path, name))} is empty, and there is nothing below to remove: leave it out"
                )
                nothing_removed[Finding(each.origin, message, "warning")] = None
        else:
            start = below.get(name, Located({}, each.origin))
            below[name] = _merged(start, each, (*path, name), nothing_removed)
    return Located(below, upper.origin)
