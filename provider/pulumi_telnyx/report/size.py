"""Keeps a report below a size: details go first, the longest before the others, and no headline is lost.

So most resources stay readable: one of them with a value of 100 kB costs its own detail and nobody else's.
Where the headlines alone are too long, the stacks with most of them show those in groups of alike changes,
with as many names as there is room for.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

COUNT: Final = "\0"
"""What stands in a group for how many there are; nothing that is shown has this character."""

# A group says what it is, and shows a name or two.
_SMALLEST_GROUP: Final = 400
_SMALLEST_SECTION: Final = 1_200
# Names in groups are worth less than the details of other stacks.
_SHARE_OF_NAMES: Final = 0.7


@dataclass(frozen=True)
class Entry:
    """One resource in a report.

    Args:
        headline: what is never left out, as it stands without the detail.
        detailed: headline and detail together; the same as `headline` where there is no detail.
        name: the resource's, as a list of names shows it.
        group: what it is and how it changes, with `COUNT` for how many do; alike changes have the same.
        kind: the same without how it changes.
    """

    headline: str
    detailed: str
    name: str
    group: str
    kind: str


@dataclass(frozen=True)
class Section:
    """One stack in a report.

    Args:
        head: its heading, and what does not belong to one resource.
        short_head: the same in a few lines.
        entries: the resources, what hurts first.
        tail: the other resources in one entry; None where there are none.
    """

    head: str
    short_head: str
    entries: tuple[Entry, ...]
    tail: Entry | None = None


@dataclass(frozen=True)
class Fitted:
    """Sections that fit.

    Args:
        texts: one per section that is shown.
        details_left_out: how many resources have no detail though there is one.
        sections_left_out: how many of the last sections are not there.
    """

    texts: tuple[str, ...]
    details_left_out: int
    sections_left_out: int


def fit(sections: Sequence[Section], room: int | None) -> Fitted:
    """Return the sections in at most `room` characters, or whole where it is None."""
    if room is None:
        return Fitted(tuple(_text(each, each.head, range(len(_all(each)))) for each in sections), 0, 0)
    shown = sections[: max(1, room // _SMALLEST_SECTION)]
    heads = _heads(shown, room // 2)
    grouped = _to_group(shown, heads, room)
    bare = {
        place: _text(shown[place], heads[place], ()) for place in range(len(shown)) if place not in grouped
    }
    left = room - sum(map(len, bare.values()))
    texts: dict[int, str] = {}
    for done, place in enumerate(sorted(grouped)):
        share = left // (len(grouped) - done)
        texts[place] = _groups(shown[place], heads[place], int(share * (_SHARE_OF_NAMES if bare else 1)))
        left -= len(texts[place])
    chosen = _details({place: shown[place] for place in bare}, left)
    texts |= {place: _text(shown[place], heads[place], chosen[place]) for place in bare}
    have_detail = sum(each.detailed != each.headline for section in shown for each in _all(section))
    return Fitted(
        tuple(texts[place] for place in range(len(shown))),
        have_detail - sum(map(len, chosen.values())),
        len(sections) - len(shown),
    )


def names(found: Sequence[str], room: int) -> str:
    """Return as many names as fit, and how many more there are; one at least."""
    shown: list[str] = []
    for name in found:
        room -= len(name) + 2
        if shown and room < 0:
            break
        shown.append(name)
    more = len(found) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _all(section: Section) -> tuple[Entry, ...]:
    return section.entries if section.tail is None else (*section.entries, section.tail)


def _heads(sections: Sequence[Section], room: int) -> list[str]:
    heads = [each.head for each in sections]
    for place in sorted(range(len(sections)), key=lambda place: -len(heads[place])):
        if sum(map(len, heads)) <= room:
            break
        heads[place] = sections[place].short_head
    return heads


def _to_group(sections: Sequence[Section], heads: Sequence[str], room: int) -> set[int]:
    """Return which sections show groups so that the headlines of the others fit, the longest first."""
    sizes = {place: len(_text(each, heads[place], ())) for place, each in enumerate(sections)}
    total = sum(sizes.values())
    grouped: set[int] = set()
    for place in sorted(sizes, key=lambda place: -sizes[place]):
        if total <= room:
            break
        grouped.add(place)
        total += _SMALLEST_SECTION - sizes[place]
    return grouped


def _details(sections: dict[int, Section], room: int) -> dict[int, set[int]]:
    """Return which entries of each section keep their detail: the shortest, as far as there is room."""
    costs = [
        (len(each.detailed) - len(each.headline), place, index)
        for place, section in sections.items()
        for index, each in enumerate(_all(section))
        if each.detailed != each.headline
    ]
    heapq.heapify(costs)
    chosen: dict[int, set[int]] = {place: set() for place in sections}
    while costs:
        cost, place, index = heapq.heappop(costs)
        room -= cost
        if room < 0:
            break
        chosen[place].add(index)
    return chosen


def _text(section: Section, head: str, detailed: Iterable[int]) -> str:
    detailed = set(detailed)
    lines = (
        each.detailed if index in detailed else each.headline for index, each in enumerate(_all(section))
    )
    return f"{head}\n" + "".join(lines)


def _by_group(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group, name in pairs:
        found.setdefault(group, []).append(name)
    return found


def _groups(section: Section, head: str, room: int) -> str:
    tail = section.tail.headline if section.tail else ""
    room -= len(head) + len(tail) + 1
    found = _by_group((each.group, each.name) for each in section.entries)
    if len(found) * _SMALLEST_GROUP > room or sum(map(len, found)) > room // 2:
        found = _by_group((each.kind, each.name) for each in section.entries)
    room -= sum(len(group) + 20 for group in found)
    shown: dict[str, str] = {}
    # The smallest first: what they leave is for the others.
    for done, group in enumerate(sorted(found, key=lambda group: len(found[group]))):
        shown[group] = names(found[group], room // (len(found) - done))
        room -= len(shown[group])
    lines = (f"- {group.replace(COUNT, f'{len(each):,}')}: {shown[group]}\n" for group, each in found.items())
    return f"{head}\n{''.join(lines)}{tail}"
