"""One resource as the engine holds it, and what the engine asks the provider for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servicer import AbortedError, Engine

from .process import KilledError, Process


@dataclass(frozen=True)
class Outcome:
    """How an operation ended: see `Expect.result`, and all that the engine would print."""

    result: str
    text: str = ""


@dataclass
class Stack:
    """A stack with one resource.

    Args:
        start: returns a new plugin process, for another key or base URL where they are given.
        program: the inputs that the resource's constructor sends.
    """

    start: Callable[[str | None, str | None], Process]
    program: dict[str, Any]
    id: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    process: Process | None = None

    def new_process(self, key: str | None = None, url: str | None = None) -> Process:
        """Start the process for what comes next; the old one is forgotten."""
        self.process = self.start(key, url)
        return self.process

    @property
    def engine(self) -> Engine:
        return (self.process or self.new_process()).engine

    def up(self) -> Outcome:
        return self._attempt(self._up)

    def refresh(self) -> Outcome:
        return self._attempt(self._refresh)

    def destroy(self) -> Outcome:
        return self._attempt(self._destroy)

    def plans_nothing(self) -> bool:
        """Return whether the next `up` would find nothing to do."""
        inputs, problems = self.engine.check(self.inputs, self.program)
        return self.id is not None and not problems and not self.engine.diff(self.id, self.outputs, inputs)

    def _up(self) -> str:
        inputs, problems = self.engine.check(self.inputs, self.program)
        if problems:
            raise AbortedError(f"CheckFailure: {'; '.join(problems)}")
        if self.id is None:
            self.id, self.outputs = self.engine.create(inputs)
            self.inputs = inputs
        elif self.engine.diff(self.id, self.outputs, inputs):
            self.outputs = self.engine.update(self.id, self.outputs, inputs)
            self.inputs = inputs
        return "ok"

    def _refresh(self) -> str:
        if self.id is None:
            return "ok"
        identifier, outputs, inputs = self.engine.read(self.id, self.outputs)
        self.id, self.outputs, self.inputs = identifier or None, outputs, inputs
        return "ok" if identifier else self._forget("gone")

    def _destroy(self) -> str:
        if self.id is not None:
            self.engine.delete(self.id, self.outputs)
        return self._forget("ok")

    def _forget(self, result: str) -> str:
        self.id, self.inputs, self.outputs = None, {}, {}
        return result

    def _attempt(self, operation: Callable[[], str]) -> Outcome:
        try:
            return Outcome(operation())
        except KilledError:
            return Outcome("killed")
        except AbortedError as error:
            text = str(error)
            kind = re.match(r"(\w+): ", text.strip().splitlines()[-1])
            return Outcome(kind[1] if kind else "unreadable", text)
