"""How an error leaves the plugin process: as one line, without a secret, and with what can be done."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from .account import WrongAccountError
from .api.errors import ApiError, TelnyxError, printable
from .named_accounts import ACCOUNT
from .plugin import EngineGoneError
from .remedies import remedy_of

DEBUG_VARIABLE = "TELNYX_DEBUG"

P = ParamSpec("P")
T = TypeVar("T")


class InternalError(TelnyxError):
    """A fault of this package, not of its user."""


def shorten_errors() -> None:
    """Let each error reach the user as one line, unless the debug switch is on."""
    if not _debugging():
        _print_errors_in_one_line()


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


def _debugging() -> bool:
    return os.environ.get(DEBUG_VARIABLE, "").lower() in {"1", "true", "yes"}


def _print_errors_in_one_line() -> None:
    # The engine shows what traceback.format_exc() gives: without a limit, a page of file names.
    sys.tracebacklimit = 0
    # And without this, each line starts with the module's path before the name of the error.
    for kind in _tree(TelnyxError):
        kind.__module__ = "builtins"


def _tree(kind: type[TelnyxError]) -> list[type[TelnyxError]]:
    return [kind, *(each for sub in kind.__subclasses__() for each in _tree(sub))]
