"""The plugin process, in which the engine runs the provider: its threads, and the clients that they share."""

from __future__ import annotations

import functools
import os
import re
import socket
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .account import Continuing
from .api.errors import SettingsError, TelnyxError
from .connection.claims import Claims
from .workers import DEFAULT_PARALLEL, Workers, workers_of_this_thread

if TYPE_CHECKING:
    from pulumi.dynamic import Config

    from .account import Account
    from .api.connections import CredentialConnections
    from .connection.listed_reads import ListedReads
    from .settings import Settings

_ENGINE_TIMEOUT_SECS = 5
_workers = Workers(None)
# `functools.cache` has no lock: two threads that come first would make two clients of one account.
_connecting = threading.Lock()
# By base URL, of all accounts together: ids are unique at Telnyx, and the accounts of two names may be one.
_continuing: defaultdict[str, Continuing] = defaultdict(Continuing)


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
        start_workers: lets as many operations run at once as there may be; called before a write.
        slots: what the members of sets wait for, one for each of these calls.
    """

    api: CredentialConnections
    account: Account
    adopt_within_secs: float
    reads: ListedReads
    parallel: int = DEFAULT_PARALLEL
    claims: Claims = field(default_factory=Claims)
    start_workers: Callable[[], None] = lambda: None
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
        self.start_workers()
        try:
            yield
        finally:
            # Not before: another thread could list in between, and show later reads what was there before.
            self.reads.forget()


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
    start_workers = functools.cache(_workers.start_all)
    reads = ListedReads(api, settings.parallel, lambda: _workers.waiting, start_workers)
    account = account_of(settings, api, _continuing[settings.base_url])
    return Telnyx(
        api, account, settings.adopt_within_secs, reads, settings.parallel, start_workers=start_workers
    )


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
