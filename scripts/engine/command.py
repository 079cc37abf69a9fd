"""The command: its arguments, the order in which it looks for a CLI, and what the user reads without one."""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import cache
import find
from build import build
from download import download
from errors import NoEngineError, UnavailableError
from recipe import MINIMUM_VERSION, built_version, go_needed

INTERRUPTED = 128 + signal.SIGINT

DESCRIPTION = f"""\
Find or build the Pulumi CLI, {MINIMUM_VERSION} or newer, with what it needs to run Python programs.
The folder that holds `pulumi` is the only line on stdout; everything else goes to stderr.

The first of these that works is taken:
  1. $PULUMI_CLI; if that cannot be used, it is an error
  2. `pulumi` on PATH
  3. the copy that an earlier run has put into the cache folder
  4. the official download of version {built_version()}, into the cache folder
  5. a build of version {built_version()} from its Go modules, into the cache folder:
     needs Go {go_needed()} or newer and takes about 5 minutes on 2 cores
"""

EPILOG = """\
environment:
  PULUMI_CLI      the binary, or the folder that holds it
  XDG_CACHE_HOME  the cache folder is pulumi-telnyx/engine in here (default: ~/.cache);
                  it may be deleted at any time

exit status: 0 done, 1 there is no usable CLI (stderr says what helps), 130 interrupted
"""

REMEDIES = f"""\
Any one of these helps:
  - install the official CLI: https://www.pulumi.com/docs/install/
  - set PULUMI_CLI to a Pulumi CLI that is already on this machine (the binary or its folder)
  - install Go {go_needed()} or newer, which builds the CLI from its Go modules: https://go.dev/doc/install
"""


def main() -> int:
    """Print the folder that holds `pulumi`; return the exit status."""
    argparse.ArgumentParser(
        prog="python scripts/engine",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    # By default it ends Python at once, which would leave compilers running.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        folder = engine_folder()
    except NoEngineError as error:
        sys.stderr.write(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing was kept\n")
        return INTERRUPTED
    sys.stdout.write(f"{folder}\n")
    return 0


def engine_folder() -> Path:
    """The folder of the first usable CLI.

    Raises:
        NoEngineError: there is none and none can be made.
    """
    if path := os.environ.get("PULUMI_CLI"):
        try:
            return find.chosen(path)
        except UnavailableError as error:
            raise NoEngineError(
                f"PULUMI_CLI is set to {path}, which cannot be used: {error}\nChange it, or unset it.\n"
            ) from None
    failures: dict[str, str] = {"PATH": "there is no `pulumi`"}
    try:
        if folder := find.on_path():
            return folder
    except UnavailableError as error:
        failures["PATH"] = str(error)
        sys.stderr.write(f"not used: {error}\n")
    entry = cache.entry()
    if not cache.complete(entry / "bin"):
        try:
            with cache.locked(entry.parent):
                _fill(entry, failures)
        except OSError as error:
            place = error.filename or entry.parent
            failures["cache folder"] = f"{place}: {error.strerror} (XDG_CACHE_HOME moves it)"
            raise _no_engine(failures) from None
    return entry / "bin"


def _fill(entry: Path, failures: dict[str, str]) -> None:
    if cache.complete(entry / "bin"):
        return  # by the run that this one has waited for
    for name, attempt in (("official download", download), ("build", build)):
        try:
            with cache.partial(entry) as folder:
                attempt(folder)
                find.require_usable(folder / "bin" / "pulumi")
        except UnavailableError as error:
            failures[name] = str(error)
            sys.stderr.write(f"{name}: {error}\n")
        else:
            return
    raise _no_engine(failures)


def _no_engine(failures: dict[str, str]) -> NoEngineError:
    reasons = "".join(f"  {name}: {reason}\n" for name, reason in failures.items())
    return NoEngineError(f"there is no usable Pulumi CLI, {MINIMUM_VERSION} or newer.\n{reasons}{REMEDIES}")


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
