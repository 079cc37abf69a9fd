"""What holds for the workflows that the linters of `make check` do not look at."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pulumi_telnyx.cli import cli

from .workflows import ACTIONS, ROOT, STACKS, WORKFLOWS, Where, gitlab, jobs, workflow

PINNED = re.compile(r"([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")
SECRETS = {"PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "TELNYX_API_KEY"}
DEPLOYED = ["dev", "staging", "prod"]
WITH_SECRETS = {
    Where("preview", "preview"),
    Where("drift", "drift"),
    *(Where("deploy", each) for each in DEPLOYED),
}
COMMANDS = sorted(
    {
        found
        for file in (*WORKFLOWS, ROOT / "docs" / "gitlab-ci.yml")
        for found in re.findall(r"\.venv/bin/pulumi-telnyx (.+)", file.read_text())
    }
)
NEEDS_GO = pytest.mark.skipif(not shutil.which("go"), reason="actionlint is built with Go, and there is none")
MAY_WRITE = {
    Where("comment", "comment"): {"pull-requests"},
    Where("drift", "issue"): {"issues"},
    Where("release", "attest"): {"attestations", "id-token"},
    Where("release", "publish"): {"contents"},
}


def test_every_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    """A tag can be moved to other code; one commit for one action, so that an update misses no place."""
    pins: dict[str, set[tuple[str, str]]] = {}
    for file in (*WORKFLOWS, *ACTIONS):
        for used in re.findall(r"uses: (.+)", file.read_text()):
            if used.startswith("./"):
                assert (ROOT / used / "action.yml").is_file()
                continue
            pinned = PINNED.fullmatch(used)
            assert pinned, f"{file.name}: {used}"
            pins.setdefault(pinned[1], set()).add((pinned[2], pinned[3]))

    assert {len(each) for each in pins.values()} == {1}, pins


def test_nothing_is_permitted_but_what_a_job_asks_for() -> None:
    """Jobs that may write get no secret and run nothing of this repository."""
    for file in WORKFLOWS:
        assert workflow(file.stem)["permissions"] == {}
    writing = {}
    for where, job in jobs():
        permissions = job["permissions"]
        if written := {name for name, access in permissions.items() if access != "read"}:
            writing[where] = written
            assert not re.findall(r"uses: \./|actions/checkout|secrets\.", str(job))

    assert writing == MAY_WRITE


def test_every_job_ends_by_itself() -> None:
    """A job that hangs would hold its stack's place in the queue for six hours."""
    for where, job in jobs():
        assert 0 < job["timeout-minutes"] <= 90, where


def test_no_job_runs_what_an_expression_brings() -> None:
    """A branch's name or a title can hold commands: scripts read values from their environment only."""
    scripts = [
        step["run"]
        for steps in (*(job["steps"] for _, job in jobs()), *_steps_of_actions())
        for step in steps
        if "run" in step
    ]

    assert len(scripts) > 10
    assert not [each for each in scripts if "${{" in each]


def test_secrets_are_given_to_the_steps_that_need_them() -> None:
    """To one step of a job whose environment has them; not to installers, linters, or the job as a whole."""
    having = set()
    for where, job in jobs():
        steps = job.pop("steps")
        assert "secrets" not in str(job), where
        for step in steps:
            given = set(re.findall(r"secrets\.(\w+)", str(step)))
            if given:
                assert given == SECRETS == {name for name in step["env"] if name != "GH_TOKEN"}, where
                assert job["environment"], where
                having.add(where)
    text = "".join(each.read_text() for each in (*WORKFLOWS, *ACTIONS))

    assert having == WITH_SECRETS
    assert "secrets: inherit" not in text
    assert "toJSON(secrets)" not in text


def test_a_fork_gets_no_secret() -> None:
    """Neither by `pull_request_target`, nor by a preview of what a fork sends."""
    triggers = {file.stem: workflow(file.stem)["on"] for file in WORKFLOWS}
    assert not [name for name, events in triggers.items() if "pull_request_target" in events]

    for where, job in jobs():
        if where in WITH_SECRETS and "pull_request" in triggers[where.workflow]:
            assert "github.event.pull_request.head.repo.full_name == github.repository" in job["if"]
            assert not re.search(r"\|\|", job["if"])
    assert triggers["validate"]["pull_request"] is None


def test_the_comment_is_posted_by_a_workflow_that_the_pull_request_cannot_change() -> None:
    """It waits for the preview, takes the pull request from the event, and checks nothing out."""
    comment = workflow("comment")
    job = comment["jobs"]["comment"]

    assert comment["on"] == {"workflow_run": {"workflows": ["preview"], "types": ["completed"]}}
    assert workflow("preview")["name"] == "preview"
    assert "head_repository.full_name == github.repository" in job["if"]
    assert job["steps"][-1]["with"]["number"] == "${{ steps.comment.outputs.number }}"
    assert job["steps"][1]["env"]["NUMBERS"] == (
        "${{ join(github.event.workflow_run.pull_requests.*.number, ' ') }}"
    )


def test_a_comment_of_a_branch_waits_for_no_fork() -> None:
    """A fork's branch of the same name has a group of its own: only the last one that waits stays."""
    group = workflow("comment")["concurrency"]["group"]

    assert "${{ github.event.workflow_run.head_repository.full_name }}" in group
    assert "${{ github.event.workflow_run.head_branch }}" in group


def test_drift_is_searched_for_secrets_before_anybody_sees_it() -> None:
    """The job's summary is as public as the issue."""
    steps = workflow("drift")["jobs"]["drift"]["steps"]
    (scan,) = (place for place, each in enumerate(steps) if " scan " in each.get("run", ""))

    assert "report.md" in steps[scan]["run"]
    assert not [each for each in steps[:scan] if "SUMMARY" in str(each) or "upload-artifact" in str(each)]
    assert [each for each in steps[scan + 1 :] if "GITHUB_STEP_SUMMARY" in str(each)]


def test_no_checkout_keeps_the_token() -> None:
    """Whatever runs later could read it from .git."""
    checkouts = [
        step for _, job in jobs() for step in job["steps"] if "actions/checkout@" in step.get("uses", "")
    ]

    assert len(checkouts) > 5
    assert all(each["with"]["persist-credentials"] is False for each in checkouts)


def test_stacks_are_deployed_one_after_the_other() -> None:
    """Each after the one before it has gone well; nothing cuts an update off, and none runs twice at once."""
    deploy = workflow("deploy")
    order = deploy["jobs"]

    assert list(order) == ["validate", *DEPLOYED]
    assert set(DEPLOYED) == STACKS
    for before, stack in zip(order, DEPLOYED, strict=False):
        job = order[stack]
        assert job["needs"] == before
        # `always()` or `failure()` would go on after a failure.
        assert "if" not in job
        assert not any({"if", "continue-on-error"} & step.keys() for step in job["steps"])
        assert job["environment"] == stack
        assert job["concurrency"] == {"group": f"deploy-{stack}", "cancel-in-progress": False}
        assert job["steps"][-1]["run"] == f"pulumi up --yes --non-interactive --stack {stack}"
    assert deploy["on"] == {"push": {"branches": ["main"]}}


def test_a_release_is_what_was_built_from_a_tag_and_attested() -> None:
    """The notes come first, since that compares tag, package and changelog; each job needs the one before."""
    release = workflow("release")
    order = release["jobs"]
    scripts = [each["run"] for each in order["build"]["steps"] if "run" in each]

    assert release["on"] == {"push": {"tags": ["v*"]}}
    assert [(name, job.get("needs")) for name, job in order.items()] == [
        ("build", None),
        ("attest", "build"),
        ("publish", "attest"),
    ]
    assert not any(
        {"if", "continue-on-error"} & each.keys() for job in order.values() for each in job["steps"]
    )
    assert 'scripts/release-notes "$GITHUB_REF_NAME"' in scripts[0]
    assert "hatchling build" in scripts[1]
    assert order["attest"]["steps"][1]["with"] == {"subject-path": "release/dist/*"}
    assert "release/dist/*" in order["publish"]["steps"][1]["run"]


def test_nobody_is_a_code_owner_who_does_not_exist() -> None:
    """GitHub would call the file broken on every pull request; each path that it suggests is there."""
    lines = (ROOT / ".github" / "CODEOWNERS").read_text().splitlines()
    suggested = [line.split()[1].lstrip("/") for line in lines if line.endswith(" @YOUR-ORG/YOUR-TEAM")]

    assert all(line.startswith("#") for line in lines)
    assert len(suggested) > 5
    assert [each for each in suggested if not list(ROOT.glob(each))] == []


def test_every_stack_is_previewed_and_looked_at() -> None:
    """A stack file that is new has to be named where a list of stacks stands."""
    for where in (Where("preview", "preview"), Where("drift", "drift")):
        job = workflow(where.workflow)["jobs"][where.job]
        assert set(job["strategy"]["matrix"]["stack"]) == STACKS
        assert job["environment"] == f"{where.job}-${{{{ matrix.stack }}}}"
    for name in ("preview", "drift"):
        assert set(gitlab()[name]["parallel"]["matrix"][0]["STACK"]) == STACKS


def test_gitlab_deploys_in_the_same_order_and_prod_by_hand() -> None:
    """Each stack has its own environment and its own queue."""
    ci = gitlab()

    assert [ci[each]["needs"] for each in DEPLOYED] == [["validate"], ["dev"], ["staging"]]
    assert [ci[each]["environment"]["name"] for each in DEPLOYED] == DEPLOYED
    assert [ci[each]["resource_group"] for each in DEPLOYED] == DEPLOYED
    assert [rule.get("when") for rule in ci["prod"]["rules"]] == ["manual"]
    assert ci[".deploy"]["interruptible"] is False


def test_the_workflows_use_the_cli_that_is_tested_here() -> None:
    """One version of the Pulumi CLI, in scripts/engine and in the runner."""
    go_mod = (ROOT / "scripts" / "engine" / "go.mod").read_text()
    (version,) = set(re.findall(r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)", go_mod))

    assert f"pulumi-version: {version}\n" in ACTIONS[0].read_text()


def test_go_is_there_where_the_linter_is_built() -> None:
    """Without Go `make check` leaves actionlint out, which on a laptop is right and in CI is not."""
    jobs = workflow("test")["jobs"]
    job = jobs["test"]

    for each in jobs.values():
        assert any("actions/setup-go@" in step.get("uses", "") for step in each["steps"])
    assert job["steps"][-1]["run"] == "bash .ci/run"
    classifiers = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert job["strategy"]["matrix"]["python"] == classifiers


@pytest.mark.parametrize("line", COMMANDS)
def test_the_command_knows_what_the_workflows_ask_of_it(line: str) -> None:
    """Names of commands and options are checked against the command itself."""
    name, *arguments = shlex.split(re.split(r" (?:>|\|\|)", line)[0])
    command = cli.commands.get(name)
    if command is None:
        pytest.skip(f"there is no `pulumi-telnyx {name}` yet")

    parser = command.make_parser(click.Context(command, info_name=name))
    _, rest, _ = parser.parse_args(arguments)

    assert not [each for each in rest if each.startswith("-")]


@pytest.mark.parametrize(
    ("file", "good", "bad", "said"),
    [
        pytest.param("deploy.yml", "needs: staging", "needs: stagin", "stagin", marks=NEEDS_GO),
        ("test.yml", "\n  pull_request:\n", "\n  pull_request_target:\n", "dangerous-triggers"),
        ("gitlab-ci.yml", "resource_group: prod", "resource_groups: prod", "resource_groups"),
    ],
)
def test_each_linter_finds_its_kind_of_mistake(
    tmp_path: Path, file: str, good: str, bad: str, said: str
) -> None:
    """`make check` would fail: by actionlint, by zizmor, by GitLab's schema."""
    copy = _copy(tmp_path)
    (changed,) = copy.rglob(file)
    changed.write_text(changed.read_text().replace(good, bad))

    done = subprocess.run([copy / "scripts" / "check-workflows"], capture_output=True, text=True, check=False)

    assert done.returncode
    assert said in done.stdout + done.stderr


def test_without_go_only_actionlint_is_left_out_and_that_is_said(tmp_path: Path) -> None:
    """Nobody takes a check for done that was not."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "dirname"):
        (tools / tool).symlink_to(shutil.which(tool) or "")

    done = subprocess.run(
        [_copy(tmp_path) / "scripts" / "check-workflows"],
        env={"PATH": f"{tools}", "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "actionlint is left out" in done.stderr


def _copy(tmp_path: Path) -> Path:
    """Return a copy of what the linters look at; with a folder .git, which actionlint looks for."""
    copy = tmp_path / "copy"
    for each in (".github", "docs", "scripts"):
        shutil.copytree(ROOT / each, copy / each, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / ".git").mkdir()
    (copy / ".venv").symlink_to(ROOT / ".venv")
    return copy


def _steps_of_actions() -> Iterator[list[dict[str, Any]]]:
    for file in ACTIONS:
        yield yaml.safe_load(file.read_text())["runs"]["steps"]


def test_the_oldest_and_the_newest_versions_are_tested_too() -> None:
    """Each by a target that a laptop has as well, with a Python that the oldest pydantic is there for."""
    job = workflow("test")["jobs"]["versions"]
    runs = {each["versions"]: each["python"] for each in job["strategy"]["matrix"]["include"]}
    makefile = (ROOT / "Makefile").read_text()

    assert job["steps"][-1]["run"] == 'make "test-$VERSIONS"'
    assert job["steps"][-1]["env"] == {"VERSIONS": "${{ matrix.versions }}"}
    assert runs == {"oldest": "3.10", "newest": "3.14"}
    assert all(f"\ntest-{each}: " in makefile for each in runs)
