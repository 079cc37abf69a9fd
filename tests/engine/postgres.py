"""A PostgreSQL server of its own, on loopback and in a temporary folder: where a team may keep its states."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

# Debian keeps the server's programs off PATH, a folder for each version.
_DEBIAN = Path("/usr/lib/postgresql")
# PostgreSQL refuses to run as root; this user is on every Unix, and owns nothing.
_UNPRIVILEGED = "nobody"
_ADMIN = "admin"
_ADMIN_PASSWORD = "fake-admin-password"
# Far longer than a start takes on a busy machine.
_STARTS_WITHIN_SECS = 300
# Below those that the system gives whoever asks for any: nobody takes one of these between choice and start.
_PORTS = range(15_000, 30_000)


@dataclass(frozen=True)
class Postgres:
    """A server that runs.

    Args:
        host: the address it listens on, with the port.
        programs: the folder of its programs.
    """

    host: str
    programs: Path

    def run(self, sql: str) -> str:
        """Return what the statements print, run by the administrator; one that fails fails the test."""
        address = f"postgres://{_ADMIN}@{self.host}/postgres"
        flags = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1")
        return subprocess.run(
            [self.programs / "psql", *flags, address],
            env={**os.environ, "PGPASSWORD": _ADMIN_PASSWORD},
            input=sql,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def new_backend(self, name: str) -> dict[str, str]:
        """Return the variables with which `pulumi` keeps its states in a new database of this name."""
        self.run(f"CREATE DATABASE {name}")
        url = f"postgres://{_ADMIN}@{self.host}/{name}?sslmode=disable"
        return {"PULUMI_BACKEND_URL": url, "PGPASSWORD": _ADMIN_PASSWORD}


def installed_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None where it is not installed."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(_DEBIAN.glob("*/bin"), key=lambda each: float(each.parent.name), reverse=True)
    return next((each for each in folders if (each / "initdb").exists()), None)


@contextmanager
def postgres(programs: Path) -> Iterator[Postgres]:
    """Yield a server that asks for passwords, as a team's does; it and its data are gone afterwards."""
    # Not below pytest's folders: only the user who runs the tests may enter those.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        data = _cluster(folder, programs)
        port = _free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            # Nobody needs these data after a power cut.
            "fsync": "off",
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [programs / "postgres", "-D", data, *flags]
        with (folder / "log").open("wb") as log:
            server = _start(folder, command, log)
        try:
            _wait_until_ready(server, programs, port, folder / "log")
            yield Postgres(f"127.0.0.1:{port}", programs)
        finally:
            # "Fast": clients that are still there are sent away.
            server.send_signal(signal.SIGINT)
            server.wait(_STARTS_WITHIN_SECS)
    finally:
        shutil.rmtree(folder)


def _cluster(folder: Path, programs: Path) -> Path:
    """Return the folder of a new cluster whose administrator has a password."""
    password, data = folder / "password", folder / "data"
    password.write_text(_ADMIN_PASSWORD)
    data.mkdir(mode=0o700)
    if os.getuid() == 0:
        for path in (folder, password, data):
            shutil.chown(path, _UNPRIVILEGED)
    command: list[str | Path] = [
        programs / "initdb",
        "--pgdata",
        data,
        "--username",
        _ADMIN,
        "--pwfile",
        password,
    ]
    command += ["--auth", "scram-sha-256", "--no-locale", "--encoding", "UTF8", "--no-sync"]
    with (folder / "log").open("wb") as log:
        code = _start(folder, command, log).wait()
    assert code == 0, (folder / "log").read_text()
    return data


def _start(folder: Path, command: Sequence[str | Path], log: IO[bytes]) -> subprocess.Popen[bytes]:
    as_whom: dict[str, Any] = {}
    if os.getuid() == 0:
        nobody = pwd.getpwnam(_UNPRIVILEGED)
        as_whom = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
    return subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **as_whom
    )


def _wait_until_ready(server: subprocess.Popen[bytes], programs: Path, port: int, log: Path) -> None:
    asked = [str(programs / "pg_isready"), "--quiet", "--host", "127.0.0.1", "--port", str(port)]
    end = time.monotonic() + _STARTS_WITHIN_SECS
    while subprocess.run(asked, check=False).returncode != 0:
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < end, "PostgreSQL does not answer"
        time.sleep(0.05)


def _free_port() -> int:
    """Return a port that is free, and not one of those that the system gives whoever asks for any."""
    while True:
        port = secrets.choice(_PORTS)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
