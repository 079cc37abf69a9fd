"""`pulumi-telnyx doctor`: each broken set-up is said exactly, with what to do about it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.cli import cli
from pulumi_telnyx.doctor import api as doctor_api
from pulumi_telnyx.doctor.supported import (
    NEWEST_SDK,
    OLDEST_SDK,
    PAYLOADS,
    TESTED_CLI,
    Version,
    is_tested,
)
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "doctor.md").read_text()
BLOCKS = re.findall(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PORTAL = "https://www.pulumi.com/docs/install/"


@dataclass(frozen=True)
class Machine:
    """A machine made of fake programs, with a project on it.

    Args:
        folder: everything is below it.
        url: the API.
        set: sets a variable of the environment; None takes it away.
    """

    folder: Path
    url: str
    set: Callable[[str, str | None], None]

    @property
    def project(self) -> Path:
        return self.folder / "phones"

    def install(self, name: str, does: str) -> None:
        """Put a program on PATH."""
        self.write(f"bin/{name}", does)

    def write(self, path: str, does: str) -> None:
        program = self.folder / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)

    def has_packages(
        self, versions: dict[str, str], payloads: dict[str, str] | None = PAYLOADS, error: str | None = None
    ) -> None:
        """Let the project's virtual environment tell of itself what it is asked for."""
        found = {"python": "3.12.4", "versions": versions, "payloads": payloads, "error": error}
        self.write("phones/.venv/bin/python", f"cat <<'END'\n{json.dumps(found)}\nEND")

    def doctor(self, *flags: str) -> Result:
        return CliRunner().invoke(cli, ["doctor", "-C", str(self.project), *flags])

    def told(self, *flags: str) -> dict[str, tuple[str, str, str]]:
        """Return level, message and fix by name, without what differs from machine to machine."""
        rows = json.loads(self.doctor("--json", *flags).stdout)
        return {each["name"]: tuple(map(self.shown, list(each.values())[1:])) for each in rows}  # type: ignore[misc] # three of four

    def shown(self, text: str) -> str:
        """Return a text as the page has it: places of a laptop."""
        host = re.sub(r"http://|/v2", "", self.url)
        text = text.replace(host, "127.0.0.1:4010").replace(f"{self.folder}/bin", "/home/you/.pulumi/bin")
        return text.replace(str(self.folder), "/home/you")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """One on which nothing is wrong."""
    for name in ("TELNYX_ACCOUNT", "TELNYX_LOG", "PULUMI_PYTHON_CMD", "HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def set_variable(name: str, value: str | None) -> None:
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)

    with EmulatorServer() as server:
        machine = Machine(tmp_path, server.url, set_variable)
        machine.install("pulumi", f"echo v{TESTED_CLI}")
        for name in (
            "pulumi-language-python",
            "pulumi-language-python-exec",
            "pulumi-resource-pulumi-python",
        ):
            machine.install(name, "exit 1")
        machine.has_packages(_versions())
        (machine.project / "Pulumi.yaml").write_text(
            "name: phones\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n"
        )
        machine.set("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
        machine.set("TELNYX_API_KEY", DEFAULT_API_KEY)
        machine.set("TELNYX_BASE_URL", server.url)
        yield machine


def _versions(**others: str) -> dict[str, str]:
    known = {"pulumi-telnyx": "0.1.0", "pulumi": str(NEWEST_SDK), "requests": "2.34.2", "pydantic": "2.14.3"}
    return known | others


def test_a_good_set_up_reads_as_on_the_page_and_exits_with_0(machine: Machine) -> None:
    """Data goes to stdout, the count to stderr, and the key nowhere."""
    done = machine.doctor()

    assert machine.shown(done.stdout) == BLOCKS[0]
    assert done.stderr == "0 failures, 0 warnings\n"
    assert done.exit_code == 0
    assert DEFAULT_API_KEY not in done.output


def test_a_bad_set_up_reads_as_on_the_page_and_exits_with_2(machine: Machine) -> None:
    """Where one part is missing, those that need it say so; the others are looked at all the same."""
    (machine.folder / "bin" / "pulumi").unlink()
    machine.set("TELNYX_API_KEY", None)

    done = machine.doctor()
    of_stack = machine.told("--stack", "office")

    assert machine.shown(done.stdout) == BLOCKS[1]
    assert done.stderr == "2 failures, 6 warnings\n"
    assert done.exit_code == 2
    # Only the CLI reads a stack's config; it is not this command that says what to do about it.
    assert of_stack["API key"] == (
        "warn",
        "not looked at in the stack's config, since that takes the Pulumi CLI",
        "",
    )


def _no_cli(machine: Machine) -> None:
    (machine.folder / "bin" / "pulumi").unlink()


def _old_cli(machine: Machine) -> None:
    machine.install("pulumi", "echo v3.100.0")


def _broken_cli(machine: Machine) -> None:
    machine.install("pulumi", "exit 1")


def _no_language_host(machine: Machine) -> None:
    (machine.folder / "bin" / "pulumi-language-python").unlink()


def _no_plugin_script(machine: Machine) -> None:
    (machine.folder / "bin" / "pulumi-resource-pulumi-python").unlink()


def _no_environment(machine: Machine) -> None:
    (machine.project / ".venv" / "bin" / "python").unlink()


def _wrong_environment(machine: Machine) -> None:
    machine.has_packages({"pulumi": str(NEWEST_SDK), "requests": "2.34.2"}, None, "ModuleNotFoundError")


def _untested_pair(machine: Machine) -> None:
    machine.has_packages(_versions(pulumi="3.999.0"))


def _broken_package(machine: Machine) -> None:
    machine.has_packages(_versions(), None, "ImportError: cannot import name")


def _other_payload(machine: Machine) -> None:
    machine.has_packages(_versions(), {"another": "one"})


def _no_key(machine: Machine) -> None:
    machine.set("TELNYX_API_KEY", None)


def _unusable_key(machine: Machine) -> None:
    machine.set("TELNYX_API_KEY", "KEY with-a-space-not-a-secret")


def _refused_key(machine: Machine) -> None:
    machine.set("TELNYX_API_KEY", "KEY-refused-not-a-secret")


def _refused_url(machine: Machine) -> None:
    machine.set("TELNYX_BASE_URL", "http://telnyx.example/v2")


def _unreachable(machine: Machine) -> None:
    machine.set("TELNYX_BASE_URL", "http://127.0.0.1:9/v2")


def _no_api(machine: Machine) -> None:
    machine.set("TELNYX_BASE_URL", machine.url.removesuffix("/v2"))


@pytest.mark.parametrize(
    ("wrong", "name", "level", "message", "fix"),
    [
        (
            _no_cli,
            "Pulumi CLI",
            "fail",
            "there is no `pulumi` on PATH",
            f"install it, or add its folder: {PORTAL}",
        ),
        (
            _old_cli,
            "Pulumi CLI",
            "fail",
            f"3.100.0 is too old, {TESTED_CLI} or newer is needed: /home/you/.pulumi/bin/pulumi",
            f"update it: {PORTAL}",
        ),
        (
            _broken_cli,
            "Pulumi CLI",
            "fail",
            "/home/you/.pulumi/bin/pulumi tells no version",
            f"install it again: {PORTAL}",
        ),
        (
            _no_language_host,
            "language host",
            "fail",
            "pulumi-language-python is neither beside /home/you/.pulumi/bin/pulumi nor on PATH",
            f"install the whole CLI, which brings it: {PORTAL}",
        ),
        (
            _no_plugin_script,
            "plugin script",
            "fail",
            "pulumi-resource-pulumi-python is neither beside /home/you/.pulumi/bin/pulumi nor on PATH",
            f"install the whole CLI, which brings it: {PORTAL}",
        ),
        (
            _no_environment,
            "virtual environment",
            "fail",
            "/home/you/phones/.venv is no virtual environment",
            "run `pulumi install`",
        ),
        (
            _wrong_environment,
            "packages",
            "fail",
            "/home/you/phones/.venv/bin/python has no pulumi-telnyx, pydantic",
            "add pulumi-telnyx to the project's requirements, then run `pulumi install`",
        ),
        (
            _untested_pair,
            "CLI and SDK",
            "warn",
            f"{TESTED_CLI} with 3.999.0 is not tested",
            f"should something be odd, try tested ones: CLI {TESTED_CLI}, SDK {OLDEST_SDK} to {NEWEST_SDK}",
        ),
        (
            _broken_package,
            "provider payload",
            "fail",
            "the provider cannot be loaded: ImportError: cannot import name",
            "install pulumi-telnyx again, into a new virtual environment",
        ),
        (
            _other_payload,
            "provider payload",
            "fail",
            "another one than states have, so that every resource would show as changed",
            "install pulumi and pulumi-telnyx again; if it stays, report it",
        ),
        (
            _no_key,
            "API key",
            "fail",
            "no Telnyx API key",
            "set TELNYX_API_KEY, or name a stack that has one: --stack",
        ),
        (
            _unusable_key,
            "API key",
            "fail",
            "TELNYX_API_KEY has a space, a line break or another character that no API key has",
            "copy the key again",
        ),
        (
            _refused_key,
            "key accepted",
            "fail",
            "127.0.0.1:4010 refuses the key: 401 No such API key (code 10009)",
            "check the API key (TELNYX_API_KEY) and what it may do",
        ),
        (
            _refused_url,
            "base URL",
            "fail",
            "TELNYX_BASE_URL would send the key unencrypted to telnyx.example",
            "use https",
        ),
        (
            _unreachable,
            "API",
            "fail",
            "127.0.0.1:9: no connection",
            "check that this host can be reached from here, then run again",
        ),
        (
            _no_api,
            "API",
            "fail",
            "127.0.0.1:4010 answered 404 without the API's error format (text/plain; charset=utf-8, 9 bytes)",
            "check the base URL and proxies",
        ),
    ],
)
def test_a_broken_set_up_is_said_exactly(
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    wrong: Callable[[Machine], None],
    name: str,
    level: str,
    message: str,
    fix: str,
) -> None:
    """That part alone fails; what cannot be looked at without it is a warning. No line holds the key."""
    # A host that refuses is tried once; one that answers has as long as the machine needs.
    monkeypatch.setattr("pulumi_telnyx.api.transport.UNREACHABLE_SECS", 0)
    monkeypatch.setattr(doctor_api, "DEADLINE_SECS", 60)
    wrong(machine)

    told = machine.told()

    assert told[name] == (level, message, fix)
    assert [each for each, line in told.items() if line[0] == "fail"] == ([name] if level == "fail" else [])
    assert "not-a-secret" not in str(told)


def test_a_clock_that_is_wrong_is_told_by_the_date_of_the_answer(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the second is enough; behind or ahead matters to whoever sets it."""
    monkeypatch.setattr(Transport, "skew_secs", property(lambda _: -3723.0))
    behind = machine.told()["clock"]
    monkeypatch.setattr(Transport, "skew_secs", None)

    assert behind == (
        "warn",
        "this machine is 3,723 s behind 127.0.0.1:4010",
        "let it set its clock by the network (NTP)",
    )
    assert machine.told()["clock"][:2] == ("warn", "not compared: no answer told the time")


def test_the_clock_of_an_answer_is_compared_with_ours(machine: Machine) -> None:
    """The emulator runs on this machine, so its clock is ours."""
    transport = Transport(machine.url, DEFAULT_API_KEY)

    unknown = transport.skew_secs
    transport.call("ask", "GET", "/credential_connections")

    assert unknown is None
    assert abs(transport.skew_secs or 99) < 2


def test_a_stacks_config_has_the_key_as_a_run_would_find_it(machine: Machine) -> None:
    """The CLI decrypts it; what it cannot read is a line as well."""
    config = {"telnyx:apiKey": {"value": DEFAULT_API_KEY}, "telnyx:baseUrl": {"value": machine.url}}
    answers = f"echo v{TESTED_CLI}; exit; fi\ncat <<'END'\n{json.dumps(config)}\nEND"
    machine.install("pulumi", f'if [ "$1" = version ]; then {answers}')
    machine.set("TELNYX_API_KEY", None)
    machine.set("TELNYX_BASE_URL", None)

    told = machine.told("--stack", "office")
    machine.install("pulumi", f'if [ "$1" = version ]; then echo v{TESTED_CLI}; else echo no >&2; exit 1; fi')
    refused = machine.told("--stack", "office")

    assert {level for level, _, _ in told.values()} == {"ok"}
    assert told["API key"][1] == "there is one in telnyx:apiKey"
    assert told["base URL"][1] == "http://127.0.0.1:4010/v2, from telnyx:baseUrl"
    assert refused["API key"][:2] == ("fail", "`pulumi config --json` failed: no")


def test_a_stack_file_that_would_redirect_the_operators_key_is_refused(machine: Machine) -> None:
    """Each may be used for itself; together they may not."""
    config = {"telnyx:baseUrl": {"value": "https://telnyx.example/v2"}}
    answers = f"echo v{TESTED_CLI}; exit; fi\ncat <<'END'\n{json.dumps(config)}\nEND"
    machine.install("pulumi", f'if [ "$1" = version ]; then {answers}')
    machine.set("TELNYX_BASE_URL", None)

    told = machine.told("--stack", "office")

    assert told["API key"][0] == "ok"
    assert told["base URL"][:2] == (
        "fail",
        "telnyx:baseUrl would send the key from TELNYX_API_KEY to telnyx.example",
    )
    assert told["API"][0] == "warn"


@pytest.mark.parametrize(
    ("options", "level", "message"),
    [
        ("toolchain: poetry", "warn", f"poetry chooses it; this is about {sys.executable}"),
        ("toolchain: uv", "ok", "/home/you/phones/.venv"),
        ("toolchain: pip, virtualenv: other/../.venv/", "ok", "/home/you/phones/.venv"),
        ("toolchain: pip", "warn", "Pulumi.yaml names none, so /home/you/.pulumi/bin/python3 is taken"),
    ],
)
def test_the_python_that_is_looked_at_is_the_one_that_the_engine_takes(
    machine: Machine, options: str, level: str, message: str
) -> None:
    """By toolchain and virtualenv of Pulumi.yaml, as language host and plugin script read them."""
    (machine.folder / "bin" / "python3").symlink_to(machine.project / ".venv" / "bin" / "python")
    (machine.project / "Pulumi.yaml").write_text(
        f"name: phones\nruntime: {{name: python, options: {{{options}}}}}\n"
    )

    told = machine.told()

    assert told["virtual environment"][:2] == (level, message)
    assert told["packages"][0] == "ok"


def test_outside_of_a_project_it_is_about_its_own_python(machine: Machine) -> None:
    """For real: this interpreter is asked, has all packages, and the payload of every state."""
    (machine.project / "Pulumi.yaml").unlink()

    told = machine.told()

    assert told["virtual environment"] == (
        "warn",
        f"no Pulumi.yaml in /home/you/phones or above, so this is about {sys.executable}",
        "run this in a Pulumi project",
    )
    assert told["packages"][0] == told["provider payload"][0] == "ok"


def test_the_versions_that_are_called_tested_are_those_that_tests_run() -> None:
    """CLI and SDKs stand where they are installed from; the payload never changes."""
    cli = re.search(r"pkg/v3 v(\S+)", (ROOT / "scripts/engine/go.mod").read_text())
    locked = re.search(r"^pulumi==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    oldest = re.search(r'"pulumi>=([\d.]+)', (ROOT / "pyproject.toml").read_text())

    assert cli
    assert locked
    assert oldest
    assert Version.find(cli[1]) == TESTED_CLI
    assert Version.find(locked[1]) == NEWEST_SDK
    assert Version.find(oldest[1]) == OLDEST_SDK
    assert is_tested(TESTED_CLI, OLDEST_SDK)
    assert is_tested(TESTED_CLI, NEWEST_SDK)
    assert not is_tested(Version(3, 999, 0), OLDEST_SDK)
