"""Connections that are too many for a stack's config stand in a file beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulumi_telnyx.cli import cli
from pulumi_telnyx.stack.validate import MOST_CONFIG_BYTES

PATH = "phones:connections.a"
DECRYPTS = "decrypts values of stacks/Pulumi.prod.yaml only"
IN_PLAIN_TEXT = "stands here in plain text: remove it, then run `pulumi config set --secret --path"
PROFILE = 'outbound: {outbound_voice_profile_id: "2105551234567890123"}'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: phones\nruntime: python\nstackConfigDir: stacks\n")
    return tmp_path


def write(project: Path, config: str, more: str) -> None:
    (project / "stacks" / "Pulumi.prod.yaml").write_text(config)
    (project / "stacks" / "connections.prod.yaml").write_text(more)


def run(project: Path, command: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [command, "-C", str(project), *arguments])


def test_both_files_are_one_stack(project: Path) -> None:
    """Defaults of the stack's file hold for the connections of the other; each value knows its file."""
    write(
        project,
        f"config:\n  phones:defaults:\n    {PROFILE}\n  phones:connections:\n    desk: {{}}\n",
        "# many\nfax:\n  inbound: {channel_limit: 1}\n",
    )

    checked = run(project, "validate")
    shown = run(project, "matrix", "--all-rows", "--origin", "--format", "markdown").stdout

    assert (checked.exit_code, checked.stdout) == (0, "")
    assert "1 stack, 2 connections" in checked.stderr
    assert "| `fax` | `declared (stacks/connections.prod.yaml:2)` |" in shown
    assert "| `fax.inbound.channel_limit` | `1 (stacks/connections.prod.yaml:3)` |" in shown
    assert "2105551234567890123 (stacks/Pulumi.prod.yaml:3)" in shown


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("[a]\n", "connections.prod.yaml:1: error: must be a map of connections"),
        (
            "a: {actve: true}\n",
            "connections.prod.yaml:1: error: phones:connections.a.actve: is not a setting",
        ),
        (
            "a: {}\ndesk: {}\n",
            "connections.prod.yaml:2: error: desk stands in stacks/Pulumi.prod.yaml:3 too: remove one",
        ),
        (
            "a:\n  password: {secure: v1:x}\n",
            f"2: error: {PATH}.password is encrypted, and Pulumi {DECRYPTS}: move it there, as phones:",
        ),
        (
            "a:\n  user_name: {secure: v1:x}\n",
            f"2: error: {PATH}.user_name is encrypted, and Pulumi {DECRYPTS}: move the connection there\n",
        ),
        (
            "a:\n  password: fake-password-1\n",
            f"2: error: {PATH}.password: {IN_PLAIN_TEXT} phones:passwords.a --stack prod`\n",
        ),
        ("a: [\n", "connections.prod.yaml:2: error: is not YAML"),
    ],
)
def test_what_is_wrong_in_it_is_named_there(project: Path, more: str, problem: str) -> None:
    """By its own file and line."""
    write(project, "config:\n  phones:connections:\n    desk: {}\n", more)

    checked = run(project, "validate", "--allow-warnings")

    assert checked.exit_code == 2
    assert problem in checked.stdout


def test_a_password_does_not_go_to_a_map_that_is_encrypted_as_a_whole(project: Path) -> None:
    """Pulumi would replace the map by one that has this password only."""
    config = f"encryptionsalt: v1:salt\nconfig:\n  phones:connections:\n    desk: {{{PROFILE}}}\n"
    write(
        project,
        config + "  phones:passwords: {secure: v1:x}\n",
        f"fax:\n  {PROFILE}\n  password: fake-password-1\nbell:\n  {PROFILE}\n  password: {{secure: v1:y}}\n",
    )

    lines = run(project, "validate").stdout.splitlines()

    path = "phones:connections.fax.password"
    moved = "with the connection in stacks/Pulumi.prod.yaml"
    other = f"phones:connections.bell.password is encrypted, and Pulumi {DECRYPTS}: move the connection there"
    assert lines == [
        f"stacks/connections.prod.yaml:3: error: {path}: {IN_PLAIN_TEXT} {path} --stack prod`, {moved}",
        f"stacks/connections.prod.yaml:6: error: {other}",
    ]


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("prodd.yaml", "stack prodd has no file (did you mean 'prod'?): rename it, or add Pulumi.prodd.yaml"),
        ("prod.yml", "such a name has to end in .yaml: rename it"),
    ],
)
def test_connections_that_nobody_reads_are_found(project: Path, name: str, rest: str) -> None:
    """Where all stacks are looked at; who asks for one stack is told of that one."""
    write(project, f"config:\n  phones:connections:\n    desk: {{{PROFILE}}}\n", "")
    (project / "stacks" / f"connections.{name}").write_text("fax: {}\n")

    checked, of_one = run(project, "validate"), run(project, "validate", "prod")

    assert checked.exit_code == 2
    assert checked.stdout == f"stacks/connections.{name}: error: is read by nobody, since {rest}\n"
    assert "1 error" in checked.stderr
    assert (of_one.exit_code, of_one.stdout) == (0, "")


def test_a_config_that_the_engine_cannot_hand_over_says_where_to_go(project: Path) -> None:
    """The engine itself says "argument list too long", and starts no program."""
    many = "".join(
        f"    phone{number}: {{tags: [{'x' * 100}]}}\n" for number in range(MOST_CONFIG_BYTES // 160)
    )
    write(project, f"config:\n  phones:connections:\n{many}", "")
    fits = run(project, "validate", "--allow-warnings")
    write(project, f"config:\n  phones:connections:\n{many}{many.replace('phone', 'desk')}", "")
    too_large = run(project, "validate", "--allow-warnings")

    assert "KiB" not in fits.stdout
    assert too_large.exit_code == 2
    assert (
        "the engine hands at most 127 KiB over to a program: move connections to connections.prod.yaml"
        in (too_large.stdout)
    )


def test_promote_does_not_write_beside_the_stacks_file(project: Path) -> None:
    """It says which connections stand elsewhere, and changes nothing."""
    write(project, "config:\n  phones:connections: {desk: {}}\n", "fax: {}\n")
    other = project / "stacks" / "Pulumi.dev.yaml"
    other.write_text("config:\n  phones:connections: {fax: {active: false}, desk: {active: false}}\n")
    before = (project / "stacks" / "Pulumi.prod.yaml").read_text()

    refused = run(project, "promote", "dev", "prod", "--yes")
    named = run(project, "promote", "dev", "prod", "desk", "--yes")

    assert refused.exit_code == 1
    assert "fax of stack prod stands in connections.prod.yaml, which is not written" in refused.stderr
    assert named.exit_code == 0, named.output
    assert (project / "stacks" / "Pulumi.prod.yaml").read_text() != before
