"""Random programs, edits and faults as a state machine, and what must hold when the trouble is over."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from pulumi_telnyx.connection.passwords import GENERATED
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from tests.figures.generated import LEAVES, consistent, nested, valid_values

from .convergence import DEPENDENT, converge
from .random_stack import (
    FOREIGN,
    OTHER_KEY,
    SECOND_KEY,
    BrokenPromise,
    Declared,
    RandomStack,
)

NAMES = ("ann", "bob", "cid", "dot", "eve", "fay", "gus", "hal")
PASSWORDS = ("fake-password-1", "fake-password-2", GENERATED)
_HOUR = 3600.0
_Resource = tuple[str, dict[str, Any], str, bool]
_After = tuple[str, "Fault | None", "int | None"]
# `webhook_api_version` must not change to `texml` later.
_PATHS = sorted(set(LEAVES) - {DEPENDENT, "webhook_api_version"})
_PORTAL_PATHS = (
    "active",
    "dtmf_type",
    "inbound.channel_limit",
    "inbound.codecs",
    "outbound.localization",
    "tags",
)

_fields = st.lists(st.tuples(st.sampled_from(_PATHS), st.integers(0, 2)), max_size=4).map(
    lambda pairs: nested(consistent({path: _choice(path, number) for path, number in pairs}))
)
_pick = st.integers(0, 7)
_faults = st.one_of(
    *(
        st.builds(Fault, st.just(kind), **how)
        for moment in ("before", "after")
        for kind in (
            "status",
            "reset",
            "close",
            "timeout",
            "drip",
            "truncate",
            "html",
            "content_type",
            "body",
        )
        for how in [
            {
                "moment": st.just(moment),
                "method": st.sampled_from(["POST", "GET", "PATCH", "DELETE", None]),
                "nth": st.integers(1, 2),
                "times": st.sampled_from([1, 1, 2, 6, 30]),
                "status": st.sampled_from([503, 500, 502, 504, 408, 429, 409, 404, 200]),
                "text": st.sampled_from(
                    [None, "{}", '{"data": null}', '{"data": [], "meta": {"total_pages": 1}}']
                ),
                "secs": st.just(0.0),
            }
        ]
    ),
    st.builds(
        Fault,
        st.just("rate_limit"),
        times=st.integers(1, 3),
        secs=st.sampled_from([0.0, 1.0, 30.0, 500.0]),
        limit_headers=st.sampled_from(["retry-after", "x-ratelimit", "retry-after-nonsense", "none"]),
    ),
    st.builds(
        Fault,
        st.just("redirect"),
        location=st.just("http://127.0.0.1:9/v2"),
        status=st.sampled_from([302, 307]),
    ),
)


def _choice(path: str, number: int) -> Any:
    values = valid_values(path)
    return values[number % len(values)]


_after = st.tuples(
    st.sampled_from(["up", "up", "up", "up --refresh", "refresh", "nothing"]),
    st.one_of(st.none(), _faults),
    st.sampled_from([None, None, None, 1, 2]),
)
"""What is run after an edit, what goes wrong meanwhile, and at which operation the process is killed."""

# Mostly names that are free: an `up` with errors deletes nothing.
_name = st.sampled_from((*NAMES, *NAMES, *NAMES, *FOREIGN))
_resource = st.tuples(_name, _fields, st.sampled_from(PASSWORDS), st.sampled_from([True, True, True, False]))


class Programs(RuleBasedStateMachine):
    """One program's life. `stack` is set before it runs."""

    stack: RandomStack

    def __init__(self) -> None:
        super().__init__()
        self.masked: bool | None = None
        self.edited: dict[str, set[str]] = {}

    @initialize(
        masked=st.booleans(),
        patch=st.sampled_from(["merge", "replace"]),
        late=st.sampled_from([0.0, 0.0, 3.0]),
        deaf=st.booleans(),
        resources=st.lists(_resource, min_size=2, max_size=4),
        after=_after,
    )
    def begin(
        self, masked: bool, patch: str, late: float, deaf: bool, resources: list[_Resource], after: _After
    ) -> None:
        self.masked = masked
        self.stack.begin(
            mask_passwords=masked, nested_patch=patch, visible_after_secs=late, ignore_name_filter=deaf
        )
        for name, fields, password, marked in resources:
            self.stack.program[name] = Declared(fields, password, marked)
        self._then(after)

    @rule(resource=_resource, after=_after)
    def declare(self, resource: _Resource, after: _After) -> None:
        name, fields, password, marked = resource
        if name not in self.stack.program:
            self.stack.program[name] = Declared(fields, password, marked)
        self._then(after)

    @rule(pick=_pick, fields=_fields, whole=st.booleans(), after=_after)
    def edit(self, pick: int, fields: dict[str, Any], whole: bool, after: _After) -> None:
        for declared in self._picked(pick):
            declared.fields = fields if whole else {**declared.fields, **fields}
        self._then(after)

    @rule(pick=_pick, password=st.sampled_from(PASSWORDS), when=st.sampled_from([1.0, 2.0]), after=_after)
    def rotate(self, pick: int, password: str, when: float, after: _After) -> None:
        for declared in self._picked(pick):
            if password != GENERATED or declared.adopt is None:
                declared.password = password
                declared.rotate = when if password == GENERATED else None
        self._then(after)

    @rule(pick=_pick, after=_after)
    def remove(self, pick: int, after: _After) -> None:
        if self._is_settled(name := self._name(pick)):
            del self.stack.program[name]
        self._then(after)

    @rule(pick=_pick, new=st.sampled_from(NAMES), alias=st.booleans(), after=_after)
    def rename(self, pick: int, new: str, alias: bool, after: _After) -> None:
        old, stack = self._name(pick), self.stack
        if new not in {*stack.program, *stack.state} and old not in FOREIGN and self._is_settled(old):
            declared = stack.program[new] = stack.program.pop(old)
            declared.attempted, declared.adopt = False, None
            if alias and old in stack.state:
                stack.state[new] = stack.state.pop(old)
        self._then(after)

    @rule(pick=_pick, after=_after)
    def switch_the_mark(self, pick: int, after: _After) -> None:
        if self._is_settled(name := self._name(pick)):
            self.stack.program[name].marked = not self.stack.program[name].marked
        self._then(after)

    @rule(by_id=st.booleans(), after=_after)
    def adopt(self, by_id: bool, after: _After) -> None:
        stack = self.stack
        free = "nobodys" not in {*stack.program, *stack.state}
        for found, row in stack.foreign.items():
            if free and row["settings"]["connection_name"] == "nobodys":
                # From now on it is the program's.
                del stack.foreign[found]
                adopt = found if by_id else "nobodystest"
                stack.program["nobodys"] = Declared({}, PASSWORDS[0], adopt=adopt)
                break
        self._then(after)

    @rule(pick=_pick, path=st.sampled_from(_PORTAL_PATHS), number=st.integers(0, 2), after=_after)
    def edit_in_the_portal(self, pick: int, path: str, number: int, after: _After) -> None:
        if row := self._ours(pick):
            self.edited.setdefault(row["id"], set()).add(path)
            self.stack.api.edit(row["id"], **nested({path: _choice(path, number)}))
        self._then(after)

    @rule(pick=_pick, after=_after)
    def change_the_password_in_the_portal(self, pick: int, after: _After) -> None:
        row = self._ours(pick)
        # Masked, a foreign password never shows.
        if row and not self.masked:
            self.stack.api.edit(row["id"], password="fake-password-of-the-portal")
        self._then(after)

    @rule(pick=_pick, after=_after)
    def delete_in_the_portal(self, pick: int, after: _After) -> None:
        if row := self._ours(pick):
            self.stack.api.delete(row["id"])
        self._then(after)

    @rule(faults=st.lists(_faults, min_size=1, max_size=3), after=_after)
    def trouble(self, faults: list[Fault], after: _After) -> None:
        for fault in faults:
            self.stack.inject(fault)
        self._then(after)

    @rule(after=_after)
    def end_of_the_trouble(self, after: _After) -> None:
        self.stack.clear_faults()
        self._then(after)

    @rule(key=st.sampled_from([DEFAULT_API_KEY, SECOND_KEY]), after=_after)
    def renew_the_key(self, key: str, after: _After) -> None:
        self.stack.key = key
        self._then(after)

    @rule()
    def refresh_with_the_key_of_another_account(self) -> None:
        stack = self.stack
        before, key = set(stack.state), stack.key
        stack.key = OTHER_KEY
        stack.refresh()
        if lost := before - set(stack.state):
            raise BrokenPromise(f"another account's key emptied the state of {sorted(lost)}")
        stack.key = key

    @rule(hours=st.sampled_from([1, 23, 30]), after=_after)
    def wait(self, hours: int, after: _After) -> None:
        self.stack.clock.now += hours * _HOUR
        self._then(after)

    @rule()
    def peace(self) -> None:
        converge(self.stack, self.edited)

    def teardown(self) -> None:
        # Unset where the machine has not begun.
        if self.masked is not None:
            converge(self.stack, self.edited)

    def _then(self, after: _After) -> None:
        operation, fault, kill_at = after
        if fault is not None:
            self.stack.inject(fault)
        if operation == "up":
            self.stack.up(kill_at)
        elif operation == "up --refresh":
            self.stack.up(kill_at, refresh=True)
        elif operation == "refresh":
            self.stack.refresh()

    # No rule has a precondition: what has become of program and state may hang on a moment's chance, such as
    # whether a connection that the API is about to close is used once more.
    def _name(self, pick: int) -> str:
        names = list(self.stack.program)
        return names[pick % len(names)] if names else ""

    def _picked(self, pick: int) -> list[Declared]:
        return [declared for name, declared in self.stack.program.items() if name == self._name(pick)]

    def _is_settled(self, name: str) -> bool:
        """Whether no create of the resource is open: its connection would be nobody's when it is given up."""
        declared = self.stack.program.get(name)
        return declared is not None and (name in self.stack.state or not declared.attempted)

    def _ours(self, pick: int) -> dict[str, Any] | None:
        ids = [kept.id for kept in self.stack.state.values()]
        wanted = ids[pick % len(ids)] if ids else None
        return next((row for row in self.stack.rows() if row["id"] == wanted), None)
