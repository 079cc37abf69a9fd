"""docs/emulator-faults.md: everything in it that can be run is run, and its tables are complete."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
import requests

from pulumi_telnyx.emulator import DEFAULT_API_KEY, Fault
from pulumi_telnyx.emulator.faults import Kind, LimitHeaders, read_faults_file
from tests.emulator.client import PATIENCE_SECS

if TYPE_CHECKING:
    from pulumi_telnyx.emulator import EmulatorServer
    from tests.emulator.client import Client

TEXT = (Path(__file__).parents[2] / "docs" / "emulator-faults.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
ADDRESS = "http://127.0.0.1:4010"


def blocks(language: str) -> list[str]:
    """The guide's blocks in a language, in order."""
    return [text for found, text in BLOCKS if found == language]


def commands() -> list[list[str]]:
    """The words of each command in the guide's blocks for a shell."""
    lines = "\n".join(blocks("bash")).replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line]


def named(command: str) -> list[list[str]]:
    """The arguments with which the guide calls a command."""
    return [words[1:] for words in commands() if words[0] == command]


def curl(api: EmulatorServer, arguments: list[str]) -> requests.Response:
    """What curl would get, for the options that the guide uses; any other is an error."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("-X", dest="method", default="GET")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="body")
    parser.add_argument("url")
    asked = parser.parse_args(arguments)
    assert asked.url.startswith(ADDRESS)
    return requests.request(
        asked.method,
        asked.url.replace(ADDRESS, api.control_url.rpartition("/")[0]),
        headers=dict(header.split(": ") for header in asked.headers),
        data=asked.body,
        timeout=PATIENCE_SECS,
    )


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading, by the name in their first cell."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): [cell.strip() for cell in row[1:]] for row in cells}


def test_every_block_is_of_a_language_that_is_run() -> None:
    """None is left out by accident."""
    assert {language for language, _ in BLOCKS} == {"bash", "json", "python"}
    assert {words[0] for words in commands()} == {"curl", "export", "pulumi-telnyx"}
    assert TEXT.count("```") == 2 * len(BLOCKS)


def test_its_python_runs() -> None:
    """In order, as in a notebook: later blocks use what the first one imports; they assert for themselves."""
    names: dict[str, Any] = {}
    for number, text in enumerate(blocks("python"), 1):
        exec(compile(text, f"block {number}", "exec"), names)  # noqa: S102 - our own document


@pytest.mark.parametrize("arguments", named("curl"), ids=" ".join)
def test_its_curl_commands_are_taken(api: EmulatorServer, arguments: list[str]) -> None:
    """By an emulator that has just been started."""
    answer = curl(api, arguments)

    assert answer.ok, answer.text


def test_the_fault_that_it_sets_with_curl_does_what_it_says(client: Client, api: EmulatorServer) -> None:
    """The next create happens, and its answer is lost."""
    curl(api, next(arguments for arguments in named("curl") if arguments[2].endswith("/faults")))
    client.list()

    with pytest.raises(requests.ConnectionError):
        client.create()
    assert len(client.list().json()["data"]) == 1


@pytest.mark.parametrize("text", blocks("json"))
def test_its_json_is_taken_over_http(client: Client, text: str) -> None:
    """And reads back as the same faults."""
    answer = client.control("POST", "/faults", json=json.loads(text))

    assert answer.status_code == 201
    kinds = [one["kind"] for one in answer.json()["faults"]]
    assert kinds == [fault.kind for fault in read_faults_file(text.encode())]


@pytest.mark.parametrize("arguments", named("pulumi-telnyx"), ids=" ".join)
def test_its_commands_start_an_emulator(arguments: list[str], tmp_path: Path) -> None:
    """With the guide's file of faults where there should be one, and on a free port."""
    (tmp_path / "faults.json").write_text(blocks("json")[0], encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "pulumi_telnyx", *arguments, "--port", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    limit = threading.Timer(PATIENCE_SECS, process.kill)
    limit.start()
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        answers = [requests.get(f"{url}/connections/count", timeout=PATIENCE_SECS) for _ in range(3)]
    finally:
        limit.cancel()
        process.kill()
        process.communicate()

    expected = [503, 503, 401] if "--faults" in arguments else [401, 401, 401]
    assert [answer.status_code for answer in answers] == expected


def test_its_environment_is_the_emulators() -> None:
    """Address and key as the command has them by default."""
    exported = dict(words[0].split("=") for words in named("export"))

    assert exported == {"TELNYX_BASE_URL": f"{ADDRESS}/v2", "TELNYX_API_KEY": DEFAULT_API_KEY}


def test_its_table_of_kinds_is_complete() -> None:
    """And their moments are those that are allowed."""
    table = rows("Kinds")

    assert tuple(table) == get_args(Kind)
    for kind, (_, moments) in table.items():
        for moment in ("before", "after"):
            try:
                Fault(kind, moment=moment, location="/")  # type: ignore[arg-type]  # from a text
            except ValueError:
                assert moment not in moments
            else:
                assert moment in moments


def test_its_table_of_fields_is_complete() -> None:
    """With the defaults, as JSON spells them, and all styles of rate-limit headers."""
    table = rows("Fields")
    defaults = Fault("close").as_json()

    assert list(table) == [field.name for field in dataclasses.fields(Fault)]
    for name, (default, meaning) in table.items():
        assert default.strip("`") == ("" if name == "kind" else json.dumps(defaults[name]))
        if name == "limit_headers":
            assert set(get_args(LimitHeaders)) < set(re.findall("`([^`]*)`", meaning)) | {"rate_limit"}
