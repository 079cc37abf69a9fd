"""The life of a credential connection as the engine drives it: check, diff, create, read, update, delete.

Between the operations the state holds the declared fields with the values that the API gave them, and nothing
that was not declared: an old and a new state differ exactly where the program or somebody else changed
something. The API is imported inside the operations: a stack program imports this module too, to name the
provider, and never talks to the API.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

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

from . import plugin
from .account import FINGERPRINT
from .api.errors import NotFoundError, TelnyxError, printable
from .confidential import confidential
from .ownership import ADOPT, MARK, carries, names_a_user, owner_in, with_mark, without_marks
from .plugin import safe_errors

if TYPE_CHECKING:
    from .adoption import Wanted
    from .api.models import Connection

PROVIDER_KEY = "__provider"
DERIVED_NAMES = "derived_names"
"""Names that the program did not give, by field. They stay: renaming a stack must not log out its phones."""
OWN_INPUTS = ("password_revision", "rotate_password_when", DERIVED_NAMES, MARK)
"""Inputs and outputs that are ours and never sent to the API."""
SERVER_FIELDS = ("record_type", "created_at", "updated_at")
"""Outputs that the API alone decides."""

P = ParamSpec("P")
T = TypeVar("T")


def _in_one_deadline(
    operation: Callable[Concatenate[CredentialConnectionProvider, P], T],
) -> Callable[Concatenate[CredentialConnectionProvider, P], T]:
    """Let an operation end when one call would have to, however many calls it needs."""

    @functools.wraps(operation)
    def wrapper(self: CredentialConnectionProvider, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self._telnyx.api.one_deadline():
            return operation(self, *args, **kwargs)

    return wrapper


class CredentialConnectionProvider(ResourceProvider):
    """The provider behind `CredentialConnection`.

    States name this class by its module and name, and refresh and destroy run from there, without the
    program: neither may ever change.
    """

    # The payload below holds nothing that could be secret.
    serialize_as_secret_always = False

    _telnyx: plugin.Telnyx

    def __reduce__(self) -> tuple[type[CredentialConnectionProvider], tuple[()]]:
        """Return the class alone, so that the engine stores a reference and today's code always runs."""
        return CredentialConnectionProvider, ()

    def configure(self, req: ConfigureRequest) -> None:
        """Connect to the API; once in a plugin process, before anything else is called.

        Raises:
            SettingsError: a setting is missing or unusable.
        """
        self._telnyx = plugin.start(req.config)

    @safe_errors
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Return the inputs as the API wants them, or every problem that they have."""
        from . import passwords
        from .rules import doubtful, unfit_for_adoption
        from .validation import validated

        own = {name: news[name] for name in OWN_INPUTS if news.get(name) is not None}
        given = {
            name: value for name, value in news.items() if name not in {PROVIDER_KEY, ADOPT, *OWN_INPUTS}
        }
        if olds:
            # The mark of the first run stays, also where there was none, and so do the names below.
            own[MARK] = olds.get(MARK)
        elif news.get(ADOPT) is not None:
            own[ADOPT] = news[ADOPT]
        if derived := _kept_names(olds, news):
            given |= derived
            own[DERIVED_NAMES] = derived
        password, own["password_revision"] = passwords.resolve(olds, news)
        settings, problems = validated({**given, "password": password})
        if own.get("rotate_password_when") is not None and given.get("password") != passwords.GENERATED:
            problems.append(
                "rotate_password_when: rotates a generated password only: change password itself, "
                "or leave password out"
            )
        if ADOPT in own:
            problems += unfit_for_adoption(news)
        if not problems and ADOPT in own:
            taking_over = (
                "adopt takes over an existing connection and gives it what is declared, password too"
            )
            plugin.warn(settings["connection_name"], taking_over)
        if not problems:
            for doubt in doubtful(settings, olds):
                plugin.warn(settings["connection_name"], doubt)
        # The property is never named: the engine would print its value, and a password is one of them.
        return CheckResult({**settings, **own}, [CheckFailure("", problem) for problem in problems])

    @safe_errors
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Return whether the connection has to be updated; it never has to be replaced."""
        from .validation import is_unknown

        self._telnyx.account.met(id_, olds)
        self._telnyx.account.goes_on(id_, olds.get(MARK))
        # A difference in our own inputs calls nothing, but the outputs must follow: read knows only them.
        ours = any(olds.get(name) != news.get(name) for name in OWN_INPUTS)
        return DiffResult(changes=is_unknown(news) or ours or bool(_changes(olds, news)))

    @safe_errors
    @_in_one_deadline
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the connection, or take over the one that is ours already.

        Raises:
            UserNameTakenError: somebody else has the user name.
            ApiError: Telnyx refuses it; nothing was created.
            TransportError: no readable answer came; running again finds out whether it was created.
        """
        from . import adoption, creation
        from .api.models import UPDATE_ONLY
        from .comparison import declared_of, live_view, patch

        settings = declared_of(props)
        later = {name: value for name, value in settings.items() if name in UPDATE_ONLY}
        wanted = self._wanted(props, {name: value for name, value in settings.items() if name not in later})
        api, account = self._telnyx.api, self._telnyx.account
        account.check_before_write()
        if which := props.get(ADOPT):
            connection = adoption.adopt(api, wanted, which)
        else:
            connection = creation.create(api, wanted)
        props = {**props, FINGERPRINT: account.fingerprint}
        account.met(connection.id, props)
        account.goes_on(connection.id, props.get(MARK))
        if patch(live_view(later, connection), later):
            try:
                connection = api.update(connection.id, later, secrets=confidential(props))
            except TelnyxError as error:
                # The connection exists and must reach the state. The next run sees the difference.
                missing = f"{', '.join(later)} is not set yet, run `pulumi up` again: {error}"
                plugin.warn(settings["connection_name"], missing)
                return CreateResult(connection.id, _outputs(props, connection))
        return CreateResult(connection.id, _written(props, connection))

    def _wanted(self, props: Mapping[str, Any], settings: Mapping[str, Any]) -> Wanted:
        from .adoption import Wanted

        return Wanted(
            settings=settings,
            mark=props.get(MARK),
            secrets=confidential(props),
            adopt_within_secs=self._telnyx.adopt_within_secs,
            account=self._telnyx.account,
            announce=lambda message: plugin.announce(settings.get("connection_name"), message),
        )

    @safe_errors
    @_in_one_deadline
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return the connection as it is now, or an empty result when Telnyx says that it is gone.

        Raises:
            ApiError: the key is refused, or another error of the API; the state stays as it is.
            TransportError: no readable answer came, or a 404 that is not the API's own.
            WrongAccountError: it is not there, and it may be in another account.
        """
        from . import reading
        from .comparison import all_settings, password_differs
        from .passwords import CHANGED_OUTSIDE

        # A connection of `.get()` has none; where it is the program that asks, it has no record type either.
        declares = "password_revision" in props
        account = self._telnyx.account
        if declares:
            account.met(id_, props)
        connection = None
        try:
            connection = reading.retrieve(self._telnyx.api, id_, props)
        except NotFoundError:
            if not declares and props.get("record_type") is None:
                raise
        # Outside of the handler: the engine would print the 404 as well.
        if connection is None:
            if declares:
                account.confirm_gone(id_, props)
            return ReadResult("", {})
        if not declares:
            # Nothing is compared, so show everything that is no secret.
            return ReadResult(id_, {**all_settings(connection), **_server_fields(connection)})
        account.found(id_)
        _warn_of_another_owner(props, connection)
        outputs = _outputs({**props, FINGERPRINT: account.fingerprint}, connection)
        if password_differs(props, connection):
            outputs[CHANGED_OUTSIDE] = True
        no_inputs = {FINGERPRINT, *SERVER_FIELDS}
        inputs = {name: value for name, value in outputs.items() if name not in no_inputs}
        return ReadResult(id_, outputs, inputs)

    @safe_errors
    @_in_one_deadline
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change what differs.

        Raises:
            NotFoundError: the connection was deleted outside.
            ApiError: Telnyx refuses the change; the connection stays as it was.
            TransportError: no readable answer came; running again puts it right.
        """
        changes = _changes(olds, news)
        if not changes:
            kept = {name: olds.get(name) for name in (*SERVER_FIELDS, FINGERPRINT)}
            return UpdateResult({**news, **kept})
        account = self._telnyx.account
        account.met(id_, olds)
        account.check_before_write()
        connection = self._telnyx.api.update(id_, changes, secrets=confidential(olds, news))
        account.found(id_)
        return UpdateResult(_written({**news, FINGERPRINT: account.fingerprint}, connection))

    @safe_errors
    @_in_one_deadline
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the connection; one that is gone already is a success.

        Raises:
            ApiError: Telnyx refuses, for example while phone numbers are attached.
            TransportError: no readable answer came.
            WrongAccountError: it is not there, and it may be in another account.
        """
        account = self._telnyx.account
        if account.is_kept(id_, props.get(MARK)):
            plugin.announce(
                props.get("connection_name"),
                f"connection {printable(id_)} stays: another resource of this stack has taken it over",
            )
            return
        account.met(id_, props)
        account.check_before_write()
        try:
            self._telnyx.api.delete(id_, secrets=confidential(props))
        except NotFoundError:
            gone_before = True
        else:
            gone_before = False
        # Outside of the handler: the engine would print the 404 as well.
        if gone_before:
            account.confirm_gone(id_, props)
        account.deleted(id_)


def _kept_names(olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names to use where the program gives none: the first ones, or the last ones that it gave."""
    first = olds.get(DERIVED_NAMES) or {}
    if not olds and names_a_user(news.get(ADOPT)):
        # The connection that is taken over keeps the name that its phones log in with.
        first = {"user_name": news[ADOPT]}
    return {
        name: first.get(name) or olds.get(name) or derived
        for name, derived in (news.get(DERIVED_NAMES) or {}).items()
    }


def _changes(olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an update has to send."""
    from .comparison import declared_of, patch
    from .passwords import CHANGED_OUTSIDE

    changes = patch(declared_of(olds), declared_of(news))
    if "tags" in changes:
        changes["tags"] = with_mark(changes["tags"], news.get(MARK))
    if olds.get(CHANGED_OUTSIDE):
        changes["password"] = news["password"]
    return changes


def _warn_of_another_owner(props: Mapping[str, Any], connection: Connection) -> None:
    owner = owner_in(connection.tags)
    if owner is not None and not carries(connection.tags, props.get(MARK)):
        plugin.warn(
            props.get("connection_name"),
            f"connection {connection.id} now has the mark of project {owner.project}, stack {owner.stack}: "
            "if it was taken over on purpose, take it out of this stack with `pulumi state delete`",
        )


def _written(props: Mapping[str, Any], connection: Connection) -> dict[str, Any]:
    """Return the outputs after a create or an update, and name what Telnyx made of it otherwise."""
    from .comparison import altered, declared_of, properties_of

    outputs = _outputs(props, connection)
    if paths := ", ".join(altered(properties_of(declared_of(props)), outputs)):
        plugin.warn(props["connection_name"], f"Telnyx did not take these values as they were sent: {paths}")
    return outputs


def _outputs(props: Mapping[str, Any], connection: Connection) -> dict[str, Any]:
    from .comparison import declared_of, live_view, properties_of

    own = (*OWN_INPUTS, FINGERPRINT)
    return {
        **properties_of(live_view(declared_of(props), without_marks(connection))),
        **{name: props[name] for name in own if props.get(name) is not None},
        **_server_fields(connection),
    }


def _server_fields(connection: Connection) -> dict[str, Any]:
    return {name: getattr(connection, name) for name in SERVER_FIELDS}
