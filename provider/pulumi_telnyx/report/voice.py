"""The words in which a report speaks: of what would be done, or of what somebody has done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Voice:
    """The words of one kind of report.

    Args:
        kind: what the hidden marker calls the report.
        nothing: what is said of stacks of which there is nothing to say.
        failed: what is said of a stack that has no result, before the reasons.
        columns: operations that every table has a column for, in the engine's words and with `same` last.
        operations: what operations are called; those that are missing are called as the engine does.
        sides: the titles of old and new values.
        new_password: what stands in place of a password that differs.
        everything: where everything is that a comment has no room for.
    """

    kind: str
    nothing: str
    failed: str
    columns: tuple[str, ...]
    sides: tuple[str, str]
    new_password: str
    everything: str
    operations: Mapping[str, str] = field(default_factory=dict)

    def called(self, operation: str) -> str:
        """Return what an operation is called."""
        return self.operations.get(operation, operation)


PREVIEW: Final = Voice(
    kind="report",
    nothing="no changes",
    failed="the preview failed",
    columns=("create", "update", "replace", "delete", "same"),
    sides=("old", "new"),
    new_password="changes",  # noqa: S106 - stands in place of one
    everything="`--full-output FILE` writes all of it",
)

DRIFT: Final = Voice(
    kind="drift",
    nothing="no drift",
    failed="it could not be looked at",
    columns=("update", "delete", "same"),
    sides=("declared", "at Telnyx now"),
    new_password="changed",  # noqa: S106 - stands in place of one
    everything="`pulumi-telnyx drift --format json` has all of it",
    operations={"update": "changed", "delete": "deleted"},
)
