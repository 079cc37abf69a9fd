"""What can be known to be wrong with stack files: without key, passphrase, engine or network."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..account import ACCOUNT_OPTION
from ..accounts import ACCOUNTS_OPTION, KEY_SETTING
from ..api.errors import printable
from ..ownership import OWNER_ID_OPTION, OWNERSHIP_TAG_OPTION
from ..settings import ADOPT_WITHIN_OPTION, KEY_OPTION, URL_OPTION
from ..spelling import nearest
from .connection import findings_of, in_plain_text
from .layers import Layered, layered
from .located import Finding, Located, Origin, Path, secrets, spelled
from .project import CONNECTIONS, DEFAULTS, Project, StackFile

_NAMESPACE: Final = "telnyx"
_TOP_LEVEL: Final = ("config", "encryptionsalt", "secretsprovider", "encryptedkey", "environment")
_KEYS: Final = ("encryptionsalt", "encryptedkey")
"""What the values of a stack file are encrypted with."""
_OPTIONS: Final = (
    KEY_OPTION,
    URL_OPTION,
    ACCOUNT_OPTION,
    ACCOUNTS_OPTION,
    ADOPT_WITHIN_OPTION,
    f"{_NAMESPACE}:{OWNER_ID_OPTION}",
    f"{_NAMESPACE}:{OWNERSHIP_TAG_OPTION}",
)


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
            found |= dict.fromkeys(_copied(ciphertexts, use))
    checked.findings = sorted(found, key=lambda each: (each.origin.file, each.origin.line or 0))
    return checked


def encrypting(stack: str) -> Callable[[Path], str]:
    """Return a function that gives the command which encrypts the value at a path of a stack's config."""

    def command(path: Path) -> str:
        option = "" if len(path) == 1 else "--path "
        return f"pulumi config set --secret {option}{shlex.quote(spelled(path))} --stack {shlex.quote(stack)}"

    return command


def _of_file(project: Project, file: StackFile, layers: Layered) -> Iterator[Finding]:
    yield from file.findings
    if file.content is None:
        if not file.findings:
            yield Finding(Origin(file.name), f"is empty: {_needed(project)}")
        return
    yield from _top_level(file)
    config = file.content.entries().get("config")
    if config is not None and not isinstance(config.value, dict | None):
        yield Finding(config.origin, "config must be a map of settings, as namespace:name: value")
        return
    yield from _keys(project, file)
    yield from layers.findings
    command = encrypting(file.stack)
    for name, connection in layers.connections.items():
        yield from findings_of((f"{project.name}:{CONNECTIONS}", name), connection, command)


def _needed(project: Project) -> str:
    return f"declares no connections: it needs a map under config, {project.name}:{CONNECTIONS}"


def _top_level(file: StackFile) -> Iterator[Finding]:
    if file.content is None:
        return
    if not isinstance(file.content.value, dict):
        yield Finding(file.content.origin, "must be a map: config: and below it namespace:name: value")
    for name, each in file.content.entries().items():
        if name not in _TOP_LEVEL:
            message = f"{printable(name)} is nothing that a stack file has{nearest(name, _TOP_LEVEL)}"
            yield Finding(each.origin, f"{message}; settings stand below config")


def _keys(project: Project, file: StackFile) -> Iterator[Finding]:
    config = file.config(project.name)
    own = (f"{project.name}:{CONNECTIONS}", f"{project.name}:{DEFAULTS}")
    hinted = False
    for key, each in config.items():
        namespace, _, name = key.partition(":")
        if namespace == _NAMESPACE and key not in _OPTIONS:
            yield Finding(
                each.origin, f"{printable(key)} is no setting of this provider{nearest(key, _OPTIONS)}"
            )
        elif key not in own and (hint := _misspelt(project, namespace, name)):
            hinted = True
            yield Finding(each.origin, f"{printable(key)} is read by nobody{hint}")
    if not hinted and own[0] not in {**config, **project.layers}:
        yield Finding(Origin(file.name), _needed(project))
    yield from _keys_in_plain_text(file, config)


def _misspelt(project: Project, namespace: str, name: str) -> str:
    """Return a hint where a key is nearly one of ours: the project's other keys may be the program's own."""
    ours = (CONNECTIONS, DEFAULTS)
    if namespace == project.name:
        return (
            nearest(f"{namespace}:{name}", [f"{namespace}:{each}" for each in ours])
            if nearest(name, ours)
            else ""
        )
    return f" (did you mean '{project.name}:{name}'? {project.name} is the project)" if name in ours else ""


def _keys_in_plain_text(file: StackFile, config: Mapping[str, Located]) -> Iterator[Finding]:
    accounts = config.get(ACCOUNTS_OPTION)
    keys: dict[Path, Located | None] = {(KEY_OPTION,): config.get(KEY_OPTION)}
    for name, each in (accounts.entries() if accounts else {}).items():
        keys[ACCOUNTS_OPTION, name, KEY_SETTING] = each.entries().get(KEY_SETTING)
    command = encrypting(file.stack)
    for path, key in keys.items():
        yield from in_plain_text(path, key, command)


@dataclass(frozen=True)
class _Use:
    """Where something stands that may stand in one place only."""

    what: str
    path: str
    origin: Origin
    stack: str
    encrypted_with: frozenset[object] = frozenset()
    command: str = ""


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
    encrypted_with = frozenset((name, top[name].value) for name in _KEYS if name in top)
    command = encrypting(file.stack)
    for key, entry in file.config(project.name).items():
        for path, origin, secret in secrets(entry, (key,)):
            if secret.ciphertext:
                yield _Use(
                    secret.ciphertext, spelled(path), origin, file.stack, encrypted_with, command(path)
                )


def _copied(seen: dict[str, _Use], use: _Use) -> Iterator[Finding]:
    first = seen.setdefault(use.what, use)
    if first.stack != use.stack and first.encrypted_with != use.encrypted_with:
        yield Finding(
            use.origin,
            f"{use.path}: the same encrypted value stands in {first.origin}, and each stack has a key of its "
            f"own: Pulumi can decrypt one of the two only; encrypt this one again, `{use.command}`, or the "
            f"other, `{first.command}`",
        )
