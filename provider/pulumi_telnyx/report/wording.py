"""Values and differences in words, for every form of a report.

A text is parts: words of ours, and words from outside, which each form shows in its own safe way.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..words import counted
from .changes import ItemChange, PropertyChange
from .escaping import shortened, visible
from .summary import Resource
from .values import PASSWORD, Mark, Value

_MOST_ITEMS: Final = 12
_MOST_OF_PATH: Final = 120

# All of their properties come or go: naming some would say nothing.
_ALL_OF_IT: Final = frozenset({"create", "take over", "delete", "release", "import", "read", "stop reading"})


@dataclass(frozen=True)
class Part:
    """A piece of a text.

    Args:
        text: what it says.
        outside: whether it comes from outside, and is shown as what it is.
    """

    text: str
    outside: bool = False


Text = tuple[Part, ...]


def in_one_line(text: Text) -> str:
    """Return a text as a terminal shows it: one line, in which every character of an outside part shows."""
    return "".join(visible(each.text) if each.outside else each.text for each in text)


def property_rows(resource: Resource, limit: int | None) -> Iterator[tuple[str, Text, Text]]:
    """Yield path, old and new value of every property that differs.

    Args:
        resource: the resource.
        limit: the most characters of one path or value; None shows all.
    """
    for each in resource.properties:
        yield shortened(each.path, limit), *_pair(each, limit, resource.voice.new_password)


def values(resource: Resource, limit: int | None) -> Iterator[tuple[str, Text]]:
    """Yield path and value of what a resource gets that is new, or had that goes."""
    for each in resource.properties:
        if each.path != PASSWORD:  # each connection has one
            yield (
                shortened(each.path, limit),
                _value(each.old if resource.change.new is None else each.new, limit),
            )


def has_detail(resource: Resource) -> bool:
    """Return whether there is more to say of a resource than its headline."""
    # Of a new one or of one that goes, its password is no detail.
    return any(each.path != PASSWORD or resource.operation == "update" for each in resource.properties)


def which(resource: Resource, most: int) -> Text:
    """Return what a headline says of the properties; nothing where all of them come or go."""
    return () if resource.operation in _ALL_OF_IT else paths(resource, most)


def others(resources: Sequence[Resource]) -> str:
    """Return `3 other resources: create 2, update 1`."""
    counts = Counter(each.voice.called(each.operation) for each in resources)
    told = ", ".join(f"{each} {count:,}" for each, count in counts.items())
    return f"{counted(len(resources), 'other resource')}: {told}"


def paths(resource: Resource, most: int) -> Text:
    """Return which properties differ; where only secrets can, which those are."""
    if resource.properties:
        return _listed([each.path for each in resource.properties], most)
    if resource.hidden:
        count = len(resource.hidden)
        return (Part("the secret " if count == 1 else "one of the secrets "), *_listed(resource.hidden, most))
    is_seen = resource.operation == "update" and not resource.change.is_hidden
    return (Part("nothing that is declared differs"),) if is_seen else ()


def _listed(texts: Sequence[str], most: int) -> Text:
    more = len(texts) - most
    # One that is long must not cost a report all of its details.
    shown = [_outside(each, _MOST_OF_PATH) for each in texts[:most]]
    return (*_joined(shown), *([Part(f" and {more:,} more")] if more > 0 else ()))


def _joined(texts: Sequence[Text]) -> Text:
    parts: list[Part] = []
    for place, text in enumerate(texts):
        if place:
            parts.append(Part(", "))
        parts += text
    return tuple(parts)


def _pair(change: PropertyChange, limit: int | None, new_password: str) -> tuple[Text, Text]:
    if change.path.rpartition(".")[2] == PASSWORD and change.new is Mark.SECRET and change.old is Mark.SECRET:
        return _value(Mark.SECRET, limit), (Part(new_password),)
    if change.old is Mark.SECRET and change.new is Mark.SECRET:
        return _value(Mark.SECRET, limit), (Part("changed"),)
    old, new = _value(change.old, limit), _value(change.new, limit)
    if old == new:
        # A text that looks like a number, or differs only in what is left out, or in what is secret.
        one, other = (_outside(json.dumps(each, default=str), None) for each in (change.old, change.new))
        old, new = (one, other) if one != other else (old, (Part("changed"),))
    if not change.items:
        return old, new
    told = _joined([_item(each, limit) for each in change.items[: _most(limit)]])
    more = len(change.items) - _most(limit)
    if more > 0:
        told = (*told, Part(f", {more:,} changes more"))
    long = len(change.old) > _most(limit) or len(change.new) > _most(limit)
    # Of long lists only what happens to them is readable.
    return old, (
        (Part(f"{counted(len(change.new), 'item')}: "), *told) if long else (*new, Part("; "), *told)
    )


def _most(limit: int | None) -> int:
    return _MOST_ITEMS if limit is not None else 1_000_000


def _item(change: ItemChange, limit: int | None) -> Text:
    value = _value(change.value, limit)
    if change.kind == "moved":
        return (Part("moved "), *value, Part(f" from {change.old} to {change.new}"))
    return (Part(f"{change.kind} "), *value)


def _value(value: Value, limit: int | None) -> Text:
    if value is Mark.SECRET:
        return (Part(Mark.SECRET.value, outside=True),)
    if isinstance(value, Mark):
        return (Part(value.value),)
    if isinstance(value, list) and value and not any(isinstance(each, list | Mapping) for each in value):
        most = _most(limit)
        shown = [_value(each, limit) for each in value[:most]]
        more = len(value) - most
        return (*_joined(shown), *([Part(f" and {more:,} more")] if more > 0 else ()))
    if isinstance(value, str) and value:
        return _outside(value, limit)
    return _outside(json.dumps(value, ensure_ascii=False, default=lambda mark: mark.value), limit)


def _outside(text: str, limit: int | None) -> Text:
    return (Part(shortened(str(text), limit), outside=True),)
