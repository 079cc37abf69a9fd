"""Keeps a report below a size: details go first, the longest before the others, and no headline is lost.

So most resources stay readable: one of them with a value of 100 kB costs its own detail and nobody else's.
Where the headlines alone are too long, the stacks with most of them show those in groups of alike changes,
with as many names as there is room for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from ..words import some_of

K = TypeVar("K")

COUNT: Final = "\0"
"""What stands in a group for how many there are; nothing that is shown has this character."""

# A group says what it is, and shows a name or two.
_SMALLEST_GROUP: Final = 400
_SMALLEST_SECTION: Final = 1_200
_MOST_MEANINGS: Final = 20
# Names in groups are worth less than the details of other stacks.
_SHARE_OF_NAMES: Final = 0.7


@dataclass(frozen=True)
class Entry:
    """One resource in a report.

    Args:
        headline: what is never left out, as it stands without the detail.
        detailed: returns headline and detail together; None where there is no detail. Most of a large report
            is never shown, and need not be written.
        name: the resource's, as a list of names shows it.
        kind: what happens to what, with `COUNT` for how many of them.
        which: what differs; alike changes have the same.
        meanings: sentences about it, one a line.
    """

    headline: str
    detailed: Callable[[], str] | None
    name: str
    kind: str
    which: str
    meanings: tuple[str, ...]


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
        return Fitted(tuple(_text(each, each.head, _written(each)) for each in sections), 0, 0)
    shown = sections[: max(1, room // _SMALLEST_SECTION)]
    heads = _heads(shown, room // 2)
    grouped = _to_group(shown, heads, room)
    bare = {
        place: _text(shown[place], heads[place], {}) for place in range(len(shown)) if place not in grouped
    }
    left = room - sum(map(len, bare.values()))
    texts: dict[int, str] = {}
    for done, place in enumerate(sorted(grouped)):
        share = left // (len(grouped) - done)
        texts[place] = _groups(shown[place], heads[place], int(share * (_SHARE_OF_NAMES if bare else 1)))
        left -= len(texts[place])
    chosen = _details({place: shown[place] for place in bare}, left)
    texts |= {place: _text(shown[place], heads[place], chosen[place]) for place in bare}
    # Heads that are long in all stacks, or names that are, leave no other way.
    while len(texts) > 1 and sum(map(len, texts.values())) > room:
        del texts[max(texts)]
    have_detail = sum(bool(each.detailed) for place in texts for each in _all(shown[place]))
    kept = sum(len(chosen.get(place, ())) for place in texts)
    return Fitted(
        tuple(texts[place] for place in sorted(texts)), have_detail - kept, len(sections) - len(texts)
    )


def names(found: Sequence[str], room: int) -> str:
    """Return as many names as fit, and how many more there are; one at least."""
    fitting = 0
    for name in found:
        room -= len(name) + 2
        if fitting and room < 0:
            break
        fitting += 1
    return some_of(found, fitting)


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
    sizes = {place: len(_text(each, heads[place], {})) for place, each in enumerate(sections)}
    total = sum(sizes.values())
    grouped: set[int] = set()
    for place in sorted(sizes, key=lambda place: -sizes[place]):
        if total <= room:
            break
        grouped.add(place)
        total += _SMALLEST_SECTION - sizes[place]
    return grouped


def _written(section: Section) -> dict[int, str]:
    """Return the entries that have a detail, with it, by their place."""
    return {place: each.detailed() for place, each in enumerate(_all(section)) if each.detailed}


def _details(sections: Mapping[int, Section], room: int) -> dict[int, dict[int, str]]:
    """Return which entries of each section keep their detail: the shortest, as far as there is room."""
    found = [
        (len(text) - len(_all(section)[index].headline), place, index, text)
        for place, section in sections.items()
        for index, text in _written(section).items()
    ]
    chosen: dict[int, dict[int, str]] = {place: {} for place in sections}
    for cost, place, index, text in sorted(found):
        room -= cost
        if room < 0:
            break
        chosen[place][index] = text
    return chosen


def _text(section: Section, head: str, detailed: Mapping[int, str]) -> str:
    lines = (detailed.get(index, each.headline) for index, each in enumerate(_all(section)))
    return f"{head}\n" + "".join(lines)


def _groups(section: Section, head: str, room: int) -> str:
    tail = section.tail.headline if section.tail else ""
    room -= len(head) + len(tail) + 1
    alike = _grouped(section.entries, lambda each: (each.kind, each.which, each.meanings))
    lines = [_Line(kind + which, meanings, each) for (kind, which, meanings), each in alike.items()]
    if len(lines) * _SMALLEST_GROUP > room or sum(map(len, lines)) > room // 2:
        kinds = _grouped(section.entries, lambda each: each.kind)
        lines = [_Line(kind, _counted_meanings(each), each) for kind, each in kinds.items()]
    room -= sum(map(len, lines))
    shown: dict[int, str] = {}
    # The smallest first: what they leave is for the others.
    for done, place in enumerate(sorted(range(len(lines)), key=lambda place: len(lines[place].entries))):
        shown[place] = names([each.name for each in lines[place].entries], room // (len(lines) - done))
        room -= len(shown[place])
    return f"{head}\n{''.join(line.text(shown[place]) for place, line in enumerate(lines))}{tail}"


@dataclass(frozen=True)
class _Line:
    """Alike entries."""

    kind: str
    meanings: tuple[str, ...]
    entries: list[Entry]

    def text(self, shown: str) -> str:
        kind = self.kind.replace(COUNT, f"{len(self.entries):,}")
        return f"- {kind}: {shown}{''.join(f'<br>{each}' for each in self.meanings)}\n"

    def __len__(self) -> int:
        """Return how long it is without names, but with the words that end them."""
        return len(self.text("")) + len(" and 1,000,000 more")


def _grouped(entries: Iterable[Entry], of: Callable[[Entry], K]) -> dict[K, list[Entry]]:
    found: dict[K, list[Entry]] = {}
    for entry in entries:
        found.setdefault(of(entry), []).append(entry)
    return found


def _counted_meanings(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the sentences about entries that otherwise differ, those that are said most often first."""
    found = Counter(meaning for each in entries for meaning in each.meanings)
    return tuple(f"{meaning} ({count:,} of them)" for meaning, count in found.most_common(_MOST_MEANINGS))
