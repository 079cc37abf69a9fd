"""Download the official Pulumi CLI with the installer that the Python SDK offers.

The SDK's installer knows no time limit. It therefore runs in a process of its own, which can be ended: this
module, run as a program.
"""

import os
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

from errors import UnavailableError
from recipe import built_version
from step import CommandError, Step, run

INSTALLER_URL = "https://get.pulumi.com/install.sh"

REACH_TIMEOUT_SECS = 4.0
"""A closed network often gives no answer at all; that must not hold up the build that comes next."""

INSTALL_TIMEOUT_SECS = 600.0


def download(folder: Path) -> None:
    """Put the official CLI into `folder`/bin.

    Raises:
        UnavailableError: no SDK, no network, or the installer failed.
    """
    install = [sys.executable, __file__, str(folder), str(built_version())]
    try:
        with Step(f"downloading the official Pulumi CLI v{built_version()}") as step:
            run(install, limit_secs=INSTALL_TIMEOUT_SECS, show=lambda _: step.show())
    except CommandError as error:
        raise UnavailableError(error.last_line) from None


def _install(folder: str, version: str) -> str | None:
    """What went wrong; None if the CLI is in `folder`/bin."""
    try:
        from pulumi.automation import PulumiCommand
        from semver import VersionInfo
    except ImportError:
        return f"the Python package pulumi, whose installer does it, is not installed for {sys.executable}"
    # urlopen has a time limit for each address that a name has, and none for looking the name up.
    watchdog = threading.Timer(REACH_TIMEOUT_SECS, _give_up)
    watchdog.start()
    try:
        with urllib.request.urlopen(INSTALLER_URL):  # nosec B310 # the address is a constant, and https
            pass
    except OSError as error:
        return f"{INSTALLER_URL} cannot be reached: {getattr(error, 'reason', error)}"
    finally:
        watchdog.cancel()
    try:
        PulumiCommand.install(root=folder, version=VersionInfo.parse(version))
    except subprocess.CalledProcessError as error:
        return f"the official installer failed:\n{error.output.decode(errors='replace')}"
    return None


def _give_up() -> None:
    sys.stdout.write(f"{INSTALLER_URL} cannot be reached: no answer in {REACH_TIMEOUT_SECS:.0f} s\n")
    sys.stdout.flush()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(_install(*sys.argv[1:]))
