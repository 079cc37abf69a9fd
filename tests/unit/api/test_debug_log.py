"""The debug log: what a line holds, what it never holds, and who can read it."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import pytest

from pulumi_telnyx.api.debug_log import DebugLog
from pulumi_telnyx.api.errors import ApiError, SettingsError, TransportError
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.leaks import find
from tests.scripted_server import KEY, FakeClock, Reply, ScriptedServer, errors

PASSWORD = 'hunter2 "hunter2"'
LINE = re.compile(
    r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?P<pid>\d+) (?P<method>[A-Z]+) (?P<path>/\S+) (?P<outcome>.+) "
    r"\d+\.\d{3}s try=(?P<tries>\d+) request=(?P<request>\S+)"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "telnyx.log"


@pytest.fixture
def logged(server: ScriptedServer, clock: FakeClock, path: Path) -> Transport:
    """A transport that logs."""
    return Transport(f"{server.origin}/v2", KEY, clock=clock.clock(), log=DebugLog(str(path)))


def _lines(path: Path) -> list[dict[str, str]]:
    found = [LINE.fullmatch(line) for line in path.read_text().splitlines()]
    return [each.groupdict() for each in found if each]


def test_only_the_owner_can_read_it(path: Path) -> None:
    """Whatever the umask lets through."""
    before = os.umask(0)
    try:
        DebugLog(str(path)).note("hello")
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o600


def test_each_request_is_a_line(server: ScriptedServer, logged: Transport, path: Path) -> None:
    """Method, path, status, time, number of the try and the API's id of the request."""
    busy = Reply(503, errors({"code": "10037", "title": "Service unavailable"}), {"x-request-id": "req-1"})
    server.replies = [busy, Reply(headers={"x-request-id": "req-2"}), Reply(drop=True)]

    logged.call("read", "GET", "/things", query={"filter": "of-no-interest"})
    with pytest.raises(TransportError):
        logged.call("create", "POST", "/things", body={"name": "of-no-interest"})

    common = {"pid": str(os.getpid()), "path": "/things"}
    assert _lines(path) == [
        {**common, "method": "GET", "outcome": "503", "tries": "1", "request": "req-1"},
        {**common, "method": "GET", "outcome": "200", "tries": "2", "request": "req-2"},
        {**common, "method": "POST", "outcome": "no answer", "tries": "1", "request": "-"},
    ]
    assert len(path.read_text().splitlines()) == 3
    assert "of-no-interest" not in path.read_text()


def test_a_wait_after_429_is_noted(server: ScriptedServer, logged: Transport, path: Path) -> None:
    """Otherwise a run that waits looks like one that hangs."""
    limited = errors({"code": "10011", "title": "Too many requests"})
    server.replies = [Reply(429, limited, {"Retry-After": "7"}), Reply()]

    logged.note("refresh begins")
    logged.call("read", "GET", "/a")

    assert "refresh begins" in path.read_text()
    assert "429: every call waits 7.0s" in path.read_text()


def test_no_secret_gets_in_wherever_it_stands(server: ScriptedServer, logged: Transport, path: Path) -> None:
    """Not even one in the path, or in the request id that the other side makes up."""
    echo = {"x-request-id": f"{KEY} {PASSWORD}", "x-key": KEY}
    server.replies = [Reply(headers=echo), Reply(422, errors({"code": "1", "title": PASSWORD}), echo)]

    logged.call("read", "GET", f"/things/{KEY}/{PASSWORD}", secrets=[PASSWORD])
    with pytest.raises(ApiError):
        logged.call("create", "POST", f"/things/{KEY}", body={"password": PASSWORD})

    assert find(path.read_bytes(), {"key": KEY, "password": PASSWORD, "half": "hunter2"}) == []
    assert path.read_text().count("[secret]") == 7


def test_a_line_stays_a_line(path: Path) -> None:
    """What comes from outside can neither begin one nor steer a terminal."""
    DebugLog(str(path)).exchange("GET", "/a\nb\x1b[2J", "200", 0.1, "x\r\u2028y", 1)

    assert len(path.read_text().splitlines()) == 1
    assert path.read_text().strip().isprintable()


def test_several_writers_share_a_file(path: Path) -> None:
    """Every process has its own file handle; each line is one write to the end."""
    text = "x" * 150

    def write() -> None:
        log = DebugLog(str(path))
        for _ in range(200):
            log.note(text)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    lines = path.read_text().splitlines()
    assert len(lines) == 800
    assert all(line.endswith(f" {text}") for line in lines)


def test_a_file_is_continued_and_home_is_understood(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each operation of the engine is a new process, and `~` may come from a file that no shell has read."""
    monkeypatch.setenv("HOME", str(path.parent))

    DebugLog("~/telnyx.log").note("first")
    DebugLog(str(path)).note("second")

    assert [line.split()[-1] for line in path.read_text().splitlines()] == ["first", "second"]


@pytest.mark.parametrize("given", [None, ""])
def test_without_a_path_nothing_is_logged(given: str | None) -> None:
    """That is what most runs do."""
    log = DebugLog(given)

    log.exchange("GET", "/a", "200", 0.1, "", 1)

    assert not log.is_open


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "Is a directory"), ("no-such-folder/log", "No such file"), ("a\0b", "not a path")],
)
def test_a_path_that_cannot_be_written_is_named(tmp_path: Path, name: str, reason: str) -> None:
    """Before anything is sent, and with what to do."""
    with pytest.raises(SettingsError, match=rf"TELNYX_LOG names .*\({reason}.*\): name a file") as caught:
        DebugLog(f"{tmp_path}/{name}")

    assert str(caught.value).isprintable()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_ends_the_log_and_not_the_run(server: ScriptedServer, clock: FakeClock) -> None:
    """Calls matter more than notes of them."""
    log = DebugLog("/dev/full")
    transport = Transport(f"{server.origin}/v2", KEY, clock=clock.clock(), log=log)

    assert transport.call("read", "GET", "/a") == {"data": {"id": "1"}}
    assert not log.is_open
