"""Reads what the engine notes of a refresh: declared and live values of every resource.

Of a refresh the engine's `--json` shows the old values twice, and the live ones nowhere (CLI 3.259.0). Its
log of events (`--event-log`), which Pulumi's Automation API reads too, has both, and blanks out secrets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..connection.passwords import CHANGED_OUTSIDE
from .diagnostics import Problem, problems_in, warnings_in
from .preview import ResourceChange, StackPreview, connection_names, resource_of
from .sets import by_member, paths_in
from .steps import PreviewError, Step, stack_and_project, step_of, steps_of
from .values import REVISION, Value, shown

_NO_LOG: Final = "it is not the event log of a Pulumi CLI that is known here"


@dataclass(frozen=True)
class Refreshed:
    """One resource, as a refresh found it.

    Args:
        change: from what is declared to what is there; `update`, `delete` or `same`, as the engine sees it.
        arrived: the outputs of the last run, as far as they are inputs too: what was there then.
        updated_at: when Telnyx changed it the last time, where that was after the last run; else empty.
        is_declared: whether the stack manages it, and does not only read it.
        ignored: paths that the program leaves to others by `ignore_changes`.
    """

    change: ResourceChange
    arrived: Mapping[str, Value]
    updated_at: str
    is_declared: bool
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class StackRefresh:
    """What a refresh of one stack found.

    Args:
        stack: what the engine said, without the resources.
        resources: all that it looked at.
    """

    stack: StackPreview
    resources: tuple[Refreshed, ...] = ()


def read_refresh(content: bytes, stack: str, printed: bytes = b"") -> StackRefresh:
    """Return what a refresh found; nothing of it where it failed.

    Args:
        content: what `pulumi refresh --preview-only --json --event-log FILE` has written into FILE.
        stack: the name that the report shall have for the stack.
        printed: what it has printed, which alone tells what `ignore_changes` leaves to others.

    Raises:
        PreviewError: it is something else.
    """
    steps: list[Step] = []
    diagnostics: list[Mapping[str, Any]] = []
    is_complete = False
    for event in _events(content):
        if (found := event.get("resOutputsEvent")) is not None:
            steps.append(_step(found))
        elif isinstance(found := event.get("diagnosticEvent"), Mapping):
            diagnostics.append(found)
        is_complete = is_complete or "summaryEvent" in event
    problems = tuple(problems_in(diagnostics))
    if not is_complete and not problems:
        problems = (Problem("", "the refresh has no summary: it was ended before it was complete"),)
    resources = () if problems else tuple(_resources(steps, _ignored(printed)))
    warnings = warnings_in(diagnostics, connection_names(each.change for each in resources))
    engine_stack, project = stack_and_project(steps)
    return StackRefresh(
        StackPreview(stack, engine_stack, project, warnings=tuple(warnings), problems=problems), resources
    )


def _events(content: bytes) -> Iterator[Mapping[str, Any]]:
    for line in content.splitlines():
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            raise PreviewError(_NO_LOG) from None
        if not isinstance(event, Mapping):
            raise PreviewError(_NO_LOG)
        yield event


def _step(event: object) -> Step:
    metadata = event.get("metadata") if isinstance(event, Mapping) else None
    if not isinstance(metadata, Mapping):
        raise PreviewError(_NO_LOG)
    names = {"op": "op", "urn": "urn", "oldState": "old", "newState": "new"}
    return step_of({name: metadata.get(theirs) for name, theirs in names.items()})


def _ignored(printed: bytes) -> Mapping[str, tuple[str, ...]]:
    """Return what each resource, by its URN, leaves to others."""
    if not printed.strip():
        return {}
    paths = ((step.urn, step.old.get("ignoreChanges")) for step in steps_of(printed))
    return {urn: tuple(map(str, found)) for urn, found in paths if isinstance(found, list)}


def _resources(steps: Iterable[Step], ignored: Mapping[str, tuple[str, ...]]) -> Iterator[Refreshed]:
    for step in steps:
        # The next run deletes it anyway.
        if step.old.get("delete") or step.place[2].startswith("pulumi:"):
            continue
        for each in by_member(step, refreshed=True):
            paths = ignored.get(step.urn, ())
            yield _resource(each, paths_in(paths, each.membership.member) if each.membership else paths)


def _resource(step: Step, ignored: tuple[str, ...]) -> Refreshed:
    change = resource_of(step)
    if not change.is_connection:
        return Refreshed(change, {}, "", is_declared=False)
    before, now = (_outputs(each) for each in (step.old, step.new))
    inputs = step.new.get("inputs")
    changed_outside = isinstance(inputs, Mapping) and bool(inputs.get(CHANGED_OUTSIDE))
    at = now.get("updated_at")
    return Refreshed(
        # What is gone is gone, whatever was to happen to it at a deletion by Pulumi.
        replace(change, changed_outside=changed_outside, is_kept=False),
        {name: before.get(name) for name in change.old or {}},
        at if isinstance(at, str) and at != before.get("updated_at") else "",
        change.is_set or REVISION in (change.old or {}),
        ignored,
    )


def _outputs(state: Mapping[str, Any]) -> Mapping[str, Value]:
    outputs = shown(state.get("outputs"))
    return outputs if isinstance(outputs, Mapping) else {}
