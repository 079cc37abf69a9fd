"""The command `pulumi-telnyx emulator`, as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from pulumi_telnyx.emulator import DEFAULT_API_KEY
from tests.emulator.client import PATIENCE_SECS, required

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GUIDE = Path(__file__).parents[2] / "docs" / "emulator.md"
COMMAND = [sys.executable, "-m", "pulumi_telnyx", "emulator"]


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the command with some arguments; what still runs at the end is stopped.

    A process that a test waits for in vain is killed, and with it whatever wait there is for its output.
    """
    running = []

    def started(*arguments: str, **environ: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environ},
        )
        limit = threading.Timer(PATIENCE_SECS, process.kill)
        limit.start()
        running.append((process, limit))
        return process

    yield started
    for process, limit in running:
        limit.cancel()
        process.kill()
        process.communicate()


def ready_line(process: subprocess.Popen[str]) -> str:
    """The first line on stdout."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "it ended, or was killed since it printed nothing"
    return line


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, and what else was printed."""
    out, err = process.communicate(timeout=PATIENCE_SECS)
    return process.returncode, out, err


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_and_ends_quietly(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path, ending: signal.Signals
) -> None:
    """The API's address and the page's on stdout, a file while it is ready, exit code 0."""
    ready = tmp_path / "ready.json"
    process = start("--port", "0", "--ready-file", str(ready))

    line, page = ready_line(process), ready_line(process)
    told = json.loads(ready.read_text(encoding="utf-8"))
    answer = requests.get(
        f"{told['url']}/credential_connections",
        headers={"Authorization": f"Bearer {DEFAULT_API_KEY}"},
        timeout=PATIENCE_SECS,
    )
    process.send_signal(ending)

    assert line == f"listening on {told['url']}\n"
    assert told["pid"] == process.pid
    assert answer.status_code == 200
    assert page == f"page for a browser: {told['url'].removesuffix('v2')}\n"
    assert re.sub(r":\d+/", ":4010/", line + page) in GUIDE.read_text(encoding="utf-8")
    assert finished(process) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_its_options_reach_the_api(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    """Key, masking, latency, and a data file that survives a kill."""
    arguments = ["--port", "0", "--data", str(tmp_path / "data.sqlite"), "--api-key", "KEY-mine"]
    headers = {"Authorization": "Bearer KEY-mine"}
    first = start(*arguments)
    url = ready_line(first).split()[-1] + "/credential_connections"
    created = requests.post(url, json=required(), headers=headers, timeout=PATIENCE_SECS).json()["data"]
    first.kill()
    first.wait(PATIENCE_SECS)

    second = start(*arguments, "--mask-passwords", "--nested-patch", "replace", "--latency-ms", "20")
    url = ready_line(second).split()[-1]
    found = requests.get(
        f"{url}/credential_connections/{created['id']}", headers=headers, timeout=PATIENCE_SECS
    )
    settings = requests.get(url.replace("/v2", "/_emulator/settings"), timeout=PATIENCE_SECS).json()

    assert found.json()["data"] == {**created, "password": "********"}
    assert (settings["nested_patch"], settings["latency_secs"]) == ("replace", 0.02)


def test_quiet_prints_nothing(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    """The ready file alone tells."""
    ready = tmp_path / "ready.json"
    process = start("--port", "0", "--quiet", "--ready-file", str(ready))
    while not ready.exists():
        assert process.poll() is None, "it ended, or was killed since it never got ready"
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)

    assert finished(process) == (0, "", "")


@pytest.mark.parametrize("left", ["{}", "half of a fi", '{"url": "http://127.0.0.1:1/v2", "pid": 4194305}'])
def test_a_ready_file_of_a_killed_emulator_does_not_stay(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path, left: str
) -> None:
    """Even when this one cannot start either: who reads the file finds a living emulator or none."""
    ready = tmp_path / "ready.json"
    ready.write_text(left, encoding="utf-8")

    data = str(tmp_path / "missing" / "data.sqlite")
    code, _, _ = finished(start("--data", data, "--port", "0", "--ready-file", str(ready)))

    assert code == 1
    assert not ready.exists()


def test_a_port_that_is_taken_is_one_clear_line(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Port and remedy, exit code 1, no traceback; the other one's ready file stays."""
    ready = tmp_path / "ready.json"
    other = start("--port", "0", "--ready-file", str(ready))
    port = ready_line(other).split(":")[-1].split("/")[0]

    code, out, err = finished(start("--port", port, "--ready-file", str(ready)))

    assert (code, out) == (1, "")
    assert err == (
        f"error: port {port} is in use; stop what listens there, or choose another with --port"
        " (0 takes any free one)\n"
    )
    assert json.loads(ready.read_text(encoding="utf-8"))["pid"] == other.pid


def test_a_data_file_in_use_is_one_clear_line(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Two processes never write to one file."""
    file = tmp_path / "data.sqlite"
    ready_line(start("--port", "0", "--data", str(file)))

    code, out, err = finished(start("--port", "0", "--data", str(file)))

    assert (code, out) == (1, "")
    assert err == (
        f"error: data file {file}: is in use by another emulator;"
        " stop that one, or choose another with --data\n"
    )


def test_a_ready_file_that_cannot_be_written_is_one_clear_line(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Who waits for the file would wait for ever."""
    file = tmp_path / "missing" / "ready.json"

    code, _, err = finished(start("--port", "0", "--ready-file", str(file)))

    assert code == 1
    assert err == f"error: ready file {file}: No such file or directory\n"


def test_faults_are_set_from_a_file(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    """Before the first request."""
    file = tmp_path / "faults.json"
    file.write_text('[{"kind": "html", "status": 502}, {"kind": "status"}]', encoding="utf-8")
    url = ready_line(start("--port", "0", "--faults", str(file))).split()[-1]

    answers = [requests.get(f"{url}/credential_connections", timeout=PATIENCE_SECS) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [502, 503, 401]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[{}]", "fault 1: kind: must be one of status, "),
        ('[{"kind": "close"}, {"kind": "close", "nth": 0}]', "fault 2: nth: must be a whole number above 0"),
        ('{"kind": "close", "secs": NaN}', "secs: must be a number of seconds from 0 to "),
        ("[{'kind': 'close'}]", "is not valid JSON"),
        ("\udcff", "is not valid JSON"),
        (None, "No such file or directory"),
    ],
)
def test_a_bad_faults_file_is_one_clear_line(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path, content: str | None, reason: str
) -> None:
    """File, fault, field and rule, exit code 1."""
    file = tmp_path / "faults.json"
    if content is not None:
        file.write_text(content, encoding="utf-8", errors="surrogateescape")

    code, out, err = finished(start("--port", "0", "--faults", str(file)))

    assert (code, out) == (1, "")
    assert err.startswith(f"error: faults file {file}: {reason}")
    assert err.count("\n") == 1


@pytest.mark.parametrize("package", ["starlette", "jinja2"])
def test_a_missing_extra_is_named(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path, package: str
) -> None:
    """Help works without it; running tells what to install."""
    (tmp_path / f"{package}.py").write_text(
        f"raise ModuleNotFoundError(\"No module named '{package}'\", name='{package}')", encoding="utf-8"
    )

    help_code, _, _ = finished(start("--help", PYTHONPATH=str(tmp_path)))
    code, out, err = finished(start("--port", "0", PYTHONPATH=str(tmp_path)))

    assert help_code == 0
    assert (code, out) == (1, "")
    assert err == f"error: the emulator needs the package {package}: pip install 'pulumi-telnyx[emulator]'\n"


def test_help_tells_what_it_imitates_and_what_not(start: Callable[..., subprocess.Popen[str]]) -> None:
    """Nobody has to find out by accident."""
    code, text, _ = finished(start("--help", COLUMNS="80"))

    assert code == 0
    for words in (
        "Imitated:",
        "Not imitated:",
        "Guesses",
        "--nested-patch",
        "Faults",
        "--faults",
        DEFAULT_API_KEY,
        "127.0.0.1",
    ):
        assert words in text
