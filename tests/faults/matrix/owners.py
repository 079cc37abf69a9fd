"""Rows 7, 8 and 16: whose connection it is that has the user name, and connections that do not show yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pulumi_telnyx.ownership import mark_of

from .cell import ALWAYS, LOOK_UPS, Cell, Expect, Op, fault, lost
from .endings import kill
from .judge import CHANGES
from .world import OTHER, OWN, World, nothing

_TAKEN_ANSWERS: tuple[tuple[int, str, str | None], ...] = (
    (400, "10015", "/user_name"),
    (400, "10012", None),
    (409, "10012", "/user_name"),
    (409, "10015", None),
    (422, "10012", None),
    (422, "10027", "/user_name"),
)
_OTHER_STACK = mark_of("organization", "stories", "prod", "desk")
_OTHER_RESOURCE = mark_of("organization", "stories", "test", "lobby")
# Who has the user name already. Only who has our connection name is found by the filter.
_HOLDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "another account": (OTHER, {}),
    "nobody's stack": (OWN, {"connection_name": "made in the portal"}),
    "another stack": (OWN, {"connection_name": "desk (test)", "tags": [_OTHER_STACK]}),
    "another resource": (OWN, {"tags": [_OTHER_RESOURCE]}),
    "somebody in other letter case": (OWN, {"user_name": "DeskTest"}),
}
_MASKED = {"mask_passwords": True}


def rows() -> list[Cell]:
    return [*_next_run(), *_strangers(), *_not_visible_yet()]


def _options(status: int, code: str, pointer: str | None) -> dict[str, Any]:
    return {"taken_status": status, "taken_code": code, "taken_pointer": pointer}


def _next_run() -> Iterator[Cell]:
    """Row 7: the next run is told that the user name is taken, and the holder is its own connection."""
    same, changed, old = _killed(), _killed(CHANGES), _killed(after_secs=90_000.0)
    ours = Expect(posts=1)

    def cell(name: str, expect: Expect, prepare: Callable[[World], None], **more: Any) -> Cell:
        return Cell(7, name, "create", "after", expect, prepare=prepare, **more)

    yield cell("the same program", ours.but(calls=2), same)
    yield cell("the program was changed meanwhile", ours, changed)
    yield cell("masked passwords", ours.but(calls=3), same, options=_MASKED)
    yield cell("masked, and changed", ours, changed, options=_MASKED)
    for answer in _TAKEN_ANSWERS:
        yield cell(f"taken is {answer}", ours, same, options=_options(*answer))
    yield cell("lists know no filter", ours, changed, options={"ignore_name_filter": True})
    yield cell("not to be seen yet", ours, same, options={"visible_after_secs": 36.0})
    operations: tuple[Op, ...] = ("look-up", "update")
    for op in operations:
        yield cell(f"its {op} fails once", ours, changed, faults=(fault(op, "status"),))
    never = (fault("update", "status", times=ALWAYS),)
    yield cell("its update fails for ever", Expect("ApiError", posts=1, says=("503",)), changed, faults=never)
    says = ("user_name desktest", "taken by connection", "adopt=")
    stranger = Expect("UserNameTakenError", posts=1, says=says, rerun="UserNameTakenError")
    yield cell("more than a day later", stranger, old)
    yield cell("without a mark", stranger, same, program={"marked": False})
    named = _killed({"adopt": "desktest"})
    yield cell("without a mark, as adopt= says", Expect(posts=0), named, program={"marked": False})


def _killed(later: dict[str, Any] | None = None, *, after_secs: float = 30.0) -> Callable[[World], None]:
    """Return what lets a first run die right after its POST; `later` is what the program then says."""

    def prepare(world: World) -> None:
        kill("POST", "after")(world)
        outcome = world.stack.up()
        assert outcome.result == "killed", outcome
        world.on_send = nothing
        world.fake.now += after_secs
        world.stack.program.update(later or {})
        world.stack.new_process()

    return prepare


def _strangers() -> Iterator[Cell]:
    """Row 8: the user name is somebody else's, who keeps their connection as it is."""
    says = ("user_name desktest", "is taken by connection", "adopt=")
    error = Expect("UserNameTakenError", posts=1, says=says, rerun="UserNameTakenError")
    # A holder that is not seen may have freed the name a moment ago: one more try.
    unseen = error.but(posts=2, says=("has this user_name", "Choose another"))
    answers: tuple[tuple[int, str, str | None], ...] = ((422, "10015", "/user_name"), *_TAKEN_ANSWERS[1:3])
    for answer in answers:
        for name, (account, fields) in _HOLDERS.items():
            plant = _planted(account, fields)
            expect = unseen if account == OTHER else error
            yield Cell(
                8, f"{name}, {answer}", "create", "before", expect, options=_options(*answer), prepare=plant
            )
        kind = "ConflictError" if answer[0] == 409 else "InvalidInputError"
        renamed = Expect(kind, calls=1, says=(str(answer[0]), "user_name", "unique over all"), rerun=kind)
        for user_name in ("stranger1", "stranger2"):
            yield Cell(
                8,
                f"renamed to {user_name}, {answer}",
                "update",
                "before",
                renamed,
                options=_options(*answer),
                prepare=_renamed(user_name),
            )
    for name, (account, fields) in _HOLDERS.items():
        # Between the POST that is lost and the look-up.
        found_by_filter = fields.get("connection_name") == "desk (test)"
        posts = 1 if found_by_filter else 2 if account == OWN else 3
        faster = _just_before_the_list(_planted(account, fields))
        losing = lost("look-up", "before")
        expect = error.but(posts=posts)
        if account == OTHER:
            # It may as well be the one that was lost, and not to be seen yet.
            expect = expect.but(result="TransportError", says=("user_name", "is not known"))
        yield Cell(8, f"{name}, who was faster", "look-up", "before", expect, losing, prepare=faster)


def _planted(account: str, fields: dict[str, Any]) -> Callable[[World], object]:
    return lambda world: world.plant(account, **{"user_name": "desktest", **fields})


def _just_before_the_list(happens: Callable[[World], object]) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        def before(method: str, moment: str) -> None:
            if (method, moment) == ("GET", "before"):
                world.on_send = nothing
                happens(world)

        world.on_send = before

    return prepare


def _renamed(user_name: str) -> Callable[[World], None]:
    return lambda world: world.stack.program.update(user_name=user_name)


def _not_visible_yet() -> Iterator[Cell]:
    """Row 16: what was created shows in lists and by its id only after a while."""
    for secs in (1.0, 3.0, 5.0, 9.0):
        late = {"visible_after_secs": secs}
        name = f"not to be seen for {secs:.0f} s"
        one, found = Expect(calls=1, waits=()), Expect(posts=2)
        yield Cell(16, name, "create", "before", one, options=late, check=_until_seen)
        unclear = (fault("create", "status", "after"),)
        yield Cell(16, name, "create", "after", found, unclear, options=late)
        yield Cell(16, name, *LOOK_UPS[1], found, lost(*LOOK_UPS[1]), options=late)
        yield Cell(16, name, "update", "before", one, options=late, check=_until_seen)
        yield Cell(16, name, "delete", "before", one, options=late)
    for secs, waits in ((0.5, (0.5,)), (3.0, (0.5, 1.0, 2.0)), (5.0, (0.5, 1.0, 2.0, 2.0))):
        # A refresh right after the `up`.
        name, late = f"not to be seen for {secs} s", {"visible_after_secs": secs}
        yield Cell(16, name, "read", "after", Expect(calls=len(waits) + 1, waits=waits), options=late)


def _until_seen(world: World) -> list[str]:
    world.fake.now += 10
    return []
