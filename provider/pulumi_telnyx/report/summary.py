"""What a report says of each stack, whatever it looks like: order, verdict, headlines.

What hurts comes first: a preview that failed, then deletions, replacements and new passwords, then calls that
stop or cost money, then the rest.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..api.errors import printable
from ..fleet.members import MEMBERS
from ..words import counted
from .changes import Changes, PropertyChange, compare
from .diagnostics import Problem, alike
from .meaning import HARMS, MEMBERS_MAY_CHANGE, SAID_BY, TAKES_OVER, Meaning, meanings, takes_over
from .preview import ResourceChange, StackPreview
from .steps import PreviewError
from .values import PASSWORD
from .voice import PREVIEW, Voice

FORMER_NAME: Final = "name in the set"
"""Stands among the fields of a member that gets another name."""
_OF_A_NAME: Final = frozenset({FORMER_NAME, "connection_name"})

UNNAMED: Final = frozenset({"a connection", "and more connections"})
"""What the provider's warnings call connections that they do not name."""

# The engine's word for a resource that is read no more: nothing happens to it.
_DISCARDED: Final = "stop reading"
TITLES: Final[Mapping[str, str]] = {"same": "unchanged", "discard": _DISCARDED}

_ORDER: Final = (
    *("delete", "replace", "rotate", "grave", "take over", "release", "update", "rename", "create", "import"),
    "read",
)
_REPLACEMENTS: Final = frozenset({"create-replacement", "delete-replaced", "import-replacement"})
_HARMLESS: Final = len(_ORDER)
_NOUNS: Final = ("connection", "set", "other resource")


@dataclass(frozen=True)
class Resource:
    """One resource that changes.

    Args:
        change: as the engine tells it.
        operation: the engine's word, or a plainer one: `release`, `rename`, `take over`, `stop reading`,
            `unprotect`.
        properties: what differs; for a connection only.
        hidden: secrets of which one at least differs, where nothing else explains the operation.
        meanings: what it means for calls.
        when: when it was changed the last time, as far as that says something.
        voice: the words of the report.
    """

    change: ResourceChange
    operation: str
    properties: tuple[PropertyChange, ...]
    hidden: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    when: str = ""
    voice: Voice = PREVIEW

    @property
    def noun(self) -> str:
        """What it is."""
        if self.change.is_set:
            return "set"
        return "connection" if self.change.is_connection else "other resource"

    @property
    def changes_password(self) -> bool:
        """Whether phones need another password from now on, for certain."""
        return self.operation == "update" and any(each.is_new_password for each in self.properties)

    @property
    def may_change_password(self) -> bool:
        """Whether phones may need another password from now on; a replacement says more."""
        if TAKES_OVER in self.meanings:
            return True
        may = self.operation == "update" and any(each.may_be_new_password for each in self.properties)
        return may and not self.changes_password

    @functools.cached_property
    def rank(self) -> int:
        """What puts resources into order: what hurts has the lowest number, and comes first."""
        if self.operation in {"delete", "replace"}:
            return _ORDER.index(self.operation)
        if self.changes_password or self.may_change_password:
            return _ORDER.index("rotate")
        if any(each.grave for each in self.meanings):
            return _ORDER.index("grave")
        return _ORDER.index(self.operation) if self.operation in _ORDER else _HARMLESS


@dataclass(frozen=True)
class Clause:
    """A part of a verdict, like `delete 2 connections`.

    Args:
        text: without a full stop.
        grave: whether a reviewer must not overlook it.
    """

    text: str
    grave: bool


@dataclass(frozen=True)
class Stack:
    """One stack of a report.

    Args:
        preview: what the engine said.
        connections: the connections that change, what hurts first.
        others: the other resources that change, in the same order.
        warnings: each with what it is about; those that a sentence about a resource has said are left out.
        verdict: its parts, the grave first; empty where nothing changes and nothing failed.
        voice: the words of the report.
    """

    preview: StackPreview
    connections: tuple[Resource, ...]
    others: tuple[Resource, ...]
    warnings: Mapping[str, tuple[str, ...]]
    verdict: tuple[Clause, ...]
    voice: Voice = PREVIEW

    @property
    def name(self) -> str:
        """The stack's name in the report."""
        return self.preview.stack

    @property
    def problems(self) -> Mapping[str, tuple[str, ...]]:
        """Why the preview failed: each message with the resources that it is about."""
        return alike(self.preview.problems)

    @property
    def is_told(self) -> bool:
        """Whether there is more to say than that nothing happens."""
        # Of previews, warnings about what stays as it is would be said with each of them.
        return bool(self.verdict) or (bool(self.warnings) and self.voice is not PREVIEW)

    @property
    def is_another(self) -> bool:
        """Whether the engine calls the stack otherwise than the report does."""
        return self.preview.is_another


@dataclass(frozen=True)
class Summary:
    """A whole report.

    Args:
        project: the project's name; empty where nothing tells.
        stacks: what hurts first, otherwise in the order given.
        remedies: sentences on what can be done, for all stacks together.
        voice: the words of the report.
    """

    project: str
    stacks: tuple[Stack, ...]
    remedies: tuple[str, ...] = ()
    voice: Voice = PREVIEW

    @property
    def changes_nothing(self) -> bool:
        """Whether every stack stays as it is."""
        return not any(each.verdict for each in self.stacks)

    @property
    def columns(self) -> tuple[str, ...]:
        """The operations that the table counts, in the engine's words."""
        counted = {name for each in self.stacks for name, count in each.preview.counts.items() if count}
        columns = self.voice.columns
        return (*columns[:-1], *sorted(counted.difference(columns)), columns[-1])


def summarise(previews: Iterable[StackPreview]) -> Summary:
    """Return what there is to say.

    Args:
        previews: one per stack.

    Raises:
        PreviewError: a stack appears twice, or the previews are of several projects.
    """
    previews = tuple(previews)
    twice = [name for name, count in Counter(each.stack for each in previews).items() if count > 1]
    if twice:
        raise PreviewError(
            f"stack {printable(twice[0])} appears twice: name each stack once, or say STACK=FILE"
        )
    projects = dict.fromkeys(each.project for each in previews if each.project)
    if len(projects) > 1:
        raise PreviewError(
            f"the previews are of projects {', '.join(map(printable, projects))}: make a report for each"
        )
    stacks = sorted(map(_stack, previews), key=danger)
    return Summary(next(iter(projects), ""), tuple(stacks))


def danger(stack: Stack) -> int:
    """Return what puts stacks into order: those that come first have the lowest number."""
    if stack.preview.problems or (stack.is_another and stack.voice is PREVIEW):
        return -1
    ranks = [each.rank for each in (*stack.connections, *stack.others)]
    return min(ranks, default=_HARMLESS + 1)


def _stack(preview: StackPreview) -> Stack:
    # The engine's own order is another one in every run.
    resources = sorted(map(_resource, preview.resources), key=lambda each: (each.rank, each.change.name))
    connections = tuple(each for each in resources if each.change.is_connection)
    others = tuple(each for each in resources if not each.change.is_connection)
    said = {
        (_connection_name(each.change), SAID_BY[meaning])
        for each in connections
        for meaning in each.meanings
        if meaning in SAID_BY
    }
    warnings = grouped(
        (warned.message, warned.about)
        for warned in sorted(
            preview.warnings, key=lambda each: (each.message, each.about in UNNAMED, each.about)
        )
        if not any(warned.about == about and warned.message.startswith(words) for about, words in said)
    )
    verdict = tuple(_verdict(preview.problems, connections, others))
    if preview.is_another:
        # Whatever follows is of that stack, also that nothing changes.
        other = Clause("this is a preview of another stack", grave=True)
        verdict = (other, *(verdict or (Clause(PREVIEW.nothing, grave=False),)))
    return Stack(preview, connections, others, warnings, verdict)


def _resource(change: ResourceChange) -> Resource:
    found = compare(change.old, change.new)
    operation = "replace" if change.operation in _REPLACEMENTS else change.operation
    if change.is_hidden:
        # Any of its settings may differ, and not its secrets alone.
        found = Changes(found.properties)
    elif (
        operation == "update"
        and not found.properties
        and change.outputs is not None
        and change.new is not None
    ):
        # Something declared did not arrive the last time: the state knows, the old inputs do not.
        arrived = {name: change.outputs.get(name) for name in change.new}
        found = Changes(compare(arrived, change.new).properties, found.hidden)
    if operation == "same":
        operation = "unprotect" if change.was_protected else "protect"
    if operation == "delete" and change.is_kept:
        operation = "release"
    if operation == "discard":
        operation = _DISCARDED
    if takes_over(change):
        operation = "take over"
    if operation == "replace":
        # The revision begins anew: it tells nothing of the password.
        known = tuple(each for each in found.properties if not each.path.endswith(PASSWORD))
        found = Changes(known, found.hidden)
    if change.membership is not None and change.membership.former:
        name = PropertyChange(FORMER_NAME, change.membership.former, change.membership.member)
        found = Changes((name, *found.properties), found.hidden)
        if not change.is_hidden and all(each.path in _OF_A_NAME for each in found.properties):
            operation = "rename"
    hidden = found.hidden if operation == "update" and not found.properties else ()
    return Resource(change, operation, found.properties, hidden, meanings(change, found.properties))


def _verdict(
    problems: tuple[Problem, ...], connections: tuple[Resource, ...], others: tuple[Resource, ...]
) -> Iterator[Clause]:
    if problems:
        yield Clause(PREVIEW.failed, grave=True)
        return
    counts = {noun: Counter[str]() for noun in _NOUNS}
    for each in (*connections, *others):
        counts[each.noun][each.operation] += 1
    for operation in ("delete", "replace"):
        for noun, operations in counts.items():
            if count := operations.pop(operation, 0):
                yield Clause(f"{operation} {counted(count, noun)}", grave=True)
    if count := counts["connection"].pop("take over", 0):
        yield Clause(f"take over {counted(count, 'connection')}", grave=True)
    yield from _harms(connections)
    for noun, operations in counts.items():
        for operation in sorted(operations, key=_place):
            yield Clause(f"{operation} {counted(operations[operation], noun)}", grave=False)


def _harms(connections: tuple[Resource, ...]) -> Iterator[Clause]:
    """Yield what counts of operations hide: who is locked out, which calls stop, what strangers can do."""
    if count := sum(each.changes_password for each in connections):
        yield Clause(f"rotate {counted(count, 'password')}", grave=True)
    if count := sum(each.may_change_password for each in connections):
        yield Clause(f"may rotate {counted(count, 'password')}", grave=True)
    if count := sum(len(_members(each)) for each in connections if MEMBERS_MAY_CHANGE in each.meanings):
        yield Clause(f"may change or delete {counted(count, 'connection')}", grave=True)
    for harm in HARMS:
        if count := sum(any(said.harm == harm for said in each.meanings) for each in connections):
            yield Clause(harm.format(counted(count, "connection")), grave=True)


def _members(resource: Resource) -> Sequence[object]:
    found = (resource.change.old or {}).get(MEMBERS)
    return found if isinstance(found, list) else ()


def _place(operation: str) -> tuple[int, str]:
    return (_ORDER.index(operation) if operation in _ORDER else _HARMLESS, operation)


def _connection_name(change: ResourceChange) -> object:
    return (change.new or change.old or {}).get("connection_name")


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the second parts by the first, in the order in which they come; empty ones are left out."""
    found: dict[str, dict[str, None]] = {}
    for first, second in pairs:
        names = found.setdefault(first, {})
        if second:
            names[second] = None
    return {first: tuple(names) for first, names in found.items()}
