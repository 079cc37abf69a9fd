"""The folder that keeps downloaded and built CLIs, filled by one process at a time."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from find import missing_companions
from recipe import cache_key
from step import Step

WAIT_SECS = 0.5


def entry() -> Path:
    """The folder for the CLI that the recipe describes; its `bin` holds `pulumi`."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return base.absolute() / "pulumi-telnyx" / "engine" / cache_key()


def complete(binaries: Path) -> bool:
    """Tell whether the folder holds the CLI and everything it needs for Python."""
    return shutil.which("pulumi", path=str(binaries)) is not None and not missing_companions(str(binaries))


@contextmanager
def locked(base: Path) -> Iterator[None]:
    """Keep other runs from filling `base` meanwhile; wait for one that does, and say so."""
    base.mkdir(parents=True, exist_ok=True)
    # "a+" because opening must not empty the file while another run owns it.
    with (base / "lock").open("a+") as lock_file:
        _acquire(lock_file)
        lock_file.truncate(0)
        lock_file.write(f"process {os.getpid()}, started {time.strftime('%H:%M:%S')}")
        lock_file.flush()
        yield


@contextmanager
def partial(entry: Path) -> Iterator[Path]:
    """An empty folder that becomes `entry` if nothing is raised, and else is gone. Needs the lock."""
    # Whoever made these was killed: had it lived, it would hold the lock.
    for stale in entry.parent.glob("*.partial"):
        shutil.rmtree(stale, ignore_errors=True)
    # Its own name, because compilers of a killed run may still be writing into theirs.
    folder = entry.with_name(f"{entry.name}.{os.getpid()}.partial")
    folder.mkdir()
    try:
        yield folder
        if entry.exists():
            shutil.rmtree(entry)  # incomplete, otherwise it would have been used
        folder.rename(entry)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _acquire(lock_file: TextIO) -> None:
    if _try(lock_file):
        return
    lock_file.seek(0)
    owner = lock_file.read() or "another run"
    with Step(f"waiting for {owner}, which is getting a Pulumi CLI") as step:
        while not _try(lock_file):
            time.sleep(WAIT_SECS)
            step.show()


def _try(lock_file: TextIO) -> bool:
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
