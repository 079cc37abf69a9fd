"""What differs between the old and the new inputs of a connection, property by property."""

from __future__ import annotations

import bisect
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from .values import PASSWORD, REVISION, Mark, Masked, Value, same

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
# Labels: Telnyx gives them back in any order.
_WITHOUT_ORDER: Final = frozenset({"tags"})


@dataclass(frozen=True)
class ItemChange:
    """What happens to one item of a list; positions are counted from 1.

    Args:
        kind: what happens.
        value: the item.
        old: its old position; None for a new item.
        new: its new position; None for an item that goes.
    """

    kind: Literal["added", "removed", "moved"]
    value: Value
    old: int | None
    new: int | None


@dataclass(frozen=True)
class PropertyChange:
    """A property that differs.

    Args:
        path: its place, like `inbound.codecs`.
        old: the old value; `Mark.NOT_SET` where it was not declared.
        new: the new value; `Mark.NOT_SET` where it is declared no more.
        items: what happens to a list's items, where both values are lists.
        ordered: whether the order of the items has a meaning.
    """

    path: str
    old: Value
    new: Value
    items: tuple[ItemChange, ...] = ()
    ordered: bool = True

    @property
    def is_new_password(self) -> bool:
        """Whether a connection that exists gets another password for certain."""
        return self._sets_password and Mark.NOT_SET is not self.old and self.new is not Mark.UNKNOWN

    @property
    def may_be_new_password(self) -> bool:
        """Whether a connection that exists gets a password of which nothing tells whether it is another."""
        return self._sets_password and not self.is_new_password

    @property
    def _sets_password(self) -> bool:
        # Most are something else, and are asked often.
        if not self.path.endswith(PASSWORD):
            return False
        if self.path == PASSWORD:
            # It had one that is not known here while it was not managed.
            return self.new is not Mark.NOT_SET
        is_there = self.old is not Mark.NOT_SET and self.new is not Mark.NOT_SET
        return is_there and self.path.rpartition(".")[2] == PASSWORD


@dataclass(frozen=True)
class Changes:
    """All that differs.

    Args:
        properties: what is seen to differ, by path.
        hidden: paths of secrets that may differ: both values are hidden, and may be the same.
    """

    properties: tuple[PropertyChange, ...]
    hidden: tuple[str, ...] = ()


def compare(old: Mapping[str, Value] | None, new: Mapping[str, Value] | None) -> Changes:
    """Return what differs between inputs.

    A password shows as changed where its revision changes: the engine hides both passwords.

    Args:
        old: the inputs of the last run; None for a resource that is new.
        new: the inputs of this run; None for a resource that goes.
    """
    hidden: list[str] = []
    found = tuple(_objects(old or {}, new or {}, "", hidden))
    return Changes(found, tuple(hidden))


def _objects(
    old: Mapping[str, Value], new: Mapping[str, Value], prefix: str, hidden: list[str]
) -> Iterator[PropertyChange]:
    counted = REVISION in old or REVISION in new
    for name in sorted({*old, *new}):
        path = _joined(prefix, name)
        before, after = _given(old, name), _given(new, name)
        on_both_sides = before is not Mark.NOT_SET and after is not Mark.NOT_SET
        if name == REVISION:
            # A password that comes or goes is told as that.
            comes_or_goes = (PASSWORD in old) != (PASSWORD in new)
            if on_both_sides and not comes_or_goes and not same(before, after):
                yield PropertyChange(_joined(prefix, PASSWORD), Mark.SECRET, _hidden(after))
        # Where both have one, its revision tells.
        elif not (name == PASSWORD and counted and on_both_sides):
            yield from _values(before, after, path, hidden, name)


def _values(old: Value, new: Value, path: str, hidden: list[str], name: str) -> Iterator[PropertyChange]:
    if _is_object(old, new) or _is_object(new, old):
        before, after = (each if isinstance(each, dict) else {} for each in (old, new))
        yield from _objects(before, after, path, hidden)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, path, hidden, name)
    elif old is Mark.SECRET and new is Mark.SECRET:
        hidden.append(path)
    elif not same(old, new):
        if (old is Mark.SECRET and new is not Mark.NOT_SET) or (
            new is Mark.SECRET and old is not Mark.NOT_SET
        ):
            # It is about to become a secret, or was one: the other value is nobody's business either.
            old, new = Mark.SECRET, _hidden(new)
        yield PropertyChange(path, old, new)


def _given(inputs: Mapping[str, Value], name: str) -> Value:
    value = inputs.get(name)
    # Null is what the provider makes of an argument that is left out.
    return Mark.NOT_SET if value is None else value


def _hidden(value: Value) -> Mark:
    return Mark.UNKNOWN if value is Mark.UNKNOWN else Mark.SECRET


def _is_object(one: Value, other: Value) -> bool:
    return isinstance(one, dict) and bool(one) and (isinstance(other, dict) or other is Mark.NOT_SET)


def _lists(
    old: list[Value], new: list[Value], path: str, hidden: list[str], name: str
) -> Iterator[PropertyChange]:
    if len(old) == len(new) and all(isinstance(each, dict) for each in (*old, *new)):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _objects(before, after, f"{path}[{index}]", hidden)
        return
    if same(old, new):
        if _holds_a_secret(new):
            hidden.append(path)
        return
    if _holds_a_secret(old) != _holds_a_secret(new):
        yield PropertyChange(path, Mark.SECRET, Mark.SECRET)
        return
    ordered = name not in _WITHOUT_ORDER
    items = tuple(each for each in _items(old, new) if ordered or each.kind != "moved")
    if items:
        yield PropertyChange(path, old, new, items, ordered)


def _items(old: Sequence[Value], new: Sequence[Value]) -> Iterator[ItemChange]:
    """Yield as few moves as it takes, and the items that come and go."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(old):
        places[_key(item)].append(place)
    for each in places.values():
        each.reverse()
    # Where each new item was; None for one that is new.
    origins = [left.pop() if (left := places.get(_key(item))) else None for item in new]
    stay = _longest_rising([each for each in origins if each is not None])
    for place in sorted(place for left in places.values() for place in left):
        yield ItemChange("removed", old[place], place + 1, None)
    for place, origin in enumerate(origins):
        if origin is None:
            yield ItemChange("added", new[place], None, place + 1)
        elif origin not in stay:
            yield ItemChange("moved", new[place], origin + 1, place + 1)


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Return the numbers of a longest rising sequence: what can stay where it is."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        at = bisect.bisect_left(ends, number)
        before[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    found: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found


def _key(value: Value) -> str:
    if isinstance(value, str):
        return f"={_told_apart(value)}"
    return json.dumps(_told_apart(value), sort_keys=True, default=lambda mark: {"": mark.name})


def _told_apart(value: Value) -> Value:
    """Return a value in which texts differ that look the same only because a part is hidden."""
    if isinstance(value, Masked):
        return f"{value}{value.hidden.hex()}"
    if isinstance(value, list):
        return [_told_apart(each) for each in value]
    return {name: _told_apart(each) for name, each in value.items()} if isinstance(value, dict) else value


def _holds_a_secret(value: Value) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_a_secret, value.values()))
    return value is Mark.SECRET or (isinstance(value, list) and any(map(_holds_a_secret, value)))


def _joined(prefix: str, name: str) -> str:
    if not _PLAIN_NAME.fullmatch(name):
        return f"{prefix}[{json.dumps(name, ensure_ascii=False)}]"
    return f"{prefix}.{name}" if prefix else name
