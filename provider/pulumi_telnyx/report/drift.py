"""What somebody has changed at Telnyx since the last run, as a report that every form can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from ..api.clock import moment_in
from ..ownership import Owner, told_of_owner
from ..words import counted
from .changes import Changes, PropertyChange, compare
from .meaning import Meaning, meanings
from .refresh import Refreshed, StackRefresh
from .summary import Clause, Resource, Stack, Summary, danger, grouped
from .values import PASSWORD, Mark
from .voice import DRIFT

MARK_PATH: Final = "ownership mark"
"""Stands among the fields of a connection that now has another stack's mark."""

_TAKEN_OVER: Final = Meaning("another stack has it too: each may undo what the other one does", grave=True)
_OF_CHANGED: Final = (
    "What was changed: `pulumi up --refresh` sets it back, and `pulumi up` alone does not see it. To keep "
    "it, declare it; `pulumi refresh` takes it into the state only, and the next `pulumi up` sets back what "
    "is not declared."
)
_OF_DELETED: Final = (
    "What was deleted: `pulumi up --refresh` makes it anew, with another id; a generated password becomes "
    "another. To let it go, remove it from the program."
)
_OF_TAKEN_OVER: Final = (
    "What was taken over on purpose: remove it from this stack with `pulumi state delete`; nothing happens "
    "at Telnyx then."
)

_OF_MEMBER_TAKEN_OVER: Final = (
    "What was taken over on purpose and is a member of a set: remove it from the set and name it in "
    "`retain`; nothing happens at Telnyx then."
)


def drift_of(refreshes: Iterable[StackRefresh]) -> Summary:
    """Return what differs from what is declared, and did not after the last run.

    Args:
        refreshes: one per stack.
    """
    stacks = tuple(sorted(map(_stack, refreshes), key=danger))
    project = next((each.preview.project for each in stacks if each.preview.project), "")
    found = [each for stack in stacks for each in stack.connections]
    remedies = (
        (_OF_CHANGED, any(_is_changed(each) for each in found)),
        (_OF_DELETED, any(each.operation == "delete" for each in found)),
        (_OF_TAKEN_OVER, any(is_taken_over(each) and each.change.membership is None for each in found)),
        # The state holds the set as one: deleting that would let go of all the others.
        (_OF_MEMBER_TAKEN_OVER, any(is_taken_over(each) and each.change.membership for each in found)),
    )
    return Summary(project, stacks, tuple(text for text, applies in remedies if applies), DRIFT)


def is_taken_over(resource: Resource) -> bool:
    """Return whether a connection now has another stack's mark."""
    return any(each.path == MARK_PATH for each in resource.properties)


def _is_changed(resource: Resource) -> bool:
    """Return whether a connection has other values than those that are declared."""
    own = [each for each in resource.properties if each.path != MARK_PATH]
    return resource.operation == "update" and bool(own or resource.hidden or not resource.properties)


def _stack(refresh: StackRefresh) -> Stack:
    owners = dict(filter(None, (told_of_owner(each.message) for each in refresh.stack.warnings)))
    connections: list[Resource] = []
    others: list[Resource] = []
    for each in refresh.resources:
        if each.is_declared:
            connections += _connection(each, owners.get(each.change.id), refresh)
        # A read connection may have any settings; where it is gone, the next run fails.
        elif each.change.operation == "delete" or (
            each.change.operation == "update" and not each.change.is_connection
        ):
            others.append(Resource(each.change, each.change.operation, (), (), (), voice=DRIFT))
    operations = Counter(each.operation for each in (*connections, *others))
    counts = {**operations, "same": len(refresh.resources) - operations.total()}
    warnings = grouped(
        (warned.message, warned.about)
        for warned in sorted(refresh.stack.warnings, key=lambda each: (each.message, each.about))
        if told_of_owner(warned.message) is None
    )
    return Stack(
        replace(refresh.stack, counts=counts),
        tuple(sorted(connections, key=_order)),
        tuple(sorted(others, key=_order)),
        warnings,
        tuple(_verdict(refresh, connections, others)),
        DRIFT,
    )


def _order(resource: Resource) -> tuple[int, str]:
    return resource.rank, resource.change.name


def _connection(found: Refreshed, owner: Owner | None, refresh: StackRefresh) -> Iterator[Resource]:
    change = found.change
    if change.operation not in {"update", "delete"} and owner is None:
        return
    differs = compare(change.old, change.new) if change.operation in {"update", "delete"} else Changes(())
    properties = list(differs.properties)
    hidden = differs.hidden
    if change.operation == "update":
        # What Telnyx has never taken as it was sent is the same as after the last run: nobody has changed it.
        since = {each.path for each in compare(found.arrived, change.new).properties}
        # The engine counts as changed what `ignore_changes` names, and leaves it as it is.
        properties = [
            each for each in properties if each.path in since and not _is_in(each.path, found.ignored)
        ]
        hidden = tuple(each for each in hidden if not _is_in(each, found.ignored))
        if change.changed_outside:
            properties.append(PropertyChange(PASSWORD, Mark.SECRET, Mark.SECRET))
        is_explained = differs.properties or differs.hidden != hidden
        if is_explained and not properties and owner is None:
            return
    if owner is not None:
        ours = f"{refresh.stack.project}/{refresh.stack.engine_stack}"
        properties.append(PropertyChange(MARK_PATH, ours, f"{owner.project}/{owner.stack}"))
    operation = "delete" if change.operation == "delete" else "update"
    told = [
        replace(each, text=each.done or each.text)
        for each in meanings(replace(change, operation=operation), tuple(properties))
    ]
    yield Resource(
        change,
        operation,
        tuple(properties),
        () if properties else hidden,
        (*([_TAKEN_OVER] if owner is not None else ()), *told),
        _when(found.updated_at),
        DRIFT,
    )


def _is_in(path: str, ignored: tuple[str, ...]) -> bool:
    return any(each == "*" or path == each or path.startswith((f"{each}.", f"{each}[")) for each in ignored)


def _when(updated_at: str) -> str:
    """Return a time of the API's as `2026-11-25T16:41:50Z`; empty where it is none."""
    at = moment_in(updated_at)
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _verdict(refresh: StackRefresh, connections: list[Resource], others: list[Resource]) -> Iterator[Clause]:
    if refresh.stack.problems:
        yield Clause(DRIFT.failed, grave=True)
        return
    deleted = sum(each.operation == "delete" for each in connections)
    passwords = sum(each.changes_password for each in connections)
    taken_over = sum(map(is_taken_over, connections))
    changed = [each for each in connections if _is_changed(each)]
    breaks = any(said.grave and said is not _TAKEN_OVER for each in changed for said in each.meanings)
    for count, noun, what, grave in (
        (deleted, "connection", "deleted outside", True),
        (passwords, "password", "changed outside", True),
        (taken_over, "connection", "taken over by another stack", True),
        (len(changed), "connection", "changed outside", breaks),
        (len(others), "other resource", "changed or deleted outside", False),
    ):
        if count:
            yield Clause(f"{counted(count, noun)} {what}", grave)
