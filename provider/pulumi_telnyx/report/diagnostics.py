"""What the engine said while it made a preview: errors and warnings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .values import shows_a_key, without_credentials

# A connection's, a request's.
_ID: Final = re.compile(r"\b(?:\d{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
# Said besides the reason; alone it is better than nothing.
_SAYS_NOTHING: Final = ("preview failed", "an unhandled error occurred: the Python program ended")


@dataclass(frozen=True)
class Problem:
    """An error that ended a preview.

    Args:
        resource: the name of the resource that it is about; empty where there is none.
        message: what the engine said; it may have many lines.
    """

    resource: str
    message: str


@dataclass(frozen=True)
class Warned:
    """A warning of a preview.

    Args:
        about: the connection or resource; empty where none is named.
        message: the rest, one line.
    """

    about: str
    message: str


def problems_in(diagnostics: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield the errors, each once; what says nothing is left out where something else says more."""
    found = {
        Problem(_name_in(each.get("urn")), without_keys(_message(each, "error: "))): None
        for each in diagnostics
        if each.get("severity") == "error"
    }
    telling = [each for each in found if not each.message.startswith(_SAYS_NOTHING)]
    yield from telling or found


def alike(problems: Iterable[Problem]) -> dict[str, tuple[str, ...]]:
    """Return messages with the resources that they are about; those that differ in ids only are one.

    An id that is not the same in all of them is `…`: the resources are named.
    """
    found: defaultdict[str, list[Problem]] = defaultdict(list)
    for each in problems:
        found[_ID.sub("…", each.message) if each.resource else each.message].append(each)
    told: dict[str, dict[str, None]] = {}
    for without_ids, group in found.items():
        messages = {each.message for each in group}
        names = told.setdefault(without_ids if len(messages) > 1 else group[0].message, {})
        names.update({each.resource: None for each in group if each.resource})
    return {message: tuple(names) for message, names in told.items()}


def warnings_in(diagnostics: Iterable[Mapping[str, Any]], connections: Iterable[str]) -> Iterator[Warned]:
    """Yield the warnings; one that the provider printed begins with the name of its connection."""
    names = sorted(connections, key=len, reverse=True)
    for each in diagnostics:
        message = _message(each, "warning: ")
        if each.get("severity") == "warning":
            yield Warned(_name_in(each.get("urn")), without_keys(message))
            continue
        # What the provider prints is information to the engine.
        for line in str(each.get("message") or "").splitlines():
            if each.get("severity") != "error" and line.startswith("warning: "):
                text = without_keys(line.removeprefix("warning: ").strip())
                about = next((name for name in names if text.startswith(f"{name}: ")), None)
                if about is None:
                    about = text.partition(": ")[0] if ": " in text else ""
                yield Warned(about, text.removeprefix(f"{about}: "))


def _message(diagnostic: Mapping[str, Any], prefix: str) -> str:
    return str(diagnostic.get("message") or "").strip().removeprefix(prefix)


def _name_in(urn: object) -> str:
    parts = urn.split("::", 3) if isinstance(urn, str) else []
    return parts[3] if len(parts) == 4 else ""


def without_keys(message: str) -> str:
    """Return a message without the lines that hold an API key, and without the log-ins of URLs."""
    message = str(without_credentials(message))
    if not shows_a_key(message):
        return message
    return "\n".join(
        "(this line holds an API key and is not shown)" if shows_a_key(line) else line
        for line in message.splitlines()
    )
