"""A set of connections in a report: each of its members like a connection of its own.

To the engine a set is one resource. What happens to its phones happens to each of them, and is told with the
same words as of connections that are resources.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ..connection.comparison import declared_of, patch
from ..connection.passwords import CHANGED_OUTSIDE, UNMANAGED
from ..engine_secrets import SIGNATURE
from ..fleet.changes import Changes, by_name
from ..fleet.members import FAILED, IDS, MEMBERS, REVISIONS, USER_NAMES, opened
from ..fleet.removals import MAX_REMOVALS, RETAIN
from ..named_accounts import ACCOUNT
from ..ownership import ADOPT
from ..state import CONNECTION_TYPE, SET_TYPE
from .steps import Membership, Step
from .values import HIDDEN, PASSWORD, REVISION, UNKNOWN, Mark, holds

_SERVER_FIELDS: Final = frozenset({"created_at", "updated_at"})
# What a connection has besides what is sent to Telnyx, and of which a change is one.
_OWN: Final = (REVISION, "rotate_password_when", UNMANAGED, ACCOUNT)
_APART: Final = frozenset({REVISION, PASSWORD, ACCOUNT})
_USER_NAME: Final = "user_name"
_UNSEEN: Final = ("connection_name", _USER_NAME)


def by_member(step: Step, *, refreshed: bool = False) -> Iterator[Step]:
    """Yield a step for each member of a set, and one for the set itself where there is more to say.

    A member that stays as it is has the operation `same`. Steps of other resources come as they are, and so
    do those of sets whose members are not known or are secret.

    Args:
        step: what the engine does with a resource.
        refreshed: whether it has looked at what is there, and not at the program.
    """
    if step.place[2] != SET_TYPE:
        yield step
        return
    old, new = _Side(step.old), _Side(step.new)
    if step.operation == "same" and not refreshed:
        yield replace(step, old=old.itself(None), new=new.itself(None))
        return
    if old.members is None or new.members is None:
        yield replace(step, old=old.itself(old.names), new=new.itself(new.names))
        return
    told = False
    for each in _steps(step, old, new, refreshed=refreshed):
        told = told or each.operation != "same"
        yield each
    if step.operation == "update" and not refreshed and (not told or old.settings != new.settings):
        # Nothing else explains it: a secret may differ that is hidden on both sides.
        members = (None, None) if told else (old.inputs.get(MEMBERS), new.inputs.get(MEMBERS))
        yield replace(step, old=old.itself(members[0]), new=new.itself(members[1]))


def paths_in(paths: Iterable[str], member: str) -> tuple[str, ...]:
    """Return paths of a set's properties as those of one member; `*` is all of it.

    Args:
        paths: as `ignore_changes` names them: `members.desk-17.inbound`, `members["4th floor"]`, `members`.
        member: its name.
    """
    found = []
    for path in paths:
        if path in {"*", MEMBERS}:
            found.append("*")
        for name in (member, "*"):
            for prefix in (f"{MEMBERS}.{name}", f'{MEMBERS}["{name}"]', f"{MEMBERS}[{name}]"):
                if path == prefix:
                    found.append("*")
                elif path.startswith((f"{prefix}.", f"{prefix}[")):
                    found.append(path.removeprefix(prefix).removeprefix("."))
    return tuple(found)


class _Side:
    """A set before or after a step.

    Args:
        state: as the engine has it; empty where there is no set.
    """

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.state = state
        self.inputs, self.outputs = (opened(_map(state, name) or {}) for name in ("inputs", "outputs"))
        # What is there tells the outputs: members that failed have inputs only.
        found = _map(self.outputs, MEMBERS) if MEMBERS in self.outputs else _map(self.inputs, MEMBERS)
        self.members: Mapping[str, Any] | None = found if state else {}

    @property
    def names(self) -> Any:
        """The members' names, or what stands in their place."""
        return self.inputs.get(MEMBERS) if self.members is None else sorted(self.members)

    @property
    def settings(self) -> dict[str, Any]:
        """What is declared of the set itself, and whether it is protected."""
        return {**self._declared(), "protect": bool(self.state.get("protect"))}

    def itself(self, members: Any) -> Mapping[str, Any]:
        """Return its state with what is declared of the set itself, and this in place of its members."""
        if not self.state:
            return {}
        return {**self.state, "inputs": {**self._declared(), MEMBERS: members}, "outputs": None}

    def _declared(self) -> dict[str, Any]:
        return {name: self.inputs.get(name) for name in (MAX_REMOVALS, RETAIN)}

    def failed(self, member: str) -> bool:
        return member in (_map(self.outputs, FAILED) or ())

    def declared(self, member: str) -> dict[str, Any]:
        """Return the inputs of a member that is there; what failed did not become of it."""
        is_declared = member in (_map(self.inputs, MEMBERS) or ()) and not self.failed(member)
        return _without_adopt(_connection(self.inputs, member)) if is_declared else self.arrived(member)

    def hides(self, member: str) -> bool:
        """Return whether what a member has is one secret: so the state keeps what the last run failed for."""
        found = self.members or {}
        return self.failed(member) and member in found and _map(found, member) is None

    def told(self, member: str, now: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a change of a member is told against whose settings are hidden.

        Its old inputs are what failed, and not what it has. So only that differs of which the outputs tell
        beside its settings: the user name, the revision of its password, the account.

        Args:
            member: its name.
            now: its inputs in this run.
        """
        # Whether it had a password of ours stands among its settings.
        apart = _APART if PASSWORD in now else {ACCOUNT}
        had = {name: value for name, value in self.arrived(member).items() if name in apart}
        # Whatever its names are, they may become others.
        had |= {name: Mark.SECRET.value for name in _UNSEEN if holds(now.get(name), UNKNOWN)}
        user_name = self.user_name(member)
        if user_name is not None and not holds(now.get(_USER_NAME), HIDDEN):
            had[_USER_NAME] = user_name
        return {**_without(now, {*apart, ADOPT}), **had}

    def user_name(self, member: str) -> str | None:
        """Return the user name that a member has; None where nothing tells."""
        found = (_map(self.outputs, USER_NAMES) or {}).get(member)
        return found if isinstance(found, str) and found not in HIDDEN else None

    def standing(self) -> dict[str, Any]:
        """Return the members that are there, of those that are hidden no more than the user name."""
        return {
            name: {_USER_NAME: self.user_name(name)} if self.hides(name) else settings
            for name, settings in (self.members or {}).items()
        }

    def asked(self, member: str, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the inputs of a member that is to be there.

        Args:
            member: its name.
            before: its inputs until now, any of which may change where the member is not known; None for a
                new one.
        """
        if before is None:
            return _connection(self.inputs, member)
        like = [name for name in before if name not in _APART]
        return _without_adopt(_connection(self.inputs, member, like))

    def arrived(self, member: str) -> dict[str, Any]:
        """Return what a member has, as far as it is declared."""
        properties = self.outputs if MEMBERS in self.outputs else self.inputs
        return _without(_connection(properties, member), _SERVER_FIELDS)

    def state_of(self, member: str, inputs: Mapping[str, Any], *, is_kept: object = False) -> dict[str, Any]:
        """Return a member's state as that of a connection which is a resource."""
        return {
            "id": (_map(self.outputs, IDS) or {}).get(member),
            "inputs": inputs,
            "outputs": _connection(self.outputs, member) if self.outputs else None,
            "retainOnDelete": is_kept,
        }


def _steps(step: Step, old: _Side, new: _Side, *, refreshed: bool) -> Iterator[Step]:
    plan = _plan(step, old, new, refreshed=refreshed)
    is_kept = step.old.get("retainOnDelete")
    makes = {"update", "replace", "create-replacement"}
    added = "create" if step.operation in makes else step.operation
    removed = "delete" if step.operation in makes else step.operation
    for name in plan.added:
        membership = Membership(step.place[3], name, failed=old.failed(name))
        yield _member(step, added, membership, {}, new.state_of(name, new.asked(name)))
    for name in plan.staying:
        former = plan.former.get(name, "")
        before = old.declared(former or name)
        after = new.asked(name, before)
        operation = step.operation
        is_hidden = not refreshed and old.hides(former or name)
        if is_hidden:
            before = old.told(former or name, after) if operation in makes else after
        elif operation == "update" and not former:
            is_changed = _was_changed(old, new, name) if refreshed else _differs(old.arrived(name), after)
            operation = "update" if is_changed else "same"
        states = (
            old.state_of(former or name, before, is_kept=is_kept and operation != "update"),
            new.state_of(name, after),
        )
        membership = Membership(step.place[3], name, former, old.failed(former or name), is_hidden)
        yield _member(step, operation, membership, *states)
    for name, kept in (
        *((each, is_kept) for each in plan.removed),
        *((each, True) for each in plan.retained),
    ):
        state = old.state_of(name, old.declared(name), is_kept=kept)
        yield _member(step, removed, Membership(step.place[3], name, failed=old.failed(name)), state, {})


def _plan(step: Step, old: _Side, new: _Side, *, refreshed: bool) -> Changes:
    """Return who comes, stays and leaves, as the provider sees it."""
    if step.operation != "update" or refreshed:
        # What is deleted and made anew gets no other name, and what was only looked at keeps its own.
        before, after = ({MEMBERS: dict.fromkeys(side.members or ())} for side in (old, new))
        return by_name(before, after)
    return by_name({MEMBERS: old.standing()}, {MEMBERS: new.members, RETAIN: new.inputs.get(RETAIN)})


def _differs(had: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether the provider has to change a connection: its own rule."""
    if had == wanted:
        return False
    if any(had.get(name) != wanted.get(name) for name in _OWN) or had.get(CHANGED_OUTSIDE):
        return True
    if holds(wanted, UNKNOWN) or not all(
        isinstance(each.get("extra", {}), Mapping) for each in (had, wanted)
    ):
        # What is not seen cannot be compared.
        return True
    return bool(patch(declared_of(had), declared_of(wanted)))


def _was_changed(old: _Side, new: _Side, member: str) -> bool:
    """Return whether something was changed outside, as far as it shows."""
    before = old.declared(member)
    if before != new.asked(member, before):
        return True
    settings = (
        each if isinstance(each := (side.members or {}).get(member), Mapping) else {} for side in (old, new)
    )
    then, now = (each.get("updated_at") for each in settings)
    # Of a secret there is no more to see than that the connection was changed.
    return then != now and holds(_without(before, {PASSWORD}), HIDDEN)


def _member(
    step: Step, operation: str, membership: Membership, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Step:
    place = step.urn.removesuffix(f"::{membership.set}").removesuffix(SET_TYPE)
    urn = f"{place}{CONNECTION_TYPE}::{membership.set}/{membership.member}"
    return Step(operation, urn, old, new, membership)


def _connection(properties: Mapping[str, Any], member: str, like: Iterable[str] = _UNSEEN) -> dict[str, Any]:
    """Return a member's inputs or outputs as those of a connection which is a resource.

    Args:
        properties: the set's.
        member: its name.
        like: what it has where all that is seen of it is that it is not known, or secret.
    """
    found = (_map(properties, MEMBERS) or {}).get(member)
    settings = _map({MEMBERS: found}, MEMBERS)
    if settings is None:
        settings = {} if found is None else dict.fromkeys(like, found)
    revision = (_map(properties, REVISIONS) or {}).get(member)
    has_password = revision is not None and settings.get(UNMANAGED) is not True
    apart = {
        REVISION: revision,
        PASSWORD: Mark.SECRET.value if has_password else None,
        ACCOUNT: properties.get(ACCOUNT),
    }
    return {**settings, **{name: value for name, value in apart.items() if value is not None}}


def _map(properties: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return a map that can be read; None where it is not known, or secret."""
    value = properties.get(name)
    return value if isinstance(value, Mapping) and SIGNATURE not in value else None


def _without_adopt(inputs: Mapping[str, Any]) -> dict[str, Any]:
    # It counts when a connection is created only.
    return _without(inputs, {ADOPT})


def _without(tree: Mapping[str, Any], names: Container[str]) -> dict[str, Any]:
    return {name: value for name, value in tree.items() if name not in names}
