"""What the scripts in the workflows do, run as a runner runs them, with stand-ins for `gh` and `pulumi`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from pulumi_telnyx.report.escaping import marker

from .workflows import ROOT, STACKS, Where, script

MARKER = marker("phones")
RUN_URL = "https://github.example.com/acme/phones/actions/runs/1"
SHA, NEWER_SHA = "1" * 40, "2" * 40
PREVIEW_SCRIPT = script(Where("preview", "preview"), "Preview")
REPORT_SCRIPT = script(Where("preview", "report"), "One report of all stacks")
COMMENT_SCRIPT = script(Where("comment", "comment"), "Write the comment")
DRIFT_SCRIPTS = [script(Where("drift", "drift"), each) for each in ("Compare", "Tell")]
ISSUE_SCRIPT = script(Where("drift", "issue"), "Open, update or close the issue")

# Notes how it was called and with which file, and answers as the test says.
GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> gh.log
cat issue.md >> gh.log 2> /dev/null
case "$1 $2" in 'issue list' | api*) cat "$GH_ANSWER" ;; esac
"""


class Runner:
    """A working folder in which steps run; programs of a test come first on PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / ".venv" / "bin").mkdir(parents=True)
        self.program("gh", GH)
        self.answer = folder / "answer"
        self.answer.write_text("")

    def program(self, name: str, text: str, *, below: str = "bin") -> None:
        path = self.folder / below / name
        path.write_text(text)
        path.chmod(0o755)

    def run(self, text: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-e", "-c", text],
            cwd=self.folder,
            env={
                "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "GH_ANSWER": str(self.answer),
                "GITHUB_OUTPUT": str(self.folder / "output"),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
                "GITHUB_REPOSITORY": "acme/phones",
                "RUN_URL": RUN_URL,
                **environ,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def text(self, name: str) -> str:
        file = self.folder / name
        return file.read_text() if file.exists() else ""


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def _comment(runner: Runner, numbers: str = "7", newest: str = SHA) -> str:
    runner.answer.write_text(f"{newest}\n")
    done = runner.run(COMMENT_SCRIPT, NUMBERS=numbers, HEAD_SHA=SHA)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_report_of_the_newest_commit_is_posted(runner: Runner) -> None:
    """As it is, with commit and run below it."""
    (runner.folder / "report").mkdir()
    (runner.folder / "report" / "report.md").write_text(f"- `prod`: update 1 connection\n\n{MARKER}\n")

    _comment(runner)

    assert runner.text("output") == "number=7\n"
    assert runner.text("comment.md") == (
        f"- `prod`: update 1 connection\n\n{MARKER}\n\n\n"
        f"Commit {SHA}. Everything it has no room for is in the artifacts of [this run]({RUN_URL}).\n"
    )


@pytest.mark.parametrize("made", ["nothing", "too long", "a link", "something else", "a folder"])
def test_of_an_artifact_that_is_no_report_nothing_is_posted(runner: Runner, made: str) -> None:
    """Also a preview that never came to a report says so: an older comment would look like its result."""
    report = runner.folder / "report" / "report.md"
    report.parent.mkdir()
    secret = runner.folder / "secret"
    secret.write_text(f"CANARY {MARKER}")
    if made == "too long":
        report.write_text("CANARY" + "ü" * 60_000 + MARKER)
    elif made == "a link":
        report.symlink_to(secret)
    elif made == "something else":
        report.write_text("CANARY")
    elif made == "a folder":
        report.mkdir()

    _comment(runner)

    posted = runner.text("comment.md")
    assert posted.startswith("⚠️ **There is no preview of this commit.**\n")
    assert "CANARY" not in posted
    assert RUN_URL in posted


@pytest.mark.parametrize(
    ("numbers", "newest"), [("7", NEWER_SHA), ("", SHA), ("7 8", SHA), ("7\nnumber=8", SHA), ("$(id)", SHA)]
)
def test_nothing_is_posted_where_it_would_be_wrong(runner: Runner, numbers: str, newest: str) -> None:
    """To a pull request that has moved on, or where nobody can tell which one it is."""
    said = _comment(runner, numbers, newest)

    assert "::notice::nothing is posted" in said
    assert runner.text("output") == runner.text("comment.md") == ""


@pytest.mark.parametrize(
    ("key", "used", "account"),
    [("", "KEY-for-previews", "key:previews"), ("KEY-own-not-a-secret", "KEY-own-not-a-secret", "")],
)
def test_a_preview_needs_no_key(runner: Runner, key: str, used: str, account: str) -> None:
    """Where the environment has one, that is used; a failed preview's JSON is kept, and the step fails."""
    runner.program("pulumi", '#!/bin/sh\necho "$TELNYX_API_KEY,$TELNYX_ACCOUNT"\nexit 1\n')

    done = runner.run(PREVIEW_SCRIPT, STACK="prod", TELNYX_API_KEY=key)

    assert done.returncode == 1
    assert runner.text("previews/prod.json") == f"{used},{account}\n"


def test_a_stack_without_preview_is_in_the_report_all_the_same(runner: Runner) -> None:
    """A job that failed before its preview must not look like a stack without changes."""
    (runner.folder / ".venv" / "bin" / "pulumi-telnyx").symlink_to(ROOT / ".venv" / "bin" / "pulumi-telnyx")
    (runner.folder / "stacks").symlink_to(ROOT / "stacks")
    (runner.folder / "previews").mkdir()
    (runner.folder / "previews" / "dev.json").write_text(json.dumps({"changeSummary": {"same": 1}}))

    done = runner.run(REPORT_SCRIPT)

    assert done.returncode == 0, done.stderr
    report = runner.text("report.md")
    assert report == runner.text("summary")
    assert runner.text("full-report.md")
    failed = {stack for stack in STACKS if f"`{stack}`: **the preview failed**" in report}
    assert failed == STACKS - {"dev"}


@pytest.mark.parametrize(("code", "kept"), [(0, ""), (1, ""), (2, "| front-desk |\n")])
def test_only_drift_becomes_part_of_the_issue(runner: Runner, code: int, kept: str) -> None:
    """An error fails the job: it is neither drift nor the absence of it."""
    runner.program("pulumi-telnyx", f"#!/bin/sh\necho '| front-desk |'\nexit {code}\n", below=".venv/bin")

    compared = runner.run(DRIFT_SCRIPTS[0], STACK="prod")

    assert compared.returncode == 0, compared.stderr
    assert runner.text("output") == f"code={code}\n"
    assert runner.text("summary") == ""
    told = runner.run(DRIFT_SCRIPTS[1], STACK="prod", CODE=str(code))
    assert told.returncode == (1 if code == 1 else 0)
    assert runner.text("drift/prod.md") == kept
    assert runner.text("summary") == "| front-desk |\n"


@pytest.mark.parametrize("number", ["", "12"])
def test_drift_opens_one_issue_and_then_updates_it(runner: Runner, number: str) -> None:
    """All stacks in one text."""
    drift = {"prod": "prod: front-desk\n", "dev": "dev: fax\n"}

    done, calls = _issue(runner, drift, number=number)

    assert done.returncode == 0, done.stderr
    body = f"dev: fax\nprod: front-desk\n\nSeen by [this run]({RUN_URL}).\n"
    if number:
        assert calls.endswith(f"issue edit 12 --body-file issue.md\n{body}")
        assert "issue create" not in calls
    else:
        title = "Phones are not as they are declared"
        assert calls.endswith(f"issue create --title {title} --label drift --body-file issue.md\n{body}")


@pytest.mark.parametrize(
    ("number", "checked", "closed"),
    [("12", "success", True), ("12", "failure", False), ("", "success", False)],
)
def test_the_issue_is_closed_when_all_stacks_were_checked(
    runner: Runner, number: str, checked: str, closed: bool
) -> None:
    """What could not be checked may differ as ever."""
    done, calls = _issue(runner, {}, number=number, checked=checked)

    assert done.returncode == 0, done.stderr
    assert ("issue close 12" in calls) is closed
    assert ("::warning::" in done.stdout) is (checked == "failure")
    assert "issue create" not in calls
    assert "issue edit" not in calls


def test_the_issue_says_which_stacks_there_was_no_room_for(runner: Runner) -> None:
    """And that others could not be checked."""
    done, calls = _issue(runner, {"dev": "x" * 40_000, "prod": "y" * 40_000}, checked="failure")

    assert done.returncode == 0, done.stderr
    assert "\n- dev\n- prod\n" in calls
    assert "could not be checked" in calls
    assert len(calls) < 1_000


def _issue(
    runner: Runner, drift: dict[str, str], *, number: str = "", checked: str = "success"
) -> tuple[subprocess.CompletedProcess[str], str]:
    (runner.folder / "drift").mkdir()
    for stack, text in drift.items():
        (runner.folder / "drift" / f"{stack}.md").write_text(text)
    runner.answer.write_text(number)
    done = runner.run(ISSUE_SCRIPT, CHECKED=checked)
    return done, runner.text("gh.log")
