"""The life of a credential connection as the engine drives it: check, diff, create, read, update, delete.

Between the operations the state holds the declared fields with the values that the API gave them, and nothing
that was not declared: an old and a new state differ exactly where the program or somebody else changed
something. The API is imported inside the operations: a stack program imports this module too, to name the
provider, and never talks to the API.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    Config,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import UNKNOWN, Unknown

from . import notices, plugin
from .account import FINGERPRINT
from .api.errors import NotFoundError, SettingsError, TelnyxError, printable
from .confidential import confidential
from .connection.claims import DECLARED_AS, Holder
from .connection.passwords import UNMANAGED
from .connection.properties import (
    DERIVED_NAMES,
    OWN_INPUTS,
    PROVIDER_KEY,
    SERVER_FIELDS,
    kept_names,
    outputs_of,
    server_fields,
    update_body,
)
from .garbage import collect_seldom
from .named_accounts import ACCOUNT
from .ownership import ADOPT, MARK, carries, owner_in, taken_over
from .plugin_errors import safe_errors, shorten_errors
from .remedies import naming_account

if TYPE_CHECKING:
    from .api.models import Connection
    from .connection.adoption import Wanted

_SWITCHED_OFF = (
    "it is switched off at Telnyx, and no call gets through: active is not declared, so this is no drift"
)

P = ParamSpec("P")
T = TypeVar("T")


# It runs while this module is imported, before mutmut has chosen a mutant.
def _in_one_deadline(
    operation: Callable[Concatenate[CredentialConnectionProvider, P], T],
) -> Callable[Concatenate[CredentialConnectionProvider, P], T]:  # pragma: no mutate block
    """Let an operation end when one call would have to, however many calls it needs."""

    @functools.wraps(operation)
    def wrapper(self: CredentialConnectionProvider, /, *args: P.args, **kwargs: P.kwargs) -> T:
        # Every operation's last argument is the connection's properties.
        with self.telnyx_of(cast("Mapping[str, Any]", args[-1])).api.one_deadline():
            return operation(self, *args, **kwargs)

    return wrapper


class CredentialConnectionProvider(ResourceProvider):
    """The provider behind `CredentialConnection`.

    States name this class by its module and name, and refresh and destroy run from there, without the
    program: neither may ever change.
    """

    # The payload below holds nothing that could be secret.
    serialize_as_secret_always = False

    _config: Config

    def __reduce__(self) -> tuple[type[CredentialConnectionProvider], tuple[()]]:
        """Return the class alone, so that the engine stores a reference and today's code always runs."""
        return CredentialConnectionProvider, ()

    def configure(self, req: ConfigureRequest) -> None:
        """Note the stack's config; once in a plugin process, before anything else is called."""
        shorten_errors()
        plugin.open_workers(req.config)
        collect_seldom()
        self._config = req.config

    # Not before a connection needs it: where all of them name an account, the stack's own may have no key.
    @functools.cached_property
    def _telnyx(self) -> plugin.Telnyx:
        return plugin.start(self._config)

    def telnyx_of(self, props: Mapping[str, Any]) -> plugin.Telnyx:
        """Return the API of the account that has the connection with these properties.

        Raises:
            SettingsError: a setting of the account is missing or unusable, or there is no such account.
        """
        name = props.get(ACCOUNT)
        return self._telnyx if name is None else plugin.start(self._config, name)

    @safe_errors
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Return the inputs as the API wants them, or every problem that they have."""
        from .connection import passwords
        from .connection.rules import (
            doubtful,
            unfit_for_adoption,
            unfit_for_rotation,
            unfit_to_stay_unmanaged,
        )
        from .connection.validation import validated

        own = {name: news[name] for name in OWN_INPUTS if news.get(name) is not None}
        given = {
            name: value
            for name, value in news.items()
            if name not in {PROVIDER_KEY, ADOPT, DECLARED_AS, *OWN_INPUTS}
        }
        if olds:
            # The mark of the first run stays, also where there was none, and so do the names below.
            own[MARK] = olds.get(MARK)
        elif news.get(ADOPT) is not None:
            own[ADOPT] = news[ADOPT]
        if derived := kept_names(olds, news):
            given |= derived
            own[DERIVED_NAMES] = derived
        password, own["password_revision"] = passwords.resolve(olds, news)
        unmanaged = UNMANAGED in own
        # A password that is not known can break no rule.
        settings, problems = validated({**given, "password": UNKNOWN if unmanaged else password})
        if unmanaged:
            settings.pop("password", None)
            problems += unfit_to_stay_unmanaged(news, exists=bool(olds))
        else:
            problems += unfit_for_rotation(own.get("rotate_password_when"), given.get("password"))
        problems += self._account_problems(olds, news)
        if ADOPT in own:
            problems += unfit_for_adoption(news)
        if not problems and ADOPT in own:
            password_too = "the password stays" if unmanaged else "password too"
            taking_over = (
                f"adopt takes over an existing connection and gives it what is declared, {password_too}"
            )
            notices.warn(settings["connection_name"], taking_over)
        if not problems:
            problems += self._name_conflict(settings, own, news.get(DECLARED_AS) or news.get(MARK))
        if not problems:
            for doubt in doubtful(settings, olds):
                notices.warn(settings["connection_name"], doubt)
        # The property is never named: the engine would print its value, and a password is one of them.
        return CheckResult({**settings, **own}, [CheckFailure("", problem) for problem in problems])

    def _name_conflict(
        self, settings: Mapping[str, Any], own: Mapping[str, Any], declared_as: object
    ) -> Iterator[str]:
        user_name, label = settings["user_name"], f"connection '{printable(settings['connection_name'])}'"
        if not isinstance(user_name, Unknown) and not isinstance(own.get(ACCOUNT), Unknown):
            holder = Holder(own.get(MARK) or label, label, declared_as or label)
            if why := self.telnyx_of(own).claims.claim(user_name, holder):
                yield f"user_name: {why}"

    def _account_problems(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Iterator[str]:
        """Yield what is wrong with the account that is asked for, as far as no call is needed to know it.

        Raises:
            SettingsError: a setting of the stack's own account is missing or unusable.
        """
        name = news.get(ACCOUNT)
        if isinstance(name, Unknown):
            return
        if olds and name != olds.get(ACCOUNT) and news.get(ADOPT) is not None:
            # The engine checks a replacement as a new resource, which adopts.
            yield (
                "account: a change of account deletes the connection and makes it anew, and then adopt would "
                "count again: remove adopt from the program first"
            )
        try:
            self.telnyx_of(news)
        except SettingsError as error:
            if name is None:
                raise
            yield str(error)

    @safe_errors
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Return whether the connection has to be updated, or replaced by one in another account."""
        from .connection.validation import is_unknown

        account = self.telnyx_of(olds).account
        account.met(id_, olds)
        if olds.get(ACCOUNT) != news.get(ACCOUNT):
            # Deleted first: user names are unique over all accounts.
            return DiffResult(changes=True, replaces=[ACCOUNT], delete_before_replace=True)
        account.goes_on(id_, olds.get(MARK))
        # A difference in our own inputs calls nothing, but the outputs must follow: read knows only them.
        ours = any(olds.get(name) != news.get(name) for name in OWN_INPUTS)
        return DiffResult(changes=is_unknown(news) or ours or bool(update_body(olds, news)))

    @safe_errors
    @_in_one_deadline
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the connection, or take over the one that is ours already.

        Raises:
            UserNameTakenError: somebody else has the user name.
            ApiError: Telnyx refuses it; nothing was created.
            TransportError: no readable answer came; running again finds out whether it was created.
        """
        from .api.connection_settings import UPDATE_ONLY
        from .connection import adoption, creation
        from .connection.comparison import declared_of, live_view, patch

        settings = declared_of(props)
        later = {name: value for name, value in settings.items() if name in UPDATE_ONLY}
        wanted = self._wanted(props, {name: value for name, value in settings.items() if name not in later})
        telnyx = self.telnyx_of(props)
        api, account = telnyx.api, telnyx.account
        with telnyx.writing():
            if which := props.get(ADOPT):
                connection = adoption.adopt(api, wanted, which)
            else:
                connection = creation.create(api, wanted)
        props = {**props, FINGERPRINT: account.fingerprint}
        account.met(connection.id, props)
        account.goes_on(connection.id, props.get(MARK))
        if later and patch(live_view(later, connection), later):
            try:
                with telnyx.writing():
                    connection = api.update(connection.id, later, secrets=confidential(props))
            except TelnyxError as error:
                # The connection exists and must reach the state. The next run sees the difference.
                reason = naming_account(error, account.name)
                missing = f"{', '.join(later)} is not set yet, run `pulumi up` again: {reason}"
                notices.warn(settings["connection_name"], missing)
                return CreateResult(connection.id, outputs_of(props, connection))
        return CreateResult(connection.id, _written(props, connection))

    def _wanted(self, props: Mapping[str, Any], settings: Mapping[str, Any]) -> Wanted:
        from .connection.adoption import Wanted

        telnyx = self.telnyx_of(props)
        return Wanted(
            settings=settings,
            mark=props.get(MARK),
            secrets=confidential(props),
            adopt_within_secs=telnyx.adopt_within_secs,
            account=telnyx.account,
            announce=lambda message: notices.announce(settings.get("connection_name"), message),
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
        from .connection import reading
        from .connection.comparison import all_settings, password_differs
        from .connection.passwords import CHANGED_OUTSIDE

        # A connection of `.get()` has none; where it is the program that asks, it has no record type either.
        declares = "password_revision" in props
        telnyx = self.telnyx_of(props)
        account = telnyx.account
        if declares:
            account.met(id_, props)
        connection = None
        try:
            connection = reading.retrieve(telnyx.api, telnyx.reads, id_, props)
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
            shown = {**all_settings(connection), **server_fields(connection)}
            return ReadResult(id_, shown if account.name is None else {**shown, ACCOUNT: account.name})
        account.found(id_)
        _warn_of_another_owner(props, connection)
        if connection.active is False and props.get("active") is None:
            notices.warn(props.get("connection_name"), _SWITCHED_OFF)
        outputs = outputs_of({**props, FINGERPRINT: account.fingerprint}, connection)
        if not props.get(UNMANAGED) and password_differs(props, connection):
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
        changes = update_body(olds, news)
        if not changes:
            kept = {name: olds.get(name) for name in (*SERVER_FIELDS, FINGERPRINT)}
            return UpdateResult({**news, **kept})
        telnyx = self.telnyx_of(news)
        account = telnyx.account
        account.met(id_, olds)
        with telnyx.writing():
            connection = telnyx.api.update(id_, changes, secrets=confidential(olds, news))
        return UpdateResult(_written({**news, FINGERPRINT: account.fingerprint}, connection))

    @safe_errors
    @_in_one_deadline
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the connection; one that is gone already is a success.

        Raises:
            ApiError: Telnyx refuses, for example while phone numbers are attached.
            TransportError: no readable answer came.
            WrongAccountError: it may be in another account.
        """
        telnyx = self.telnyx_of(props)
        account = telnyx.account
        if account.is_kept(id_, props.get(MARK)):
            notices.announce(
                props.get("connection_name"),
                f"connection {printable(id_)} stays: another resource of this stack has taken it over",
            )
            return
        account.met(id_, props)
        # Before it writes it makes sure of the account: what is not found there was deleted.
        with suppress(NotFoundError), telnyx.writing():
            telnyx.api.delete(id_, secrets=confidential(props))
        account.deleted(id_)


def _warn_of_another_owner(props: Mapping[str, Any], connection: Connection) -> None:
    owner = owner_in(connection.tags)
    if owner is not None and not carries(connection.tags, props.get(MARK)):
        notices.warn(props.get("connection_name"), taken_over(connection.id, owner))


def _written(props: Mapping[str, Any], connection: Connection) -> dict[str, Any]:
    """Return the outputs after a create or an update, and name what Telnyx made of it otherwise."""
    from .connection.comparison import altered, declared_of, properties_of

    outputs = outputs_of(props, connection)
    if paths := ", ".join(altered(properties_of(declared_of(props)), outputs)):
        notices.warn(props["connection_name"], f"Telnyx did not take these values as they were sent: {paths}")
    return outputs
