"""Reads the JSON that `pulumi preview --json` prints, and says in one line where it is something else.

The format has no version of its own. It is known by its shape: steps with an operation and a URN, and a
summary with a count for each operation. What the engine prints here is documented by its source
(`PreviewDigest`, CLI 3.259.0).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..api.errors import TelnyxError, printable
from ..passwords import CHANGED_OUTSIDE
from .diagnostics import Problem, Warned, problems_in, warnings_in, without_keys
from .values import Value, shown

CONNECTION_TYPES: Final = frozenset({"CredentialConnection", "CredentialConnectionSet"})
_OUR_TYPE: Final = "pulumi-python:dynamic/telnyx:"

_OPERATIONS: Final = frozenset(
    (
        *("create", "update", "delete", "replace", "same", "read", "refresh", "import", "discard", "diff"),
        *("create-replacement", "delete-replaced", "read-replacement", "import-replacement"),
        *("discard-replaced", "remove-pending-replace", "extend-parameterize"),
    )
)
"""What the engine does with resources. Of another operation nobody here knows what it does to phones."""

# The engine counts a replacement as one operation, and shows its parts only where it is asked to.
_PARTS_OF_A_REPLACEMENT: Final = frozenset({"create-replacement", "delete-replaced"})


class PreviewError(TelnyxError):
    """A file is no preview, or previews do not belong into one report."""


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
        is_kept: whether it stays where it is when it is taken out of the stack (`retain_on_delete`).
        changed_outside: whether a refresh saw a password that is not ours.
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

    @property
    def is_connection(self) -> bool:
        """Whether it is one of this provider's resources."""
        return self.type.startswith(_OUR_TYPE) and self.type[len(_OUR_TYPE) :] in CONNECTION_TYPES


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
    digest = _digest(content)
    steps = _steps(digest)
    diagnostics = [each for each in _list(digest, "diagnostics") if isinstance(each, Mapping)]
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


def steps_of(content: bytes) -> list[Step]:
    """Return the steps of a preview, or of anything else that the engine prints like one.

    Raises:
        PreviewError: it is no JSON of the engine's.
    """
    return _steps(_digest(content))


def _steps(digest: Mapping[str, Any]) -> list[Step]:
    return [step_of(each) for each in _list(digest, "steps")]


def _digest(content: bytes) -> Mapping[str, Any]:
    text = content.decode("utf-8-sig", "replace")
    if not text.strip():
        raise PreviewError(
            "it is empty: the preview failed before it printed anything; its error output says why"
        )
    try:
        digest = json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise PreviewError(
                f"it is cut off in line {error.lineno}: it is not the whole output of `pulumi preview --json`"
            ) from None
        raise PreviewError(
            f"it is not JSON (line {error.lineno}): it must be what `pulumi preview --json` writes to "
            "standard output, and only that"
        ) from None
    except (ValueError, RecursionError):
        raise PreviewError("its JSON cannot be read: a number or its nesting is beyond all measure") from None
    if not isinstance(digest, Mapping):
        raise PreviewError("it is JSON, but not that of `pulumi preview --json`")
    if "version" in digest:
        version = printable(digest["version"])
        raise PreviewError(
            f"it has version {version}, and the previews that are known here have none: it is an export, or "
            "made by a Pulumi CLI that is newer than this command"
        )
    known = digest.keys() & {"steps", "changeSummary", "diagnostics", "duration", "config"}
    if digest and not known:
        raise PreviewError(
            "it is JSON, but not that of `pulumi preview --json`: it has neither steps nor summary"
        )
    return digest


def _list(digest: Mapping[str, Any], name: str) -> list[Any]:
    value = digest.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise PreviewError(f"its {name} are no list: it is not the JSON of `pulumi preview --json`")
    return value


def _counts(digest: Mapping[str, Any]) -> dict[str, int] | None:
    summary = digest.get("changeSummary")
    if summary is None:
        return None
    if not isinstance(summary, Mapping) or not all(type(each) is int for each in summary.values()):
        raise PreviewError(
            "its changeSummary is no map of counts: it is not the JSON of `pulumi preview --json`"
        )
    return {_operation(name): count for name, count in summary.items()}


def _operation(name: object) -> str:
    if not isinstance(name, str):
        raise PreviewError("one of its steps has no operation: it is not the JSON of `pulumi preview --json`")
    if name not in _OPERATIONS:
        raise PreviewError(
            f"it has the operation '{printable(name)}', which is not known here: it is made by a newer "
            "Pulumi CLI than this command knows"
        )
    return name


@dataclass(frozen=True)
class Step:
    """What the engine does with one resource, as its JSON has it.

    Args:
        operation: in the engine's words.
        urn: the resource.
        old: its state before; empty for one that is new.
        new: its state afterwards; empty for one that goes.
    """

    operation: str
    urn: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    def __post_init__(self) -> None:
        if len(self.urn.split("::", 3)) < 4 or not self.urn.startswith("urn:pulumi:"):
            raise PreviewError("one of its steps has no URN of a resource: it is not the JSON of a preview")

    @property
    def place(self) -> tuple[str, str, str, str]:
        """The stack, the project, the type and the name of the resource."""
        stack, project, types, name = self.urn.split("::", 3)
        return stack.removeprefix("urn:pulumi:"), project, types.rpartition("$")[2], name


def step_of(step: object) -> Step:
    """Return a step of the engine's JSON.

    Raises:
        PreviewError: it is none, or of an operation that is not known here.
    """
    if not isinstance(step, Mapping):
        raise PreviewError("one of its steps is no object: it is not the JSON of `pulumi preview --json`")
    states = [
        each if isinstance(each, Mapping) else {} for each in (step.get("oldState"), step.get("newState"))
    ]
    return Step(_operation(step.get("op")), str(step.get("urn")), *states)


def stack_and_project(steps: Iterable[Step]) -> tuple[str, str]:
    """Return the names that the engine has for stack and project; empty ones where there is no step."""
    for step in steps:
        stack, project, _, _ = step.place
        return stack, project
    return "", ""


def _resources(steps: list[Step]) -> Iterator[ResourceChange]:
    replaced = {step.urn for step in steps if step.operation == "replace"}
    for step in steps:
        if step.operation in _PARTS_OF_A_REPLACEMENT and step.urn in replaced:
            continue
        change = resource_of(step)
        if change.operation in {"same", "read", "refresh"} and not _differs(step):
            continue
        yield change


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
        outputs if isinstance(outputs, Mapping) else None,
        str(step.old.get("id") or ""),
        bool(step.old.get("protect")),
        bool(step.new.get("protect")),
        bool(step.old.get("retainOnDelete")),
        is_ours and isinstance(raw, Mapping) and bool(raw.get(CHANGED_OUTSIDE)),
    )


def connection_names(resources: Iterable[ResourceChange]) -> set[str]:
    """Return what the provider calls the connections in its warnings."""
    inputs = (each for change in resources for each in (change.old, change.new) if each)
    return {name for each in inputs if isinstance(name := each.get("connection_name"), str) and name}
