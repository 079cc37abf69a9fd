"""Look for a usable Pulumi CLI that is already on this machine."""

import os
import shutil
import subprocess
from pathlib import Path

from errors import UnavailableError
from recipe import COMPANIONS, MINIMUM_VERSION, Version

VERSION_TIMEOUT_SECS = 30


def chosen(path: str) -> Path:
    """The folder of the CLI that PULUMI_CLI names: `path` is the binary or its folder.

    Raises:
        UnavailableError: it is not there, too old, or lacks a program that it needs for Python.
    """
    binary = Path(path).expanduser().absolute()
    if binary.is_dir():
        binary /= "pulumi"
    if binary.name != "pulumi":
        # The folder is what is handed on, and `pulumi` is what is run from it.
        raise UnavailableError(f"{binary} is not named `pulumi`")
    require_usable(binary)
    return binary.parent


def on_path() -> Path | None:
    """The folder of `pulumi` on PATH; None when there is none.

    Raises:
        UnavailableError: there is one, but it cannot be used.
    """
    binary = shutil.which("pulumi")
    if binary is None:
        return None
    require_usable(Path(binary).absolute())
    return Path(binary).absolute().parent


def require_usable(binary: Path) -> None:
    """Return if the CLI runs, is new enough and has what it needs for Python.

    Raises:
        UnavailableError: the first of these that does not hold.
    """
    version = _version(binary)
    if version < MINIMUM_VERSION:
        raise UnavailableError(f"{binary} is too old: {version}, at least {MINIMUM_VERSION} is needed")
    # The engine looks beside the file that a symbolic link leads to.
    beside = [str(binary.parent), str(binary.resolve().parent)]
    if missing := missing_companions(os.pathsep.join([*beside, os.environ.get("PATH", "")])):
        raise UnavailableError(
            f"{binary} cannot run Python programs: {', '.join(missing)} is neither beside it nor on PATH"
        )


def missing_companions(path: str) -> list[str]:
    """The programs a CLI needs for Python that are in no folder of `path`, a list like PATH."""
    return [name for name in COMPANIONS if shutil.which(name, path=path) is None]


def _version(binary: Path) -> Version:
    if not binary.is_file():
        raise UnavailableError(f"{binary} does not exist")
    try:
        answer = subprocess.run(
            [binary, "version"],
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"},  # it would ask the network
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=VERSION_TIMEOUT_SECS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"`{binary} version` gave no answer in {VERSION_TIMEOUT_SECS} s") from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines()
        raise UnavailableError(
            f"`{binary} version` failed with status {error.returncode}" + (f": {said[-1]}" if said else "")
        ) from None
    except OSError as error:
        raise UnavailableError(f"{binary} does not run: {error.strerror}") from None
    version = Version.find(answer.stdout)
    if version is None:
        raise UnavailableError(f"`{binary} version` printed no version")
    return version
