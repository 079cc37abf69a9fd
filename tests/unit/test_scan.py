"""`pulumi-telnyx scan`: what it looks for, how it says so, and that it repeats no value."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click.testing
import pytest

from pulumi_telnyx.cli import cli

PASSWORD = "not-a-real <password>"
API_KEY = "KEY-not-a-real-one-either"
TOKEN = "not-a-real-token"
VALUES = (PASSWORD, API_KEY, TOKEN)
URN = "urn:pulumi:prod::phones::pulumi-python:dynamic/telnyx:CredentialConnection::desk"
PROVIDER = "urn:pulumi:prod::phones::pulumi:providers:pulumi-python::default"
MARK = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}

Scan = Callable[..., click.testing.Result]


def _export(**shown: Any) -> dict[str, Any]:
    """What `pulumi stack export --show-secrets` prints, with these properties in clear."""
    marked = {name: {**MARK, "plaintext": json.dumps(value)} for name, value in shown.items()}
    resource = {"urn": URN, "type": URN.split("::")[2], "inputs": marked, "outputs": marked}
    provider = {
        "urn": PROVIDER,
        "type": PROVIDER.split("::")[2],
        "inputs": {"phones:deskPassword": {**MARK, "plaintext": json.dumps(PASSWORD)}},
    }
    return {"version": 3, "deployment": {"manifest": {}, "resources": [provider, resource]}}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TELNYX_API_KEY", raising=False)
    return tmp_path


@pytest.fixture
def scan() -> Iterator[Scan]:
    """Runs the command; whatever it printed is searched for the values of all tests afterwards."""
    done: list[click.testing.Result] = []

    def run(*arguments: str, given: object = None, **environ: str) -> click.testing.Result:
        standard_input = given if isinstance(given, str) else json.dumps(given)
        runner = click.testing.CliRunner()
        done.append(runner.invoke(cli, ["scan", *arguments], input=standard_input, env=environ))
        return done[-1]

    yield run
    for each in done:
        assert not [value for value in VALUES if value in each.output]
        # An exit, and no exception that click would show as a traceback.
        assert each.exception is None or isinstance(each.exception, SystemExit)


def test_a_clean_file_exits_with_0(folder: Path, scan: Scan) -> None:
    """Nothing on standard output, a count on standard error."""
    (folder / "up.log").write_text("created\n")

    done = scan("up.log", TELNYX_API_KEY=API_KEY)

    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "0 findings in 1 file\n")


def test_a_finding_names_file_line_secret_and_spelling(folder: Path, scan: Scan) -> None:
    """By the URN of the resource where there is one, and exits with 2."""
    packed = base64.b64encode(f"password={PASSWORD}".encode()).decode()
    (folder / "up.log").write_text(f"start\n{API_KEY} {json.dumps(PASSWORD)}\n{packed}\n{TOKEN}\n")
    export = _export(password=PASSWORD, inbound={"sip": {"token": TOKEN}})

    done = scan("up.log", "--secrets", "-", given=export, TELNYX_API_KEY=f" {API_KEY}\n")

    assert done.exit_code == 2
    assert done.stdout.splitlines() == [
        "up.log:2: TELNYX_API_KEY (clear text)",
        f"up.log:2: password of {URN} (clear text)",
        f"up.log:3: password of {URN} (base64)",
        f"up.log:4: inbound.sip.token of {URN} (clear text)",
    ]
    assert done.stderr == "4 findings in 1 file\n"


def test_json_is_an_array_for_scripts(folder: Path, scan: Scan) -> None:
    """Empty where nothing was found."""
    (folder / "clean.log").write_text("created\n")
    (folder / "up.log").write_text(f"\n{TOKEN}\n")
    config = {"phones:hook": {"value": TOKEN, "secret": True}}
    Path("config.json").write_text(json.dumps(config))

    clean = scan("clean.log", "--secrets", "config.json", "--format", "json")
    done = scan("clean.log", "up.log", "--secrets", "config.json", "--format", "json")

    assert (clean.exit_code, json.loads(clean.stdout)) == (0, [])
    assert done.exit_code == 2
    assert json.loads(done.stdout) == [
        {"file": "up.log", "line": 2, "name": "phones:hook of the stack's config", "spelling": "clear text"}
    ]


def test_github_annotations_are_escaped(folder: Path, scan: Scan) -> None:
    """A file's name can hold what separates the parts of a workflow command."""
    (folder / "50%,a:b.log").write_text(f"{TOKEN}\n")
    config = {"phones:a%b": {"value": TOKEN, "secret": True}}

    done = scan("50%,a:b.log", "--secrets", "-", "--format", "github", given=config)

    assert done.exit_code == 2
    assert done.stdout == (
        "::error file=50%25%2Ca%3Ab.log,line=1::phones:a%25b of the stack's config (clear text)\n"
    )


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_file_names_cannot_steer_the_terminal_or_show_a_secret(folder: Path, scan: Scan, form: str) -> None:
    """Nor end a line: the next one could be a workflow command. However long the path, its end is shown."""
    odd = folder / ("long" * 60) / f"x\x1b[31m\n::error::{TOKEN}"
    odd.parent.mkdir()
    odd.mkdir()
    (odd / "the.log").write_text(TOKEN)
    packed = base64.b64encode(TOKEN.encode()).decode()
    (folder / f"{packed}.log").write_text(TOKEN)

    done = scan(".", "--secrets", "-", "--format", form, given=_export(token=TOKEN))

    assert done.exit_code == 2
    assert done.stdout.count("the.log") == 1
    assert "\x1b" not in done.stdout
    assert packed not in done.stdout
    assert not any(line.startswith("::error::") for line in done.stdout.splitlines())


def test_without_any_secret_places_and_forms_are_looked_at(folder: Path, scan: Scan) -> None:
    """And it is said that only that was done."""
    key = "KEY" + "0123456789abcdef" * 2 + "_NotARealKey"
    (folder / "export.json").write_text(json.dumps(_export(password=PASSWORD), indent=1))
    (folder / "up.log").write_text(f"using {key}\n")

    done = scan("up.log", "export.json")

    assert done.exit_code == 2
    first, *others = done.stdout.splitlines()
    assert first == "up.log:1: an API key (clear text)"
    assert {each.partition(": ")[2] for each in others} == {
        f"password of {URN} (clear text)",
        f"phones:deskPassword of {PROVIDER} (clear text)",
    }
    assert done.stderr.startswith("no secret is known (TELNYX_API_KEY, --secrets, --stack): looking only for")
    assert key not in done.output


def test_a_normal_state_is_clean(folder: Path, scan: Scan) -> None:
    """Ciphertext is what a state should hold."""
    state = json.dumps(_export()).replace(
        json.dumps(json.dumps(PASSWORD)), '"v1:zloc+FRrrYj8HTZ/:PGPK/8L2tuV"'
    )
    (folder / "state.json").write_text(state.replace("plaintext", "ciphertext"))

    assert scan("state.json", "--secrets", "-", given=_export(password=PASSWORD)).exit_code == 0


def test_what_the_api_documents_is_nobodys_secret(folder: Path, scan: Scan) -> None:
    """Where one value of a map is encrypted, Pulumi marks all of them; three characters stand anywhere."""
    (folder / "up.log").write_text("codecs OPUS, SRTP, true, enabled, pin 123, Frankfurt, Germany\n")
    shown = {
        "codecs": ["OPUS"],
        "encrypted_media": "SRTP",
        "active": True,
        "pin": 123,
        "anchorsite_override": "Frankfurt, Germany",
        "simultaneous_ringing": "enabled",
    }

    assert scan("up.log", "--secrets", "-", given=_export(**shown)).exit_code == 0


def test_a_config_object_is_looked_through(folder: Path, scan: Scan) -> None:
    """`pulumi config set --secret --path` keeps a whole object; a state holds it as JSON in a string."""
    (folder / "up.log").write_text(f"{TOKEN}\n")
    config = {"phones:hooks": {"value": "{…}", "objectValue": {"a": [{"token": TOKEN}]}, "secret": True}}

    of_config = scan("up.log", "--secrets", "-", given=config)
    of_state = scan("up.log", "--secrets", "-", given=_export(hooks=json.dumps({"a": [{"token": TOKEN}]})))

    assert of_config.stdout == "up.log:1: phones:hooks.a.token of the stack's config (clear text)\n"
    assert of_state.stdout == f"up.log:1: hooks.a.token of {URN} (clear text)\n"


def test_an_older_value_under_the_same_name_is_looked_for_too(folder: Path, scan: Scan) -> None:
    """After an update that failed, inputs and outputs differ."""
    export = _export(password=PASSWORD)
    resource = export["deployment"]["resources"][1]
    resource["outputs"] = {"password": {**MARK, "plaintext": json.dumps(TOKEN)}}
    (folder / "up.log").write_text(f"{PASSWORD}\n{TOKEN}\n")

    done = scan("up.log", "--secrets", "-", given=export)

    assert done.stdout.splitlines() == [
        f"up.log:1: password of {URN} (clear text)",
        f"up.log:2: password of {URN} (2) (clear text)",
    ]


def test_folders_are_searched_whole_and_links_are_not_followed(folder: Path, scan: Scan) -> None:
    """A link can lead anywhere, and a pipe never ends; a link that is named is meant."""
    (folder / "outside.log").write_text(TOKEN)
    (folder / "logs" / "deep").mkdir(parents=True)
    (folder / "logs" / "b.log").write_text(TOKEN)
    (folder / "logs" / "deep" / "a.log").write_text(TOKEN)
    (folder / "logs" / "link.log").symlink_to(folder / "outside.log")
    (folder / "logs" / "loop").symlink_to(folder / "logs")
    os.mkfifo(folder / "logs" / "pipe")

    done = scan("logs", "--secrets", "-", given=_export(token=TOKEN))
    named = scan("logs/link.log", "--secrets", "-", given=_export(token=TOKEN))

    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["logs/b.log", "logs/deep/a.log"]
    assert named.exit_code == 2


def test_a_packed_state_is_unpacked(folder: Path, scan: Scan) -> None:
    """Pulumi's file backend writes .json.gz where it is told to; a damaged one is an error."""
    (folder / "state.json.gz").write_bytes(gzip.compress(TOKEN.encode()))
    (folder / "damaged.json.gz").write_bytes(gzip.compress(TOKEN.encode())[:-9])

    assert scan("state.json.gz", "--secrets", "-", given=_export(token=TOKEN)).exit_code == 2
    damaged = scan("damaged.json.gz", "--secrets", "-", given=_export(token=TOKEN))
    assert damaged.exit_code == 1
    assert damaged.stderr.startswith("error: damaged.json.gz: it is damaged\n")


def test_a_file_that_cannot_be_read_is_an_error(folder: Path, scan: Scan) -> None:
    """The others are looked at nevertheless, and what they show counts more."""
    (folder / "up.log").write_text(TOKEN)

    missing = scan("missing.log", TELNYX_API_KEY=API_KEY)
    both = scan("missing.log", "up.log", "--secrets", "-", given=_export(token=TOKEN))

    assert missing.exit_code == 1
    assert missing.stderr == "error: missing.log: No such file or directory\n0 findings in 0 files\n"
    assert both.exit_code == 2
    assert "up.log:1:" in both.stdout


def test_more_than_it_can_look_at_is_an_error(
    folder: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left out silently."""
    (folder / "a.log").write_text("a" * 3_000_000)
    (folder / "b.log").write_text("b")
    module = sys.modules["pulumi_telnyx.cli.scan"]  # as an attribute, this is the command

    monkeypatch.setattr(module, "MAX_FILE_BYTES", 1 << 20)
    large = scan("a.log", TELNYX_API_KEY=API_KEY)
    monkeypatch.setattr(module, "MAX_FILES", 1)
    many = scan(".", TELNYX_API_KEY=API_KEY)

    assert large.exit_code == many.exit_code == 1
    assert "error: a.log: it is larger than" in large.stderr
    assert many.stderr.splitlines()[-1] == "error: these are more than 1 files: name fewer folders"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (f"{PASSWORD} {{", "--secrets -: not the JSON of `pulumi stack export` or `pulumi config --json`"),
        ("[" * 100_000, "--secrets -: not the JSON of"),
        ({"password": PASSWORD}, "--secrets -: not the JSON of"),
        ({"deployment": {"pw": {**MARK, "plaintext": PASSWORD}}}, "--secrets -: not the JSON of"),
        (
            {"deployment": {"pw": {**MARK, "ciphertext": "v1:x"}}},
            "--secrets -: its secrets are encrypted: make it with --show-secrets",
        ),
        ({"phones:hook": {"secret": True}}, "--secrets -: its secrets are encrypted"),
    ],
)
def test_secrets_that_cannot_be_used_are_an_error(
    folder: Path, scan: Scan, given: object, reason: str
) -> None:
    """Otherwise a scan for nothing would look like a clean one. One line, and nothing of what was read."""
    (folder / "up.log").write_text("created\n")

    done = scan("up.log", "--secrets", "-", given=given)

    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: {reason}")
    assert done.stderr.count("\n") == 1


def test_a_secrets_file_that_is_missing_is_an_error(scan: Scan) -> None:
    """Named as it was given."""
    done = scan("up.log", "--secrets", "missing.json")

    assert (done.exit_code, done.stderr) == (1, "error: --secrets missing.json: No such file or directory\n")


@pytest.fixture
def fake_pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a `pulumi` on PATH that is this shell script, after keeping how it was called."""

    def install(script: str) -> None:
        binary = folder / "bin" / "pulumi"
        binary.parent.mkdir()
        binary.write_text(
            f'#!/bin/sh\necho "$@" "$PULUMI_DEBUG_GRPC" >> {shlex.quote(str(folder))}/calls\n{script}\n'
        )
        binary.chmod(0o755)
        monkeypatch.setenv("PATH", f"{binary.parent}{os.pathsep}{os.environ['PATH']}")

    return install


def test_a_stack_is_asked_for_its_export_and_its_config(
    folder: Path, scan: Scan, fake_pulumi: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both in memory only: a debug log that the environment asks for would hold them."""
    export = shlex.quote(json.dumps(_export(password=PASSWORD)))
    config = shlex.quote(json.dumps({"phones:hook": {"value": TOKEN, "secret": True}}))
    fake_pulumi(f"case $1 in stack) printf %s {export};; config) printf %s {config};; esac")
    monkeypatch.setenv("PULUMI_DEBUG_GRPC", "debug.json")
    (folder / "up.log").write_text(f"{PASSWORD}\n{TOKEN}\n")

    done = scan("up.log", "--stack", "acme/phones/prod")

    assert done.exit_code == 2
    assert done.stdout.splitlines() == [
        f"up.log:1: password of {URN} (clear text)",
        "up.log:2: phones:hook of the stack's config (clear text)",
    ]
    assert (folder / "calls").read_text().splitlines() == [
        "stack export --show-secrets --stack=acme/phones/prod --non-interactive ",
        "config --show-secrets --json --stack=acme/phones/prod --non-interactive ",
    ]


def _scan_of_a_map(folder: Path, scan: Scan, fake_pulumi: Callable[[str], None]) -> list[str]:
    """Return the names of what is found of a map in which Pulumi knows that something is a secret."""
    shown = {
        "desk": {"user_name": "frontdesk", "password": PASSWORD, "tags": ["office", TOKEN]},
        "gone": {"password": "not-a-real-old-one"},
    }
    config = {"phones:connections": {"value": json.dumps(shown), "objectValue": shown, "secret": True}}
    export = _export()
    export["deployment"]["resources"][0]["inputs"] = {
        "phones:connections": {**MARK, "plaintext": json.dumps(json.dumps(shown))}
    }
    texts = [shlex.quote(json.dumps(each)) for each in (export, config)]
    fake_pulumi(f"case $1 in stack) printf %s {texts[0]};; config) printf %s {texts[1]};; esac")
    (folder / "up.log").write_text(f"frontdesk\noffice\n{PASSWORD}\n{TOKEN}\nnot-a-real-old-one\n")
    done = scan("up.log", "--stack", "acme/phones/prod")
    return [each.removeprefix("up.log:").partition(" of ")[0] for each in done.stdout.splitlines()]


def test_of_a_map_only_what_is_encrypted_in_the_stacks_file_counts(
    folder: Path, scan: Scan, fake_pulumi: Callable[[str], None]
) -> None:
    """Pulumi says of the whole map that it is secret. What the file has no more may have been encrypted."""
    (folder / "Pulumi.yaml").write_text("name: phones\nruntime: python\n")
    (folder / "Pulumi.prod.yaml").write_text(
        """
config:
  phones:connections:
    desk:
      user_name: frontdesk
      password: {secure: v1:fake}
      tags: [office, {secure: v1:fake}]
"""
    )

    assert _scan_of_a_map(folder, scan, fake_pulumi) == [
        "3: phones:connections.desk.password",
        "4: phones:connections.desk.tags",
        "5: phones:connections.gone.password",
    ]


def test_without_the_stacks_file_all_of_a_secret_map_counts(
    folder: Path, scan: Scan, fake_pulumi: Callable[[str], None]
) -> None:
    """Nobody knows which of its values is the secret."""
    assert len(_scan_of_a_map(folder, scan, fake_pulumi)) == 5


def test_what_pulumi_says_when_it_fails_is_not_repeated(
    scan: Scan, fake_pulumi: Callable[[str], None]
) -> None:
    """It may hold a secret; the command line to run by hand is what helps."""
    fake_pulumi(f"echo {shlex.quote(PASSWORD)}; echo {shlex.quote(TOKEN)} >&2; exit 255")

    done = scan(".", "--stack", "prod")

    assert done.exit_code == 1
    assert done.stderr == (
        "error: `pulumi stack export --show-secrets` of stack prod failed with exit code 255; "
        "run it without --show-secrets to see why\n"
    )


def test_without_pulumi_a_stack_cannot_be_asked(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one thing that --stack needs and the rest does not."""
    monkeypatch.setenv("PATH", "")

    done = scan(".", "--stack", "prod")

    assert done.exit_code == 1
    assert (
        done.stderr == "error: --stack needs the Pulumi CLI, and there is no `pulumi` on PATH: "
        "`pulumi-telnyx doctor` says what to do\n"
    )
