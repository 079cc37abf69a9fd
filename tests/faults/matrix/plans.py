"""Rows 32 and 33: what is not known yet, and states of earlier versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pulumi.runtime import rpc

from pulumi_telnyx.connection.passwords import GENERATED

from .cell import SIMPLE, Cell, Expect, Op
from .judge import CHANGES
from .stack import Outcome
from .world import World

_UNKNOWN = rpc.UNKNOWN
_FIELDS = ("connection_name", "user_name", "password", "inbound", "outbound", "tags", "extra")
_BAGS: dict[str, dict[str, Any]] = {
    **{name: {name: _UNKNOWN} for name in _FIELDS},
    "a field of an object": {"inbound": {"channel_limit": _UNKNOWN}},
    "an item of a list": {"tags": ["a", _UNKNOWN]},
    "a field of extra": {"extra": {"novel": _UNKNOWN}},
    "when to rotate": {"password": GENERATED, "rotate_password_when": _UNKNOWN},
    "everything": dict.fromkeys(_FIELDS, _UNKNOWN),
}
_SERVER_FIELDS = ("record_type", "created_at", "updated_at")
# What an earlier version left out of its state, or had in it.
_LACKING: dict[str, tuple[str, ...]] = {
    "no key_fingerprint": ("key_fingerprint",),
    "no ownership_mark": ("ownership_mark",),
    "neither of them": ("key_fingerprint", "ownership_mark"),
    "no server fields": _SERVER_FIELDS,
    "no password_revision": ("password_revision",),
}
_HAVING: dict[str, dict[str, Any]] = {
    "null server fields": dict.fromkeys(_SERVER_FIELDS),
    "keys of another version": {"flavour": "x", "schema_version": 0, "adopted": None},
}


def rows() -> list[Cell]:
    return [*_unknowns(), *_old_states()]


def _unknowns() -> Iterator[Cell]:
    """Row 32: a preview accepts what is not known, and calls nothing."""
    operations: tuple[Op, ...] = ("create", "update")
    for name, bag in _BAGS.items():
        for op in operations:
            yield Cell(32, f"{name} unknown", op, "before", Expect(calls=0), act=_plan(bag))


def _plan(bag: Mapping[str, Any]) -> Callable[[World], Outcome]:
    def act(world: World) -> Outcome:
        stack = world.stack
        inputs, problems = stack.engine.check(stack.inputs, {**stack.program, **bag})
        if problems:
            return Outcome("CheckFailure", str(problems))
        if stack.id is not None and not stack.engine.diff(stack.id, stack.outputs, inputs):
            return Outcome("no change", "what is not known may change")
        return Outcome("ok")

    return act


def _old_states() -> Iterator[Cell]:
    """Row 33: an old state is read, updated and deleted like one of today."""
    for name in (*_LACKING, *_HAVING):
        prepare = _aged(_LACKING.get(name, ()), _HAVING.get(name, {}))
        for op, moment in SIMPLE[1:]:
            yield Cell(33, name, op, moment, Expect(posts=0), prepare=prepare)
        # A revision is noted then, which calls nothing.
        plan = "changes" if name == "no password_revision" else "ok"
        title = f"{name}, nothing changed"
        yield Cell(33, title, "update", "before", Expect(plan, calls=0), prepare=prepare, act=_no_changes)


def _aged(lacking: tuple[str, ...], having: Mapping[str, Any]) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        for each in (world.stack.inputs, world.stack.outputs):
            for name in lacking:
                each.pop(name, None)
            each.update(having)

    return prepare


def _no_changes(world: World) -> Outcome:
    stack = world.stack
    stack.program.update({name: stack.inputs[name] for name in CHANGES})
    return Outcome("ok") if stack.plans_nothing() else Outcome("changes")
