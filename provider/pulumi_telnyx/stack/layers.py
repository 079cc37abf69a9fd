"""Which settings hold for each connection of a stack.

From the bottom up: the project's `defaults`, the stack's `defaults`, the project's connection, the stack's
connection. Maps merge key by key; any other value replaces what lies below; null removes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..connection.properties import OWN_FIELDS
from .located import Finding, Located, Origin, Path, Secret, spelled
from .project import CONNECTIONS, DEFAULTS, Project

_LONGEST_NAME: Final = 100


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
    nothing_removed: dict[Finding, None] = {}
    defaults = defaults_of(project, config, result.findings, nothing_removed)
    key = f"{project.name}:{CONNECTIONS}"
    remedy = "write {} for a connection of defaults only"
    for name, own in by_name(key, "connection", remedy, (project.layers, config), result.findings):
        path: Path = (key, name)
        merged = defaults
        for each in own:
            if each is not None:
                merged = lying_over(merged, each, path, nothing_removed)
        result.connections[name] = merged
    result.findings.extend(nothing_removed)
    return result


def defaults_of(
    project: Project,
    config: Mapping[str, Located],
    findings: list[Finding],
    nothing_removed: dict[Finding, None],
) -> Located:
    """Return what holds for every connection of a stack, unless it says otherwise.

    Args:
        project: the project, with the lower layer.
        config: the stack's own config by full key.
        findings: gets what is wrong.
        nothing_removed: gets the nulls with nothing below.
    """
    key = f"{project.name}:{DEFAULTS}"
    defaults = Located({}, Origin(key))
    for layer in (project.layers, config):
        if each := _setting(layer.get(key), key, findings):
            shared = without_own_fields(each, key, findings)
            defaults = lying_over(defaults, shared, (key,), nothing_removed)
    return defaults


def by_name(
    key: str, what: str, remedy: str, layers: Sequence[Mapping[str, Located]], findings: list[Finding]
) -> Iterator[tuple[str, list[Located | None]]]:
    """Yield the name of each connection or set of a stack, and its map in each layer, from the bottom up.

    Args:
        key: the config's key.
        what: what stands there by name, for messages.
        remedy: what to do about one that is empty.
        layers: the config of the project and of the stack, by full key.
        findings: gets what is wrong.
    """
    lower, upper = (
        each.entries() if (each := _setting(layer.get(key), key, findings)) else {} for layer in layers
    )
    for name in {**lower, **upper}:
        path: Path = (key, name)
        top = upper.get(name) or lower[name]
        if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
            message = (
                f"{key} has a {what} whose name is no resource name: it needs 1 to {_LONGEST_NAME} "
                "characters, without line breaks and control characters"
            )
            findings.append(Finding(top.origin, message))
            continue
        if top.value is None:
            if name not in upper or name not in lower:
                message = f"{spelled(path)} is empty, and there is none in Pulumi.yaml to remove: {remedy}"
                findings.append(Finding(top.origin, message))
            continue
        own = [map_of(layer.get(name), spelled(path), findings) for layer in (lower, upper)]
        if any(own):
            yield name, own


def _setting(located: Located | None, key: str, findings: list[Finding]) -> Located | None:
    """Return the map of a config key, or None where there is none that can be looked into."""
    if located is not None and located.value is None:
        # Pulumi makes an empty text of it, which is no map.
        findings.append(Finding(located.origin, f"{key} is empty: write {{}}, or remove the line"))
    elif located is not None and isinstance(located.value, Secret) and located.value.value is None:
        message = (
            f"{key} is encrypted as a whole, so that nothing in it is checked: encrypt single values, with "
            "--path"
        )
        findings.append(Finding(located.origin, message, "warning"))
        return None
    return map_of(located, key, findings)


def map_of(located: Located | None, path: str, findings: list[Finding]) -> Located | None:
    """Return the map, or None where there is none; what is something else is a finding."""
    if located is None or located.value is None:
        return None
    if isinstance(located.value, dict):
        return located
    findings.append(Finding(located.origin, f"{path} must be a map of settings, as name: value"))
    return None


def without_own_fields(defaults: Located, key: str, findings: list[Finding]) -> Located:
    """Return defaults without what can be none; each of that is a finding."""
    kept = {}
    for name, each in defaults.entries().items():
        if name not in OWN_FIELDS:
            kept[name] = each
        elif each.value is not None:
            message = f"{key}.{name}: each connection has its own: it can be no default"
            findings.append(Finding(each.origin, message))
    return Located(kept, defaults.origin)


def lying_over(lower: Located, upper: Located, path: Path, nothing_removed: dict[Finding, None]) -> Located:
    """Return what comes of a layer that lies on another.

    Args:
        lower: what lies below.
        upper: what lies on it; null in it removes.
        path: where they stand, for messages.
        nothing_removed: gets the nulls with nothing below.
    """
    # A map there is a password without quotes, as {abc}: what it holds is not looked at, nor printed.
    if not isinstance(upper.value, dict) or path[-1] == "password":
        return upper
    below = dict(lower.entries())
    for name, each in upper.value.items():
        if each.value is None:
            if below.pop(name, None) is None:
                message = f"{spelled((*path, name))} is empty, and nothing is there to remove: leave it out"
                nothing_removed[Finding(each.origin, message, "warning")] = None
        else:
            start = below.get(name, Located({}, each.origin))
            below[name] = lying_over(start, each, (*path, name), nothing_removed)
    return Located(below, upper.origin)
