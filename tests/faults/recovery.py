"""What docs/recovery.md tells the user to do after an interrupted run, and how stack and API stand then."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from pulumi_telnyx.ownership import is_mark
from tests.engine.stack import CONNECTION_TYPE, Run, StackRunner
from tests.faults.interrupted import NAMES, REPLACE, TIMEOUT_SECS, Case, Outcome, Scene


def played(scene: Scene, case: Case, name: str) -> Outcome:
    """Return what became of one interrupted run, recovered from as documented; `name` is one of its own."""
    with scene.interrupted(case, name) as remains:
        stack, outcome = remains.stack, remains.outcome
        try:
            _recover(stack, outcome)
        except AssertionError as error:
            # A command that must succeed; the other rounds go on.
            outcome.failures.append(str(error))
        outcome.clean = stack.try_preview("--expect-no-changes").code == 0
        remains.note_late_requests()
        _judge(stack, outcome)
    return outcome


def _recover(stack: StackRunner, outcome: Outcome) -> None:
    case, folder = outcome.case, stack.folder / "state" / ".pulumi"
    outcome.locked = any(path.is_file() for path in folder.glob("locks/**/*"))
    outcome.pending_at_kill = _pending(stack)
    for path in folder.glob("stacks/*/*.json.attrs"):
        if path.stat().st_size == 0:
            # Empty, it stops every command; where there is none, they all work.
            outcome.cut_metadata = True
            path.unlink()
    if outcome.locked:
        stack.pulumi("cancel", "--yes")
    if case.first_plain:
        _succeeded(outcome, stack.try_up())
        outcome.apart_after_plain_up = [name for names in _apart(stack) for name in names]
    if case.seen_through:
        done = stack.try_up(*REPLACE)
    else:
        _succeeded(outcome, stack.try_refresh("--clear-pending-creates"))
        done = stack.try_up()
    _succeeded(outcome, done)
    summary = done.text.partition("Diagnostics:")[2]
    outcome.taken_over = summary.count(": took over credential connection")
    outcome.pending_after_up = _pending(stack)
    if outcome.pending_after_up:
        _succeeded(outcome, stack.try_refresh("--clear-pending-creates"))
    outcome.pending_at_end = _pending(stack)


def _succeeded(outcome: Outcome, run: Run) -> None:
    if run.code != 0:
        outcome.failures.append(run.text[-2000:])


def _judge(stack: StackRunner, outcome: Outcome) -> None:
    """Note every difference between the program, the state and the API."""
    outcome.lost, outcome.missing = _apart(stack)
    exported = json.loads(stack.pulumi("stack", "export", "--show-secrets"))["deployment"]
    state = [each for each in exported["resources"] if each["type"] == CONNECTION_TYPE]
    live = {each["id"]: each for each in stack.api.connections()}
    ids = [each["id"] for each in state]
    marks = [tag for each in live.values() for tag in each["tags"] if is_mark(tag)]
    names = [each["user_name"].casefold() for each in live.values()]
    for seen in (ids, marks, names):
        outcome.duplicates += [each for each, times in Counter(seen).items() if times > 1]
    if sorted(_name(each) for each in state) != sorted(NAMES):
        outcome.wrong.append("the state has other resources than the program")
    for each in state:
        name, found = _name(each), live.get(each["id"])
        if found is None:
            continue
        if found["password"] != json.loads(each["outputs"]["password"]["plaintext"]):
            outcome.wrong.append(f"{name}: another password than in the state")
        if found["user_name"] != each["outputs"]["user_name"]:
            outcome.wrong.append(f"{name}: another user name than in the state")
        if name.startswith("kept") and found["webhook_timeout_secs"] != TIMEOUT_SECS:
            outcome.wrong.append(f"{name}: not updated")


def _apart(stack: StackRunner) -> tuple[list[str], list[str]]:
    """Return user names that only the API has, and resources whose connection it has not."""
    live = {each["id"]: each["user_name"] for each in stack.api.connections()}
    resources = _checkpoint(stack).get("resources") or ()
    state = {each["id"]: _name(each) for each in resources if each["type"] == CONNECTION_TYPE}
    lost = [user_name for key, user_name in live.items() if key not in state]
    return sorted(lost), sorted(name for key, name in state.items() if key not in live)


def _pending(stack: StackRunner) -> list[str]:
    """Return the kinds of the operations of which the engine does not know how they ended."""
    return [each["type"] for each in _checkpoint(stack).get("pending_operations") or ()]


def _checkpoint(stack: StackRunner) -> dict[str, Any]:
    (path,) = (stack.folder / "state" / ".pulumi" / "stacks").glob(f"*/{stack.name}.json")
    latest: dict[str, Any] = json.loads(path.read_text())["checkpoint"]["latest"]
    return latest


def _name(resource: dict[str, Any]) -> str:
    return str(resource["urn"].rpartition("::")[2])
