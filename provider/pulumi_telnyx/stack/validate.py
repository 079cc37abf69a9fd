"""What can be known to be wrong with stack files: without key, passphrase, engine or network."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..api.errors import printable
from ..words import nearest
from .connection import findings_of
from .layers import Layered, layered
from .located import Finding, Located, Origin, Path, plain, secrets, spelled
from .only_once import Use, ciphertexts, twice, undecipherable, user_names
from .password_map import (
    encrypting,
    findings_of_map,
    is_encrypted_as_a_whole,
    passwords_in_plain_text,
    passwords_of_map,
    passwords_of_set,
    unused_password,
    with_password,
)
from .project import CONNECTIONS, DEFAULTS, PASSWORDS, SETS, Project, StackFile
from .provider_settings import NAMESPACE, account_findings, settings_findings
from .set_findings import SharedFindings, findings_of_file, findings_of_set
from .sets import LayeredSets, layered_sets

# Linux has no longer strings than 128 KiB, and this one has a name in front.
MOST_CONFIG_BYTES: Final = (128 << 10) - 32
_TOP_LEVEL: Final = ("config", "encryptionsalt", "secretsprovider", "encryptedkey", "environment")


@dataclass
class Checked:
    """What was looked at, and what was found.

    Args:
        stacks: how many stack files.
        connections: how many connections they declare, each as a resource of its own.
        sets: how many sets they declare.
        members: how many members these sets have.
        encrypted: how many values are encrypted, and so were not checked.
        findings: what is wrong, by file and line.
    """

    stacks: int = 0
    connections: int = 0
    sets: int = 0
    members: int = 0
    encrypted: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """The findings that cannot be meant."""
        return [each for each in self.findings if each.level == "error"]


def check(project: Project, files: Iterable[StackFile], others: Iterable[StackFile] = ()) -> Checked:
    """Return what is wrong with stack files, each by itself and all of them together.

    Args:
        project: the project.
        files: the stack files to look at.
        others: those that may have taken what must be there only once; nothing else is said of them.
    """
    checked = Checked()
    # One finding for what several stacks have from Pulumi.yaml.
    found: dict[Finding, None] = dict.fromkeys(project.findings)
    found |= dict.fromkeys(_of_project(project))
    names: dict[str, Use] = {}
    values: dict[str, Use] = {}
    for file in others:
        config = file.config(project.name)
        connections, sets = layered(project, config).connections, layered_sets(project, config).sets
        for use in user_names(project, file, connections, sets):
            names.setdefault(use.what, use)
        for use in ciphertexts(project, file):
            values.setdefault(use.what, use)
    for file in files:
        config = file.config(project.name)
        layers, fleets = layered(project, config), layered_sets(project, config)
        checked.stacks += 1
        checked.connections += len(layers.connections)
        checked.sets += len(fleets.sets)
        checked.members += sum(len(each.members) for each in fleets.sets.values())
        found |= dict.fromkeys(_of_file(project, file, layers, fleets))
        for use in user_names(project, file, layers.connections, fleets.sets):
            found |= dict.fromkeys(twice(names, use))
        for use in ciphertexts(project, file):
            checked.encrypted += 1
            found |= dict.fromkeys(undecipherable(values, use))
    checked.findings = sorted(map(_in_one_line, found), key=_place)
    return checked


def _in_one_line(finding: Finding) -> Finding:
    """Return the finding without what a terminal would obey: any key of a file may stand in a message."""
    if finding.message.isprintable():
        return finding
    text = "".join(char if char.isprintable() else " " for char in finding.message)
    return dataclasses.replace(finding, message=text)


def _place(finding: Finding) -> tuple[str, int]:
    return finding.origin.file, finding.origin.line or 0


def _of_project(project: Project) -> Iterator[Finding]:
    command = encrypting(None)
    yield from settings_findings(project.layers, command)
    yield from passwords_in_plain_text(project.name, project.layers, command)
    yield from findings_of_map(project.name, project.layers, None)
    yield from _out_of_place(
        project.layers, "stacks' files", lambda path: f"remove it, then run `{command(path)}` for each stack"
    )
    yield from _misspelt_keys(project, project.layers)


def _of_file(project: Project, file: StackFile, layers: Layered, fleets: LayeredSets) -> Iterator[Finding]:
    yield from file.findings
    if file.content is None:
        if not file.findings and not file.more:
            remedy = "put its settings in, or remove it" if _has_connections(project) else _needed(project)
            yield Finding(Origin(file.name, 1), f"is empty: {remedy}")
        return
    if not isinstance(file.content.value, dict):
        yield Finding(file.content.origin, "must be a map: config: and below it namespace:name: value")
        return
    yield from (unknown := list(_unknown_top_level(file.content)))
    config = file.content.value.get("config")
    if config is None and unknown:
        return
    if config is not None and not isinstance(config.value, dict | None):
        yield Finding(config.origin, "config must be a map of settings, as namespace:name: value")
        return
    yield from _of_config(project, file, (config or file.content).origin, fleets)
    yield from layers.findings
    yield from fleets.findings
    yield from _of_connections(project, file, layers, fleets)


def _of_config(project: Project, file: StackFile, origin: Origin, fleets: LayeredSets) -> Iterator[Finding]:
    config = file.config(project.name)
    misspelt = list(_misspelt_keys(project, config))
    yield from misspelt
    # An environment of Pulumi ESC may bring what the file does not have.
    is_open = "environment" in (file.content or Located({}, origin)).entries()
    elsewhere = _has_connections(project) or is_open
    key = f"{project.name}:{CONNECTIONS}"
    has_some = key in config or f"{project.name}:{SETS}" in config
    if not misspelt and not elsewhere and not has_some:
        yield Finding(origin, _needed(project))
    elif key in project.valueless and not is_open and has_some and key not in file.own_config(project.name):
        yield Finding(
            origin,
            f"has no {key}, which Pulumi.yaml declares without a default: Pulumi refuses to run without it; "
            f"add `{key}: {{}}` below config, also where all stand in sets or in {file.more_path.name}",
        )
    yield from settings_findings(config, encrypting(file.stack))
    own = file.own_config(project.name)
    yield from passwords_in_plain_text(project.name, own, encrypting(file.stack))
    yield from findings_of_map(
        project.name,
        own,
        _names_of_connections(project, file, config),
        None if _may_have_more(file) else {name: each.members for name, each in fleets.sets.items()},
    )
    yield from _of_file_beside(project, file)
    yield from _of_members_files(project, file, fleets)
    yield from _too_large(file, origin, own)


def _too_large(file: StackFile, origin: Origin, config: Mapping[str, Located]) -> Iterator[Finding]:
    """Yield that the engine cannot hand the config over: it does so in one variable of the environment."""
    # The ciphertext stands for the value: it is at least as long.
    texts = {key: _as_text(plain(each, lambda secret: secret.ciphertext)) for key, each in config.items()}
    size = len(json.dumps(texts, ensure_ascii=False).encode())
    if size > MOST_CONFIG_BYTES:
        yield Finding(
            origin,
            f"config is {size >> 10} KiB, and the engine hands at most {MOST_CONFIG_BYTES >> 10} KiB over to "
            f"a program: move connections to {file.more_path.name} beside this file, as name: settings",
        )


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _of_file_beside(project: Project, file: StackFile) -> Iterator[Finding]:
    """Yield what stands in the file beside the stack's, and can only stand in the stack's own."""
    connections, passwords = (f"{project.name}:{each}" for each in (CONNECTIONS, PASSWORDS))
    # A single password cannot be added to a map that is encrypted as a whole: Pulumi would replace the map.
    is_map_closed = is_encrypted_as_a_whole(project.name, file.own_config(project.name))
    command = encrypting(file.stack)

    def remedy(path: Path) -> str:
        if path[2:] == ("password",) and not is_map_closed:
            return f"move it there, as {spelled((passwords, path[1]))}"
        return "move the connection there"

    def encrypting_in_map(path: Path) -> str:
        return command(path) if is_map_closed else command((passwords, path[1]))

    config = {connections: Located(dict(file.more), Origin(file.name))}
    yield from _out_of_place(config, file.name, remedy)
    for each in passwords_in_plain_text(project.name, config, encrypting_in_map):
        message = f"{each.message}, with the connection in {file.name}" if is_map_closed else each.message
        yield dataclasses.replace(each, message=message)


def _out_of_place(
    config: Mapping[str, Located], home: str, remedy: Callable[[Path], str]
) -> Iterator[Finding]:
    for key, entry in config.items():
        for path, origin, _ in secrets(entry, (key,)):
            message = (
                f"{spelled(path)} is encrypted, and Pulumi decrypts values of {home} only: {remedy(path)}"
            )
            yield Finding(origin, message)


def _of_members_files(project: Project, file: StackFile, fleets: LayeredSets) -> Iterator[Finding]:
    for name, each in fleets.sets.items():
        if each.file is not None:
            yield from findings_of_file(
                (f"{project.name}:{SETS}", name),
                each.file,
                "stacks' files" if each.file.of_project else file.name,
                f"{project.name}:{PASSWORDS}",
                encrypting(None if each.file.of_project else file.stack),
            )


def _may_have_more(file: StackFile) -> bool:
    """Return whether somebody else may bring connections and sets: what cannot be read, or Pulumi ESC."""
    return bool(file.findings) or "environment" in (file.content.entries() if file.content else ())


def _names_of_connections(
    project: Project, file: StackFile, config: Mapping[str, Located]
) -> Collection[str] | None:
    """Return the names that passwords can belong to, or None where somebody else may bring more of them."""
    key = f"{project.name}:{CONNECTIONS}"
    layers = [layer[key] for layer in (project.layers, config) if key in layer]
    if _may_have_more(file) or not layers or not all(isinstance(each.value, dict) for each in layers):
        return None
    connections = {name: each for layer in layers for name, each in layer.entries().items()}
    return [name for name, each in connections.items() if each.value is not None]


def _of_connections(
    project: Project, file: StackFile, layers: Layered, fleets: LayeredSets
) -> Iterator[Finding]:
    """Yield what is wrong with connections and sets; what stands in defaults once, for all that have it."""
    config = {**project.layers, **file.config(project.name)}
    shared = SharedFindings()
    defaults = f"{project.name}:{DEFAULTS}"
    for layer in (project.layers, config):
        if defaults in layer:
            shared.expect(layer[defaults], defaults)
    passwords = passwords_of_map(project.name, config)
    for name, connection in layers.connections.items():
        path: Path = (f"{project.name}:{CONNECTIONS}", name)
        password = passwords.get(name)
        found = (
            *findings_of(path, with_password(connection, password)),
            *unused_password(path, connection, password),
            *account_findings(path, connection, config),
        )
        yield from shared.own(found, path, printable(name))
    for name, each in fleets.sets.items():
        path = (f"{project.name}:{SETS}", name)
        if name in layers.connections:
            other = spelled((f"{project.name}:{CONNECTIONS}", name))
            yield Finding(each.origin, f"{spelled(path)}: {other} has this name too: choose another")
        yield from findings_of_set(path, each, passwords_of_set(passwords, name), config, shared)
    yield from shared.kept()


def _has_connections(project: Project) -> bool:
    return any(f"{project.name}:{each}" in project.layers for each in (CONNECTIONS, SETS))


def _needed(project: Project) -> str:
    keys = f"{project.name}:{CONNECTIONS} or {project.name}:{SETS}"
    return f"declares no connections: it needs a map under config, {keys}"


def _unknown_top_level(content: Located) -> Iterator[Finding]:
    for name, each in content.entries().items():
        if name not in _TOP_LEVEL:
            message = f"{printable(name)} is nothing that a stack file has{nearest(name, _TOP_LEVEL)}"
            yield Finding(each.origin, f"{message}; settings stand below config")


def _misspelt_keys(project: Project, config: Mapping[str, Located]) -> Iterator[Finding]:
    own = [f"{project.name}:{each}" for each in (CONNECTIONS, DEFAULTS, PASSWORDS, SETS)]
    for key, each in config.items():
        namespace, _, name = key.partition(":")
        if namespace != NAMESPACE and key not in own and (hint := _misspelt(project, namespace, name)):
            yield Finding(each.origin, f"{printable(key)} is read by nobody{hint}")


def _misspelt(project: Project, namespace: str, name: str) -> str:
    """Return a hint where a key is nearly one of ours: the project's other keys may be the program's own."""
    ours = (CONNECTIONS, DEFAULTS, PASSWORDS, SETS)
    if namespace == project.name:
        return (
            nearest(f"{namespace}:{name}", [f"{namespace}:{each}" for each in ours])
            if nearest(name, ours)
            else ""
        )
    return f" (did you mean '{project.name}:{name}'? {project.name} is the project)" if name in ours else ""
