"""examples/: each project runs as its README says, with the real engine, and leaves nothing behind."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from mypy import api as mypy

from .stack import LiveApi, StackRunner

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ALL = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
OFFICE_TYPE = "company:telephony:Office"


def commands(example: str) -> list[list[str]]:
    """Return the words of each command in the README, after those that get the project ready."""
    (block,) = re.findall(
        r"^```bash\n(.*?)^```$", (EXAMPLES / example / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    first, *others = map(shlex.split, block.splitlines())
    assert first == ["cd", f"examples/{example}"]
    return [words for words in others if words != ["pulumi", "install"]]


def project(folder: Path, engine: str, api: LiveApi, example: str) -> StackRunner:
    """Return the example as a project of its own, with its stack made and configured as the README says."""
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
    settings = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    stack = StackRunner(folder, engine, api, project=settings, name="dev")
    first, *others = commands(example)
    assert first == ["pulumi", "stack", "init", stack.name]
    for words in others:
        if words[1] == "config":
            stack.pulumi(*words[1:])
    return stack


def assert_ends_clean(stack: StackRunner) -> None:
    """Check that `destroy` takes away all that the API has."""
    stack.destroy()

    assert stack.api.connections() == []


def test_a_password_that_is_not_known_yet_stays_secret_to_the_end(
    tmp_path: Path, engine: str, api: LiveApi
) -> None:
    """From secrets manager through connection to PBX; the preview is complete and calls nothing."""
    stack = project(tmp_path / "project", engine, api, "beside-other-resources")

    preview = stack.preview("--diff")
    called = api.calls()
    first = stack.up("--diff")
    second, refreshed = stack.up(), stack.preview("--refresh", "--diff")

    assert preview.changes == first.changes == {"create": 6}
    assert called == []
    assert "warning" not in preview.text + first.text
    assert preview.diff.count("password: [secret]") == 4
    assert preview.diff.count("connection_id: [unknown]") == 2
    assert second.changes == {"same": 6}
    assert "update" not in refreshed.changes

    live = {each["id"]: each for each in api.connections()}
    assert set(stack.outputs()["trunks"].values()) == set(live)
    made = json.loads(stack.pulumi("stack", "export", "--show-secrets"))["deployment"]["resources"]
    trunks = [each["outputs"] for each in made if each["type"].endswith("PbxTrunk")]
    secrets = {each["outputs"]["value"]["plaintext"] for each in made if each["type"].endswith("VaultSecret")}
    assert {json.loads(secret) for secret in secrets} == {each["password"] for each in live.values()}
    for trunk in trunks:
        connection = live[trunk["connection_id"]]
        assert trunk["user_name"] == connection["user_name"]
        assert json.loads(trunk["password"]["plaintext"]) == connection["password"]
    written = preview.text + first.text + second.text + refreshed.text + stack.state_text()
    assert not [each for each in live.values() if each["password"] in written]
    assert_ends_clean(stack)


def test_each_office_has_a_connection_of_its_own(tmp_path: Path, engine: str, api: LiveApi) -> None:
    """As a child of the component, with what the office's line says."""
    stack = project(tmp_path / "project", engine, api, "office-component")

    first, second = stack.up(), stack.up()

    assert first.changes == {"create": 4}
    assert "warning" not in first.text
    assert second.changes == {"same": 4}
    berlin, paris = sorted(api.connections(), key=lambda each: str(each["connection_name"]))
    assert [berlin["connection_name"], paris["connection_name"]] == [
        "Berlin: desk phones",
        "Paris: desk phones",
    ]
    assert [berlin["inbound"]["channel_limit"], paris["inbound"]["channel_limit"]] == [12, 4]
    assert stack.outputs()["user_names"] == {"berlin": berlin["user_name"], "paris": paris["user_name"]}
    passwords = stack.outputs("--show-secrets")["passwords"]
    assert passwords == {"berlin": berlin["password"], "paris": paris["password"]}
    assert stack.outputs()["passwords"] == {"berlin": "[secret]", "paris": "[secret]"}
    assert {each["parent"] for each in stack.connections().values()} == {
        f"urn:pulumi:dev::offices::{OFFICE_TYPE}::{name}" for name in ("berlin", "paris")
    }
    assert not [each for each in passwords.values() if each in stack.state_text()]
    assert_ends_clean(stack)


def test_each_phone_of_a_table_has_a_connection(tmp_path: Path, engine: str, api: LiveApi) -> None:
    """All of them are one resource; a table that was cut short deletes nothing."""
    stack = project(tmp_path / "project", engine, api, "phone-fleet")
    checked = stack.run("pulumi-telnyx", "validate")

    first, second = stack.up(), stack.up()

    assert checked.returncode == 0, checked.stdout
    assert first.changes == {"create": 1}
    assert "warning" not in first.text
    assert second.changes == {"same": 1}
    phones = {each["user_name"]: each for each in api.connections()}
    names = stack.outputs()["user_names"]
    limits = {name: phones[user_name]["inbound"]["channel_limit"] for name, user_name in names.items()}
    assert limits == {"reception": 10, "desk-1": 2, "desk-2": 2, "meeting-room": 2}
    assert phones[names["meeting-room"]]["inbound"]["codecs"] == ["OPUS", "G722"]
    profiles = {each["outbound"]["outbound_voice_profile_id"] for each in phones.values()}
    assert profiles == {"2105551234567890123"}
    passwords = stack.outputs("--show-secrets")["passwords"]
    assert passwords == {name: phones[user_name]["password"] for name, user_name in names.items()}
    assert not [each for each in passwords.values() if each in first.text + stack.state_text()]

    table = stack.folder / "phones.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:3]))
    refused = stack.try_up()

    assert refused.code != 0
    assert "2 of its 4 members would be deleted" in refused.text
    assert len(api.connections()) == 4
    assert_ends_clean(stack)


def test_another_stack_reads_the_user_names(tmp_path: Path, engine: str, api: LiveApi) -> None:
    """And where they are exported no more, the run stops and the dial plan stays."""
    offices = project(tmp_path / "offices", engine, api, "office-component")
    offices.up()
    stack = project(tmp_path / "dial-plan", engine, api, "stack-reference")
    stack.environ["PULUMI_BACKEND_URL"] = offices.environ["PULUMI_BACKEND_URL"]
    stack.command("stack", "init", stack.name)

    stack.up()
    names = {each["user_name"] for each in api.connections()}
    plan = stack.outputs()["dial_plan"]
    assert set(plan) == {"berlin", "paris"}
    assert set(plan.values()) == {f"sip:{name}@sip.telnyx.com" for name in names}
    assert stack.up().changes == {}

    (offices.folder / "__main__.py").write_text("")
    offices.up()
    without_names = stack.try_up()

    assert without_names.code != 0
    assert "user_names" in without_names.text
    assert stack.outputs()["dial_plan"] == plan
    stack.destroy()
    assert_ends_clean(offices)


def test_secrets_of_another_stack_need_its_passphrase(tmp_path: Path, engine: str, api: LiveApi) -> None:
    """Without it the names are there, but each secret is an empty object, and the run says so and goes on."""
    offices = project(tmp_path / "offices", engine, api, "office-component")
    offices.up()
    stack = project(tmp_path / "dial-plan", engine, api, "stack-reference")
    program = stack.folder / "__main__.py"
    program.write_text(
        program.read_text() + 'pulumi.export("passwords", offices.require_output("passwords"))\n'
    )
    stack.environ |= {
        "PULUMI_BACKEND_URL": offices.environ["PULUMI_BACKEND_URL"],
        "PULUMI_CONFIG_PASSPHRASE": "another-one",
    }
    (stack.folder / "Pulumi.dev.yaml").unlink()
    stack.command("stack", "init", stack.name)

    run = stack.up()
    outputs = stack.outputs("--show-secrets")

    assert "eliding undecryptable secrets for stack reference" in run.text
    assert (
        "`eliding undecryptable secrets for stack reference`"
        in (EXAMPLES / "stack-reference" / "README.md").read_text()
    )
    assert set(outputs["dial_plan"]) == {"berlin", "paris"}
    assert outputs["passwords"] == {"berlin": {}, "paris": {}}
    assert_ends_clean(offices)


def test_each_account_has_its_own_connections(tmp_path: Path, engine: str, api: LiveApi) -> None:
    """With its own key, and no other is needed; keys that are mixed up are refused, and change nothing."""
    stack = project(tmp_path / "project", engine, api, "several-accounts")
    del stack.environ["TELNYX_API_KEY"]
    (curl,) = (each for each in commands("several-accounts") if each[0] == "curl")
    _, _, accounts, *where = curl
    assert where == ["-X", "PATCH", "${TELNYX_BASE_URL%/v2}/_emulator/settings"]
    api._control("PATCH", "/settings", json.loads((stack.folder / accounts.removeprefix("@")).read_text()))

    first, second = stack.up(), stack.up()
    stack.refresh()

    expected = {"berlin": "emea", "london": "emea", "tokyo": "apac"}
    names = stack.outputs()["user_names"]
    rows = api._control("GET", "/connections")["connections"]
    assert first.changes == {"create": 3}
    assert "warning" not in first.text
    assert second.changes == {"same": 3}
    assert {row["settings"]["user_name"]: row["account"] for row in rows} == {
        names[office]: account for office, account in expected.items()
    }
    assert stack.outputs()["accounts"] == expected
    profiles = {row["account"]: row["settings"]["outbound"]["outbound_voice_profile_id"] for row in rows}
    assert profiles == {"emea": "2105551234567890111", "apac": "2105551234567890222"}

    _set_key(stack, "emea", "apac")
    _set_key(stack, "apac", "emea")
    api.forget_requests()
    mixed_up = stack.try_up()

    assert mixed_up.code != 0
    # The first error ends the run, whichever account's it is.
    assert re.search(
        r"telnyx:accounts\.(emea|apac)\.account expects a key that ends otherwise", mixed_up.text
    )
    assert api.calls() == []

    _set_key(stack, "emea", "emea")
    _set_key(stack, "apac", "apac")
    assert stack.up().changes == {"same": 3}
    written = first.text + second.text + mixed_up.text + stack.state_text()
    assert "KEY-emea" not in written
    assert "KEY-apac" not in written
    assert_ends_clean(stack)


def _set_key(stack: StackRunner, account: str, key_of: str) -> None:
    """Give an account the key that the README has for it, or for the other one."""
    path = f"telnyx:accounts.{key_of}.apiKey"
    (key,) = (words[-1] for words in commands("several-accounts") if path in words)
    stack.pulumi("config", "set", "--secret", "--path", f"telnyx:accounts.{account}.apiKey", key)


def test_a_service_adds_and_removes_a_customer(tmp_path: Path, engine: str, api: LiveApi) -> None:
    """Each call as the README has it, in a process of its own; nothing stays, in the API or on the disk."""
    folder, scratch = tmp_path / "project", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    environ = {**StackRunner(folder, engine, api).environ, "TMPDIR": str(scratch)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command,
            cwd=EXAMPLES / "automation-api",
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not [each for each in api.connections() if each["password"] in done.stdout + done.stderr]
        return done

    add, take_a_line, remove = (words[1:] for words in commands("automation-api"))
    added, again = run(*add), run(*add)
    names = {each["user_name"] for each in api.connections()}
    reduced = run(*take_a_line)

    assert set(json.loads(added.stdout)) == {"reception", "warehouse"}
    assert set(json.loads(added.stdout).values()) == names
    assert "3 unchanged" in again.stderr
    assert again.stdout == added.stdout
    assert list(json.loads(reduced.stdout)) == ["reception"]
    assert len(api.connections()) == 1

    misspelt, unknown = run("onboard.py", "remove", "acmee"), run("onboard.py", "remove")
    assert "no stack named 'acmee' found" in misspelt.stderr
    assert "python onboard.py add" in unknown.stderr
    assert len(api.connections()) == 1

    removed = run(*remove)

    assert removed.returncode == 0, removed.stderr
    assert api.connections() == []
    assert not list((folder / "state").rglob("acme.json"))
    assert not list(scratch.glob("automation-*"))
    assert not list(scratch.glob("tmp*/Pulumi.yaml"))


@pytest.mark.parametrize("example", ALL)
def test_an_example_is_typed_and_installs_this_package(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strictly, as the package itself is; no README names a file that is not there."""
    folder = EXAMPLES / example
    monkeypatch.setenv("MYPYPATH", str(ROOT / "provider"))

    report, trouble, code = mypy.run(["--config-file", str(ROOT / "pyproject.toml"), str(folder)])

    assert code == 0, report + trouble
    (requirement,) = re.findall(r"^[^#\s].*$", (folder / "requirements.txt").read_text(), re.MULTILINE)
    assert (folder / requirement).resolve() == ROOT
    for name in re.findall(r"`(\w+\.py)`", (folder / "README.md").read_text()):
        assert (folder / name).exists()
