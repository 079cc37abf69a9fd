"""`pulumi-telnyx registrations`: who is registered now, until all are, and around a change of passwords."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click.testing
import pytest

from pulumi_telnyx.api.errors import TransportError
from pulumi_telnyx.api.foreign_errors import translated
from pulumi_telnyx.api.registration import Registration
from pulumi_telnyx.cli import cli
from pulumi_telnyx.cli.progress import in_parallel
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer
from pulumi_telnyx.registrations import Line, Standing, compare, missing
from tests.closed_port import closed_port
from tests.engine.stack import LiveApi

from .test_leftovers import export, set_of

EMEA_KEY = "KEY-emea-not-a-secret-ab12"
DESK = {
    "ip_address": "203.0.113.7",
    "port": 5060,
    "transport": "UDP",
    "user_agent": "ExamplePhone/1.2",
    "last_registration": "2026-11-02T08:15:30",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TELNYX_BASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def ids(live: LiveApi) -> dict[str, str]:
    """A desk that is registered, and a fax that is not."""
    made = {
        name: live.create(user_name=name, connection_name=name.title(), password="fake-password-1")
        for name in ("frontdesk", "fax00001")
    }
    live.register(made["frontdesk"], **DESK)
    live.forget_requests()
    return made


def environ(live: LiveApi) -> dict[str, str]:
    return {"TELNYX_API_KEY": DEFAULT_API_KEY, "TELNYX_BASE_URL": live.server.url}


def run(live: LiveApi, *arguments: str, **more: str) -> click.testing.Result:
    command = ["registrations", *arguments]
    return click.testing.CliRunner().invoke(cli, command, env={**environ(live), **more})


def rows(done: click.testing.Result) -> dict[str, dict[str, Any]]:
    return {each["user_name"]: each for each in json.loads(done.stdout)}


def changes(live: LiveApi, *arguments: str) -> tuple[int, dict[str, str]]:
    done = run(live, "--after", "before.json", "--format", "json", *arguments)
    return done.exit_code, {name: row["change"] for name, row in rows(done).items()}


def write_before(live: LiveApi) -> None:
    assert run(live, "--before", "before.json").exit_code == 0


def test_it_shows_who_is_registered_from_where(live: LiveApi, ids: dict[str, str]) -> None:
    """Those that are not come first; the exit code tells whether all are."""
    done = run(live)

    _, _, fax, desk = done.stdout.splitlines()
    assert fax.split() == ["Fax00001", "fax00001", "Not", "Registered"]
    assert desk.split() == [
        *("Frontdesk", "frontdesk", "Registered", "203.0.113.7:5060", "UDP"),
        *("2026-11-02", "08:15:30", "UTC", "ExamplePhone/1.2"),
    ]
    assert (done.exit_code, done.stderr) == (2, "1 of 2 registered\n")

    live.register(ids["fax00001"], ip_address="2001:db8::7", port=5061, last_registration="lately")
    done = run(live)
    assert (done.exit_code, done.stderr) == (0, "2 of 2 registered\n")
    assert "[2001:db8::7]:5061" in done.stdout
    assert "lately" in done.stdout


def test_json_has_what_telnyx_says_and_null_for_what_it_does_not(live: LiveApi, ids: dict[str, str]) -> None:
    """A status that it does not tell is unknown, and no registration."""
    live.register(ids["fax00001"], status=None)

    done = run(live, "--format", "json")

    found = rows(done)
    assert found["frontdesk"] == {
        **DESK,
        "registered": True,
        "id": ids["frontdesk"],
        "resource": None,
        "connection_name": "Frontdesk",
        "user_name": "frontdesk",
        "account": None,
        "set": None,
        "member": None,
        "status": "Registered",
        "gone": False,
        "problem": "",
    }
    assert (found["fax00001"]["registered"], found["fax00001"]["status"]) == (None, None)
    assert (done.exit_code, done.stderr) == (2, "1 of 2 registered, 1 unknown\n")
    assert "unknown" in run(live).stdout


@pytest.mark.parametrize("which", [["FrontDesk"], ["{id}"], ["frontdesk", "{id}"]], ids=str)
def test_connections_are_chosen_by_id_or_user_name(
    live: LiveApi, ids: dict[str, str], which: list[str]
) -> None:
    """Only these are asked about."""
    done = run(live, "--format", "json", *(each.format(id=ids["frontdesk"]) for each in which))

    assert (done.exit_code, list(rows(done))) == (0, ["frontdesk"])
    assert [each["method"] for each in live.requests()] == ["GET", "POST"]


def test_a_name_that_there_is_not_is_an_error_with_the_nearest(live: LiveApi, ids: dict[str, str]) -> None:
    """Nothing is asked about the others either."""
    done = run(live, "frontdesk", "fax0001")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "error: there is no connection fax0001 (did you mean 'fax00001'?)\n"


def test_what_a_device_calls_itself_steers_no_terminal(live: LiveApi, ids: dict[str, str]) -> None:
    """Anybody can send a name."""
    live.register(ids["frontdesk"], user_agent="\x1b[31mred [bold]\u202e", transport="U\nDP")

    done = run(live)

    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "[31mred [bold]" in done.stdout


def test_one_that_cannot_be_asked_is_unknown_and_the_others_are_not(
    live: LiveApi, ids: dict[str, str]
) -> None:
    """With the reason, and exit code 1 where nothing worse is known."""
    live.register(ids["fax00001"])
    path = f"/credential_connections/{ids['fax00001']}/actions/check_registration_status"
    live.server.inject(Fault("status", status=400, path=path))

    done = run(live)

    assert done.exit_code == 1
    assert done.stderr.startswith(f"check the registration of credential connection {ids['fax00001']}: 400 ")
    assert done.stderr.endswith("\n1 of 2 registered, 1 unknown\n")


def test_a_refused_key_and_a_host_that_is_away_end_it_with_one_line(
    live: LiveApi, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not with one for each connection."""
    monkeypatch.setattr("pulumi_telnyx.api.transport.UNREACHABLE_SECS", 0)
    live.server.inject(Fault("status", status=403, method="POST"))
    refused = run(live)
    _fake_pulumi(monkeypatch, *({"id": each} for each in ids.values()))
    away = run(live, "--stack", "dev", TELNYX_BASE_URL="http://127.0.0.1:1/v2")

    assert refused.exit_code == away.exit_code == 1
    assert refused.stderr.startswith("error: check the registration of credential connection ")
    assert "no connection; check that this host can be reached" in away.stderr
    assert refused.stderr.count("\n") == away.stderr.count("\n") == 1
    assert "KEY-" not in refused.stderr + away.stderr


def test_the_rate_limit_is_waited_for_without_a_word(live: LiveApi) -> None:
    """No connection counts as unknown for it."""
    for number in range(30):
        live.register(live.create(user_name=f"phone{number:04}"))
    live.server.configure(rate_limit=20, rate_window_secs=1.0)

    done = run(live)

    assert (done.exit_code, done.stderr) == (0, "30 of 30 registered\n")


def _fake_pulumi(monkeypatch: pytest.MonkeyPatch, *resources: dict[str, Any]) -> None:
    Path("export.json").write_text(export(*resources))
    Path("bin").mkdir()
    Path("bin", "pulumi").write_text("#!/bin/sh\ncat export.json\n")
    Path("bin", "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{Path('bin').resolve()}{os.pathsep}{os.environ['PATH']}")


def test_a_stack_has_connections_in_several_accounts(live: LiveApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is asked with the key of its own; what the stack only reads, or is about to delete, is not."""
    live.server.configure(api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, EMEA_KEY: "emea"})
    planted = live._control(
        "POST", "/connections", {"account": "emea", "settings": {"user_name": "londondesk"}}
    )
    desk = live.create(user_name="frontdesk")
    live.register(desk)
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}
    _fake_pulumi(
        monkeypatch,
        {"id": desk, "outputs": {"user_name": secret, "password": secret}},
        {"id": planted["id"], "outputs": {"user_name": "londondesk", "account": "emea"}},
        {"id": live.create(user_name="readonly1"), "external": True},
        {"id": live.create(user_name="replaced1"), "delete": True},
    )

    done = run(live, "--stack", "dev", "--format", "json", TELNYX_API_KEY_EMEA=EMEA_KEY)
    keyless = run(live, "--stack", "dev")

    assert done.exit_code == 2
    assert [(each["id"], each["account"], each["registered"]) for each in json.loads(done.stdout)] == [
        (desk, None, True),
        (planted["id"], "emea", False),
    ]
    assert keyless.stderr.startswith("error: account 'emea': no Telnyx API key: set TELNYX_API_KEY_EMEA")


def test_members_of_a_set_are_asked_about(live: LiveApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a set, or one by its name in it; the file of before knows them again."""
    ids = {name: live.create(user_name=f"{name}user") for name in ("one", "two", "fax")}
    live.register(ids["one"], last_registration="2026-11-02T08:15:30")
    _fake_pulumi(monkeypatch, {"id": ids.pop("fax")}, set_of(ids))

    whole = run(live, "phones", "--stack", "dev", "--before", "before.json", "--format", "json")
    assert [(each["resource"], each["set"], each["member"]) for each in json.loads(whole.stdout)] == [
        ("phones/one", "phones", "one"),
        ("phones/two", "phones", "two"),
    ]
    one = run(live, "phones/one", "--stack", "dev")
    assert (one.exit_code, one.stderr) == (0, "1 of 1 registered\n")
    assert one.stdout.splitlines()[-1].split()[:3] == ["phones/one", "oneuser", "Registered"]

    live.delete(ids["one"])
    lost = run(live, "phones", "--stack", "dev", "--after", "before.json", "--format", "json")
    assert lost.exit_code == 2
    assert [each["change"] for each in json.loads(lost.stdout)] == ["lost", "same"]


def test_a_key_that_finds_nothing_is_an_error(live: LiveApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is more likely another account's than all connections are gone; one that is gone is a finding."""
    desk = live.create(user_name="frontdesk")
    live.register(desk)
    gone = "2990000000000000999"
    _fake_pulumi(monkeypatch, {"id": desk}, {"id": gone})

    one = run(live, "--stack", "dev")
    live.delete(desk)
    all_gone = run(live, "--stack", "dev")

    assert (one.exit_code, one.stderr) == (2, "1 of 2 registered\n")
    assert f"{gone}" in one.stdout
    assert (all_gone.exit_code, all_gone.stdout) == (1, "")
    assert all_gone.stderr.startswith("error: this key finds none of the 2 connections")


def test_an_empty_account_is_said_to_be_one(live: LiveApi) -> None:
    """None of nothing is missing."""
    done = run(live, "--format", "json")

    assert (done.exit_code, json.loads(done.stdout)) == (0, [])
    assert done.stderr == "there is no connection to ask about\n0 of 0 registered\n"


def test_before_and_after_tell_what_a_change_did(live: LiveApi, ids: dict[str, str]) -> None:
    """Exit code 2 only for who was registered and is not; a login of before is told apart from a new one."""
    write_before(live)
    assert changes(live) == (0, {"frontdesk": "no new login", "fax00001": "same"})

    live.register(ids["frontdesk"], **{**DESK, "last_registration": "2026-11-02T09:00:00"})
    live.register(ids["fax00001"])
    live.create(user_name="newphone1")
    assert changes(live) == (0, {"frontdesk": "same", "fax00001": "back", "newphone1": "new"})

    live.register(ids["frontdesk"], status="Expired")
    assert changes(live)[0] == 2
    assert changes(live, "fax00001") == (0, {"fax00001": "back"})
    _, _, *lines = run(live, "--after", "before.json").stdout.splitlines()
    assert [line[:24].strip() for line in lines] == ["not registered any more", "came back", "new"]
    # Where it was, since it is nowhere now.
    assert "203.0.113.7:5060 UDP" in lines[0]


def test_one_that_was_registered_and_is_deleted_is_lost(live: LiveApi, ids: dict[str, str]) -> None:
    """Also where the list does not have it any more; one that was replaced is known by its user name."""
    live.register(ids["fax00001"], **DESK)
    write_before(live)
    live.delete(ids["frontdesk"])
    live.delete(ids["fax00001"])
    live.register(live.create(user_name="FAX00001"))

    assert changes(live) == (2, {"frontdesk": "lost", "FAX00001": "same"})


def test_the_file_is_whole_and_holds_no_secret(live: LiveApi, ids: dict[str, str]) -> None:
    """It is made for a shared folder, or an artifact of a pipeline; one that cannot be written stays out."""
    write_before(live)

    text = Path("before.json").read_text()
    assert json.loads(text)["connections"][0]["ip_address"] == "203.0.113.7"
    assert "fake-password-1" not in text
    assert DEFAULT_API_KEY not in text
    assert os.listdir() == ["before.json"]  # noqa: PTH208 - also what begins with a dot
    done = run(live, "--before", "nowhere/before.json")
    assert done.exit_code == 1
    assert "nowhere/before.json cannot be written: No such file or directory" in done.stderr


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '"canary"', '{"kind": "canary", "connections": []}', "[" * 100_000]
    + [
        json.dumps({"kind": "pulumi-telnyx registrations", "connections": connections})
        for connections in (["canary"], [{"id": 7}], [{"id": "7"}], None, {"canary": 1})
    ],
    ids=lambda each: each[-40:],
)
def test_a_file_of_something_else_is_refused(live: LiveApi, content: str) -> None:
    """In one line that repeats nothing of it, before Telnyx is asked."""
    Path("before.json").write_text(content)

    done = run(live, "--after", "before.json")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "error: --after before.json: it is not what `pulumi-telnyx registrations --before` has written\n"
    )
    assert live.requests() == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--before", "a", "--after", "b"], "--before and --after are for two runs"),
        (["--before", "a", "--watch"], "--before takes what is there now"),
        (["--stack", "dev", "--account", "emea"], "each connection's own account is asked"),
        (["--interval", "0"], "0 is not in the range"),
    ],
    ids=str,
)
def test_options_that_contradict_each_other_are_refused(
    live: LiveApi, arguments: list[str], reason: str
) -> None:
    """As wrong usage, before anything is asked."""
    done = run(live, *arguments)

    assert done.exit_code == 2
    assert reason in done.stderr
    assert live.requests() == []


def _standing(
    connection_id: str, user_name: str | None, status: str | None, at: str | None = None
) -> Standing:
    line = Line(connection_id, None, None, user_name, None)
    return Standing(line, Registration(status, last_registration=at))


IN, OUT = "Registered", "Not Registered"


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        ((IN, "8:00"), (IN, "9:00"), "same"),
        ((IN, "8:00"), (IN, "8:00"), "no new login"),
        # Where no moment is told, nothing is known of the login.
        ((IN, None), (IN, None), "same"),
        ((IN, None), (OUT, None), "lost"),
        ((IN, None), ("Expired", "8:00"), "lost"),
        ((IN, None), (None, None), "unknown"),
        ((OUT, None), (IN, None), "back"),
        ((None, None), (IN, None), "same"),
        ((OUT, None), (OUT, None), "same"),
        ((OUT, None), (None, None), "same"),
    ],
    ids=str,
)
def test_each_change_has_its_word(
    before: tuple[str, str | None], now: tuple[str, str | None], change: str
) -> None:
    """By id, or by the user name where the id is another one."""
    earlier = _standing("1", "Desk", *before)

    for connection_id, user_name in (("1", None), ("1", "other"), ("2", "desk")):
        later = _standing(connection_id, user_name, *now)
        assert [each.change for each in compare([earlier], [later])] == [change]
        assert missing([earlier], [later.line]) == []
    assert [each.change for each in compare([earlier], [_standing("2", None, IN)])] == ["new"]
    assert missing([earlier], [_standing("2", None, IN).line]) == [earlier.line]


def test_watching_ends_when_all_are_registered(live: LiveApi, ids: dict[str, str]) -> None:
    """Each round is a line on stderr, the result one table."""
    _later(live, 2, lambda: live.register(ids["fax00001"]))

    done = run(live, "--watch", "--interval", "1")

    assert done.exit_code == 0
    first, *_, last = done.stderr.splitlines()
    assert first == "1 of 2 registered; again in 1 s, Ctrl-C ends it"
    assert last == "2 of 2 registered"
    assert done.stdout.count("NAME") == 2  # NAME and USER NAME


def test_watching_after_a_change_waits_for_those_that_were_registered(
    live: LiveApi, ids: dict[str, str]
) -> None:
    """And not for the fax, which never was."""
    write_before(live)
    live.register(ids["frontdesk"], status="Expired")
    live.forget_requests()
    _later(live, 2, lambda: live.register(ids["frontdesk"]))

    assert changes(live, "--watch", "--interval", "1") == (0, {"frontdesk": "same", "fax00001": "same"})


def test_watching_goes_on_when_telnyx_cannot_be_reached_for_a_while(
    live: LiveApi, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would end just when somebody needs it."""
    monkeypatch.setattr("pulumi_telnyx.api.transport.UNREACHABLE_SECS", 0)
    refused = threading.Event()

    def noticed(action: str, host: str, error: Exception) -> TransportError:
        failure = translated(action, host, error)
        if not failure.sent:
            refused.set()
        return failure

    monkeypatch.setattr("pulumi_telnyx.api.transport.translated", noticed)
    # The server is the same one at the same port, but what it holds is gone with it: a data file keeps it.
    with EmulatorServer(data=Path("data.db")) as server:
        kept = LiveApi(server)
        desk = kept.create(user_name="frontdesk")

        def restart() -> None:
            port = urlsplit(server.url).port or 0
            server.stop()
            with closed_port(port):
                refused.wait(60)
                server.start()
            kept.register(desk)

        _later(kept, 1, restart)
        done = run(kept, "--watch", "--interval", "1")

    assert done.exit_code == 0, done.output
    assert "no connection; check that this host can be reached" in done.stderr
    assert done.stderr.endswith("\n1 of 1 registered\n")


def _later(live: LiveApi, posts: int, act: Callable[[], None]) -> None:
    """Act once so many registrations were asked for."""

    def wait() -> None:
        while sum(each["method"] == "POST" for each in live.requests()) < posts:
            time.sleep(0.05)
        act()

    threading.Thread(target=wait, daemon=True).start()


@pytest.mark.parametrize("interval", ["3600", "1"], ids=["between two rounds", "while answers are awaited"])
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_shows_what_is_known_so_far(live: LiveApi, ids: dict[str, str], interval: str) -> None:
    """With the exit code of the latest round that was whole; no call is waited for."""
    command = [sys.executable, "-m", "pulumi_telnyx", "registrations", "--watch", "--interval", interval]
    with subprocess.Popen(
        command,
        env={**os.environ, **environ(live)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        assert process.stderr.readline() == f"1 of 2 registered; again in {interval} s, Ctrl-C ends it\n"
        # A call would be tried until two minutes are over.
        live.server.configure(latency_secs=3600)
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "203.0.113.7:5060 UDP" in stdout
    assert stderr == "1 of 2 registered\n"


def test_a_bar_is_drawn_on_a_terminal_and_nowhere_else(live: LiveApi, ids: dict[str, str]) -> None:
    """On stderr: what is on stdout may go into a file."""
    live.server.configure(latency_secs=0.3)
    owner, terminal = pty.openpty()
    # Read meanwhile: a terminal that nobody reads from is full after a while, and holds up who draws.
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(_drawn, owner)
        done = subprocess.run(
            [sys.executable, "-m", "pulumi_telnyx", "registrations", "--format", "json"],
            env={**os.environ, **environ(live), "TERM": "xterm"},
            stdout=subprocess.PIPE,
            stderr=terminal,
            check=False,
        )
        os.close(terminal)
        drawn = reading.result()
    os.close(owner)

    assert "asking for registrations" in drawn
    assert len(json.loads(done.stdout)) == 2
    assert "asking" not in run(live).stderr


def _drawn(owner: int) -> str:
    """Return what a terminal was sent until nobody had it open any more, which is an error to read."""
    drawn = b""
    with contextlib.suppress(OSError):
        while piece := os.read(owner, 4096):
            drawn += piece
    return drawn.decode()


def test_a_few_are_asked_at_once() -> None:
    """All of the few together, and never more; each answer comes as soon as it is there."""
    together = threading.Barrier(16)
    lock = threading.Lock()
    now = most = 0

    def ask(number: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait(60)
        with lock:
            now -= 1
        return number

    assert sorted(in_parallel(ask, range(48))) == list(range(48))
    assert most == 16
    assert list(in_parallel(ask, [])) == []


def test_an_error_stops_what_was_not_asked_yet() -> None:
    """It is raised where the answers are read; what is being asked already ends by itself."""
    asked = []
    released = threading.Event()
    before = threading.active_count()

    def ask(number: int) -> None:
        asked.append(number)
        if number == 0:
            raise LookupError(number)
        released.wait(60)

    with pytest.raises(LookupError):
        list(in_parallel(ask, range(1_000)))
    released.set()
    while threading.active_count() > before:
        time.sleep(0.01)

    # The first one's thread may have taken another one.
    assert len(asked) <= 17
