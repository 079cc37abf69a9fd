"""Runs one cell and says what came of it, against what was expected and against what must never happen."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .cell import Cell
from .stack import Outcome
from .world import NEXT_PASSWORD, SECRETS, World

# The update of the matrix: a plain field, one in an object, and the password.
CHANGES: dict[str, Any] = {
    "connection_name": "Desk, renamed",
    "password": NEXT_PASSWORD,
    "inbound": {"channel_limit": 20},
}
# Controls, what turns the direction of text, halves of surrogate pairs.
_STEERING = ("Cc", "Cf", "Cs")

Log = Sequence[Mapping[str, Any]]


@dataclass
class Verdict:
    """What came of a cell.

    Args:
        cell: which one.
        outcome: of the operation.
        log: the requests of the operation.
        wrong: what is not as specified; empty where everything is.
        lost: connections in the API that neither the state nor a message knows, and ids that are none.
        duplicates: connections that are one too many for a user name or a mark.
        foreign_writes: strangers' connections that are not what they were.
        wrongly_dropped: connections that are there, and that a read called gone.
    """

    cell: Cell
    outcome: Outcome = field(default_factory=lambda: Outcome("not run"))
    log: Log = ()
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    duplicates: int = 0
    foreign_writes: int = 0
    wrongly_dropped: int = 0


def judge(world: World, cell: Cell) -> Verdict:
    """Return what comes of a cell: prepare, break, operate, look, repair, run again, look again."""
    verdict = Verdict(cell)
    world.reset(cell.program, cell.options)
    with world.quiet():
        _prepare(world, cell)
        world.log()
        world.fake.waits.clear()
        world.server.inject(*cell.faults)
        world.edits = list(cell.edits)
        before = world.stack.id
        verdict.outcome = _act(world, cell)
        verdict.log = world.log()
        waits = tuple(round(wait, 6) for wait in world.fake.waits)
        there = {row["id"] for row in world.ours()}
        _look(verdict, world, before, there)
        verdict.wrong += _against_the_table(verdict, waits)
        verdict.wrong += cell.check(world) if cell.check else []
        world.repair()
        _run_again(verdict, world, there)
        verdict.foreign_writes = world.foreign_writes()
    verdict.wrong += _printed(verdict.outcome.text + world.printed.getvalue())
    for name in ("lost", "duplicates", "foreign_writes", "wrongly_dropped"):
        if count := getattr(verdict, name):
            verdict.wrong.append(f"{name}: {count}")
    return verdict


def _prepare(world: World, cell: Cell) -> None:
    stack = world.stack
    if cell.op in {"read", "update", "delete"}:
        assert stack.up().result == "ok", "the connection of the cell was not made"
    if cell.op == "update":
        stack.program.update(CHANGES)
    # As in an `up` or a refresh of its own: it has no connection to the API yet, and knows nothing.
    stack.new_process()
    if cell.prepare:
        cell.prepare(world)


def _act(world: World, cell: Cell) -> Outcome:
    stack = world.stack
    operations = {"read": stack.refresh, "delete": stack.destroy}
    with cell.within(world) if cell.within else contextlib.nullcontext():
        return cell.act(world) if cell.act else operations.get(cell.op, stack.up)()


def _look(verdict: Verdict, world: World, before: str | None, there: set[str]) -> None:
    """Compare what the API holds with what the engine was told."""
    op, told = verdict.cell.op, verdict.outcome.result
    verdict.duplicates += _duplicates(world.ours())
    # An id that is none, and a connection that is there after it was called deleted.
    verdict.lost += op in {"create", "look-up"} and world.stack.id is not None and world.stack.id not in there
    verdict.lost += op == "delete" and told == "ok" and before in there
    verdict.wrongly_dropped += op == "read" and told == "gone" and before in there


def _against_the_table(verdict: Verdict, waits: tuple[float, ...]) -> list[str]:
    expect, outcome, log, wrong = verdict.cell.expect, verdict.outcome, verdict.log, []
    if outcome.result != expect.result:
        wrong.append(f"ended in {outcome.result}, not {expect.result}: {outcome.text.strip()[-400:]}")
    posts = sum(entry["method"] == "POST" for entry in log)
    if expect.posts is not None and posts != expect.posts:
        wrong.append(f"{posts} POSTs, not {expect.posts}")
    if expect.calls is not None and len(log) != expect.calls:
        wrong.append(f"{len(log)} calls, not {expect.calls}: {[entry['method'] for entry in log]}")
    if expect.waits is not None and waits != expect.waits:
        wrong.append(f"waited {waits}, not {expect.waits}")
    wrong += [f"does not say {text!r}: {outcome.text}" for text in expect.says if text not in outcome.text]
    if verdict.cell.processes == 1:
        wrong += ["a second POST without a GET between"] * _blind_posts(log)
    return wrong


def _blind_posts(log: Log) -> int:
    """Return how often a create was sent again before anybody looked whether it had happened."""
    blind = 0
    unsure: set[str] = set()
    for entry in log:
        if entry["method"] == "GET":
            unsure.clear()
        elif entry["method"] == "POST":
            name = str(entry["body"]["user_name"]) if isinstance(entry["body"], dict) else ""
            blind += name in unsure
            # 429 says that nothing was done.
            unsure |= {name} if entry["status"] != 429 else set()
    return blind


def _run_again(verdict: Verdict, world: World, there: set[str]) -> None:
    """Do what the message advises, in a new process and without faults, and look whether all is well."""
    cell, stack, wrong = verdict.cell, world.stack, verdict.wrong
    stack.new_process()
    if cell.refresh:
        stack.refresh()
    last = stack.destroy() if cell.op == "delete" else stack.up()
    if last.result != cell.expect.rerun:
        wrong.append(f"rerun ended in {last.result}, not {cell.expect.rerun}: {last.text.strip()[-400:]}")
    ours = world.ours()
    verdict.duplicates += _duplicates(ours)
    # What a message names can be taken over, and is not lost.
    known = {stack.id, *last.text.split('"')}
    verdict.lost += sum(row["id"] not in known for row in ours)
    if cell.op == "delete" or cell.expect.rerun != "ok":
        return
    if not ours:
        wrong.append("nothing is there after a rerun")
    elif there and {row["id"] for row in ours} != there:
        wrong.append("a rerun made another connection")
    for row in ours:
        wrong += [
            f"after a rerun, {name} is not as declared" for name in _unlike(stack.program, row["settings"])
        ]
    stack.new_process()
    if not stack.plans_nothing():
        wrong.append("a second rerun would change something")
    if stack.refresh().result != "ok" or not stack.plans_nothing():
        wrong.append("a refresh after the rerun finds a difference")


def _unlike(wanted: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Return the declared fields that the API holds otherwise, the password and the mark among them."""
    fields = ("connection_name", "user_name", "password")
    differing = [name for name in fields if settings[name] != wanted[name]]
    if settings["inbound"]["channel_limit"] != wanted["inbound"]["channel_limit"]:
        differing.append("inbound.channel_limit")
    if "ownership_mark" in wanted and wanted["ownership_mark"] not in (settings["tags"] or []):
        differing.append("the mark")
    return differing


def _duplicates(ours: Sequence[Mapping[str, Any]]) -> int:
    names = [row["settings"]["user_name"].casefold() for row in ours]
    marks = [tag for row in ours for tag in row["settings"]["tags"] or [] if tag.startswith("pulumi:")]
    return max(len(names) - len(set(names)), len(marks) - len(set(marks)))


def _printed(text: str) -> list[str]:
    """Return what must not be printed and was."""
    wrong = [f"prints secret number {number}" for number, each in enumerate(SECRETS) if each in text]
    steering = {char for char in text if unicodedata.category(char) in _STEERING and char != "\n"}
    return wrong + [f"prints {char!a}" for char in sorted(steering)]
