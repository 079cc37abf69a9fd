"""The secrets of a stack, by the names to report them under. They are kept in memory only."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import click

from ..api import choices
from ..api.errors import printable
from ..engine_secrets import SIGNATURE
from ..settings import KEY_VARIABLE
from ..stack.located import Located, Secret
from ..stack.project import ProjectError, find_project
from .pulumi import ask_pulumi

SHORTEST: Final = 4
"""Anything shorter stands in every file by chance."""

_TIMEOUT_SECS: Final = 300
# Where one value of a map is encrypted, Pulumi marks all of them, and these stand in every log.
_PUBLIC = frozenset(
    {"true", "false", "null", *(value for each in vars(choices).values() for value in get_args(each))}
)


class _Secret(NamedTuple):
    """A value, and what is known of where it comes from."""

    rank: int
    name: str
    value: str


def collect(documents: Iterable[str], stack: str | None) -> dict[str, str]:
    """Return the secrets by name; of a value with several names the one that says most.

    Args:
        documents: files with an export or a config in clear; `-` is standard input.
        stack: the stack to ask Pulumi about, or None.

    Raises:
        click.ClickException: a source cannot be read, or hides its secrets; the text repeats nothing of it.
    """
    found = [_Secret(0, KEY_VARIABLE, os.environ.get(KEY_VARIABLE, "").strip())]
    for document in documents:
        found += _secrets_in(_read(document), f"--secrets {printable(document)}", {})
    if stack is not None:
        config = _config_in_file(stack)
        for command in (["stack", "export", "--show-secrets"], ["config", "--show-secrets", "--json"]):
            found += _secrets_in(_pulumi(command, stack), f"`pulumi {' '.join(command)}`", config)

    names: dict[str, str] = {}
    taken: set[str] = set()
    for _, name, value in sorted(found, key=lambda each: each.rank):
        if len(value) < SHORTEST or value in _PUBLIC or value in taken:
            continue
        taken.add(value)
        names[_free(name, names)] = value
    return names


def _config_in_file(stack: str) -> Mapping[str, Located]:
    """Return the stack's config as its file has it, by full key; nothing where no file is at hand."""
    try:
        project = find_project(Path())
        # Pulumi takes `organization/project/stack` too.
        return project.read(stack.rpartition("/")[2]).own_config(project.name)
    except ProjectError:
        return {}


def _free(name: str, names: Mapping[str, str]) -> str:
    """Return the name, with a number where it belongs to another value: inputs and outputs can differ."""
    if name not in names:
        return name
    return next(free for count in itertools.count(2) if (free := f"{name} ({count})") not in names)


def _read(document: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if document == "-" else Path(document).read_bytes()
    except OSError as error:
        raise click.ClickException(f"--secrets {printable(document)}: {error.strerror}") from None


def _pulumi(command: list[str], stack: str) -> bytes:
    """Return what a command says about the stack; its output is never shown, since it may hold secrets."""
    shown = f"`pulumi {' '.join(command)}` of stack {printable(stack)}"
    answer = ask_pulumi(
        Path(),
        *(*command, f"--stack={stack}"),
        called=shown,
        asker="--stack",
        timeout_secs=_TIMEOUT_SECS,
    )
    if answer.exit_code:
        raise click.ClickException(
            f"{shown} failed with exit code {answer.exit_code}; run it without --show-secrets to see why"
        )
    return answer.printed


def _secrets_in(content: bytes, source: str, config: Mapping[str, Located]) -> list[_Secret]:
    try:
        document = json.loads(content)
        if not (_is_state(document) or _is_config(document)):
            raise ValueError
        found = [*_marked(document, (), "", config), *_configured(document, config)]
    except (ValueError, RecursionError):
        raise click.ClickException(
            f"{source}: not the JSON of `pulumi stack export` or `pulumi config --json`"
        ) from None
    if not found and _hides(document):
        raise click.ClickException(f"{source}: its secrets are encrypted: make it with --show-secrets")
    return found


def _is_state(document: Any) -> bool:
    return isinstance(document, dict) and bool({"deployment", "checkpoint"} & document.keys())


def _is_config(document: Any) -> bool:
    return isinstance(document, dict) and all(
        isinstance(entry, dict) and "secret" in entry for entry in document.values()
    )


def _marked(value: Any, path: tuple[str, ...], urn: str, config: Mapping[str, Located]) -> Iterator[_Secret]:
    """Yield what an export shows of the values that Pulumi marks as secrets."""
    if isinstance(value, list):
        for item in value:
            yield from _marked(item, path, urn, config)
    elif isinstance(value, dict):
        if isinstance(value.get("urn"), str):
            path, urn = (), value["urn"]
        if SIGNATURE not in value:
            for key, item in value.items():
                yield from _marked(item, (*path, key), urn, config)
        elif isinstance(value.get("plaintext"), str):
            own = ".".join(path[1:] if path[:1] in {("inputs",), ("outputs",)} else path)
            # What stack and providers hold comes from elsewhere, and is called better there.
            rank = 3 if "::pulumi:" in urn else 1
            # A provider has the stack's config among its inputs.
            located = config.get(own) if rank == 3 else None
            for name, text in _leaves(json.loads(value["plaintext"]), own, located):
                yield _Secret(rank, f"{name} of {urn}" if urn else name, text)


def _configured(document: Any, config: Mapping[str, Located]) -> Iterator[_Secret]:
    """Yield the secret values of `pulumi config --json`."""
    for key, entry in document.items() if _is_config(document) else ():
        if entry["secret"] is True:
            for name, text in _leaves(entry.get("objectValue", entry.get("value")), key, config.get(key)):
                yield _Secret(2, f"{name} of the stack's config", text)


def _leaves(value: Any, name: str, located: Located | None) -> Iterator[tuple[str, str]]:
    """Yield the single values in a secret one, which may be a tree, or JSON in a string.

    Args:
        value: the secret one.
        name: what it is called.
        located: the same in the stack's file, where in clear is no secret; None where it is missing there.
    """
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            value = json.loads(value)
        except ValueError:
            yield name, value
            return
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{name}.{key}", _below(located, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(item, name, _below(located, place))
    elif value is not None and not _is_in_clear(located):
        yield name, value if isinstance(value, str) else json.dumps(value)


def _below(located: Located | None, step: str | int) -> Located | None:
    if located is None or isinstance(located.value, Secret):
        return located
    below = located.at((step,))
    return None if below is located else below


def _is_in_clear(located: Located | None) -> bool:
    return located is not None and not isinstance(located.value, Secret | dict | list)


def _hides(value: Any) -> bool:
    if isinstance(value, list):
        return any(_hides(item) for item in value)
    if not isinstance(value, dict):
        return False
    return (
        "ciphertext" in value or value.get("secret") is True or any(_hides(item) for item in value.values())
    )
