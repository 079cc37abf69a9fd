"""The life of a set of credential connections as the engine drives it.

Every member goes through the provider of single connections. A set is one resource to the engine, which knows
no half success: what failed for some members is kept in the output `failed`, and the program makes an error
of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown

from .. import notices
from ..account import FINGERPRINT
from ..api.errors import TelnyxError, printable
from ..connection.claims import Holder
from ..engine_secrets import as_secret
from ..lifecycle import CredentialConnectionProvider
from ..named_accounts import ACCOUNT
from ..ownership import MARK
from ..plugin_errors import safe_errors
from ..words import counted, some_of
from . import check
from . import members as layout
from .identity import Identity
from .removals import MAX_REMOVALS, RETAIN, check_removals

if TYPE_CHECKING:
    from .flight import Outcome

T = TypeVar("T")

_MOST_REASONS: Final = 3
_MOST_NOTES: Final = 20
_LOGGED_OUT: Final = (
    "its connection was to be deleted and is still there: it gets a new password, and its phone is logged out"
)


class SetError(TelnyxError):
    """Nothing of what a set was to become came about, or not all of what one must be whole for."""


class _Held(NamedTuple):
    """What a member has after an operation.

    Args:
        id: Telnyx's id of its connection.
        outs: the connection's outputs.
    """

    id: str
    outs: Mapping[str, Any]


class CredentialConnectionSetProvider(ResourceProvider):
    """The provider behind `CredentialConnectionSet`.

    States name this class by its module and name, and refresh and destroy run from there, without the
    program: neither may ever change.
    """

    # The payload below holds nothing that could be secret.
    serialize_as_secret_always = False

    def __init__(self) -> None:
        self._connections = CredentialConnectionProvider()

    def __reduce__(self) -> tuple[type[CredentialConnectionSetProvider], tuple[()]]:
        """Return the class alone, so that the engine stores a reference and today's code always runs."""
        return CredentialConnectionSetProvider, ()

    def configure(self, req: ConfigureRequest) -> None:
        """Note the stack's config; once in a plugin process, before anything else is called."""
        self._connections.configure(req)

    @safe_errors
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Return the inputs as the API wants them, or the problems of all members at once."""
        inputs, problems = check.checked(olds, news, self._connections.check)
        name = Identity.of(inputs).name
        # The property is never named: the engine would print its value, with all passwords in it.
        return CheckResult(inputs, [CheckFailure("", each) for each in check.in_words(name, problems)])

    @safe_errors
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Return whether any member has to be added, changed or removed.

        Raises:
            TooManyRemovalsError: more would be deleted than `max_removals` allows.
            SetError: a member would be deleted whose user name another resource of the program has, or that
                is to stay at Telnyx.
        """
        from ..connection.validation import is_unknown
        from .changes import by_name, changes_between

        olds, news = layout.opened(olds), layout.opened(news)
        if olds.get(ACCOUNT) != news.get(ACCOUNT):
            kept = [printable(name) for name in by_name(olds, news).retained]
            if kept and not isinstance(news.get(ACCOUNT), Unknown):
                names = some_of(kept, _MOST_NOTES)
                raise SetError(
                    f"credential connection set '{printable(Identity.of(olds).name)}': {ACCOUNT} changes, "
                    f"which deletes all its connections, and {RETAIN} keeps {names}: let these leave the set "
                    f"in a run of its own, before {ACCOUNT} changes"
                )
            # Deleted first: user names are unique over all accounts.
            return DiffResult(changes=True, replaces=[ACCOUNT], delete_before_replace=True)
        if isinstance(news[layout.MEMBERS], Unknown):
            return DiffResult(changes=True)
        had, wanted = layout.connections_of(olds), layout.connections_of(news)
        plan = changes_between(olds, news, had, wanted, self._differs)
        # Before the run it may be unknown how many may leave, or who of them stays at Telnyx.
        removed = [] if is_unknown([news.get(MAX_REMOVALS), news.get(RETAIN)]) else plan.removed
        check_removals(Identity.of(olds).name, news.get(MAX_REMOVALS), len(had), removed)
        account = self._connections.telnyx_of(olds).account
        for member in removed:
            account.met(layout.id_of(olds, member), had[member])
            if why := self._give_up(olds, member, had[member]):
                raise SetError(f"{layout.path_of(member)}: {why}")
        for member in plan.retained:
            account.let_go(layout.id_of(olds, member))
        for member in plan.changed:
            _warn_of_lost_password(had[plan.former.get(member, member)], wanted[member])
        return DiffResult(changes=bool(plan) or bool(olds.get(layout.FAILED)))

    def _differs(self, id_: str, had: dict[str, Any], wanted: dict[str, Any]) -> bool:
        if not layout.same_declaration(had, wanted):
            return bool(self._connections.diff(id_, had, wanted).changes)
        account = self._connections.telnyx_of(had).account
        account.met(id_, had)
        account.goes_on(id_, had.get(MARK))
        return False

    def _give_up(self, olds: Mapping[str, Any], member: str, connection: Mapping[str, Any]) -> str | None:
        label = f"member '{printable(member)}' of set '{printable(Identity.of(olds).name)}'"
        claims = self._connections.telnyx_of(olds).claims
        return claims.give_up(str(connection.get("user_name")), Holder(connection.get(MARK), label))

    @safe_errors
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the members; those that fail are in the output `failed`.

        Raises:
            SetError: not one was created.
        """
        props = layout.opened(props)
        wanted = layout.connections_of(props)
        outcome = self._for_each(props, wanted, "created", lambda name: self._create(wanted[name]))
        if not outcome.done:
            raise _failure("create", props, outcome.failed, outcome.stopped_by)
        return CreateResult(id_of_set(Identity.of(props)), self._outputs(props, outcome.done, outcome.failed))

    def _create(self, wanted: dict[str, Any]) -> _Held:
        result = self._connections.create(wanted)
        return _Held(result.id, result.outs or {})

    @safe_errors
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the members as they are now, without those that are gone.

        Raises:
            SetError: a member could not be read; the state stays as it is.
        """
        props = layout.opened(props)
        had = layout.connections_of(props)
        telnyx = self._connections.telnyx_of(props)
        for name, connection in had.items():
            # Before any of them is missed: another one that is found shows that the account is right.
            telnyx.account.met(layout.id_of(props, name), connection)
        with telnyx.reads.expecting(len(had)):
            outcome = self._for_each(
                props, had, "read", lambda name: self._connections.read(layout.id_of(props, name), had[name])
            )
        if outcome.failed:
            raise _failure("read", props, outcome.failed, outcome.stopped_by)
        found = {name: outcome.done[name] for name in had if outcome.done[name].id}
        held = {name: _Held(str(result.id), result.outs or {}) for name, result in found.items()}
        outputs = self._outputs(props, held, {})
        if failed := props.get(layout.FAILED):
            # Nothing was tried again.
            outputs |= {name: props[name] for name in (layout.FAILED, layout.FAILED_AT) if name in props}
        shared = layout.without_connections(props, also=(FINGERPRINT,))
        inputs = layout.packed(shared, {name: result.inputs or {} for name, result in found.items()}, None)
        if failed:
            _hide(outputs, failed)
            _hide(inputs, failed)
            inputs[layout.PASSWORDS] = as_secret(inputs[layout.PASSWORDS])
        return ReadResult(id_, outputs, inputs)

    @safe_errors
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Delete, change and create members; those that fail are in the output `failed`.

        Raises:
            SetError: there was something to do, and nothing of it succeeded.
        """
        from .changes import changes_between, waiting

        olds, news = layout.opened(olds), layout.opened(news)
        had, wanted = layout.connections_of(olds), layout.connections_of(news)
        plan = changes_between(olds, news, had, wanted, self._differs)
        ids = {name: layout.id_of(olds, name) for name in had}
        for name in plan.retained:
            notices.announce(
                had[name].get("connection_name"),
                f"connection {printable(ids[name])} stays at Telnyx: {RETAIN} names member "
                f"'{printable(name)}'",
            )

        def delete(name: str) -> None:
            if why := self._give_up(olds, name, had[name]):
                raise SetError(why)
            self._connections.delete(ids[name], had[name])

        def change(name: str) -> _Held:
            old = plan.former.get(name, name)
            return _Held(ids[old], self._connections.update(ids[old], had[old], wanted[name]).outs or {})

        # First what makes room: an account may be full.
        deleted = self._for_each(olds, plan.removed, "deleted", delete)
        # Else the new holder of a name would take the place of the one that is still there.
        waits = waiting(plan, deleted.failed)
        changed = self._for_each(
            news, [name for name in plan.changed if name not in waits], "changed", change
        )
        created = self._for_each(
            news,
            [name for name in plan.added if name not in waits],
            "created",
            lambda name: self._create(wanted[name]),
        )
        failed = {**deleted.failed, **changed.failed, **created.failed}
        if failed and not (deleted.done or changed.done or created.done):
            stopped_by = deleted.stopped_by or changed.stopped_by or created.stopped_by
            raise _failure("update", news, failed, stopped_by)
        for name, old in waits.items():
            taken = f"the name '{printable(name)}' is still that of a connection that could not leave it"
            failed.setdefault(old, SetError(taken))
        came_from = {name: plan.former.get(name, name) for name in plan.staying if name not in waits}
        came_from |= {old: old for old in (*deleted.failed, *waits.values()) if old in had}
        before = {name: _Held(ids[old], had[old]) for name, old in came_from.items()}
        texts = layout.texts_in(olds) | layout.texts_in(news)
        shared = {**news, FINGERPRINT: olds.get(FINGERPRINT), layout.TEXTS: texts}
        return UpdateResult(self._outputs(shared, {**before, **changed.done, **created.done}, failed))

    @safe_errors
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the members' connections; one that is gone already is a success.

        Raises:
            SetError: some are still there; running it again does the rest.
        """
        props = layout.opened(props)
        had = layout.connections_of(props)
        outcome = self._for_each(
            props, had, "deleted", lambda name: self._connections.delete(layout.id_of(props, name), had[name])
        )
        if outcome.failed:
            raise _failure("delete", props, outcome.failed, outcome.stopped_by)

    def _for_each(
        self, props: Mapping[str, Any], members: Any, done: str, operation: Callable[[str], T]
    ) -> Outcome[T]:
        from .flight import for_each
        from .progress import Progress

        telnyx, set_name = self._connections.telnyx_of(props), Identity.of(props).name
        notes: list[str] = []

        def noting(member: str) -> T:
            with notices.announcing(notes.append):
                return operation(member)

        progress = Progress(set_name, done, len(members), telnyx.api.clock)
        outcome = for_each(members, noting, telnyx, progress)
        for line in notes[:_MOST_NOTES]:
            notices.tell(line)
        if (more := len(notes) - _MOST_NOTES) > 0:
            notices.tell(f"{printable(set_name)}: and {counted(more, 'more line')} like these")
        return outcome

    def _outputs(
        self,
        props: Mapping[str, Any],
        held: Mapping[str, _Held],
        failed: Mapping[str, TelnyxError],
    ) -> dict[str, Any]:
        """Return what the state holds of the set, and of each of these members."""
        shared = layout.without_connections(props)
        # Whatever was written or found with a key shows that it is the account's, of which a set has one.
        written = [each.outs[FINGERPRINT] for each in held.values() if each.outs.get(FINGERPRINT)]
        telnyx = self._connections.telnyx_of(props)
        if telnyx.account.fingerprint in written:
            shared[FINGERPRINT] = telnyx.account.fingerprint
        connections = {name: each.outs for name, each in held.items()}
        outputs = layout.packed(shared, connections, {name: each.id for name, each in held.items()})
        outputs[layout.FAILED] = {name: str(error) for name, error in failed.items()}
        if failed:
            outputs[layout.FAILED_AT] = telnyx.api.clock.wall()
        _hide(outputs, failed)
        return outputs


def _hide(properties: Mapping[str, Any], failed: Iterable[str]) -> None:
    """Make one secret of what the state holds of each member that failed.

    To the engine a value is a secret where the inputs of the program have one in the same place. What these
    members hold is older than the program, which may not have it any more.
    """
    members = properties[layout.MEMBERS]
    for name in failed:
        if name in members:
            members[name] = as_secret(members[name])


def _warn_of_lost_password(had: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Tell of a new password that no revision shows.

    `check` knows the last inputs only. A member that they do not have, since it was to be deleted, is a new
    one to it, which begins with a password of its own.
    """
    passwords = had.get("password"), wanted.get("password")
    if not all(isinstance(each, str) for each in passwords) or passwords[0] == passwords[1]:
        return
    if wanted["password_revision"] <= had.get("password_revision", 0):
        notices.warn(wanted["connection_name"], _LOGGED_OUT)


def id_of_set(identity: Identity) -> str:
    """Return the id of a set: Telnyx knows no sets, and the members' connections have ids of their own."""
    return f"set-{identity.name}"


def _failure(
    action: str,
    props: Mapping[str, Any],
    failed: Mapping[str, TelnyxError],
    stopped_by: TelnyxError | None,
) -> SetError:
    set_name = printable(Identity.of(props).name)
    members = len(layout.names_of(props))
    reasons = [f"'{printable(name)}': {reason}" for name, reason in list(failed.items())[:_MOST_REASONS]]
    if stopped_by is not None:
        reasons = [str(stopped_by)]
    more = len(failed) - len(reasons)
    return SetError(
        f"{action} credential connection set '{set_name}': {len(failed):,} of {counted(members, 'member')} "
        f"failed: {'; '.join(reasons)}"
        f"{f'; and {more:,} more' if more and stopped_by is None else ''}"
    )
