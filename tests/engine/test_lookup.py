"""Stories of look-ups: a program finds what exists already, in previews too, and declares with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY

from .stack import Run, StackRunner

EMEA_KEY = "KEY-emea-not-a-secret-ab12"
PROFILE = "2105551234567890123"
PAGE = (Path(__file__).parents[2] / "docs" / "lookups.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
MESSAGES = [
    line
    for block in re.findall(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]

IMPORTS = """
from pulumi_telnyx import (
    get_credential_connection,
    get_credential_connection_output,
    list_credential_connections,
    list_credential_connections_output,
)
"""


def assert_refused(run: Run, text: str) -> None:
    assert run.code != 0, run.text
    assert text in run.text, run.text
    assert "Traceback" not in run.text
    assert not [key for key in (EMEA_KEY, DEFAULT_API_KEY) if key in run.text]


def test_what_is_found_by_its_user_name_is_used_by_another_resource(stack: StackRunner) -> None:
    """In the preview too, which shows real values; once found, the second `up` changes nothing."""
    pbx = stack.api.create(
        user_name="oldpbx01",
        connection_name="PBX",
        password="fake-password-1",
        outbound={"outbound_voice_profile_id": PROFILE},
    )
    stack.program(
        f"""{IMPORTS}
pbx = get_credential_connection(user_name="oldpbx01")
again = [get_credential_connection(user_name="OldPBX01") for _ in range(5)]
CredentialConnection(
    "desk",
    user_name="frontdesk",
    outbound={{"outbound_voice_profile_id": pbx.outbound.outbound_voice_profile_id}},
    tags=["beside-" + pbx.id],
)
pulumi.export("pbx", pbx)
pulumi.export("all", [each.user_name for each in list_credential_connections(name="PBX")])
        """
    )

    preview = stack.preview("--diff")
    assert f'outbound_voice_profile_id: "{PROFILE}"' in preview.diff, preview.text
    assert f"beside-{pbx}" in preview.text
    # One for all user names, one for the name.
    assert stack.api.calls() == ["GET", "GET"]
    stack.up()

    assert stack.connections()["desk"]["outputs"]["tags"] == [f"beside-{pbx}"]
    outputs = stack.outputs()
    assert (outputs["pbx"]["id"], outputs["pbx"]["inbound"]["timeout_2xx_secs"]) == (pbx, 90)
    assert outputs["all"] == ["oldpbx01"]
    assert "fake-password-1" not in stack.state_text() + preview.text
    assert stack.up().changes == {"same": 1}
    stack.destroy()
    assert [each["id"] for each in stack.api.connections()] == [pbx]


def test_an_input_that_only_up_knows_is_looked_up_then(stack: StackRunner) -> None:
    """The preview goes on without it, and asks Telnyx nothing."""
    stack.api.create(user_name="oldpbx01", connection_name="PBX", tags=["credential_connection"])
    stack.program(
        f"""{IMPORTS}
desk = CredentialConnection("desk", user_name="frontdesk", connection_name="Desk")
found = get_credential_connection_output(id=desk.id)
tagged = list_credential_connections_output(tag=desk.record_type)
second = found.connection_name.apply("{{}} 2".format)
CredentialConnection("copy", user_name="copydesk", connection_name=second)
pulumi.export("found", found.user_name)
pulumi.export("tagged", tagged.apply(lambda rows: [each.user_name for each in rows]))
        """
    )
    stack.api.calls()

    assert stack.preview().changes == {"create": 2}
    assert stack.api.calls() == []
    stack.up()

    assert stack.outputs() == {"found": "frontdesk", "tagged": ["oldpbx01"]}
    assert {each["connection_name"] for each in stack.api.connections()} == {"PBX", "Desk", "Desk 2"}
    assert stack.up().changes == {"same": 2}


def test_what_depends_on_a_secret_is_a_secret(stack: StackRunner) -> None:
    """As with every output, and an error does not show it either."""
    stack.api.create(user_name="oldpbx01", connection_name="PBX canary")
    stack.pulumi("config", "set", "--secret", "pbx", "oldpbx01")
    program = f"""{IMPORTS}
pbx = get_credential_connection_output(user_name=pulumi.Config().require_secret("pbx"))
pulumi.export("name", pbx.connection_name)
    """
    stack.program(program)
    stack.up()
    assert stack.outputs() == {"name": "[secret]"}

    stack.pulumi("config", "set", "--secret", "pbx", "canaryuser01")
    run = stack.try_preview()
    assert_refused(run, "look up credential connection with user_name '[secret]': the account has none")
    assert "canaryuser01" not in run.text


@pytest.mark.parametrize("form", ["", "_output"])
def test_none_and_many_end_the_program_with_one_line(stack: StackRunner, form: str) -> None:
    """In the preview already, before anything is made."""
    twins = [stack.api.create(user_name=f"twin{number}", connection_name="Desk") for number in range(2)]
    made = 'CredentialConnection("later", user_name="laterdesk")\n'

    stack.program(f'{IMPORTS}found = get_credential_connection{form}(connection_name="Desk")\n{made}')
    assert_refused(
        stack.try_preview(),
        "error: look up credential connection with connection_name 'Desk': 2 connections have it: "
        f"{twins[0]} (twin0), {twins[1]} (twin1); ask for one of them by id",
    )
    stack.program(f'{IMPORTS}found = get_credential_connection{form}(user_name="twin3")\n')
    for run in (stack.try_preview(), stack.try_up()):
        assert_refused(
            run,
            "error: look up credential connection with user_name 'twin3': the account has none (did you mean "
            "'twin1'?); look at what it has with `pulumi-telnyx list`",
        )
    assert len(stack.api.connections()) == 2


def test_a_second_account_is_looked_up_with_its_own_key(stack: StackRunner) -> None:
    """Both keys from the stack's config; what one account has, the other has not."""
    stack.api.server.configure(api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, EMEA_KEY: "emea"})
    del stack.environ["TELNYX_API_KEY"]
    stack.pulumi("config", "set", "--secret", "telnyx:apiKey", DEFAULT_API_KEY)
    stack.pulumi("config", "set", "--secret", "--path", "telnyx:accounts.emea.apiKey", EMEA_KEY)
    stack.api.create(user_name="homedesk")
    stack.api._control("POST", "/connections", {"account": "emea", "settings": {"user_name": "londondesk"}})
    stack.program(
        f"""{IMPORTS}
london = get_credential_connection(user_name="londondesk", account="emea")
region = CredentialConnection("first", user_name="firstdesk", account="emea").account
pulumi.export("london", london.user_name)
pulumi.export("emea", list_credential_connections_output(name="first", account=region).apply(len))
pulumi.export("home", [each.user_name for each in list_credential_connections()])
        """
    )
    stack.up()

    assert stack.outputs() == {"london": "londondesk", "emea": 1, "home": ["homedesk"]}
    assert stack.up().changes == {"same": 1}
    stack.program(f'{IMPORTS}get_credential_connection(user_name="homedesk", account="emea")')
    assert_refused(stack.try_preview(), "error: account 'emea': look up credential connection with user_name")
    stack.program(f'{IMPORTS}get_credential_connection(id="1", account="apac")')
    assert_refused(stack.try_preview(), "error: account 'apac' is not in telnyx:accounts")


def test_a_refused_key_ends_the_program_with_what_to_do(stack: StackRunner) -> None:
    """One line that shows no key."""
    stack.environ["TELNYX_API_KEY"] = "KEY-of-nobody-not-a-secret"
    stack.program(f"{IMPORTS}print(len(list_credential_connections()))")

    run = stack.try_preview()

    assert_refused(run, "error: list credential connections: 401 ")
    assert "check the API key (TELNYX_API_KEY, or `pulumi config set --secret telnyx:apiKey`)" in run.text
    assert "KEY-of-nobody" not in run.text


def test_each_operation_of_one_process_asks_anew(stack: StackRunner) -> None:
    """With the Automation API, whose programs stay in memory from one operation to the next."""
    pbx = stack.api.create(user_name="oldpbx01", connection_name="Before")
    url = f"{stack.api.control_url}/connections/{pbx}"
    (stack.folder / "automation.py").write_text(
        f"""
import pulumi, requests
from pulumi import automation
from pulumi_telnyx import get_credential_connection

def program():
    names = [get_credential_connection(user_name="oldpbx01").connection_name for _ in range(3)]
    pulumi.export("names", names)

options = automation.LocalWorkspaceOptions(work_dir={str(stack.folder)!r})
stack = automation.select_stack("test", project_name="stories", program=program, opts=options)
print(stack.up().outputs["names"].value)
requests.patch({url!r}, json={{"settings": {{"connection_name": "After"}}}}, timeout=10)
stack.preview()
print(stack.up().outputs["names"].value)
        """
    )
    stack.api.calls()

    command = [sys.executable, str(stack.folder / "automation.py")]
    done = subprocess.run(command, env=stack.environ, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(["Before"] * 3), str(["After"] * 3)]
    assert stack.api.calls() == ["GET"] * 3


def test_the_programs_of_the_page_run_as_printed(stack: StackRunner) -> None:
    """Each in a module of its own, all in one stack; and so do the messages."""
    programs = [block for block in BLOCKS if "def test_" not in block]
    stack.api.create(
        user_name="oldpbx01",
        connection_name="Branch 1",
        tags=["office"],
        outbound={"outbound_voice_profile_id": PROFILE},
    )
    stack.pulumi("config", "set", "--secret", "pbxUser", "oldpbx01")
    for number, program in enumerate(programs):
        (stack.folder / f"program_{number}.py").write_text(program)
    stack.program("\n".join(f"import program_{number}" for number in range(len(programs))))

    assert len(programs) == 3
    assert stack.up().changes == {"create": 1}
    assert stack.up().changes == {"same": 1}
    assert stack.outputs()["branch_users"] == ["oldpbx01"]

    # The engine would hide it in messages, wherever it stands.
    stack.pulumi("config", "rm", "pbxUser")
    for number in range(2):
        stack.api.create(user_name=f"twin{number}", connection_name="Desk")
    questions = ('user_name="oldpbx02"', 'connection_name="Desk"')
    for question, message in zip(questions, MESSAGES, strict=True):
        stack.program(f"{IMPORTS}get_credential_connection({question})")
        run = stack.try_preview()
        assert all(part in run.text for part in message.split("…")), run.text


def test_the_unit_tests_of_the_page_pass_as_printed(tmp_path: Path) -> None:
    """Without key, engine or network."""
    (tests,) = (block for block in BLOCKS if "def test_" in block)
    (tmp_path / "test_program.py").write_text(tests)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{tests.count('def test_')} passed" in done.stdout
