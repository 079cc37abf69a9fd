"""Values of settings files, each with the place that it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_PLAIN_STEP: Final = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in a file.

    Args:
        file: the file as users call it, relative to the project; or what stands in for one.
        line: counted from 1; None where only the file is known.
    """

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that is encrypted in its file.

    Args:
        ciphertext: what stands in the file; None where there is no file.
        value: what it means, where somebody has decrypted it.
    """

    ciphertext: str | None
    value: Any = None

    def __repr__(self) -> str:
        return "Secret([secret])"


@dataclass(frozen=True, slots=True)
class Located:
    """A value, and where it stands.

    Args:
        value: a map or a list of located values, a plain value, or a secret.
        origin: the line of a map's key, or of a list's item.
    """

    value: dict[str, Located] | list[Located] | Secret | str | int | float | bool | None
    origin: Origin

    def entries(self) -> Mapping[str, Located]:
        """Return the entries of a map; of anything else none."""
        return self.value if isinstance(self.value, dict) else {}

    def at(self, path: Path) -> Located:
        """Return the value below this one; where the path leads nowhere, the last one on the way."""
        found = self
        for step in path:
            below = found.value
            if isinstance(below, list) and isinstance(step, int) and step < len(below):
                found = below[step]
            elif isinstance(below, dict) and f"{step}" in below:
                found = below[f"{step}"]
            else:
                break
        return found


def secrets(located: Located, path: Path = ()) -> Iterator[tuple[Path, Origin, Secret]]:
    """Yield every encrypted value, with path and place."""
    value = located.value
    if isinstance(value, Secret):
        yield path, located.origin, value
    elif isinstance(value, dict | list):
        for step, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from secrets(each, (*path, step))


def leaves(entries: Mapping[str, Located], path: Path = ()) -> dict[Path, Located]:
    """Return the values that are no maps by path; a list is one value, since stacks replace lists whole."""
    found: dict[Path, Located] = {}
    for name, each in entries.items():
        if isinstance(each.value, dict):
            found |= leaves(each.value, (*path, name))
        else:
            found |= {(*path, name): each}
    return found


def plain(located: Located, secret: Callable[[Secret], Any]) -> Any:
    """Return the value without places.

    Args:
        located: what to return.
        secret: gives what stands in for a value that is encrypted.
    """
    value = located.value
    if isinstance(value, dict):
        return {name: plain(each, secret) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each, secret) for each in value]
    if isinstance(value, Secret):
        return secret(value)
    return value


def spelled(path: Path) -> str:
    """Return a path as `pulumi config set --path` takes it: `connections.front-desk.inbound.codecs[0]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_STEP.fullmatch(step) or (not text and ":" in step):
            text += f".{step}" if text else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or probably not meant.

    Args:
        origin: where.
        message: path, rule, and what to do; never a value that may be secret.
        level: a warning can be meant; an error never is.
    """

    origin: Origin
    message: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.origin}: {self.level}: {self.message}"
