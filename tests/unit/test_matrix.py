"""The settings of all stacks side by side: what differs, where it stands, and nothing of what is secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulumi_telnyx.cli import cli

PROJECT = """\
name: phones
runtime: python
stackConfigDir: stacks
config:
  defaults:
    type: object
    default: {outbound: {outbound_voice_profile_id: "2105551234567890123"}}
"""
DEV = """\
encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAA
config:
  phones:connections:
    desk:
      connection_name: Desk
      password: {secure: v1:CANARY-one}
      webhook_event_url: {secure: v1:CANARY-two}
      dtmf_type: RFC 2833
      inbound: {codecs: [G722, OPUS], channel_limit: 5}
    fax: {}
"""
PROD = """\
encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAA
config:
  telnyx:account: key:1234
  phones:connections:
    desk:
      connection_name: Desk
      password: {secure: v1:CANARY-three}
      webhook_event_url: {secure: v1:CANARY-two}
      inbound: {codecs: [OPUS, G722], channel_limit: 5}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text(DEV)
    (tmp_path / "stacks" / "Pulumi.prod.yaml").write_text(PROD)
    return tmp_path


def matrix(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["matrix", "-C", str(folder), *options])


def test_only_rows_that_differ_show_and_a_default_is_what_telnyx_takes(project: Path) -> None:
    """Said or not, RFC 2833 is RFC 2833; lists differ by their order; two secrets may be one and the same."""
    shown = matrix(project, "--format", "markdown").stdout.splitlines()

    assert shown == [
        "| setting | `dev` | `prod` |",
        "| --- | --- | --- |",
        "| `telnyx:account` | not set | `key:1234` |",
        "| `desk.inbound.codecs` | `G722, OPUS` | `OPUS, G722` |",
        "| `fax` | declared | no |",
    ]


def test_every_row_shows_when_asked_and_secrets_only_by_what_can_be_known(project: Path) -> None:
    """A ciphertext that stands twice is the same value; of others nobody can tell without the key."""
    done = matrix(project, "--format", "markdown", "--all-rows")

    rows = {line.split(" | ")[0].strip("| `"): line for line in done.stdout.splitlines()}
    assert rows["desk.password"] == "| `desk.password` | set | set |"
    assert rows["desk.webhook_event_url"].endswith("| same | same |")
    assert rows["desk.dtmf_type"].endswith("| `RFC 2833` | `(RFC 2833)` |")
    assert rows["fax.outbound.outbound_voice_profile_id"].endswith("| `2105551234567890123` |  |")
    assert "CANARY" not in done.stdout


def test_each_value_tells_its_place_on_request(project: Path) -> None:
    """Also one that comes from below."""
    shown = matrix(project, "--format", "markdown", "--all-rows", "--origin").stdout

    assert "G722, OPUS (stacks/Pulumi.dev.yaml:9)" in shown
    assert "2105551234567890123 (Pulumi.yaml:7)" in shown


def test_as_json_each_cell_has_state_value_and_origin(project: Path) -> None:
    """For programs; secrets stay what they are."""
    done = matrix(project, "prod", "dev", "--format", "json", "--all-rows")
    found = json.loads(done.stdout)
    rows = {row["path"]: row for row in found["rows"]}

    assert found["stacks"] == ["prod", "dev"]
    assert rows["desk.dtmf_type"]["cells"]["prod"] == {
        "state": "default",
        "value": "RFC 2833",
        "origin": None,
    }
    assert rows["desk.inbound.codecs"]["differs"] is True
    assert rows["desk.inbound.codecs"]["cells"]["dev"]["origin"] == {
        "file": "stacks/Pulumi.dev.yaml",
        "line": 9,
    }
    assert rows["desk.password"]["cells"]["dev"]["value"] == "set"
    assert "CANARY" not in done.stdout


def test_the_table_groups_by_connection(project: Path) -> None:
    """The name stands once, its settings below it; no line ends in blanks."""
    text = matrix(project).stdout
    lines = [line.split() for line in text.splitlines()]

    assert " \n" not in text
    assert ["desk"] in lines
    assert ["inbound.codecs", "G722,", "OPUS", "OPUS,", "G722"] in lines
    assert ["fax", "declared", "no"] in lines


def test_files_with_errors_are_not_compared(project: Path) -> None:
    """A table of what cannot be used would be believed."""
    path = project / "stacks" / "Pulumi.prod.yaml"
    path.write_text(PROD.replace("channel_limit: 5", "channel_limit: -5"))

    done = matrix(project)

    assert done.exit_code == 2
    assert "stacks/Pulumi.prod.yaml:9: error: phones:connections.desk.inbound.channel_limit" in done.stderr
    assert done.stdout == ""


def test_what_stands_in_a_cell_cannot_break_the_page(project: Path) -> None:
    """Pipes, mentions, HTML and links are text."""
    path = project / "stacks" / "Pulumi.prod.yaml"
    path.write_text(PROD.replace("connection_name: Desk", 'connection_name: "a | <b> @team www.a.example"'))

    shown = matrix(project, "--format", "markdown").stdout

    pipe, start, end, at, dot = (f"&#{ord(char)};" for char in "|<>@.")
    name = f"<code>a {pipe} {start}b{end} {at}team www{dot}a{dot}example</code>"
    assert f"| `desk.connection_name` | `Desk` | {name} |" in shown


def test_passwords_that_stand_together_show_with_their_connections(project: Path) -> None:
    """Encrypted as a whole, nothing tells for whom there is one."""
    (project / "stacks" / "Pulumi.dev.yaml").write_text(
        DEV.replace("    desk:", "  phones:passwords: {secure: v1:CANARY-all}\n    desk:", 1)
        .replace("      password: {secure: v1:CANARY-one}\n", "")
        .replace("config:\n  phones:connections:\n  phones:passwords", "config:\n  phones:passwords")
        .replace("CANARY-all}\n    desk:", "CANARY-all}\n  phones:connections:\n    desk:")
    )
    (project / "stacks" / "Pulumi.prod.yaml").write_text(
        PROD.replace("      password: {secure: v1:CANARY-three}\n", "").replace(
            "config:\n", "config:\n  phones:passwords: {desk: {secure: v1:CANARY-four}}\n"
        )
    )

    done = matrix(project, "--format", "markdown")

    assert "| `desk.password` | (in passwords, or generated) | set |" in done.stdout, done.output
    assert "CANARY" not in done.stdout


def test_many_stacks_are_shown_in_blocks_in_a_terminal(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty columns of one letter are no table."""
    monkeypatch.setattr("pulumi_telnyx.cli.console.width_of_terminal", lambda: 60)
    names = [f"customer{number:02}" for number in range(12)]
    for number, name in enumerate(names):
        (project / "stacks" / f"Pulumi.{name}.yaml").write_text(
            f"config:\n  phones:connections: {{desk: {{inbound: {{channel_limit: {number}}}}}}}\n"
        )

    lines = matrix(project, *names).stdout.splitlines()
    heads = [line.split() for line in lines if line.startswith("SETTING")]

    assert [name for head in heads for name in head[1:]] == names
    assert len(heads) > 1


@pytest.fixture
def fleets(project: Path) -> Path:
    """Return the project with a set in both stacks, of three and of five members."""
    settings = "defaults: {inbound: {channel_limit: 2}}, members_from: desks.STACK.csv, MORE"
    boss = "boss: {password: {secure: v1:CANARY}, user_name: theboss1}"
    for stack, more, rows in (
        ("dev", "protect: true", "a,\nb,\nc,5\n"),
        (
            "prod",
            f"members: {{{boss}}}",
            "a,\nb,\nd,7\ne,\n",
        ),
    ):
        path = project / "stacks" / f"Pulumi.{stack}.yaml"
        line = settings.replace("STACK", stack).replace("MORE", more)
        path.write_text(path.read_text() + f"  phones:sets: {{desks: {{{line}}}}}\n")
        (path.parent / f"desks.{stack}.csv").write_text(f"name,inbound.channel_limit\n{rows}")
    return project


def test_a_set_is_told_by_how_many_members_have_which_value(fleets: Path) -> None:
    """Thousands of rows would be no table; who is where is told by name."""
    done = matrix(fleets, "--format", "markdown")
    rows = [line for line in done.stdout.splitlines() if line.startswith("| `desks")]

    assert rows == [
        "| `desks.members` | `3` | `5` |",
        "| `desks.members not in each stack` | `c` | `d, e, boss` |",
        "| `desks.members_from` | `desks.dev.csv` | `desks.prod.csv` |",
        "| `desks.protect` | `true` | not set |",
        "| `desks.user_name` | (derived) | `(derived) for 4; given for 1` |",
        "| `desks.password` | (generated) | `(generated) for 4; set for 1` |",
        "| `desks.inbound.channel_limit` | `2 for 2; 5 for 1` | `2 for 4; 7 for 1` |",
    ]
    assert "CANARY" not in done.stdout
    every = matrix(fleets, "--format", "markdown", "--all-rows", "--origin").stdout
    profile = "2105551234567890123 (Pulumi.yaml:7)"
    assert f"| `desks.outbound.outbound_voice_profile_id` | `{profile}` | `{profile}` |" in every


def test_as_json_a_set_has_every_value_with_its_count(fleets: Path) -> None:
    """Nothing is left out for want of room."""
    found = json.loads(matrix(fleets, "--format", "json").stdout)
    rows = {row["path"]: row["cells"]["prod"] for row in found["rows"]}

    assert rows["desks.members"]["value"] == 5
    assert rows["desks.password"]["state"] == "mixed"
    assert rows["desks.password"]["value"] == [
        {"state": "made", "value": "generated", "members": 4},
        {"state": "secret", "value": "set", "members": 1},
    ]
