"""Rows 11 and 14: keys that are refused, and keys of another account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pulumi_telnyx.api.errors import SettingsError
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.settings import Settings, account_of, load_settings

from .cell import SIMPLE, Cell, Expect, only, refused, spread, without
from .stack import Outcome
from .world import NEW_KEY, OTHER_KEY, World

_UNKNOWN = "connection:2990000000000009999"


def rows() -> list[Cell]:
    return [*_refused(), *_accounts()]


def _refused() -> Iterator[Cell]:
    """Row 11: nothing is tried twice with a refused key, and nothing more is sent with it."""
    for status, code in ((401, "10009"), (403, "10010")):
        table = refused("AuthError", str(status), f"code {code}", "API key")
        for cell in spread(11, f"{status}", "status", table, status=status, code=code):
            yield replace(cell, check=_latched)
    full = only(refused("AuthError", "403", "code 10039", "limit"), ("create", "before"))
    # Without a code it is a proxy's, and may be about this request alone.
    no_code = refused("AuthError", "401", "API key", "127.0.0.1")
    page = without(refused("AuthError", "403", "127.0.0.1"), "look-up")
    passing = [
        *spread(11, "403 for an account that is full", "status", full, status=403, code="10039"),
        *spread(11, "401 without a body", "body", no_code, status=401, text=""),
        *spread(11, "403 of a proxy", "html", page, status=403),
    ]
    yield from (replace(cell, check=_not_latched) for cell in passing)
    midway = Expect("AuthError", says=("not sent",))
    yield Cell(11, "revoked in the middle of a run", "create", "before", midway, act=_revoked_midway)


def _second(world: World) -> Outcome:
    """Return what comes of another resource of the same process."""
    world.repair()
    second = world.new_stack("second")
    second.process = world.stack.process
    outcome = second.up()
    if second.id:
        world.leave_alone(second.id)
    return outcome


def _latched(world: World) -> list[str]:
    outcome, sent = _second(world), world.log()
    well = (
        outcome.result == "AuthError" and "not sent, since the key was refused" in outcome.text and not sent
    )
    return [] if well else [f"the key is used on: {outcome} after {len(sent)} requests"]


def _not_latched(world: World) -> list[str]:
    outcome = _second(world)
    return [] if outcome.result == "ok" else [f"all of the process is stopped: {outcome}"]


def _revoked_midway(world: World) -> Outcome:
    stacks = [world.new_stack(f"phone{number}") for number in range(3)]
    process = world.stack.new_process()
    for each in stacks:
        each.process = process
    results = [stacks[0].up().result]
    world.leave_alone(stacks[0].id)
    world.server.configure(revoke_after=0)
    world.log()
    results += [each.up().result for each in stacks[1:]]
    last, sent = world.stack.up(), len(world.log(forget=False))
    world.server.configure(revoke_after=None)
    if results != ["ok", "AuthError", "AuthError"] or sent != 1:
        return Outcome("ran on", f"{results}, {sent} requests")
    return last


def _accounts() -> Iterator[Cell]:
    """Row 14: a key that finds none of the state's connections may be another account's."""
    error = Expect("WrongAccountError", posts=0, says=("key",))
    other, new = _started_with(OTHER_KEY), _started_with(NEW_KEY)
    unknown, this, by_key = _expecting(_UNKNOWN), _expecting("connection:"), _expecting("key:secret")
    for op, moment in SIMPLE[1:]:
        # What is found, may be read.
        denied = Expect() if op == "read" else error
        yield Cell(14, "another account's key", op, moment, error, prepare=other, check=_nothing_written)
        yield Cell(14, "a new key of the same account", op, moment, Expect(), prepare=new)
        yield Cell(14, "account without this connection expected", op, moment, denied, prepare=unknown)
        yield Cell(14, "account with this connection expected", op, moment, Expect(), prepare=this)
        yield Cell(14, "this key expected", op, moment, Expect(calls=1), prepare=by_key)
    yield Cell(14, "another account's key", "create", "before", error, act=_create_beside)
    yield Cell(14, "account without this connection expected", "create", "before", error, prepare=unknown)
    yield Cell(14, "this key expected", "create", "before", Expect(posts=1), prepare=by_key)
    refusal = Expect("SettingsError", calls=0, says=("TELNYX_ACCOUNT", "use the key"))
    yield Cell(14, "another key expected", "create", "before", refusal, act=_start_with_another_key)


def _started_with(key: str) -> Callable[[World], object]:
    return lambda world: world.stack.new_process(key=key)


def _nothing_written(world: World) -> list[str]:
    same = [row["id"] for row in world.ours()] == [world.stack.id]
    return [] if same else ["the state or the account changed"]


def _settings(account: str) -> Settings:
    url = "https://api.example.com/v2"
    return load_settings(
        {"TELNYX_API_KEY": DEFAULT_API_KEY, "TELNYX_BASE_URL": url, "TELNYX_ACCOUNT": account}
    )


def _expecting(account: str) -> Callable[[World], None]:
    """Return what says which account is expected; `connection:` stands for the one that has ours."""

    def prepare(world: World) -> None:
        provider = world.stack.new_process().engine._provider
        started = provider._telnyx
        named = f"{account}{world.stack.id}" if account == "connection:" else account
        expected = account_of(_settings(named), started.api)
        provider._telnyx = replace(started, account=expected)

    return prepare


def _start_with_another_key(_: World) -> Outcome:
    try:
        _settings("key:other-end")
    except SettingsError as error:
        return Outcome("SettingsError", f"SettingsError: {error}\n")
    return Outcome("started")


def _create_beside(world: World) -> Outcome:
    """Create while the state holds another connection, which the key does not find."""
    other = world.new_stack("other")
    assert other.up().result == "ok"
    world.leave_alone(other.id)
    world.log()
    other.process = world.stack.new_process(key=OTHER_KEY)
    assert other.plans_nothing()
    return world.stack.up()
