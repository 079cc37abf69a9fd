"""`pulumi-telnyx report`, as a process of its own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from .made import digest, real, step

_FAKE_CLI = """#!{python}
import json, sys
command, form, *options = sys.argv[1:]
(stack,) = [each.removeprefix("--stack=") for each in options if each.startswith("--stack=")]
assert (command, form) == ("preview", "--json") and "--non-interactive" in options
if stack == "broken":
    sys.exit("error: no stack named 'broken' found")
if stack == "half":
    print(json.dumps({{"changeSummary": {{"same": 1}}}}))
    sys.exit(3)
urn = f"urn:pulumi:{{stack}}::phones::pulumi-python:dynamic/telnyx:CredentialConnection::desk"
step = {{"op": "delete", "urn": urn, "oldState": {{"inputs": {{}}}}}}
print(json.dumps({{"steps": [step], "changeSummary": {{"delete": 1}}}}))
"""


def run(
    folder: Path, *arguments: str, command: str = "report", stdin: bytes = b"", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_telnyx", command, *arguments],
        cwd=folder,
        env={**os.environ, **environ},
        input=stdin,
        capture_output=True,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dev.json").write_bytes(digest(step("delete", "desk", {}, stack="dev")))
    (tmp_path / "prod.json").write_bytes(digest(same=4))
    return tmp_path


@pytest.mark.parametrize("files", [["dev.json", "prod.json"], ["prod=prod.json", "dev=dev.json"], ["."]])
def test_a_file_is_a_stack(folder: Path, files: list[str]) -> None:
    """By its name, by the name before the equals sign, or as one of all in a folder."""
    done = run(folder, *files)

    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith(
        "- ⚠️ `dev`: **delete 1 connection**\n- no changes: `prod`\n\n| stack of `phones` |"
    )


def test_standard_input_is_a_stack_that_tells_its_name(folder: Path) -> None:
    """Or gets one, as a file does."""
    assert run(folder, "-", stdin=real("unchanged")).stdout.startswith("No changes in `test`. <!--")
    assert run(folder, "acme/test=-", stdin=real("unchanged"), LC_ALL="C").stdout.startswith(
        "No changes in `acme/test`."
    )


def test_a_name_that_no_file_can_have_is_an_error_of_one_line(folder: Path) -> None:
    """The system refuses even to look for it."""
    for each in (f"{'x' * 90_000}=missing.json", "x" * 90_000, f"prod={'x' * 90_000}"):
        done = run(folder, each)

        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
        assert len(done.stderr) < 1_000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--output=a.md", "--full-output=./a.md"], "--output and --full-output name the same file"),
        (["--output=link.md", "--full-output=a.md"], "--output and --full-output name the same file"),
        (["--output=dev.json"], "--output names a file with a preview"),
        (["--full-output=link.json"], "--full-output names a file with a preview"),
    ],
)
@pytest.mark.parametrize("files", [["dev.json"], ["prod=dev.json"], ["."]])
def test_what_a_report_writes_replaces_nothing_of_the_same_command(
    folder: Path, files: list[str], options: list[str], words: str
) -> None:
    """Two outputs are two files, and a preview stays what it is."""
    (folder / "link.md").symlink_to("a.md")
    (folder / "link.json").symlink_to("dev.json")
    before = (folder / "dev.json").read_bytes()

    done = run(folder, *files, *options)

    assert done.returncode == 2
    assert words in done.stderr
    assert (folder / "dev.json").read_bytes() == before
    assert not (folder / "a.md").exists()


def test_a_file_that_holds_no_preview_is_a_preview_that_failed(folder: Path) -> None:
    """The comment of an earlier push must not stay as if nothing had happened."""
    (folder / "prod.json").write_bytes(real("changes")[:9_000])

    done = run(folder, "dev.json", "prod.json")
    failing = run(folder, "dev.json", "prod.json", "--fail-on-error")

    assert done.returncode == 0
    assert failing.returncode == 2
    assert failing.stdout == done.stdout
    assert done.stdout.startswith("- ⚠️ `prod`: **the preview failed**\n")
    assert "prod.json: it is cut off in line" in done.stdout
    assert done.stderr.startswith("prod.json: it is cut off in line")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name files with previews, or say --run, and not both"),
        (["dev.json", "--run"], 2, "name files with previews, or say --run, and not both"),
        (["dev.json", "--stack", "dev"], 2, "--stack goes with --run"),
        (["dev.json", "dev=prod.json"], 1, "stack dev appears twice"),
        (["empty"], 1, "empty: there is no *.json in this folder"),
        (["dev=empty"], 1, "a folder holds the previews of several stacks: name files"),
        (["missing.json"], 1, "missing.json: No such file or directory"),
        (["-"], 1, "standard input: it is empty"),
        (["--run"], 1, "no Pulumi.yaml in "),
        (
            ["dev.json", "--output", "missing/report.md"],
            1,
            "missing/report.md cannot be written: No such file",
        ),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    folder: Path, arguments: list[str], code: int, message: str
) -> None:
    """Without a traceback, and with nothing on stdout."""
    (folder / "empty").mkdir()

    done = run(folder, *arguments)

    assert done.returncode == code
    assert done.stdout == ""
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_file_is_written_whole_or_stays(folder: Path) -> None:
    """Nothing else is left in the folder, and others may read it as they may read any new file."""
    done = run(folder, "dev.json", "--output", "report.md", "--full-output", "full.md")

    assert done.stdout == ""
    assert (folder / "report.md").read_text().startswith("- ⚠️ `dev`")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((folder / "full.md").stat().st_mode) == 0o666 & ~umask

    (folder / "report.md").write_text("before")
    assert run(folder, "dev.json", "dev=prod.json", "--output", "report.md").returncode == 1
    (folder / "full.md").unlink()
    (folder / "full.md").mkdir()
    assert run(folder, "dev.json", "--full-output", "full.md", "--output", "report.md").returncode == 1

    assert (folder / "report.md").read_text() == "before"
    assert sorted(each.name for each in folder.iterdir()) == ["dev.json", "full.md", "prod.json", "report.md"]


def test_a_report_that_leaves_something_out_names_the_file_that_has_it(folder: Path) -> None:
    """As whoever downloads it will find it."""
    steps = [step("update", f"desk-{number}", {}, {"active": False}) for number in range(2_000)]
    (folder / "dev.json").write_bytes(digest(*steps))

    done = run(folder, "dev.json", "--full-output", str(folder / "full.md"))

    assert len(done.stdout) < 60_000
    assert "the details of 2,000 resources; all of it is in `full.md`." in done.stdout
    assert (folder / "full.md").read_text().count("<details>") == 2_000


@pytest.fixture
def project(folder: Path) -> Path:
    (folder / "Pulumi.yaml").write_text("name: phones\nruntime: python\nstackConfigDir: stacks\n")
    (folder / "stacks").mkdir()
    for stack in ("dev", "broken", "half"):
        (folder / "stacks" / f"Pulumi.{stack}.yaml").touch()
    (folder / "bin").mkdir()
    fake = folder / "bin" / "pulumi"
    fake.write_text(_FAKE_CLI.format(python=sys.executable))
    fake.chmod(0o755)
    return folder


def test_previews_are_run_for_all_stacks_that_have_a_file(project: Path) -> None:
    """One that fails is part of the report, and the others go on."""
    done = run(project / "stacks", "--run", PATH=str(project / "bin"))

    assert done.returncode == 0
    assert done.stdout.splitlines()[:3] == [
        "- ⚠️ `broken`: **the preview failed**",
        "- ⚠️ `half`: **the preview failed**",
        "- ⚠️ `dev`: **delete 1 connection**",
    ]
    assert "```text\nno stack named 'broken' found: `pulumi stack ls` lists" in done.stdout
    assert "```text\n`pulumi preview` ended with exit code 3\n```" in done.stdout
    assert [line.partition(" (")[0] for line in done.stderr.splitlines()] == [
        "[1/3] broken: preview …",
        "[1/3] broken: the preview failed",
        "[2/3] dev: preview …",
        "[2/3] dev: delete 1 connection",
        "[3/3] half: preview …",
        "[3/3] half: the preview failed",
    ]


def test_previews_are_run_for_the_stacks_that_are_named(project: Path) -> None:
    """A stack without a file has a preview as well."""
    done = run(project, "--run", "--stack", "other", "--stack", "dev", PATH=str(project / "bin"))

    assert [line for line in done.stdout.splitlines() if line.startswith("### ")] == [
        "### `other`",
        "### `dev`",
    ]


def test_a_failed_project_still_has_its_marker(project: Path) -> None:
    """Otherwise the comment of the earlier push would stay."""
    done = run(project, "--run", "--stack", "broken", PATH=str(project / "bin"))

    assert done.stdout.endswith("<!-- pulumi-telnyx report: phones -->\n")


def test_running_needs_the_pulumi_cli(project: Path) -> None:
    """In one line."""
    done = run(project, "--run", PATH=str(project / "stacks"))

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "error: --run needs the Pulumi CLI, and there is no `pulumi` on PATH: "
    )


def test_the_terminals_report_can_be_written_to_a_file(folder: Path) -> None:
    """Without colours."""
    done = run(folder, "dev.json", "--format", "text", "--output", "report.txt")

    assert done.stdout == ""
    assert (folder / "report.txt").read_text().splitlines()[-1] == "dev: delete 1 connection"


def test_a_page_has_everything(folder: Path) -> None:
    """On standard output, or in a file that is written whole or stays; as UTF-8 whatever the locale."""
    steps = [step("update", f"desk-{number}", {}, {"active": False}) for number in range(2_000)]
    (folder / "dev.json").write_bytes(digest(*steps))
    (folder / "prod.json").write_bytes(b"{")

    done = run(folder, ".", "--format", "html", "--fail-on-error", LC_ALL="C")
    written = run(folder, ".", "--format", "html", "--output", "report.html")

    assert done.returncode == 2
    assert written.returncode == 0
    assert (folder / "report.html").read_text(encoding="utf-8") == done.stdout
    assert done.stdout.startswith("<!DOCTYPE html>")
    assert done.stdout.endswith("</html>\n")
    assert done.stdout.count("<details") == 2_000
    assert "⚠ <a" in done.stdout

    assert (
        run(folder, "dev.json", "dev=prod.json", "--format", "html", "--output", "report.html").returncode
        == 1
    )
    assert (folder / "report.html").read_text(encoding="utf-8") == done.stdout
