"""Reads what the JSON that `pulumi preview --json` prints says of one stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..connection.passwords import CHANGED_OUTSIDE
from ..state import CONNECTION_TYPE, SET_TYPE
from .diagnostics import Problem, Warned, problems_in, warnings_in, without_keys
from .sets import by_member
from .steps import (
    Membership,
    PreviewError,
    Step,
    digest_of,
    list_in,
    operation_of,
    stack_and_project,
    steps_in,
)
from .values import Value, shown

# The engine counts a replacement as one operation, and shows its parts only where it is asked to.
_PARTS_OF_A_REPLACEMENT: Final = frozenset({"create-replacement", "delete-replaced"})


@dataclass(frozen=True)
class ResourceChange:
    """What the engine wants to do with one resource.

    Args:
        type: the type token, without those of its parents.
        name: the resource's name in the stack.
        operation: in the engine's words: create, update, replace, delete …
        old: the inputs of the last run, and None for a resource that is new.
        new: the inputs of this run, and None for a resource that goes.
        outputs: the outputs of the last run, where the inputs do not explain an update.
        id: the id that the resource has; empty for a new one.
        was_protected: whether it was protected from deletion.
        is_protected: whether it will be.
        is_kept: whether it stays where it is when it is removed from the stack (`retain_on_delete`).
        changed_outside: whether a refresh saw a password that is not ours.
        membership: where it is a member of a set; None for what is a resource of its own.
    """

    type: str
    name: str
    operation: str
    old: Mapping[str, Value] | None = None
    new: Mapping[str, Value] | None = None
    outputs: Mapping[str, Value] | None = None
    id: str = ""
    was_protected: bool = False
    is_protected: bool = False
    is_kept: bool = False
    changed_outside: bool = False
    membership: Membership | None = None

    @property
    def is_set(self) -> bool:
        """Whether it is a set: what is said of it is not said of one of its members."""
        return self.type == SET_TYPE

    @property
    def is_connection(self) -> bool:
        """Whether it is one of this provider's resources, or a member of one."""
        return self.type in {CONNECTION_TYPE, SET_TYPE}

    @property
    def is_hidden(self) -> bool:
        """Whether nobody can see what of its settings differs."""
        return self.membership is not None and self.membership.is_hidden


@dataclass(frozen=True)
class StackPreview:
    """What `pulumi preview` said of one stack.

    Args:
        stack: the name that the report has for the stack.
        engine_stack: the name that the engine has for it; empty where nothing tells.
        project: the project's name; empty where nothing tells.
        counts: how many resources of each operation, as the engine counts them.
        resources: what changes; resources that stay the same are counted only.
        warnings: what the provider and the program warned of, in the order of the engine.
        problems: why the preview failed; empty where it did not.
    """

    stack: str
    engine_stack: str = ""
    project: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    resources: tuple[ResourceChange, ...] = ()
    warnings: tuple[Warned, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def is_another(self) -> bool:
        """Whether the engine calls the stack otherwise than the report does."""
        return bool(self.engine_stack) and self.engine_stack != self.stack.rpartition("/")[2]


def failed(stack: str, message: str) -> StackPreview:
    """Return the preview of a stack that has none, with the reason."""
    return StackPreview(stack, problems=(Problem("", without_keys(message.strip())),))


def read_preview(content: bytes, stack: str | None) -> StackPreview:
    """Return a preview.

    Args:
        content: what `pulumi preview --json` wrote to standard output.
        stack: the name that the report shall have for it; None takes the engine's.

    Raises:
        PreviewError: it is no preview.
    """
    digest = digest_of(content)
    steps = steps_in(digest)
    diagnostics = [each for each in list_in(digest, "diagnostics") if isinstance(each, Mapping)]
    problems = tuple(problems_in(diagnostics))
    counts = _counts(digest)
    if counts is None and not problems:
        problems = (Problem("", "the preview has no summary: it was ended before it was complete"),)
    engine_stack, project = stack_and_project(steps)
    name = stack or engine_stack
    if not name:
        raise PreviewError("it does not tell its stack: name it, as in STACK=FILE")
    # What a preview saw before it failed is not what an update would do.
    resources = () if problems else tuple(_resources(steps))
    warnings = tuple(warnings_in(diagnostics, connection_names(resources)))
    return StackPreview(name, engine_stack, project, counts or {}, resources, warnings, problems)


def _counts(digest: Mapping[str, Any]) -> dict[str, int] | None:
    summary = digest.get("changeSummary")
    if summary is None:
        return None
    if not isinstance(summary, Mapping) or not all(type(each) is int for each in summary.values()):
        raise PreviewError(
            "its changeSummary is no map of counts: it is not the JSON of `pulumi preview --json`"
        )
    return {operation_of(name): count for name, count in summary.items()}


def _resources(steps: list[Step]) -> Iterator[ResourceChange]:
    replaced = {step.urn for step in steps if step.operation == "replace"}
    for step in steps:
        if step.operation in _PARTS_OF_A_REPLACEMENT and step.urn in replaced:
            continue
        for each in by_member(step):
            if each.operation not in {"same", "read", "refresh"} or _differs(each):
                yield resource_of(each)


def _differs(step: Step) -> bool:
    """Return whether a step that changes nothing out there is worth a word."""
    if step.operation == "read" and not step.old:
        return True
    return any(
        (step.old.get(name) or None) != (step.new.get(name) or None)
        for name in (("protect",) if step.operation == "same" else ("inputs", "protect"))
    )


def resource_of(step: Step) -> ResourceChange:
    """Return a step as reports show it: without secrets, and without what is internal."""
    _, _, type_, name = step.place
    bare = ResourceChange(type_, name, step.operation)
    is_ours = bare.is_connection
    inputs = [shown(state.get("inputs")) if state and is_ours else None for state in (step.old, step.new)]
    old, new = (each if isinstance(each, Mapping) else None for each in inputs)
    raw = step.old.get("inputs")
    # What did not arrive the last time is looked for only where nothing else explains an update.
    explained = step.operation != "update" or raw != step.new.get("inputs")
    outputs = shown(step.old.get("outputs")) if is_ours and not explained else None
    return ResourceChange(
        type_,
        name,
        step.operation,
        old,
        new,
        outputs=outputs if isinstance(outputs, Mapping) else None,
        id=str(step.old.get("id") or ""),
        was_protected=bool(step.old.get("protect")),
        is_protected=bool(step.new.get("protect")),
        is_kept=bool(step.old.get("retainOnDelete")),
        changed_outside=is_ours and isinstance(raw, Mapping) and bool(raw.get(CHANGED_OUTSIDE)),
        membership=step.membership,
    )


def connection_names(resources: Iterable[ResourceChange]) -> set[str]:
    """Return what the provider calls the connections in its warnings."""
    inputs = (each for change in resources for each in (change.old, change.new) if each)
    return {name for each in inputs if isinstance(name := each.get("connection_name"), str) and name}
