"""The Pulumi CLI, and the programs without which it runs no Python."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..api.errors import printable
from .check import Check
from .supported import TESTED_CLI, Version

INSTALL: Final = "https://www.pulumi.com/docs/install/"

_VERSION_TIMEOUT_SECS: Final = 30
_COMPANIONS: Final = {
    "language host": ("pulumi-language-python", "pulumi-language-python-exec"),
    "plugin script": ("pulumi-resource-pulumi-python",),
}
"""What starts the stack program, and what starts dynamic providers."""


@dataclass(frozen=True)
class Engine:
    """The engine of this machine.

    Args:
        cli: its version; None where there is none that could be asked.
        checks: what is to be said of it.
    """

    cli: Version | None
    checks: tuple[Check, ...]


def looked_at_engine(environ: Mapping[str, str]) -> Engine:
    """Return what is known of the CLI on PATH.

    Args:
        environ: what the CLI would be started with.
    """
    found = shutil.which("pulumi", path=environ.get("PATH", ""))
    if found is None:
        missing = Check(
            "Pulumi CLI", "fail", "there is no `pulumi` on PATH", f"install it, or add its folder: {INSTALL}"
        )
        return Engine(None, (missing, *(Check(name, "warn", "not looked at") for name in _COMPANIONS)))
    binary = Path(found).absolute()
    version, check = _versioned(binary, environ)
    return Engine(version, (check, *_companions(binary, environ)))


def _versioned(binary: Path, environ: Mapping[str, str]) -> tuple[Version | None, Check]:
    name, shown = "Pulumi CLI", printable(binary)
    try:
        asked = subprocess.run(
            [binary, "version"],
            # Without it the network would be asked for a newer one.
            env={**environ, "PULUMI_SKIP_UPDATE_CHECK": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_VERSION_TIMEOUT_SECS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None, Check(name, "fail", f"{shown} does not run", f"install it again: {INSTALL}")
    version = Version.find(asked.stdout) if asked.returncode == 0 else None
    if version is None:
        return None, Check(name, "fail", f"{shown} tells no version", f"install it again: {INSTALL}")
    if version < TESTED_CLI:
        too_old = f"{version} is too old, {TESTED_CLI} or newer is needed: {shown}"
        return version, Check(name, "fail", too_old, f"update it: {INSTALL}")
    return version, Check(name, "ok", f"{version}, {shown}")


def _companions(binary: Path, environ: Mapping[str, str]) -> Iterator[Check]:
    # The engine looks beside the file that a symbolic link leads to.
    folders = [str(binary.parent), str(binary.resolve().parent), environ.get("PATH", "")]
    path = os.pathsep.join(folders)
    for name, programs in _COMPANIONS.items():
        missing = [each for each in programs if shutil.which(each, path=path) is None]
        if missing:
            are = "is" if len(missing) == 1 else "are"
            where = f"{', '.join(missing)} {are} neither beside {printable(binary)} nor on PATH"
            yield Check(name, "fail", where, f"install the whole CLI, which brings it: {INSTALL}")
        else:
            yield Check(name, "ok", ", ".join(programs))
