"""The Pulumi project around the stack files: its name, its own settings, and where the stack files are."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..api.errors import TelnyxError, printable
from ..words import nearest
from .located import Finding, Located, Origin, spelled
from .members_file import read_members
from .yaml_file import read_yaml

CONNECTIONS: Final = "connections"
DEFAULTS: Final = "defaults"
SETS: Final = "sets"
PASSWORDS: Final = "passwords"
"""Passwords by the names of their connections, encrypted; one among a connection's settings comes first."""

_PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml")
_STACK_FILE: Final = re.compile(r"Pulumi\.(?P<stack>.+)\.ya?ml")
_FILE_BESIDE: Final = re.compile(r"connections\.(?P<stack>.+)\.ya?ml")
_OLDER_KEY: Final = re.compile(r"(?P<namespace>[^:]+):config:(?P<name>[^:]+)")
_DECLARATION: Final = ("type", "items", "description", "secret", "default", "value")
"""What Pulumi knows of a setting that Pulumi.yaml declares."""


class ProjectError(TelnyxError):
    """There is no project, or it has no such stack; nothing has been looked at."""


class NoProjectError(ProjectError):
    """A folder belongs to no project."""


@dataclass(frozen=True)
class StackFile:
    """The settings of one stack, as its file has them.

    Args:
        stack: the stack's name.
        path: the file.
        name: the file as users call it, relative to the project.
        content: None where the file cannot be read or is empty.
        findings: what is wrong with it as YAML.
        more: the connections of the file beside it, by name; none where there is no such file.
    """

    stack: str
    path: Path
    name: str
    content: Located | None
    findings: tuple[Finding, ...] = ()
    more: Mapping[str, Located] = field(default_factory=dict)

    @property
    def more_path(self) -> Path:
        """The file beside it, for connections that are too many for the stack's config."""
        return self.path.with_name(f"connections.{self.stack}.yaml")

    def own_config(self, project: str) -> dict[str, Located]:
        """Return the config of the stack's file alone, which the engine knows too, by full key."""
        return _by_full_key(_config_of(self.content), project)[0]

    def config(self, project: str) -> dict[str, Located]:
        """Return the stack's config, and among its connections those of the file beside it."""
        config = self.own_config(project)
        if self.more:
            key = f"{project}:{CONNECTIONS}"
            own = config.get(key) or Located({}, Origin(self.name))
            config[key] = Located({**self.more, **own.entries()}, own.origin)
        return config


@dataclass(frozen=True)
class Project:
    """What `Pulumi.yaml` says.

    Args:
        name: the project's name.
        root: the folder of `Pulumi.yaml`.
        stacks: the folder of the stack files.
        layers: the project's own values for keys that stacks may set too, by full key.
        findings: what is wrong with `Pulumi.yaml`.
        ending: how the names of its stack files end.
        valueless: the full keys that it declares without a value: the engine wants one in each stack's file.
    """

    name: str
    root: Path
    stacks: Path
    layers: Mapping[str, Located] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    ending: str = ".yaml"
    valueless: frozenset[str] = frozenset()

    @functools.cached_property
    def stack_files(self) -> dict[str, Path]:
        """Return the stack files that there are, by stack and in the order of their names.

        Raises:
            ProjectError: the folder cannot be read.
        """
        files = self._in_stacks()
        # Of two for one stack, the one that Pulumi reads comes last.
        files.sort(key=lambda each: each.suffix == self.ending)
        found = {form["stack"]: each for each in files if (form := _STACK_FILE.fullmatch(each.name))}
        return dict(sorted(found.items()))

    def unread(self) -> Iterator[Finding]:
        """Yield the files of connections that stand beside no stack's file.

        Raises:
            ProjectError: the folder cannot be read.
        """
        for path in sorted(self._in_stacks()):
            if not (form := _FILE_BESIDE.fullmatch(path.name)):
                continue
            stack = form["stack"]
            if path.suffix != ".yaml":
                reason = "such a name has to end in .yaml: rename it"
            elif stack not in self.stack_files:
                added = printable(f"Pulumi.{stack}{self.ending}")
                hint = nearest(stack, self.stack_files)
                reason = f"stack {printable(stack)} has no file{hint}: rename it, or add {added}"
            else:
                continue
            yield Finding(Origin(self.called(path)), f"is read by nobody, since {reason}")

    def members_in(self, path: Path) -> tuple[Mapping[str, Located], Sequence[Finding]]:
        """Return the members of a set in a file of their own, and what is wrong with it.

        Many stacks may name the same file: it is read once.
        """
        if path not in self._members_files:
            self._members_files[path] = read_members(path, self.called(path), f"{self.name}:{PASSWORDS}")
        return self._members_files[path]

    def with_other_members(self, files: Mapping[Path, Path]) -> Project:
        """Return the project as it would be with the contents of other files in files of members."""
        project = dataclasses.replace(self)
        key = f"{self.name}:{PASSWORDS}"
        for path, other in files.items():
            project._members_files[path] = read_members(other, self.called(path), key)
        return project

    @functools.cached_property
    def _members_files(self) -> dict[Path, tuple[dict[str, Located], list[Finding]]]:
        return {}

    def _in_stacks(self) -> list[Path]:
        try:
            return list(self.stacks.iterdir()) if self.stacks.is_dir() else []
        except OSError as error:
            raise ProjectError(f"{self.called(self.stacks)} cannot be read: {error.strerror}") from None

    def read(self, stack: str) -> StackFile:
        """Return the file of a stack.

        Raises:
            ProjectError: the stack has no file.
        """
        files = self.stack_files
        if stack not in files:
            there = ", ".join(map(printable, files)) or "none"
            missing = printable(f"{self.called(self.stacks)}/Pulumi.{stack}{self.ending}")
            raise ProjectError(
                f"stack {printable(stack)} has no file {missing}{nearest(stack, files)}; there are: {there}"
            )
        path = files[stack]
        name = self.called(path)
        if path.suffix != self.ending:
            message = f"is read by nobody, since Pulumi{self.ending} ends otherwise: rename it"
            return StackFile(stack, path, name, None, (Finding(Origin(name, 1), message),))
        content, findings = read_yaml(path, name)
        _, twice = _by_full_key(_config_of(content), self.name)
        file = StackFile(stack, path, name, content, (*findings, *twice))
        # Also a link that leads nowhere.
        return self._with_more(file) if os.path.lexists(file.more_path) else file

    def _with_more(self, file: StackFile) -> StackFile:
        """Return the stack's file with the connections of the one beside it."""
        name = self.called(file.more_path)
        content, findings = read_yaml(file.more_path, name)
        if content is not None and not isinstance(content.value, dict):
            findings.append(Finding(content.origin, "must be a map of connections, as name: settings"))
        more = content.entries() if content else {}
        found = file.own_config(self.name).get(f"{self.name}:{CONNECTIONS}")
        own = found.entries() if found else {}
        for each in (each for each in more if each in own):
            message = f"{spelled((each,))} stands in {own[each].origin} too: remove one of the two"
            findings.append(Finding(more[each].origin, message))
        return dataclasses.replace(file, findings=(*file.findings, *findings), more=more)

    def called(self, path: Path) -> str:
        """Return a path as the project's users call it."""
        try:
            return printable(path.relative_to(self.root).as_posix())
        except ValueError:
            return printable(path)


def find_project(start: Path) -> Project:
    """Return the project that a folder belongs to.

    Args:
        start: the folder, in or below the one of `Pulumi.yaml`.

    Raises:
        NoProjectError: there is no project.
        ProjectError: its file cannot be read.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        for name in _PROJECT_FILES:
            if (folder / name).is_file():
                return _read(folder, name)
    raise NoProjectError(f"no Pulumi.yaml in {printable(start)} or above: run this in a Pulumi project")


def _read(root: Path, file: str) -> Project:
    content, findings = read_yaml(root / file, file)
    named = (content or Located({}, Origin(file))).entries().get("name")
    if named is None or not isinstance(named.value, str):
        reason = findings[0] if findings else f"{file} has no name: it is not a Pulumi project: give it one"
        raise ProjectError(str(reason))
    entries = content.entries() if content else {}
    config = entries.get("config")
    # `config: <folder>` is the older spelling.
    folder = entries.get("stackConfigDir") or config
    where = folder.value if folder and isinstance(folder.value, str) else "."
    declared, twice = _by_full_key(_config_of(content), named.value)
    layers = {key: layer for key, entry in declared.items() if (layer := _own_value(entry))}
    findings += [*twice, *(each for key, entry in declared.items() for each in _undeclared(key, entry))]
    valueless = frozenset(key for key, entry in declared.items() if _is_valueless(entry))
    return Project(named.value, root, root / where, layers, tuple(findings), Path(file).suffix, valueless)


def _own_value(entry: Located) -> Located | None:
    """Return the value that an entry of `config` has; a map declares one, anything else is one."""
    if isinstance(entry.value, dict):
        return entry.value.get("value") or entry.value.get("default")
    return entry


def _is_valueless(entry: Located) -> bool:
    return isinstance(entry.value, dict) and entry.value.keys().isdisjoint(("value", "default"))


def _undeclared(key: str, entry: Located) -> Iterator[Finding]:
    for name, each in entry.entries().items():
        if name not in _DECLARATION:
            message = (
                f"{spelled((key, name))} is read by nobody: in this file a map stands below default or value"
            )
            yield Finding(each.origin, message)


def _config_of(content: Located | None) -> Mapping[str, Located]:
    found = content.entries().get("config") if content else None
    return found.entries() if found else {}


def _by_full_key(config: Mapping[str, Located], project: str) -> tuple[dict[str, Located], list[Finding]]:
    """Return the entries of a config by full key, and which of them stand there twice."""
    found: dict[str, Located] = {}
    twice = []
    for key, each in config.items():
        full = _full(key, project)
        if full in found:
            message = (
                f"{printable(key)}: {printable(full)} stands here twice, as in line "
                f"{found[full].origin.line}, and Pulumi takes any of the two: remove one of them"
            )
            twice.append(Finding(each.origin, message))
        found[full] = each
    return found, twice


def _full(key: str, project: str) -> str:
    """Return a key as Pulumi reads it: one without a namespace is the project's."""
    if older := _OLDER_KEY.fullmatch(key):
        return f"{older['namespace']}:{older['name']}"
    return key if ":" in key else f"{project}:{key}"
