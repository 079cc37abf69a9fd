"""Reads the steps in the engine's JSON, and says in one line where it is something else.

The format has no version of its own. It is known by its shape: steps with an operation and a URN, and a
summary with a count for each operation. What the engine prints here is documented by its source
(`PreviewDigest`, CLI 3.259.0).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..api.errors import TelnyxError, printable

_OPERATIONS: Final = frozenset(
    (
        *("create", "update", "delete", "replace", "same", "read", "refresh", "import", "discard", "diff"),
        *("create-replacement", "delete-replaced", "read-replacement", "import-replacement"),
        *("discard-replaced", "remove-pending-replace", "extend-parameterize"),
    )
)
"""What the engine does with resources. Of another operation nobody here knows what it does to phones."""


class PreviewError(TelnyxError):
    """A file is no preview, or previews do not belong into one report."""


@dataclass(frozen=True)
class Membership:
    """How a connection belongs to a set.

    Args:
        set: the set's name in the stack.
        member: the connection's name in the set.
        former: its old name, where it gets another one; else empty.
        failed: whether the last run could not bring it in line.
        is_hidden: whether the state keeps what it has as one secret, so that nobody sees what differs.
    """

    set: str
    member: str
    former: str = ""
    failed: bool = False
    is_hidden: bool = False


@dataclass(frozen=True)
class Step:
    """What the engine does with one resource, as its JSON has it.

    Args:
        operation: in the engine's words.
        urn: the resource.
        old: its state before; empty for one that is new.
        new: its state afterwards; empty for one that goes.
        membership: where it is a member of a set, which the engine takes for one resource.
    """

    operation: str
    urn: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    membership: Membership | None = None

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
    old, new = (
        each if isinstance(each, Mapping) else {} for each in (step.get("oldState"), step.get("newState"))
    )
    return Step(operation_of(step.get("op")), str(step.get("urn")), old, new)


def stack_and_project(steps: Iterable[Step]) -> tuple[str, str]:
    """Return the names that the engine has for stack and project; empty ones where there is no step."""
    for step in steps:
        stack, project, _, _ = step.place
        return stack, project
    return "", ""


def steps_of(content: bytes) -> list[Step]:
    """Return the steps of a preview, or of anything else that the engine prints like one.

    Raises:
        PreviewError: it is no JSON of the engine's.
    """
    return steps_in(digest_of(content))


def steps_in(digest: Mapping[str, Any]) -> list[Step]:
    """Return the steps of JSON that `digest_of` has read.

    Raises:
        PreviewError: one of them is none, or of an operation that is not known here.
    """
    return [step_of(each) for each in list_in(digest, "steps")]


def digest_of(content: bytes) -> Mapping[str, Any]:
    """Return the engine's JSON.

    Raises:
        PreviewError: it is something else, or only a part of it.
    """
    text = content.decode("utf-8-sig", "replace")
    if not text.strip():
        raise PreviewError(
            "it is empty: the preview failed before it printed anything; its standard error says why"
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


def list_in(digest: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list of the engine's JSON; an empty one where there is none.

    Raises:
        PreviewError: it is something else.
    """
    value = digest.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise PreviewError(f"its {name} are no list: it is not the JSON of `pulumi preview --json`")
    return value


def operation_of(name: object) -> str:
    """Return the engine's word for what it does.

    Raises:
        PreviewError: it is no word, or one that is not known here.
    """
    if not isinstance(name, str):
        raise PreviewError("one of its steps has no operation: it is not the JSON of `pulumi preview --json`")
    if name not in _OPERATIONS:
        raise PreviewError(
            f"it has the operation '{printable(name)}', which is not known here: it is made by a newer "
            "Pulumi CLI than this command knows"
        )
    return name
