"""Rows 20 to 25: updates that are half done, processes and engines that end, two that do the same."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from pulumi_telnyx.emulator.faults import Kind

from .cell import ALWAYS, LOOK_UPS, METHODS, ONCE, PLACES, Cell, Expect, Op, fault, lost
from .judge import CHANGES
from .process import KilledError
from .stack import Outcome
from .world import World, nothing

_WRITES: tuple[Op, ...] = ("create", "update", "delete")


def rows() -> list[Cell]:
    return [*_half_updates(), *_killed(), *_orphans(), *_cancelled(), *_two_at_once()]


def _half_updates() -> Iterator[Cell]:
    """Row 20: the API has the change, or half of it, and the state does not."""
    for nested in ("merge", "replace"):
        for name in CHANGES:
            yield Cell(
                20,
                f"half applied: {name} ({nested})",
                "update",
                "after",
                Expect("ApiError", calls=5, says=("503",)),
                (fault("update", "status", times=ALWAYS),),
                options={"nested_patch": nested},
                prepare=_half({name: CHANGES[name]}),
            )
    kinds: tuple[Kind, ...] = ("close", "status", "reset")
    for kind in kinds:
        yield Cell(20, f"applied, {kind}, and the program goes back", "update", "after", act=_and_back(kind))


def _half(edit: dict[str, Any]) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        def apply(method: str, moment: str) -> None:
            world.edit_outside(edit)
            world.on_send = nothing

        world.on_send = apply

    return prepare


def _and_back(kind: Kind) -> Callable[[World], Outcome]:
    """Return an update that seems to fail, a program that returns to what it was, and a refresh."""

    def act(world: World) -> Outcome:
        stack = world.stack
        world.server.inject(fault("update", kind, "after", times=ALWAYS))
        if (failed := stack.up()).result == "ok":
            return Outcome("not failed", failed.text)
        world.server.clear_faults()
        stack.program.update({name: stack.inputs[name] for name in CHANGES})
        stack.new_process()
        refreshed = stack.refresh()
        return stack.up() if refreshed.result == "ok" else refreshed

    return act


def kill(method: str, moment: str) -> Callable[[World], None]:
    """Return what ends the process at that end of its next request with this method."""

    def arm(world: World) -> None:
        def strike(sent: str, at: str) -> None:
            if (sent, at) == (method, moment):
                raise KilledError

        world.on_send = strike

    return arm


def _killed() -> Iterator[Cell]:
    """Rows 21 and 22: the process ends; after the engine's end the program may have changed as well."""
    for op, moment in PLACES:
        if op == "look-up":
            for at in ("before", "after"):
                name = f"plugin killed {at} its list"
                expect, losing = Expect("killed", posts=1), lost(op, moment)
                yield Cell(22, name, op, moment, expect, losing, prepare=kill("GET", at))
            continue
        strike = kill(METHODS[op], moment)
        yield Cell(22, "plugin killed", op, moment, Expect("killed"), prepare=strike)
        if op != "delete":
            name = "engine killed, program changed"
            yield Cell(21, name, op, moment, Expect("killed"), prepare=strike, check=_changed)


def _changed(world: World) -> list[str]:
    world.stack.program.update(connection_name="Desk, changed again", inbound={"channel_limit": 30})
    return []


def _orphans() -> Iterator[Cell]:
    """Row 23: nothing is written any more when the engine has gone."""
    gone = Expect("EngineGoneError", says=("engine has ended",))
    at_once, waiting, never = _engine(gone_at=0), _engine(gone_at=1), _engine(gone_at=None)
    for op in _WRITES:
        once = gone.but(posts=1) if op == "create" else gone.but(calls=1)
        yield Cell(23, "gone before it began", op, "before", gone.but(calls=0), within=at_once)
        yield Cell(23, "gone while it waits", op, "before", once, (fault(op, "status"),), within=waiting)
        limit = (fault(op, "rate_limit"),)
        yield Cell(23, "gone while it heeds a limit", op, "before", gone.but(calls=1), limit, within=waiting)
        # A create is found by its look-up, which writes nothing.
        after, done = (fault(op, "status", "after"),), Expect(posts=1) if op == "create" else once
        yield Cell(23, "gone after its commit", op, "after", done, after, within=waiting)
        yield Cell(23, "an engine that is slow", op, "before", Expect(calls=1), within=never)
    conflict = (fault("update", "status", status=409),)
    yield Cell(23, "gone in a conflict", "update", "before", gone.but(calls=2), conflict, within=waiting)
    yield Cell(23, "gone, and a read is no write", "read", "after", Expect(calls=1), within=at_once)
    for (op, moment), expect in zip(LOOK_UPS, (gone.but(posts=1), Expect(posts=1)), strict=True):
        faults = (*lost(op, moment), fault(op, "status"))
        yield Cell(23, "gone after a lost create", op, moment, expect, faults, within=waiting)


def _engine(gone_at: int | None) -> Callable[[World], AbstractContextManager[object]]:
    """Return an engine that ends at the first wait for 1, at once for 0, or never."""

    @contextmanager
    def within(world: World) -> Iterator[None]:
        with socket.socket() as engine:
            engine.bind(("127.0.0.1", 0))
            # It accepts nothing: a busy engine looks like that.
            engine.listen(50)
            address = engine.getsockname()
            if gone_at == 0:
                engine.close()
            elif gone_at == 1:
                world.on_sleep = lambda _: engine.close()
            with patch("pulumi_telnyx.plugin._engine_address", lambda: address):
                yield

    return within


def _cancelled() -> Iterator[Cell]:
    """Row 24: the engine asks to cancel; what is under way ends as if nothing had been asked."""
    for op, moment in PLACES:
        expect = Expect(posts=ONCE[op, moment].posts) if op == "look-up" else Expect(calls=1)
        prepare = _cancel(METHODS[op], moment)
        yield Cell(24, "cancelled while it runs", op, moment, expect, lost(op, moment), prepare=prepare)


def _cancel(method: str, moment: str) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        servicer = world.stack.new_process().engine._servicer

        def ask(sent: str, at: str) -> None:
            if (sent, at) == (method, moment):
                servicer.Cancel(None, None)

        world.on_send = ask

    return prepare


def _two_at_once() -> Iterator[Cell]:
    """Row 25: two processes do the same at the same moment."""
    operations: tuple[Op, ...] = ("create", "read", "update", "delete")
    for op in operations:
        yield Cell(25, "two processes with one state", op, "before", act=_both(op), processes=2)
    for marked in (True, False):
        name = f"two stacks, one user name, {'with' if marked else 'without'} marks"
        rival = {"user_name": "desktest", "stack": "prod", "marked": marked}
        act = _both("create", rival)
        yield Cell(25, name, "create", "before", act=act, processes=2, program={"marked": marked})


def _both(op: Op, rival: dict[str, Any] | None = None) -> Callable[[World], Outcome]:
    """Return what runs the cell's stack beside a copy of it, or beside a rival of which one must lose."""

    def act(world: World) -> Outcome:
        ours = world.stack
        copy = replace(ours, program=dict(ours.program), process=None)
        stacks = (ours, world.new_stack("desk", **rival) if rival else copy)
        outcomes = [Outcome("not run")] * 2
        together = threading.Barrier(2)

        def run(number: int) -> None:
            stack = stacks[number]
            stack.new_process()
            together.wait(30)
            outcomes[number] = {"read": stack.refresh, "delete": stack.destroy}.get(op, stack.up)()

        threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        results = [each.result for each in outcomes]
        if rival is None:
            same = stacks[0].id == stacks[1].id and results == ["ok", "ok"]
            return Outcome("ok" if same else "not the same", str(outcomes))
        writes = [
            entry["method"]
            for entry in world.log(forget=False)
            if entry["method"] != "GET" and entry["status"] < 300
        ]
        if sorted(results) != ["UserNameTakenError", "ok"] or writes != ["POST"]:
            return Outcome("no single winner", f"{outcomes}, {writes}")
        world.stack = stacks[results.index("ok")]
        return Outcome("ok")

    return act
