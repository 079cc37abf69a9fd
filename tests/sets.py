"""A stack with one set in it, in this process: what the engine does with it, and what the program sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pulumi_telnyx.fleet.declaration import apart, given_of
from pulumi_telnyx.fleet.identity import Identity
from tests.servicer import SetEngine

IDENTITY = Identity("organization", "stories", "test", "phones", "", marks=True)


class RefusedError(Exception):
    """The preview fails: the problems that check has found."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SetStack:
    """Calls the provider as `pulumi up`, `refresh` and `destroy` do, and keeps the state between them.

    Args:
        engine: the set's provider, connected to an API.
        identity: the set.
    """

    def __init__(self, engine: SetEngine, identity: Identity = IDENTITY) -> None:
        self.engine, self.identity = engine, identity
        self.id = ""
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}

    @property
    def ids(self) -> dict[str, str]:
        """The ids of the members in the state."""
        return dict(self.outputs["ids"])

    @property
    def failed(self) -> dict[str, str]:
        """The members that the last run could not bring in line, with the reasons."""
        return dict(self.outputs["failed"])

    def declared(self, members: Any, **arguments: Any) -> dict[str, Any]:
        """Return the inputs that the program sends for these members, passwords among their settings."""
        # Without outputs among them, this is what the constructor sends, but for the mark of a secret.
        settings, passwords = apart(members, arguments.pop("defaults", None))
        return {
            "members": settings,
            "passwords": given_of(passwords),
            "identity": self.identity.as_input(),
            **arguments,
        }

    def check(self, members: Any, **arguments: Any) -> dict[str, Any]:
        """Return the inputs as `check` makes them.

        Raises:
            RefusedError: there are problems.
        """
        inputs, problems = self.engine.check(self.inputs, self.declared(members, **arguments))
        if problems:
            raise RefusedError(problems)
        return inputs

    def preview(self, members: Any, **arguments: Any) -> bool:
        """Return whether `up` would change anything."""
        inputs = self.check(members, **arguments)
        return not self.id or self.engine.diff(self.id, self.outputs, inputs)

    def up(self, members: Any, **arguments: Any) -> bool:
        """Bring the account in line, and return whether there was anything to do."""
        inputs = self.check(members, **arguments)
        if not self.id:
            self.id, self.outputs = self.engine.create(inputs)
        elif self.engine.diff(self.id, self.outputs, inputs):
            self.outputs = self.engine.update(self.id, self.outputs, inputs)
        else:
            self.inputs = inputs
            return False
        self.inputs = inputs
        return True

    def refresh(self) -> None:
        """Take over what was changed outside."""
        self.id, self.outputs, self.inputs = self.engine.read(self.id, self.outputs)

    def destroy(self) -> None:
        """Delete all members."""
        self.engine.delete(self.id, self.outputs)
        self.id, self.inputs, self.outputs = "", {}, {}
