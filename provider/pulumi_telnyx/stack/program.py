"""The connections and sets of the running stack, for its program."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pulumi

from ..api.errors import printable
from ..words import counted, some_of
from .connection import PLAIN_OPTIONS
from .layers import layered
from .located import Finding, Located, Origin, Secret, plain
from .password_map import passwords_of_map, passwords_of_set, with_password
from .project import (
    CONNECTIONS,
    DEFAULTS,
    PASSWORDS,
    SETS,
    NoProjectError,
    Project,
    ProjectError,
    StackFile,
    find_project,
)
from .sets import MEMBERS, MEMBERS_FROM, PROTECT, LayeredSet, layered_sets
from .validate import check

_ELSEWHERE: Final = "the stack's config"
_MOST_SHOWN: Final = 20
# The set keeps all passwords in one map, which is secret as a whole.
_PLAIN_IN_MEMBERS: Final = PLAIN_OPTIONS | {"password"}


@dataclass(frozen=True, repr=False)
class DeclaredConnection:
    """A connection as the stack's settings declare it.

    Args:
        arguments: what `CredentialConnection` is called with; what is encrypted is a secret output.
        options: Pulumi's resource options that the settings name.
    """

    arguments: dict[str, Any]
    options: pulumi.ResourceOptions


@dataclass(frozen=True, repr=False)
class DeclaredSet:
    """A set as the stack's settings declare it.

    Args:
        arguments: what `CredentialConnectionSet` is called with; what is encrypted is a secret output, but
            for passwords, which the set itself makes secret.
        options: Pulumi's resource options that the settings name.
    """

    arguments: dict[str, Any]
    options: pulumi.ResourceOptions


@dataclass(frozen=True)
class Declared:
    """What the settings of a stack declare, by resource name."""

    connections: dict[str, DeclaredConnection]
    sets: dict[str, DeclaredSet]


def declared_resources() -> Declared:
    """Return the connections and the sets of the running stack.

    They are the layers of docs/environments.md: `defaults`, `connections` and `sets` of `Pulumi.yaml` and of
    the stack file, merged deeply. A value that is encrypted in the stack file comes as a secret, and only
    that one. Where the running project has no file, as an inline program of the Automation API, the engine's
    config is all there is.

    Raises:
        pulumi.RunError: something is wrong with the settings; the text names it by file and line.
    """
    try:
        project, file = _files()
    except ProjectError as error:
        raise pulumi.RunError(str(error)) from None
    file = _with_config(project, file)
    if errors := check(project, [file]).errors:
        raise pulumi.RunError("the stack's settings cannot be used:\n" + _in_words(errors))
    config = file.config(project.name)
    passwords = passwords_of_map(project.name, file.own_config(project.name))
    connections = {
        name: _declared(with_password(connection, passwords.get(name)))
        for name, connection in layered(project, config).connections.items()
    }
    sets = {
        name: _declared_set(each, passwords_of_set(passwords, name))
        for name, each in layered_sets(project, config).sets.items()
    }
    return Declared(connections, sets)


def declared_connections() -> dict[str, DeclaredConnection]:
    """Return the connections of the running stack alone, by resource name, as `declared_resources` does.

    Raises:
        pulumi.RunError: something is wrong with the settings; the text names it by file and line.
    """
    declared = declared_resources()
    if declared.sets:
        names = some_of([printable(name) for name in declared.sets], 3)
        pulumi.log.warn(
            f"this program declares no sets, and the stack's settings have some ({names}): let it call "
            "declared_resources() in place of declared_connections()"
        )
    return declared.connections


def _in_words(errors: Sequence[Finding]) -> str:
    lines = [str(each) for each in errors[:_MOST_SHOWN]]
    if more := len(errors) - len(lines):
        lines.append(f"and {counted(more, 'more error')}: `pulumi-telnyx validate` shows all of them")
    return "\n".join(lines)


def _declared(connection: Located) -> DeclaredConnection:
    arguments = {
        # Of settings that were encrypted together, these are secret too, and yet the program needs them.
        name: plain(each, _decrypted if name in PLAIN_OPTIONS else _secret)
        for name, each in connection.entries().items()
    }
    protect = arguments.pop("protect", None)
    return DeclaredConnection(arguments, pulumi.ResourceOptions(protect=protect))


def _declared_set(found: LayeredSet, passwords: Mapping[str, Located]) -> DeclaredSet:
    settings = {name: plain(each, _decrypted) for name, each in found.settings.entries().items()}
    protect = settings.pop(PROTECT, None)
    settings.pop(MEMBERS_FROM, None)
    secret = _Secrets()
    # Each has its defaults already.
    members = {
        name: {
            field: plain(each, _decrypted if field in _PLAIN_IN_MEMBERS else secret)
            for field, each in with_password(member, passwords.get(name)).entries().items()
        }
        for name, member in found.members.items()
    }
    return DeclaredSet({**settings, MEMBERS: members}, pulumi.ResourceOptions(protect=protect))


class _Secrets:
    """Makes secret outputs, one for each place: thousands of members may have one from their defaults."""

    def __init__(self) -> None:
        self._made: dict[int, pulumi.Output[Any]] = {}

    def __call__(self, secret: Secret) -> pulumi.Output[Any]:
        if id(secret) not in self._made:
            self._made[id(secret)] = _secret(secret)
        return self._made[id(secret)]


def _decrypted(secret: Secret) -> Any:
    return secret.value


def _secret(secret: Secret) -> pulumi.Output[Any]:
    return pulumi.Output.secret(secret.value)


def _files() -> tuple[Project, StackFile]:
    """Return what the files say of the running project and stack; nothing where there are none."""
    # An inline program has no folder of its own: where it is run there may be another project.
    name, stack, folder = pulumi.get_project(), pulumi.get_stack(), Path(pulumi.get_root_directory() or ".")
    nothing = StackFile(stack, folder, _ELSEWHERE, None)
    try:
        project = find_project(folder)
    except NoProjectError:
        return Project(name, folder, folder), nothing
    if project.name != name:
        return Project(name, folder, folder), nothing
    return project, project.read(stack) if stack in project.stack_files else nothing


def _with_config(project: Project, file: StackFile) -> StackFile:
    """Return the file with the values that the engine has handed over: they are decrypted, and they count.

    What the file lacks comes from `--config-file`, an environment, or the Automation API.
    """
    there = file.own_config(project.name)
    # What is encrypted was decrypted already, whatever it was encrypted with.
    config = {key: _without_ciphertexts(each) for key, each in there.items()}
    given = pulumi.Config(project.name)
    for name in (CONNECTIONS, SETS, DEFAULTS, PASSWORDS):
        key = f"{project.name}:{name}"
        text = given.get(name)
        if text is None:
            # The engine has read another file, or none.
            config.pop(key, None)
        # A key with nothing behind it comes as an empty text.
        if not text:
            continue
        value = _meant(text)
        # Where a stack has none, the engine fills in the project's own value, which is a layer already.
        lower = plain(project.layers[key], lambda _: None) if key in project.layers else None
        if key not in there and value == lower:
            continue
        config[key] = _joined(value, there.get(key), pulumi.runtime.is_config_secret(key), Origin(file.name))
    origin = Origin(file.name)
    top = dict(file.content.entries()) if file.content else {}
    # What an environment of Pulumi ESC has brought is there now.
    top.pop("environment", None)
    return dataclasses.replace(file, content=Located({**top, "config": Located(config, origin)}, origin))


def _meant(text: str) -> Any:
    """Return what a text of the engine's says; one that is no JSON is itself, and no map."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _without_ciphertexts(located: Located) -> Located:
    value = located.value
    if isinstance(value, dict):
        return Located({name: _without_ciphertexts(each) for name, each in value.items()}, located.origin)
    if isinstance(value, list):
        return Located([_without_ciphertexts(each) for each in value], located.origin)
    return Located(Secret(None), located.origin) if isinstance(value, Secret) else located


def _joined(value: Any, there: Located | None, is_secret: bool, fallback: Origin) -> Located:
    """Return a value of the engine with its place.

    The engine tells of a whole map only whether something in it is secret. Where the file has the same value
    in plain text, it is none.
    """
    origin = there.origin if there else fallback
    below = there.value if there else None
    is_secret = is_secret or isinstance(below, Secret)
    if isinstance(value, dict):
        entries = below if isinstance(below, dict) else {}
        return Located(
            {name: _joined(each, entries.get(name), is_secret, origin) for name, each in value.items()},
            origin,
        )
    if isinstance(value, list):
        items = dict(enumerate(below)) if isinstance(below, list) else {}
        return Located(
            [_joined(each, items.get(index), is_secret, origin) for index, each in enumerate(value)], origin
        )
    if isinstance(below, Secret) and value is not None:
        return Located(Secret(None, value), origin)
    same = there is not None and type(below) is type(value) and below == value
    return Located(Secret(None, value) if is_secret and not same and value is not None else value, origin)
