"""`pulumi-telnyx drift`, as a process of its own, with a stand-in for the Pulumi CLI."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .made import GOLDEN
from .test_command import run

_FAKE_CLI = """#!{python}
import os, pathlib, shutil, sys
assert sys.argv[1:4] == ["refresh", "--preview-only", "--json"], sys.argv
options = dict(each.removeprefix("--").partition("=")[::2] for each in sys.argv[4:])
assert os.environ["PULUMI_DEBUG_COMMANDS"] == "true"
if options["stack"] == "missing":
    sys.exit("error: no stack named 'missing' found")
log = {{"dev": "unchanged", "prod": "changed", "killed": "changed", "staging": "refused"}}[options["stack"]]
text = (pathlib.Path({logs!r}) / f"{{log}}.jsonl").read_text()
pathlib.Path(options["event-log"]).write_text(text)
pathlib.Path("log-was").write_text(options["event-log"])
sys.exit({{"staging": 1, "killed": 255}}.get(options["stack"], 0))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: phones\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    for stack in ("dev", "prod"):
        (tmp_path / "stacks" / f"Pulumi.{stack}.yaml").touch()
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "pulumi"
    fake.write_text(_FAKE_CLI.format(python=sys.executable, logs=str(GOLDEN.parent / "refreshes")))
    fake.chmod(0o755)
    return tmp_path


def _drift(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(project, *arguments, command="drift", PATH=str(project / "bin"))


def _progress(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.partition(" (")[0] for line in done.stderr.splitlines()]


def test_all_stacks_with_a_file_are_compared(project: Path) -> None:
    """One line when a stack begins and one when it is done; what the engine noted is gone afterwards."""
    done = _drift(project / "stacks" / "..")

    assert done.returncode == 2
    begun, quiet, *_, found = _progress(done)
    assert (begun, quiet) == ("[1/2] dev: refresh, without writing …", "[1/2] dev: no drift")
    assert found.startswith("[2/2] prod: 1 connection deleted outside, 1 password changed outside, ")
    assert done.stdout.splitlines()[-1] == "dev: no drift"
    assert not Path((project / "log-was").read_text()).exists()


def test_without_drift_the_exit_code_is_0(project: Path) -> None:
    """With the text all the same."""
    done = _drift(project, "--stack", "dev", "--format", "markdown")

    assert done.returncode == 0
    assert done.stdout == "No drift in `dev`. <!-- pulumi-telnyx drift: phones -->\n"


@pytest.mark.parametrize("stack", ["missing", "staging", "killed"])
def test_a_stack_that_cannot_be_looked_at_is_an_error(project: Path, stack: str) -> None:
    """Which counts more than drift; the other stacks are shown."""
    done = _drift(project, "--stack", stack, "--stack", "prod", "--format", "json")

    assert done.returncode == 1
    by_stack = {each["stack"]: each for each in json.loads(done.stdout)["stacks"]}
    assert by_stack[stack]["error"]
    assert by_stack[stack]["connections"] == []
    assert by_stack["prod"]["error"] is None
    assert len(by_stack["prod"]["connections"]) == 5
    assert f"[1/2] {stack}: it could not be looked at" in _progress(done)


def test_a_project_that_cannot_be_looked_at_still_has_its_marker(project: Path) -> None:
    """Otherwise nothing would tell whose text it is."""
    done = _drift(project, "--stack", "missing", "--format", "markdown")

    assert done.returncode == 1
    # What the CLI says, and what to do about it.
    said = (
        "no stack named 'missing' found: `pulumi stack ls` lists those of the backend that you are logged "
        "in to, and `pulumi stack init` with its name makes it"
    )
    assert f"text\n{said}\n" in done.stdout
    assert done.stdout.endswith("\n<!-- pulumi-telnyx drift: phones -->\n")


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_a_file_is_written_whole(project: Path, form: str) -> None:
    """With the same text as on standard output, also where that is no terminal."""
    printed = _drift(project, "--stack", "prod", "--format", form)

    written = _drift(project, "--stack", "prod", "--format", form, "--output", "drift.txt")

    assert (written.returncode, written.stdout) == (2, "")
    assert (project / "drift.txt").read_text() == printed.stdout


def test_it_needs_a_project_and_the_pulumi_cli(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each in one line."""
    without_cli = run(project, command="drift", PATH=str(project / "stacks"))
    elsewhere = run(tmp_path_factory.mktemp("elsewhere"), command="drift")

    assert without_cli.returncode == elsewhere.returncode == 1
    last = without_cli.stderr.splitlines()[-1]
    assert last.startswith("error: drift needs the Pulumi CLI, and there is no `pulumi` on PATH: ")
    assert elsewhere.stderr.startswith("error: no Pulumi.yaml in ")


def test_a_stack_that_is_named_twice_is_looked_at_once(project: Path) -> None:
    """As in a report."""
    done = _drift(project, "--stack", "dev", "--stack", "dev", "--format", "json")

    assert [each["stack"] for each in json.loads(done.stdout)["stacks"]] == ["dev"]
