"""What can be known to be wrong with stack files: without key, passphrase, engine or network."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..api.errors import printable
from ..spelling import nearest
from .connection import findings_of
from .layers import Layered, layered
from .located import Finding, Located, Origin, Path, plain, secrets, spelled
from .password_map import (
    findings_of_map,
    is_encrypted_as_a_whole,
    passwords_in_plain_text,
    passwords_of_map,
    unused_password,
    with_password,
)
from .project import CONNECTIONS, DEFAULTS, PASSWORDS, Project, StackFile
from .provider_settings import NAMESPACE, account_findings, settings_findings

# Linux has no longer strings than 128 KiB, and this one has a name in front.
MOST_CONFIG_BYTES: Final = (128 << 10) - 32
_TOP_LEVEL: Final = ("config", "encryptionsalt", "secretsprovider", "encryptedkey", "environment")
_KEYS: Final = ("encryptionsalt", "encryptedkey")
"""What the values of a stack file are encrypted with."""
_OF_THE_FILE: Final = "v1:"
"""How a value begins that is encrypted with what stands in its own file; Pulumi Cloud has its keys itself."""
_MOST_NAMES: Final = 3


@dataclass
class Checked:
    """What was looked at, and what was found.

    Args:
        stacks: how many stack files.
        connections: how many connections they declare.
        encrypted: how many values are encrypted, and so were not checked.
        findings: what is wrong, by file and line.
    """

    stacks: int = 0
    connections: int = 0
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
    names: dict[str, _Use] = {}
    ciphertexts: dict[str, _Use] = {}
    for file in others:
        for use in _user_names(project, file, layered(project, file.config(project.name))):
            names.setdefault(use.what, use)
        for use in _ciphertexts(project, file):
            ciphertexts.setdefault(use.what, use)
    for file in files:
        checked.stacks += 1
        layers = layered(project, file.config(project.name))
        checked.connections += len(layers.connections)
        found |= dict.fromkeys(_of_file(project, file, layers))
        for use in _user_names(project, file, layers):
            found |= dict.fromkeys(_twice(names, use))
        for use in _ciphertexts(project, file):
            checked.encrypted += 1
            found |= dict.fromkeys(_undecipherable(ciphertexts, use))
    checked.findings = sorted(map(_in_one_line, found), key=_place)
    return checked


def encrypting(stack: str | None) -> Callable[[Path], str]:
    """Return a function that gives the command which encrypts the value at a path of a stack's config.

    Args:
        stack: the stack; None for a value of the project, which each stack has to have for itself.
    """
    of_stack = "" if stack is None else f" --stack {shlex.quote(stack)}"

    def command(path: Path) -> str:
        option = "" if len(path) == 1 else "--path "
        return f"pulumi config set --secret {option}{shlex.quote(spelled(path))}{of_stack}"

    return command


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


def _of_file(project: Project, file: StackFile, layers: Layered) -> Iterator[Finding]:
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
    yield from _of_config(project, file, (config or file.content).origin)
    yield from layers.findings
    yield from _of_connections(project, file, layers)


def _of_config(project: Project, file: StackFile, origin: Origin) -> Iterator[Finding]:
    config = file.config(project.name)
    misspelt = list(_misspelt_keys(project, config))
    yield from misspelt
    # An environment of Pulumi ESC may bring what the file does not have.
    is_open = "environment" in (file.content or Located({}, origin)).entries()
    elsewhere = _has_connections(project) or is_open
    key = f"{project.name}:{CONNECTIONS}"
    if not misspelt and not elsewhere and key not in config:
        yield Finding(origin, _needed(project))
    elif (
        key in project.valueless
        and not is_open
        and key in config
        and key not in file.own_config(project.name)
    ):
        yield Finding(
            origin,
            f"has no {key}, which Pulumi.yaml declares without a default: Pulumi refuses to run without it; "
            f"add `{key}: {{}}` below config, also where {file.more_path.name} has all connections",
        )
    yield from settings_findings(config, encrypting(file.stack))
    own = file.own_config(project.name)
    yield from passwords_in_plain_text(project.name, own, encrypting(file.stack))
    yield from findings_of_map(project.name, own, _names_of_connections(project, file, config))
    yield from _of_file_beside(project, file)
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


def _names_of_connections(
    project: Project, file: StackFile, config: Mapping[str, Located]
) -> Collection[str] | None:
    """Return the names that passwords can belong to, or None where somebody else may bring more of them."""
    key = f"{project.name}:{CONNECTIONS}"
    layers = [layer[key] for layer in (project.layers, config) if key in layer]
    is_open = file.findings or "environment" in (file.content.entries() if file.content else ())
    if is_open or not layers or not all(isinstance(each.value, dict) for each in layers):
        return None
    connections = {name: each for layer in layers for name, each in layer.entries().items()}
    return [name for name, each in connections.items() if each.value is not None]


def _of_connections(project: Project, file: StackFile, layers: Layered) -> Iterator[Finding]:
    """Yield what is wrong with connections; what stands in defaults only once, for all that have it."""
    config = {**project.layers, **file.config(project.name)}
    key = f"{project.name}:{CONNECTIONS}"
    of_many = _origins_of_defaults(project, file)
    in_defaults: dict[Finding, list[str]] = {}
    passwords = passwords_of_map(project.name, config)
    for name, connection in layers.connections.items():
        path: Path = (key, name)
        password = passwords.get(name)
        for each in (
            *findings_of(path, with_password(connection, password)),
            *unused_password(path, connection, password),
            *account_findings(path, connection, config),
        ):
            if each.origin in of_many:
                rest = each.message.removeprefix(spelled(path))
                shared = dataclasses.replace(each, message=f"{project.name}:{DEFAULTS}{rest}")
                in_defaults.setdefault(shared, []).append(name)
            else:
                yield each
    for each, names in in_defaults.items():
        first = ", ".join(map(printable, names[:_MOST_NAMES]))
        more = len(names) - _MOST_NAMES
        which = f"{first} and {more} more" if more > 0 else first
        yield dataclasses.replace(each, message=f"{each.message} (for {which})")


def _origins_of_defaults(project: Project, file: StackFile) -> set[Origin]:
    key = f"{project.name}:{DEFAULTS}"
    layers = (project.layers.get(key), file.config(project.name).get(key))
    return {origin for layer in layers if layer for origin in _origins_below(layer)}


def _origins_below(located: Located) -> Iterator[Origin]:
    value = located.value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield each.origin
        yield from _origins_below(each)


def _has_connections(project: Project) -> bool:
    return f"{project.name}:{CONNECTIONS}" in project.layers


def _needed(project: Project) -> str:
    return f"declares no connections: it needs a map under config, {project.name}:{CONNECTIONS}"


def _unknown_top_level(content: Located) -> Iterator[Finding]:
    for name, each in content.entries().items():
        if name not in _TOP_LEVEL:
            message = f"{printable(name)} is nothing that a stack file has{nearest(name, _TOP_LEVEL)}"
            yield Finding(each.origin, f"{message}; settings stand below config")


def _misspelt_keys(project: Project, config: Mapping[str, Located]) -> Iterator[Finding]:
    own = [f"{project.name}:{each}" for each in (CONNECTIONS, DEFAULTS, PASSWORDS)]
    for key, each in config.items():
        namespace, _, name = key.partition(":")
        if namespace != NAMESPACE and key not in own and (hint := _misspelt(project, namespace, name)):
            yield Finding(each.origin, f"{printable(key)} is read by nobody{hint}")


def _misspelt(project: Project, namespace: str, name: str) -> str:
    """Return a hint where a key is nearly one of ours: the project's other keys may be the program's own."""
    ours = (CONNECTIONS, DEFAULTS, PASSWORDS)
    if namespace == project.name:
        return (
            nearest(f"{namespace}:{name}", [f"{namespace}:{each}" for each in ours])
            if nearest(name, ours)
            else ""
        )
    return f" (did you mean '{project.name}:{name}'? {project.name} is the project)" if name in ours else ""


@dataclass(frozen=True)
class _Use:
    """Where something stands that may stand in one place only."""

    what: str
    path: str
    origin: Origin
    stack: str
    encrypted_with: frozenset[object] = frozenset()
    command: str = ""
    is_readable: bool = False


def _user_names(project: Project, file: StackFile, layers: Layered) -> Iterator[_Use]:
    for name, connection in layers.connections.items():
        given = connection.entries().get("user_name")
        if given is not None and isinstance(given.value, str) and given.value:
            path = spelled((f"{project.name}:{CONNECTIONS}", name, "user_name"))
            yield _Use(given.value.casefold(), path, given.origin, file.stack)


def _twice(seen: dict[str, _Use], use: _Use) -> Iterator[Finding]:
    first = seen.setdefault(use.what, use)
    if first is not use:
        where = "the same stack" if first.stack == use.stack else f"stack {first.stack}"
        yield Finding(
            use.origin,
            f"{use.path}: {printable(use.what)} is taken by {first.path} of {where} ({first.origin}): user "
            "names are unique over all Telnyx customers, without regard to case; choose another, or leave "
            "it out",
        )


def _ciphertexts(project: Project, file: StackFile) -> Iterator[_Use]:
    top = file.content.entries() if file.content else {}
    encrypted_with = frozenset((name, top[name].value) for name in _KEYS if name in top and top[name].value)
    command = encrypting(file.stack)
    for key, entry in file.config(project.name).items():
        for path, origin, secret in secrets(entry, (key,)):
            if secret.ciphertext:
                # What the engine has decrypted was encrypted with a key that it has, wherever that stands.
                is_readable = secret.value is not None
                yield _Use(
                    secret.ciphertext,
                    spelled(path),
                    origin,
                    file.stack,
                    encrypted_with,
                    command(path),
                    is_readable,
                )


def _undecipherable(seen: dict[str, _Use], use: _Use) -> Iterator[Finding]:
    first = seen.setdefault(use.what, use)
    if use.what.startswith(_OF_THE_FILE) and not use.encrypted_with and not use.is_readable:
        yield Finding(
            use.origin,
            f"{use.path}: cannot be decrypted, since the file has lost its encryptionsalt (or encryptedkey): "
            f"put back that line as it was, or encrypt the value again, `{use.command}`",
        )
    elif first.stack != use.stack and first.encrypted_with and first.encrypted_with != use.encrypted_with:
        yield Finding(
            use.origin,
            f"{use.path}: the same encrypted value stands in {first.origin}, and each stack has a key of its "
            f"own: Pulumi can decrypt one of the two only; encrypt this one again, `{use.command}`, or the "
            f"other, `{first.command}`",
        )
