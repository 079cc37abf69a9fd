"""An account made by hand comes under code: nothing changes at Telnyx, and no password is told to anybody."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from .stack import IN_BOTH_ACCOUNTS, LiveApi, StackRunner

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "existing-accounts.md").read_text()
# As everybody has it: what it declares without a default has to be in every stack's file.
PROJECT = YAML(typ="safe").load((ROOT / "Pulumi.yaml").read_text())


@pytest.fixture
def importing(tmp_path: Path, engine: str, api: LiveApi) -> StackRunner:
    """Return a new stack of the repository's own program, with nothing in its settings."""
    shutil.copy(ROOT / "__main__.py", tmp_path)
    (tmp_path / "stacks").mkdir()
    return StackRunner(tmp_path, engine, api, project=PROJECT)


def run(stack: StackRunner, *command: str) -> subprocess.CompletedProcess[str]:
    return stack.run("pulumi-telnyx", *command, "--stack", stack.name)


def an_account(api: LiveApi) -> None:
    """Make connections as people do over the years."""
    profile = {"outbound_voice_profile_id": "2105551234567890123"}
    for number, name in enumerate(["Büro Köln", "Büro Köln", "class", "", "🙂"]):
        api.create(
            connection_name=name or "x",
            user_name=f"phone{number}abc",
            password=f"fake-password-CANARY{number}",
            dtmf_type="SIP INFO",
            outbound=profile,
            inbound={"codecs": ["OPUS", "G722"], "channel_limit": number + 1},
        )
    api.create(connection_name="Fax", user_name="faxabc", webhook_event_url="https://h.example/?token=1")


def files_of(stack: StackRunner) -> str:
    every = (each for each in stack.folder.rglob("*") if each.is_file() and "home" not in each.parts)
    return "\n".join(each.read_bytes().decode("utf-8", "replace") for each in every)


@IN_BOTH_ACCOUNTS
def test_one_command_imports_and_the_preview_is_empty(
    importing: StackRunner, api: LiveApi, mask_passwords: bool
) -> None:
    """Readable passwords are kept, encrypted; masked ones stay unmanaged."""
    an_account(api)
    before = api.connections()
    api.forget_requests()

    done = run(importing, "import", "--run")

    assert done.returncode == 0, done.stdout + done.stderr
    assert set(api.calls()) == {"GET"}
    assert api.connections() == before
    assert "6 connections imported, 0 skipped" in done.stderr
    assert "a preview is empty" in done.stderr
    assert "fax: webhook_event_url may hold a secret" in done.stdout
    assert set(importing.connections()) == {
        *("buro-koln-phone0abc", "buro-koln-phone1abc", "class", "x", "phone4abc", "fax")
    }
    assert all(each["protect"] for each in importing.connections().values())
    assert "CANARY" not in done.stdout + done.stderr + files_of(importing)
    assert importing.preview().changes == {"same": 6}
    assert importing.refresh().changes == {"refresh": 6}
    assert importing.up().changes == {"same": 6}
    assert api.connections() == before
    kept = importing.connections()["class"]["outputs"]
    assert ("password" in kept) == (not mask_passwords)
    assert ("unmanaged_password" in kept) == mask_passwords


def test_a_second_run_takes_only_what_is_new_and_one_edit_updates_one(
    importing: StackRunner, api: LiveApi
) -> None:
    """Names of the first run stay, whoever comes later."""
    an_account(api)
    run(importing, "import", "--run", "--user-name", "phone0*")
    first = set(importing.connections())

    done = run(importing, "import", "--run", "--exclude", "faxabc")
    settings = (importing.folder / "stacks" / "Pulumi.test.yaml").read_text()
    (importing.folder / "stacks" / "Pulumi.test.yaml").write_text(
        settings.replace("channel_limit: 3", "channel_limit: 33")
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 connections imported, 1 skipped" in done.stderr
    assert first == {"buro-koln"}
    assert "buro-koln-phone1abc" in importing.connections()
    assert importing.up().changes == {"same": 4, "update": 1}
    assert [
        each["inbound"]["channel_limit"] for each in api.connections() if each["user_name"] == "phone2abc"
    ] == [33]


def test_without_run_two_files_are_written_for_a_look_and_no_password(
    importing: StackRunner, api: LiveApi
) -> None:
    """`pulumi import` reads the one, the program the other."""
    an_account(api)

    done = run(importing, "import")
    line = next(line for line in done.stderr.splitlines() if "pulumi import" in line)
    command = line.partition("`")[2].rstrip("`")
    file = json.loads((importing.folder / "import-test.json").read_text())
    imported = importing.run(*command.split(), "--non-interactive")

    assert done.returncode == 0, done.stderr
    assert len(file["resources"]) == 6
    assert all(each["inputs"]["unmanaged_password"] for each in file["resources"])
    assert "CANARY" not in files_of(importing)
    assert imported.returncode == 0, imported.stdout + imported.stderr
    assert importing.preview().changes == {"same": 6}


@IN_BOTH_ACCOUNTS
def test_an_interrupted_import_goes_on(importing: StackRunner, api: LiveApi, mask_passwords: bool) -> None:
    """The settings were written, and nothing was imported yet."""
    an_account(api)
    run(importing, "import")
    before = (importing.folder / "stacks" / "Pulumi.test.yaml").read_text()

    done = run(importing, "import", "--run")

    assert done.returncode == 0, done.stdout + done.stderr
    assert ("the password stays unmanaged, since the settings say so" in done.stdout) == (not mask_passwords)
    assert (importing.folder / "stacks" / "Pulumi.test.yaml").read_text() == before
    assert importing.preview().changes == {"same": 6}


def test_as_a_python_program(importing: StackRunner, api: LiveApi) -> None:
    """Formatted, with names that Python takes, and passwords from the stack's config."""
    an_account(api)

    refused = run(importing, "import", "--run", "--style", "python", "--program", "imported.py")
    assert refused.returncode == 1
    assert "has no phones:connections, which Pulumi.yaml declares without a default" in refused.stderr
    project = json.loads((importing.folder / "Pulumi.yaml").read_text())
    del project["config"]
    (importing.folder / "Pulumi.yaml").write_text(json.dumps(project))
    (importing.folder / "__main__.py").write_text("import imported\n")
    done = run(importing, "import", "--run", "--style", "python", "--program", "imported.py")
    program = (importing.folder / "imported.py").read_text()
    formatted = importing.run("ruff", "format", "--isolated", "--check", "imported.py")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "class_ = CredentialConnection(" in program
    assert formatted.returncode == 0, formatted.stdout + program
    assert importing.preview().changes == {"same": 6}
    assert "CANARY" not in files_of(importing)
    again = run(importing, "import", "--style", "python", "--program", "imported.py")
    assert again.returncode == 0
    assert "0 connections to import, 6 skipped" in again.stderr
    api.create(connection_name="New", user_name="newphone1")
    refused = run(importing, "import", "--style", "python", "--program", "imported.py")
    assert refused.returncode == 1
    assert "imported.py exists and is not overwritten: name another --program" in refused.stderr
    (importing.folder / "__main__.py").write_text("import imported\nimport more\n")
    more = run(importing, "import", "--run", "--style", "python", "--program", "more.py")
    assert more.returncode == 0, more.stdout + more.stderr
    assert (importing.folder / "imported.py").read_text() == program
    assert importing.preview().changes == {"same": 7}


@IN_BOTH_ACCOUNTS
def test_a_connection_that_was_declared_by_hand_keeps_its_password(
    importing: StackRunner, api: LiveApi
) -> None:
    """Neither is one generated, nor is a change of one passed over in silence."""
    for number in range(2):
        api.create(
            connection_name=f"p{number}", user_name=f"phone{number}abc", password=f"fake-password-{number}"
        )
    before = api.connections()
    # Of the project's defaults nothing, so that only passwords can differ.
    nothing = "dtmf_type: null, inbound: null"
    entries = "".join(
        f"    p{number}: {{user_name: phone{number}abc, connection_name: p{number}, {nothing}}}\n"
        for number in range(2)
    )
    settings = importing.folder / "stacks" / "Pulumi.test.yaml"
    settings.write_text(f"{settings.read_text()}config:\n  phones:connections:\n{entries}")
    own = "phones:connections.p1.password"
    importing.pulumi("config", "set", "--secret", "--path", own, "fake-password-other")

    done = run(importing, "import", "--run")

    assert done.returncode == 2, done.stdout + done.stderr
    assert "passwords would change: do not run `pulumi up`: p1\n" in done.stderr
    assert api.connections() == before
    assert importing.preview().changes == {"same": 1, "update": 1}


def test_a_preview_that_fails_says_why(importing: StackRunner, api: LiveApi) -> None:
    """The reason is the program's, and nobody should have to run it again for that."""
    an_account(api)
    (importing.folder / "__main__.py").write_text("raise Exception('CANARY-free reason')\n")

    done = run(importing, "import", "--run")

    assert done.returncode == 1
    assert "error: the preview failed: " in done.stderr
    assert "CANARY-free reason" in done.stderr


def test_nothing_to_import_is_no_error(importing: StackRunner, api: LiveApi) -> None:
    """An empty account, or filters that nobody matches; an id that nobody has is told."""
    done = run(importing, "import", "--run", "--id", "123")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to import" in done.stderr
    assert "--id 123: not imported: no connection has this id" in done.stdout
    assert "preview" not in done.stderr


@pytest.mark.parametrize("style", ["settings", "python"])
def test_as_the_members_of_one_set(importing: StackRunner, api: LiveApi, style: str) -> None:
    """Nothing changes at Telnyx, now or at the next refresh, and no member is given a mark later on."""
    an_account(api)
    before = api.connections()
    declared = importing.folder / "stacks" / "Pulumi.test.yaml"
    as_set = ["import", "--as-set", "office"]
    assert f"pulumi-telnyx {' '.join(as_set)} --run --stack test\n" in PAGE
    if style == "python":
        declared = importing.folder / "imported.py"
        as_set += ["--style", "python", "--program", declared.name]
        (importing.folder / "__main__.py").write_text("import imported\n")
        project = json.loads((importing.folder / "Pulumi.yaml").read_text())
        del project["config"]
        (importing.folder / "Pulumi.yaml").write_text(json.dumps(project))
    api.forget_requests()

    done = run(importing, *as_set, "--run")

    assert done.returncode == 0, done.stdout + done.stderr
    assert set(api.calls()) == {"GET"}
    assert "6 connections imported as members of set office, 0 skipped" in done.stderr
    assert "CANARY" not in done.stdout + done.stderr + files_of(importing)
    assert importing.refresh().changes == {"refresh": 1}
    assert importing.up().changes == {"same": 1}
    assert api.connections() == before
    again = run(importing, *as_set)
    assert "error: the stack has set office already, and an import makes a new one" in again.stderr

    if style == "python":
        assert importing.run("ruff", "format", "--isolated", "--check", declared.name).returncode == 0
        changed = declared.read_text().replace('"class": {', '"class": {"tags": ["lobby"],')
    else:
        changed = declared.read_text().replace(
            "        class:\n", "        class:\n          tags: [lobby]\n"
        )
    declared.write_text(changed)
    assert importing.up().changes == {"update": 1}
    assert [each["tags"] for each in api.connections() if each["tags"]] == [["lobby"]]
    assert importing.up().changes == {"same": 1}
