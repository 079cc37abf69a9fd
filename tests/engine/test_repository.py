"""What the README promises: the repository's own program, and the example for other projects."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.faults.bulk import DEFERRED

from .stack import LiveApi, StackRunner

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
RECORDING = ROOT / "docs" / "images" / "make-up.svg"
INDEX = (ROOT / "docs" / "index.md").read_text()


def repositorys_stack(folder: Path, engine: str, api: LiveApi) -> StackRunner:
    shutil.copy(ROOT / "__main__.py", folder)
    shutil.copytree(ROOT / "stacks", folder / "stacks")
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    return StackRunner(folder, engine, api, project=project, name="dev")


def test_a_value_that_is_encrypted_in_the_stack_file_stays_secret(
    tmp_path: Path, engine: str, api: LiveApi
) -> None:
    """Pulumi hands the whole map over in plain text; what is in it must not get into the state like that."""
    stack = repositorys_stack(tmp_path, engine, api)
    url, path = "https://h.example/?token=CANARY", "phones:connections.fax.webhook_event_url"
    stack.pulumi("config", "set", "--secret", "--path", path, url)

    run = stack.up()

    assert "CANARY" not in run.text + stack.state_text()
    assert url in {each["webhook_event_url"] for each in api.connections()}
    assert stack.up().changes == {"same": 3}
    stack.destroy()


def test_the_repositorys_program_makes_the_connections_that_the_readmes_picture_shows(
    tmp_path: Path, engine: str, api: LiveApi
) -> None:
    """`__main__.py` with the dev stack's settings, under the project's own name."""
    stack = repositorys_stack(tmp_path, engine, api)

    first = stack.up()
    live = {(each["connection_name"], each["user_name"]) for each in api.connections()}
    second, refresh = stack.up(), stack.refresh()

    picture = html.unescape(re.sub("<.*?>", "\n", RECORDING.read_text())).replace("\xa0", " ")
    shown = set(re.findall(r"^(\S.*?) {2,}(\w+) +299\d{16}   yes", picture, re.MULTILINE))
    assert f"docs/images/{RECORDING.name}" in README
    assert RECORDING.stat().st_size < 100_000
    assert first.changes == {"create": 3}
    assert shown == live
    assert second.changes == {"same": 3}
    assert refresh.changes == {"refresh": 3}
    assert stack.preview().changes == {"same": 3}
    assert stack.destroy().changes == {"delete": 3}
    assert api.connections() == []


def test_the_programs_of_the_first_pages_work_as_printed(stack: StackRunner) -> None:
    """Copied from the README and from docs/index.md into a project of one's own."""
    for name, page in (("first", INDEX), ("second", README)):
        (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        (stack.folder / f"{name}.py").write_text(program)
    stack.program("import first, second")
    stack.pulumi("config", "set", "--secret", "deskPassword", "correct-horse-7battery")

    assert stack.up().changes == {"create": 2}
    assert stack.outputs() == {"sip_user": "frontdeskprod", "sip_password": "[secret]"}
    assert stack.up().changes == {"same": 2}
    # One is protected, as it should be in the example; here it has to go.
    stack.pulumi("state", "unprotect", "--all", "--yes")


def test_bare_make_lists_the_targets_that_the_readme_names() -> None:
    """No target of the page is missing from the Makefile."""
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    named = set(re.findall(r"(?:^\$ |`)make (\w+)", README, re.MULTILINE))

    assert {"up", "test"} < named <= set(re.findall(r"^make (\w+)", listed, re.MULTILINE))


@pytest.mark.parametrize("target", ["up", "preview"])
def test_a_stack_file_is_checked_before_a_stack_is_made_of_it(target: str) -> None:
    """One line with file and remedy; Pulumi's own message names neither."""
    plan = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    checked, made = plan.index("pulumi-telnyx validate"), plan.index("stack select --create")
    assert checked < made < plan.index(f"pulumi {target}")


@pytest.mark.parametrize("target", ["refresh", "destroy"])
def test_no_stack_is_made_to_be_refreshed_or_removed(target: str) -> None:
    """And none is kept from it by a mistake in its settings, which neither of them reads."""
    plan = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert plan.index("scripts/made 'dev'") < plan.index(f"pulumi {target}")
    assert not re.search("validate|--create", plan)


@pytest.mark.parametrize(
    ("made", "has_file", "said"),
    [
        (["dev", "office"], True, None),
        (["dev", "back-office"], True, "there are: dev, back-office; make up STACK=office makes it"),
        ([], False, "none was made so far"),
    ],
)
def test_a_stack_that_was_never_made_is_an_error_that_names_those_that_were(
    tmp_path: Path, made: list[str], has_file: bool, said: str | None
) -> None:
    """Before `make refresh STACK=office` asks Pulumi for anything; a part of a name is not the name."""
    for name in ("scripts", ".venv/bin", "stacks"):
        (tmp_path / name).mkdir(parents=True)
    if has_file:
        (tmp_path / "stacks" / "Pulumi.office.yaml").touch()
    shutil.copy(ROOT / "scripts" / "made", tmp_path / "scripts")
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    pulumi = tmp_path / "scripts" / "local"
    pulumi.write_text(f"#!/bin/sh\necho '{json.dumps([{'name': name} for name in made])}'\n")
    pulumi.chmod(0o755)

    done = subprocess.run(
        [tmp_path / "scripts" / "made", "office"], capture_output=True, text=True, check=False
    )

    wanted = f"error: there is no stack 'office', nothing was done; {said}\n" if said else ""
    assert (done.returncode, done.stderr) == (int(said is not None), wanted)


def test_bulk_sets_what_its_page_says() -> None:
    """And nothing of it is set where it is not asked for."""
    page = (ROOT / "docs" / "bulk.md").read_text()
    plans = [
        subprocess.run(
            ["make", "-n", "up", *more], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for more in ([], ["BULK=1"])
    ]
    settings = [*(f"{name}={value}" for name, value in DEFERRED.items()), "--parallel 32"]

    for setting in settings:
        assert setting in page
        assert [setting in plan for plan in plans] == [False, True]


@pytest.mark.parametrize(("answer", "code"), [("prod", 0), ("dev", 1), ("", 1)])
def test_a_stack_other_than_dev_is_removed_only_when_its_name_is_given(answer: str, code: int) -> None:
    """`make destroy STACK=prod` where nobody is there to type."""
    command = [str(ROOT / "scripts" / "confirm"), "prod"]
    environ = {"PATH": os.environ["PATH"], "CONFIRM": answer}

    done = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )

    assert done.returncode == code
    assert ("CONFIRM=prod" in done.stderr) == bool(code)


def test_destroy_asks_for_the_name_before_it_removes_anything() -> None:
    """Whatever the stack; the script itself lets dev pass."""
    plan = subprocess.run(
        ["make", "-n", "destroy", "STACK=prod"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert plan.index("scripts/confirm prod") < plan.index("pulumi destroy")
