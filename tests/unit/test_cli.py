"""The command line, as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer

PREVIEW = Path(__file__).parent / "report" / "previews" / "changes.json"


@pytest.fixture
def api() -> Iterator[EmulatorServer]:
    with EmulatorServer() as server:
        yield server


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command with nothing of the caller's settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TELNYX_")}
    return subprocess.run(
        [sys.executable, "-m", "pulumi_telnyx", *arguments],
        env=inherited | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def _plant(api: EmulatorServer, **settings: object) -> str:
    planted = requests.post(f"{api.control_url}/connections", json={"settings": settings}, timeout=10)
    return str(planted.json()["id"])


def test_list_prints_a_table_of_whole_rows(api: EmulatorServer) -> None:
    """Name, user name, id and state; nothing that could steer the terminal or be taken for markup."""
    _plant(api, user_name="desk0001", connection_name="[bold]Desk[/bold] \x1b[31m" + "long " * 12)
    second = _plant(api, user_name="fax00001", connection_name="Fax", active=False)

    done = run("list", TELNYX_API_KEY=DEFAULT_API_KEY, TELNYX_BASE_URL=api.url)

    assert done.returncode == 0
    assert done.stderr == ""
    assert "[bold]Desk[/bold] [31mlong" in done.stdout
    assert "\x1b" not in done.stdout
    assert [line.split() for line in done.stdout.splitlines() if "Fax" in line] == [
        ["Fax", "fax00001", second, "no"]
    ]


def test_list_as_json_holds_every_setting_but_the_password(api: EmulatorServer) -> None:
    """For jq and scripts."""
    _plant(api, user_name="desk0001", password="in-the-clear-1", inbound={"channel_limit": 7})

    done = run("list", "--format", "json", TELNYX_API_KEY=DEFAULT_API_KEY, TELNYX_BASE_URL=api.url)

    (row,) = json.loads(done.stdout)
    assert row["user_name"] == "desk0001"
    assert row["inbound"]["channel_limit"] == 7
    assert "in-the-clear-1" not in done.stdout


def test_list_of_an_empty_account_says_so(api: EmulatorServer) -> None:
    """An empty table would look like a fault."""
    done = run("list", TELNYX_API_KEY=DEFAULT_API_KEY, TELNYX_BASE_URL=api.url)

    assert done.stdout == "no credential connections\n"


def test_an_error_is_one_line_on_stderr(api: EmulatorServer) -> None:
    """Exit code 1, no traceback, no key."""
    without_key = run("list", TELNYX_BASE_URL=api.url)
    refused = run("list", TELNYX_API_KEY="KEY-another-one", TELNYX_BASE_URL=api.url)

    assert without_key.returncode == refused.returncode == 1
    assert without_key.stderr.startswith("error: no Telnyx API key: set TELNYX_API_KEY")
    assert refused.stderr.startswith("error: list credential connections: 401 ")
    assert refused.stderr.count("\n") == 1
    assert "KEY-another-one" not in refused.stderr


def test_wrong_usage_exits_with_2_and_help_lists_the_commands() -> None:
    """As every command line does; click's own errors begin as ours do, before and after a command's name."""
    for wrong in (("lst",), ("--lst",), ("list", "--sort"), ("list", "--format", "x")):
        done = run(*wrong)

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "emulator" in run("--help").stdout


@pytest.mark.parametrize("missing", ["click", "jinja2"])
def test_without_the_extra_any_command_says_how_to_install_it(missing: str) -> None:
    """What all commands need is missing, or what one of them does: one line, no traceback."""
    program = f"""
import sys

class Missing:
    def find_spec(self, name, *_):
        if name == {missing!r}:
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, Missing())
sys.argv = ["pulumi-telnyx", "report", "--format", "html", {str(PREVIEW)!r}]
from pulumi_telnyx.__main__ import main
main()
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == "error: the command line is an extra: pip install 'pulumi-telnyx[cli]'\n"
