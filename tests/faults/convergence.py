"""The end of all trouble: what must hold between a program, its state and the API, whatever has happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_telnyx.account import FINGERPRINT
from pulumi_telnyx.connection.passwords import GENERATED
from pulumi_telnyx.emulator.reference import load_reference
from tests.figures.generated import LEAVES

from .random_stack import FOREIGN, BrokenPromise, Kept, RandomStack, leaves

DEPENDENT = "noise_suppression_details.attenuation_limit"
"""The field whose default depends on another one."""

_DEFAULTS = load_reference().defaults()
_FIXED_PASSWORD = "fake-password-given-at-last"


def converge(stack: RandomStack, edited: Mapping[str, set[str]]) -> None:
    """End all trouble, bring the program about, and hold model, state and API against each other.

    Args:
        stack: what was run.
        edited: the paths that somebody changed in the portal, by connection id.

    Raises:
        BrokenPromise: something is lost, made twice, foreign, or not as it was declared.
    """
    stack.clear_faults()
    errors = stack.refresh()
    if any("WrongAccountError" in text for text in errors.values()):
        # After a change of the key, and with nothing left that it could find, the user has to say so.
        rows = {row["id"] for row in stack.rows()}
        found = [
            name for name, kept in stack.state.items() if kept.id in rows and _is_of_another_key(stack, kept)
        ]
        _expect(not found, f"the account is not recognised by {found}: {errors}")
        stack.counts.operations["accounts confirmed"] += 1
        errors = stack.refresh(confirmed=True)
    _expect(not errors, f"refresh fails without trouble: {errors}")
    for _ in range(4):
        errors = stack.up()
        if not errors:
            break
        for name, text in errors.items():
            _resolve(stack, name, text)
    _expect(not errors, f"up fails without trouble: {errors}")
    _expect(not (pending := stack.pending()), f"the plan is not empty: {pending}")
    _compare(stack, edited)


def _is_of_another_key(stack: RandomStack, kept: Kept) -> bool:
    return bool(kept.outputs.get(FINGERPRINT) != stack.plugin.engine._provider._telnyx.account.fingerprint)


def _resolve(stack: RandomStack, name: str, text: str) -> None:
    """Do what the error asks of the user."""
    declared = stack.program[name]
    if "AdoptionError" in text and declared.adopt is not None:
        # What was to be adopted has been deleted in the portal.
        declared.adopt = None
        return
    leaving = [kept for each, kept in stack.state.items() if each not in stack.program]
    refused = "user_name is not available" in text and any(_has(kept, f"{name}test") for kept in leaving)
    if refused or "which another resource of this stack manages" in text:
        # The engine updates first and deletes at the end: two resources cannot swap a name in one run.
        declared.fields = {**declared.fields, "user_name": f"{name}other"}
        return
    _expect("UserNameTakenError" in text, f"{name}: {text}")
    if name in FOREIGN and declared.adopt is None:
        del stack.program[name]
        return
    # What an interrupted run of this program made, and nothing tells that for sure.
    unsure = not declared.marked or "telnyx:adoptWithin" in text
    # Or what a resource has that leaves the program in this run, since an interrupted one gave it the name.
    left_behind = any(kept.id in text for kept in leaving)
    _expect((unsure or left_behind) and declared.attempted, f"{name}: {text}")
    stack.counts.operations["adoptions asked for"] += 1
    if declared.password == GENERATED:
        declared.password, declared.rotate = _FIXED_PASSWORD, None
    declared.adopt = f"{name}test"


def _has(kept: Kept, user_name: str) -> bool:
    return str(kept.outputs.get("user_name")).casefold() == user_name


def _compare(stack: RandomStack, edited: Mapping[str, set[str]]) -> None:
    rows = {row["id"]: row for row in stack.rows()}
    for foreign, row in stack.foreign.items():
        _expect(
            rows.pop(foreign, None) == row,
            f"a foreign connection was changed: {row['settings']['user_name']}",
        )
    _expect(set(stack.state) == set(stack.program), f"state {set(stack.state)}, program {set(stack.program)}")
    ids = {kept.id: name for name, kept in stack.state.items()}
    _expect(len(ids) == len(stack.state), "two resources share a connection")
    lost = [row["settings"]["user_name"] for each, row in rows.items() if each not in ids]
    _expect(not lost, f"in the API and not in the state: {lost}")
    _expect(set(ids) <= set(rows), f"in the state and not in the API: {sorted(set(ids) - set(rows))}")
    for connection_id, name in ids.items():
        _compare_one(stack, name, rows[connection_id]["settings"], edited.get(connection_id, set()))


def _compare_one(stack: RandomStack, name: str, live: Mapping[str, Any], edited: set[str]) -> None:
    declared, kept = stack.program[name], stack.state[name]
    live = {**live, "tags": [tag for tag in live["tags"] if not tag.startswith("pulumi:")]}
    for path, value in leaves(declared.fields).items():
        found, in_state = _at(live, path), _at(kept.outputs, path)
        if path == "tags":
            found, value, in_state = sorted(found), sorted(value), sorted(in_state)
        _expect(_alike(path, found, value), f"{name}: {path} is {found!r} in the API, declared {value!r}")
        _expect(
            _alike(path, in_state, value), f"{name}: {path} is {in_state!r} in the state, declared {value!r}"
        )
    _expect(kept.outputs["password"] == live["password"], f"{name}: the passwords of state and API differ")
    if declared.password != GENERATED:
        _expect(live["password"] == declared.password, f"{name}: the password is not the declared one")
    for path in kept.given_up & set(LEAVES) - edited - {DEPENDENT}:
        default = _at(_DEFAULTS, path)
        _expect(
            _alike(path, _at(live, path), default), f"{name}: {path} is declared no more, and not {default!r}"
        )


def _at(tree: Mapping[str, Any], path: str) -> Any:
    value: Any = tree
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _alike(path: str, one: Any, other: Any) -> bool:
    """Whether two values mean the same: null and empty text stand for the default."""
    nothing = [None, "", _at(_DEFAULTS, path)]
    if path == "sip_uri_calling_preference":
        # Telnyx shows null until it is set, and what switches it off is a value of its own.
        nothing.append("disabled")
    return bool(one == other) or all(each in nothing for each in (one, other))


def _expect(met: bool, what: str) -> None:
    if not met:
        raise BrokenPromise(what)
