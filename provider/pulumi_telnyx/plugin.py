"""What is particular to the plugin process, in which the engine runs the provider."""

from __future__ import annotations

import functools
import os
import re
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from .account import WrongAccountError
from .accounts import ACCOUNT
from .api.errors import ApiError, SettingsError, TelnyxError, printable
from .connection.claims import Claims
from .remedies import remedy_of
from .workers import DEFAULT_PARALLEL, Workers, workers_of_this_thread

if TYPE_CHECKING:
    from pulumi.dynamic import Config

    from .account import Account
    from .api.connections import CredentialConnections
    from .connection.listed_reads import ListedReads
    from .settings import Settings

DEBUG_VARIABLE = "TELNYX_DEBUG"

_MOST_ALIKE = 3
_ENGINE_TIMEOUT_SECS = 5
_shown: Counter[str] = Counter()
_lock = threading.Lock()
_workers = Workers(None)
# A cache alone lets two threads that come first make two of what there must be one of.
_connecting = threading.Lock()

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Telnyx:
    """What the operations of one process on one account share.

    Args:
        api: the account's connections.
        account: what is known of the account itself.
        adopt_within_secs: the age up to which a connection with our mark is taken over unasked.
        reads: single connections, from lists where there are many.
        parallel: how many calls may be in flight at once.
        claims: the user names of this run's resources.
        many: lets as many operations run at once as there may be; called before something is written.
        slots: what the members of sets wait for, one for each of these calls.
    """

    api: CredentialConnections
    account: Account
    adopt_within_secs: float
    reads: ListedReads
    parallel: int = DEFAULT_PARALLEL
    claims: Claims = field(default_factory=Claims)
    many: Callable[[], None] = lambda: None
    slots: threading.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", threading.Semaphore(self.parallel))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make sure of the account before something is written to it; what was listed until then is old.

        Raises:
            WrongAccountError: it is not the expected one, or none of the state's connections is in it.
        """
        self.account.check_before_write()
        self.many()
        try:
            yield
        finally:
            # Not before: another thread could list in between, and show later reads what was there before.
            self.reads.forget()


def shorten_errors() -> None:
    """Let each error reach the user as one line, unless the debug switch is on."""
    if not _debugging():
        _print_errors_in_one_line()


def open_workers(config: Config) -> None:
    """Let as many of the engine's requests run at once as the stack's config says; called by `configure`."""
    from .settings import PARALLEL_OPTION, checked_parallel

    global _workers
    _workers = workers_of_this_thread()
    try:
        _workers.raise_to(checked_parallel(config.get(PARALLEL_OPTION)))
    except SettingsError:
        # The first connection that needs the settings says it.
        return


def start(config: Config, account: object = None) -> Telnyx:
    """Return the API for one of the accounts of the stack whose config this is.

    Args:
        config: the stack's config.
        account: the account's name as a resource gave it; None for the stack's own.

    Raises:
        SettingsError: a setting is missing or unusable, or there is no such account.
    """
    # Here and not at the top: the stack program imports this module too, and needs no HTTP client.
    from .settings import load_settings

    settings = load_settings(os.environ, config.get, account)
    with _connecting:
        return _connected(settings)


# Once for all providers of a process: a rate limit or a refused key concerns every one of them. And once for
# each account: neither concerns the others.
@functools.cache
def _connected(settings: Settings) -> Telnyx:
    from .connection.listed_reads import ListedReads
    from .settings import account_of, connect

    api = connect(settings, ensure_engine)
    if _workers.count is None:
        api.note("the plugin server's workers are not known here: 4 requests of the engine run at once")
    # Once is enough; twice, by two threads, does no harm.
    many = functools.cache(_workers.start_all)
    reads = ListedReads(api, settings.parallel, lambda: _workers.waiting, many)
    account = account_of(settings, api)
    return Telnyx(api, account, settings.adopt_within_secs, reads, settings.parallel, many=many)


class EngineGoneError(TelnyxError):
    """The engine that asked for a change has ended; nobody would note what is done now."""


def ensure_engine() -> None:
    """Raise unless the engine that started this process still runs.

    A plugin outlives an engine that was killed. A create that it finished late would race the next `up`.

    Raises:
        EngineGoneError: the engine has ended.
    """
    address = _engine_address()
    if address is None:
        return
    try:
        socket.create_connection(address, _ENGINE_TIMEOUT_SECS).close()
    except ConnectionRefusedError:
        raise EngineGoneError(
            "the Pulumi engine has ended, so nothing is changed any more: run again"
        ) from None
    except OSError:
        # Slow or odd, but not gone for sure.
        return


def _engine_address() -> tuple[str, int] | None:
    """Return where the engine listens: the plugin's first argument, and nobody else's."""
    main = getattr(sys.modules.get("__main__"), "__spec__", None)
    found = re.fullmatch(r"(.+):(\d{1,5})", sys.argv[1]) if len(sys.argv) > 1 else None
    if found is None or main is None or main.name != "pulumi.dynamic.__main__":
        return None
    return found[1].strip("[]"), int(found[2])


def _debugging() -> bool:
    return os.environ.get(DEBUG_VARIABLE, "").lower() in {"1", "true", "yes"}


def safe_errors(operation: Callable[P, T]) -> Callable[P, T]:
    """Let our own errors pass, and hide the text of every other one: it may hold a password or a key."""

    @functools.wraps(operation)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return operation(*args, **kwargs)
        except ApiError as error:
            raise error.advising(_remedy(error, args)) from None
        except (EngineGoneError, WrongAccountError) as error:
            # They are about the whole process, and do not know what it was about to do.
            raise type(error)(f"{_action(operation.__name__, args)}: {error}") from None
        except TelnyxError:
            raise
        except Exception as error:
            if _debugging():
                raise
            failure = InternalError(
                f"{operation.__name__} failed with {type(error).__name__} at {_place(error)}; this is a "
                f"fault in pulumi-telnyx: report it, with the whole trace that {DEBUG_VARIABLE}=1 shows "
                "(look through it first: it may show secrets)"
            )
        # Outside of the handler: the foreign error is not even its context.
        raise failure

    return wrapper


def _remedy(error: ApiError, args: tuple[object, ...]) -> str:
    """Return what can be done, with the name of the account whose key is refused."""
    properties = args[-1] if args else None
    name = properties.get(ACCOUNT) if isinstance(properties, dict) else None
    return remedy_of(error, name)


def _action(operation: str, args: tuple[object, ...]) -> str:
    """Return what was tried, as other errors say it: its connection's id, or the name it was to have."""
    subject = args[1] if len(args) > 1 else ""
    name = subject.get("connection_name") if isinstance(subject, dict) else None
    shown = f"'{printable(name)}'" if name else printable(subject) if isinstance(subject, str) else ""
    return f"{operation} credential connection {shown}".rstrip()


def _place(error: BaseException) -> str:
    """Return where an error was raised; not by the traceback module, which `tracebacklimit` silences."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return "an unknown place"
    code = last.tb_frame.f_code
    return f"{Path(code.co_filename).name}:{last.tb_lineno} in {code.co_name}"


def warn(connection_name: object, message: str) -> None:
    """Show a line in the output of the `pulumi` command; the engine puts it under the stack.

    The same message is shown for the first few connections only: a stack may hold thousands of them.
    """
    with _lock:
        _shown[message] += 1
        count = _shown[message]
    if count <= _MOST_ALIKE:
        tell(f"warning: {_printed(connection_name)}: {message}")
    elif count == _MOST_ALIKE + 1:
        tell(f"warning: and more connections: {message}")


def announce(connection_name: object, message: str) -> None:
    """Show a line about one connection, however many of them there are."""
    _announce.get()(f"{_printed(connection_name)}: {message}")


@contextmanager
def announcing(to: Callable[[str], object]) -> Iterator[None]:
    """Let what is announced inside of this go there: a set makes one list of it."""
    token = _announce.set(to)
    try:
        yield
    finally:
        _announce.reset(token)


def tell(line: str) -> None:
    """Show a line in the output of the `pulumi` command."""
    # In one piece: its end would come between two threads' lines.
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _printed(connection_name: object) -> str:
    return printable(connection_name) if isinstance(connection_name, str) else "a connection"


# Each thread has its own.
_announce: ContextVar[Callable[[str], object]] = ContextVar("announce", default=tell)


class InternalError(TelnyxError):
    """A fault of this package, not of its user."""


def _print_errors_in_one_line() -> None:
    # The engine shows what traceback.format_exc() gives: without a limit, a page of file names.
    sys.tracebacklimit = 0
    # And without this, each line starts with the module's path before the name of the error.
    for kind in _tree(TelnyxError):
        kind.__module__ = "builtins"


def _tree(kind: type[TelnyxError]) -> list[type[TelnyxError]]:
    return [kind, *(each for sub in kind.__subclasses__() for each in _tree(sub))]
