"""What a program gets of `Pulumi.yaml` and the stack's file: layers, secrets that stay secret, and places."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pulumi_telnyx.stack.validate import MOST_CONFIG_BYTES

from .stack import LiveApi, StackRunner

ROOT = Path(__file__).parents[2]
PROJECT = {
    "name": "phones",
    "stackConfigDir": "stacks",
    "config": {
        "connections": {
            "type": "object",
            "value": {
                "lobby": {"tags": ["lobby"], "inbound": {"channel_limit": 3}},
                "gate": {"tags": ["gate"]},
            },
        },
        "defaults": {
            "type": "object",
            "value": {
                "dtmf_type": "Inband",
                "webhook_timeout_secs": 20,
                "inbound": {"codecs": ["G722"], "channel_limit": 9},
            },
        },
    },
}


@pytest.fixture
def settings(tmp_path: Path, engine: str, api: LiveApi) -> StackRunner:
    """Return a stack with the repository's own program and the layers of `PROJECT`."""
    shutil.copy(ROOT / "__main__.py", tmp_path)
    (tmp_path / "stacks").mkdir()
    return StackRunner(tmp_path, engine, api, project=PROJECT)


def write(stack: StackRunner, config: str) -> None:
    """Set the stack's file, and keep what its values are encrypted with."""
    path = stack.folder / "stacks" / "Pulumi.test.yaml"
    kept = [line for line in path.read_text().splitlines() if line.startswith("encryptionsalt")]
    path.write_text("\n".join([*kept, "config:", textwrap.indent(textwrap.dedent(config), "  ")]))


def set_secret(stack: StackRunner, path: str, value: str) -> None:
    stack.pulumi("config", "set", "--secret", "--path", path, value)


def test_layers_lie_on_each_other_deeply_and_null_removes(settings: StackRunner, api: LiveApi) -> None:
    """The engine itself would replace the whole map, and a null would be sent."""
    write(
        settings,
        """
        phones:defaults:
          webhook_timeout_secs: null
          encrypted_media: SRTP
          inbound: {channel_limit: 5}
        phones:connections:
          lobby:
            encrypted_media: null
            inbound: {codecs: [OPUS]}
          gate: null
          fax: {}
        """,
    )

    run = settings.up()
    live = {each["user_name"][:3]: each for each in api.connections()}

    assert run.changes == {"create": 2}
    assert set(live) == {"lob", "fax"}
    # From the project's connection, the stack's connection, and the project's defaults.
    assert live["lob"]["inbound"]["channel_limit"] == 3
    assert live["lob"]["inbound"]["codecs"] == ["OPUS"]
    assert live["lob"]["dtmf_type"] == "Inband"
    assert live["lob"]["encrypted_media"] is None
    # From the stack's defaults over the project's.
    assert live["fax"]["inbound"]["channel_limit"] == 5
    assert live["fax"]["inbound"]["codecs"] == ["G722"]
    assert live["fax"]["encrypted_media"] == "SRTP"
    sent = settings.connections()["fax"]["inputs"]
    assert "webhook_timeout_secs" not in sent
    assert settings.up().changes == {"same": 2}
    settings.destroy()


def test_only_what_is_encrypted_in_the_file_is_secret(settings: StackRunner, api: LiveApi) -> None:
    """The engine tells of the whole map that something in it is; a reviewer wants to see the rest."""
    write(settings, "phones:connections: {desk: {connection_name: Desk, inbound: {codecs: [OPUS]}}}")
    set_secret(settings, "phones:connections.desk.password", "fake-password-CANARY1")
    url = "https://hooks.example/?token=CANARY2"
    set_secret(settings, "phones:connections.desk.webhook_event_url", url)
    set_secret(settings, "phones:connections.desk.outbound.ani_override", "+15550100987")

    preview, run = settings.preview("--diff"), settings.up()
    live = {each["connection_name"]: each for each in api.connections()}

    shown = preview.text + run.text + settings.state_text()
    assert "CANARY" not in shown
    assert "5550100987" not in shown
    assert live["Desk"]["webhook_event_url"] == url
    assert live["Desk"]["outbound"]["ani_override"] == "+15550100987"
    kept = settings.connections()["desk"]["inputs"]
    assert kept["connection_name"] == "Desk"
    assert "OPUS" in preview.text
    assert settings.up().changes == {"same": 3}
    settings.destroy()


def test_everything_that_is_wrong_is_named_by_file_and_line_and_nothing_is_called(
    settings: StackRunner, api: LiveApi
) -> None:
    """In one run, before a single request."""
    write(
        settings,
        """
        phones:connections:
          lobby: {dtmf_tpe: Inband}
          fax:
            inbound: {channel_limit: -1}
          desk:
            password: fake-password-CANARY
        """,
    )
    api.forget_requests()

    run = settings.try_up()

    assert run.code != 0
    shown = " ".join(run.text.split())
    file, path = "stacks/Pulumi.test.yaml", "phones:connections"
    command = f"`pulumi config set --secret --path {path}.desk.password --stack test`"
    assert f"{file}:5: error: {path}.lobby.dtmf_tpe: is not a setting of a connection (did you mean" in shown
    assert f"{file}:7: error: {path}.fax.inbound.channel_limit:" in shown
    assert f"{file}:9: error: {path}.desk.password: stands here in plain text: remove it, then run" in shown
    assert command in shown
    assert "CANARY" not in run.text
    assert "Traceback" not in run.text
    assert api.calls() == []


def test_a_stack_without_a_file_has_the_projects_connections(settings: StackRunner, api: LiveApi) -> None:
    """As with the Automation API, where settings can come from anywhere; the program is that of the guide."""
    (settings.folder / "stacks" / "Pulumi.test.yaml").unlink()
    page = (ROOT / "docs" / "environments.md").read_text()
    (program,) = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (settings.folder / "__main__.py").write_text(program)

    assert settings.up().changes == {"create": 2}
    settings.destroy()


INLINE = """
    import os
    import sys

    import pulumi
    from pulumi import automation

    from pulumi_telnyx import CredentialConnection
    from pulumi_telnyx.stack import declared_connections


    def declare():
        for name, each in declared_connections().items():
            CredentialConnection(name, **each.arguments, opts=each.options)


    runtime = automation.ProjectRuntimeInfo("python", {"toolchain": "pip", "virtualenv": sys.prefix})
    stack = automation.create_or_select_stack(
        "test",
        project_name="onboarding",
        program=declare,
        opts=automation.LocalWorkspaceOptions(
            work_dir=sys.argv[1],
            project_settings=automation.ProjectSettings("onboarding", runtime=runtime),
        ),
    )
    if len(sys.argv) > 2:
        stack.set_config("onboarding:connections", automation.ConfigValue(sys.argv[2]))
    try:
        stack.up(on_output=print)
        stack.up(on_output=print)
    finally:
        stack.destroy()
"""
"""A service with a stack program of its own; its arguments are a folder of its own, and connections."""


@pytest.mark.parametrize("is_in_a_project", [True, False])
def test_an_inline_program_has_its_own_connections_wherever_it_is_run(
    settings: StackRunner, api: LiveApi, tmp_path: Path, is_in_a_project: bool
) -> None:
    """It may stand in the folder of another project, with a stack of the same name, or of none."""
    write(settings, "phones:connections: {desk: {tags: [not-mine]}}")
    own, empty = tmp_path / "own", tmp_path.parent / f"{tmp_path.name}-empty"
    own.mkdir()
    empty.mkdir()
    (own / "inline.py").write_text(textwrap.dedent(INLINE))

    def run(*connections: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, own / "inline.py", own, *connections],
            cwd=settings.folder if is_in_a_project else empty,
            env=settings.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    without = run()
    done = run(json.dumps({"reception": {"tags": ["mine"]}}))
    sent = [body["tags"] for body in api.bodies("POST")]

    assert without.returncode != 0
    assert "the stack's config: error: declares no connections" in " ".join(without.stdout.split())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 unchanged" in done.stdout
    assert [[tag for tag in tags if not tag.startswith("pulumi:")] for tags in sent] == [["mine"]]
    assert api.connections() == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('["fake-password-1"]', "phones:passwords must be a map from connections to their passwords"),
        ("fake-password-1", "phones:passwords must be a map from connections to their passwords"),
        (
            '{"loby": "fake-password-1"}',
            "phones:passwords.loby: there is no connection loby (did you mean 'lobby'",
        ),
        ('{"lobby": 12345678}', "phones:passwords.lobby: must be a text: put it in quotes"),
    ],
)
def test_a_map_of_passwords_that_was_encrypted_as_a_whole_is_checked_when_it_is_known(
    settings: StackRunner, api: LiveApi, text: str, problem: str
) -> None:
    """By file and line, and without what stands in it."""
    write(settings, "phones:connections: {lobby: {}, gate: {}}")
    settings.pulumi("config", "set", "--secret", "phones:passwords", text)

    run = settings.try_preview()

    assert run.code != 0
    assert f"stacks/Pulumi.test.yaml:4: error: {problem}" in " ".join(run.text.split())
    assert "fake-password" not in run.text
    assert "12345678" not in run.text
    assert "Traceback" not in run.text
    assert api.calls() == []


def test_passwords_of_the_map_are_secret_and_settings_encrypted_together_keep_their_kind(
    tmp_path: Path, engine: str, api: LiveApi
) -> None:
    """A connection's own password comes first; an option or a number is one also when all is encrypted."""
    shutil.copy(ROOT / "__main__.py", tmp_path)
    # With a type, Pulumi takes no map that is encrypted as a whole.
    settings = StackRunner(tmp_path, engine, api, project={"name": "phones"})
    own = {"inbound": {"channel_limit": 7}, "protect": False, "password": "fake-password-CANARY1"}
    given = json.dumps({"desk": own, "lobby": {"inbound": {"channel_limit": 3}}})
    settings.pulumi("config", "set", "--secret", "phones:connections", given)
    passwords = json.dumps({"desk": "fake-password-CANARY2", "lobby": "fake-password-CANARY3"})
    settings.pulumi("config", "set", "--secret", "phones:passwords", passwords)

    run = settings.up()
    live = {each["inbound"]["channel_limit"]: each["password"] for each in api.connections()}

    assert run.changes == {"create": 2}
    assert live == {7: "fake-password-CANARY1", 3: "fake-password-CANARY3"}
    assert "CANARY" not in run.text + settings.state_text()
    assert settings.up().changes == {"same": 2}
    settings.destroy()


def test_an_option_that_is_encrypted_is_refused_with_its_line(settings: StackRunner, api: LiveApi) -> None:
    """It is a text then, whatever it says."""
    write(settings, "phones:connections: {lobby: {}}")
    set_secret(settings, "phones:connections.lobby.protect", "true")

    run = settings.try_preview()

    assert run.code != 0
    assert "yaml:3: error: phones:connections.lobby.protect: cannot be encrypted" in " ".join(
        run.text.split()
    )
    assert "Traceback" not in run.text


def test_a_key_with_nothing_behind_it_is_named_by_file_and_line(
    tmp_path: Path, engine: str, api: LiveApi
) -> None:
    """Where the project has no types, the engine hands over an empty text, and the SDK says it is no JSON."""
    shutil.copy(ROOT / "__main__.py", tmp_path)
    stack = StackRunner(tmp_path, engine, api, project={"name": "phones"})
    (tmp_path / "Pulumi.test.yaml").write_text("config:\n  phones:connections:\n")

    run = stack.try_preview()

    assert run.code != 0
    assert "Pulumi.test.yaml:2: error: phones:connections" in " ".join(run.text.split())


def test_a_config_file_of_the_callers_counts_in_place_of_the_stacks(
    tmp_path: Path, engine: str, api: LiveApi
) -> None:
    """`--config-file`: the values are the engine's, whatever stands in the stack's own file."""
    shutil.copy(ROOT / "__main__.py", tmp_path)
    stack = StackRunner(tmp_path, engine, api, project={"name": "phones"})
    own, other = tmp_path / "Pulumi.test.yaml", tmp_path / "other.yaml"
    set_secret(stack, "phones:connections.desk.webhook_event_url", "https://hooks.example/?token=CANARY")
    shutil.copy(own, other)
    # What is left cannot be decrypted by anybody, and the rest is in no other file.
    _, key, config = own.read_text().partition("config:")
    rest = "  phones:defaults: {tags: [not-mine]}\n  phones:passwords: {desk: {secure: v1:x}}\n"
    own.write_text(key + config + rest)

    run = stack.up("--config-file", str(other))

    (live,) = api.connections()
    assert run.changes == {"create": 1}
    assert live["webhook_event_url"].endswith("CANARY")
    assert "not-mine" not in live["tags"]
    assert len(live["password"]) == len("a-generated-one-is-as-long-as-it")
    assert "CANARY" not in run.text + stack.state_text()
    shutil.copy(other, own)
    assert stack.up().changes == {"same": 1}
    stack.destroy()


def test_as_much_config_as_validate_lets_pass_reaches_the_program(
    settings: StackRunner, api: LiveApi
) -> None:
    """And connections beyond that stand in a file beside the stack's."""
    size, number, lines = 0, 0, []
    while size < MOST_CONFIG_BYTES - 3_000:
        lines.append(f"  phone{number}: {{tags: [{'x' * 400}]}}")
        size += len(json.dumps(json.dumps({f"phone{number}": {"tags": ["x" * 400]}}))) - 2
        number += 1
    write(settings, "phones:connections:\n" + "\n".join(lines))
    (settings.folder / "stacks" / "connections.test.yaml").write_text("beside: {tags: [beside]}\n")
    api.forget_requests()

    checked = settings.run("pulumi-telnyx", "validate", "--allow-warnings")

    # Those of the project count too.
    assert settings.preview().changes == {"create": number + 3}
    assert checked.returncode == 0, checked.stdout[:300]


def test_protect_in_a_stack_file_is_pulumis_own_protection(settings: StackRunner, api: LiveApi) -> None:
    """A connection that is protected outlives its line in the file."""
    write(settings, "phones:defaults: {protect: true}\nphones:connections: {gate: {protect: false}}")
    settings.up()
    write(settings, "phones:connections: {lobby: null, gate: null, fax: {}}")

    refused = settings.try_up()

    assert refused.code != 0
    assert "protect" in refused.text
    assert len(api.connections()) >= 2
    write(settings, "phones:connections: {}")
    settings.up()
    settings.destroy()


def test_a_set_has_its_members_from_a_table_and_its_secrets_stay_secret(
    settings: StackRunner, api: LiveApi
) -> None:
    """Also one that all members share; what a member takes away of the defaults is not sent."""
    write(
        settings,
        """
        phones:connections: {lobby: null, gate: null}
        phones:sets:
          desks:
            defaults: {encrypted_media: SRTP}
            members_from: phones.csv
            members: {desk-2: {webhook_timeout_secs: null, inbound: {channel_limit: null}}}
        """,
    )
    table = "name;inbound.codecs;inbound.channel_limit\r\ndesk-1;OPUS|G722;2\r\ndesk-2;;4\r\n4th.floor;;\r\n"
    (settings.folder / "stacks" / "phones.csv").write_text(f"\ufeff{table}", newline="")
    url = "https://hooks.example/?token=CANARY1"
    set_secret(settings, "phones:sets.desks.defaults.webhook_event_url", url)
    set_secret(settings, "phones:sets.desks.members.desk-1.user_name", "desk1CANARY2")
    set_secret(settings, "phones:passwords.desks.desk-2", "fake-password-CANARY3")

    preview, run = settings.preview("--diff"), settings.up()
    live = {each["connection_name"].split()[0].removeprefix("desks/"): each for each in api.connections()}

    assert run.changes == {"create": 1}
    assert set(live) == {"desk-1", "desk-2", "4th.floor"}
    assert {each["webhook_event_url"] for each in live.values()} == {url}
    assert live["desk-1"]["user_name"] == "desk1CANARY2"
    assert live["desk-2"]["password"] == "fake-password-CANARY3"
    kept = settings.state_text()
    assert "CANARY" not in preview.text + preview.diff + run.text + kept
    assert "OPUS" in kept
    assert [live["desk-1"]["inbound"][each] for each in ("codecs", "channel_limit")] == [["OPUS", "G722"], 2]
    # From the project's defaults, the file, and what the stack takes away.
    assert live["4th.floor"]["inbound"]["channel_limit"] == 9
    assert live["4th.floor"]["webhook_timeout_secs"] == 20
    assert live["desk-2"]["inbound"]["channel_limit"] is None
    assert live["desk-2"]["webhook_timeout_secs"] is None
    assert live["desk-2"]["encrypted_media"] == "SRTP"
    assert settings.up().changes == {"same": 1}
    settings.pulumi("refresh", "--yes")
    assert settings.up().changes == {"same": 1}
    assert "CANARY" not in settings.state_text()
    settings.destroy()
