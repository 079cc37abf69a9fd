"""What works in one stack is brought to the next: the difference, in its file, after a look at it."""

from __future__ import annotations

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
    default: {dtmf_type: Inband, outbound: {outbound_voice_profile_id: "2105551234567890123"}}
"""
SALT = "encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAA\n"
STAGING = """\
config:
  phones:connections:
    desk:
      connection_name: Desk (staging)
      user_name: deskstaging
      password: {secure: v1:CANARY-staging}
      webhook_event_url: {secure: v1:CANARY-url}
      dtmf_type: RFC 2833
      inbound: {codecs: [OPUS, G722], channel_limit: 5}
      tags: [office]
    fax: {inbound: {channel_limit: 1}}
    gate: {}
"""
PROD = """\
# Production.
config:
  phones:defaults: {protect: true}
  phones:connections:
    # The desks.
    desk:
      connection_name: Desk
      password: {secure: v1:CANARY-prod}
      # Wide band first.
      inbound: {codecs: [G722], channel_limit: 30} # as many as there are desks
      encrypted_media: SRTP

    # Only here.
    lobby: {}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "stacks" / "Pulumi.staging.yaml").write_text(SALT + STAGING)
    (tmp_path / "stacks" / "Pulumi.prod.yaml").write_text(SALT + PROD)
    return tmp_path


def promote(folder: Path, *arguments: str, answer: str = "") -> Result:
    command = ["promote", "-C", str(folder), "staging", "prod", *arguments]
    return CliRunner().invoke(cli, command, input=answer)


def prod(folder: Path) -> str:
    return (folder / "stacks" / "Pulumi.prod.yaml").read_text().removeprefix(SALT)


def test_the_difference_is_written_and_everything_else_stays(project: Path) -> None:
    """Comments, order, names, secrets and what protects production."""
    done = promote(project, "--yes")

    assert done.exit_code == 0, done.output
    assert (
        prod(project)
        == """\
# Production.
config:
  phones:defaults: {protect: true}
  phones:connections:
    # The desks.
    desk:
      connection_name: Desk
      password: {secure: v1:CANARY-prod}
      # Wide band first.
      inbound: {codecs: [OPUS, G722], channel_limit: 5} # as many as there are desks
      dtmf_type: RFC 2833
      tags: [office]

    # Only here.
    lobby: {}
    fax:
      inbound:
        channel_limit: 1
    gate: {}
"""
    )
    left = "desk.connection_name, desk.user_name, desk.password, desk.webhook_event_url, desk.protect"
    assert f"left alone, as only this stack or account has them: {left}" in done.stderr
    assert "only in prod, and stays: lobby" in done.stderr


def test_the_change_of_the_file_shows_first_and_nothing_happens_without_a_yes(project: Path) -> None:
    """A diff as everybody knows it; also where nobody can answer."""
    before = prod(project)

    for answer in ("n\n", ""):
        done = promote(project, "fax", answer=answer)

        assert done.exit_code == 1
        assert "+    fax:\n+      inbound:\n+        channel_limit: 1\n" in done.stdout
        assert prod(project) == before
    assert promote(project, "fax", answer="y\n").exit_code == 0
    assert prod(project) != before


def test_a_second_time_there_is_nothing_to_write(project: Path) -> None:
    """What was promoted is there."""
    promote(project, "--yes")
    before = prod(project)

    done = promote(project)

    assert done.exit_code == 0
    assert "stacks/Pulumi.prod.yaml has it all: nothing to write" in done.stderr
    assert done.stdout == ""
    assert prod(project) == before


def test_only_the_named_connections_and_not_the_named_paths(project: Path) -> None:
    """A path of one connection, a path of all, or a connection."""
    done = promote(project, "desk", "--exclude", "inbound.codecs", "--exclude", "desk.tags", "--yes")

    assert done.exit_code == 0
    assert "codecs: [G722], channel_limit: 5" in prod(project)
    assert "tags" not in prod(project)
    assert "fax" not in prod(project)


def test_what_a_lower_layer_says_is_taken_away_with_null_or_left_to_it(project: Path) -> None:
    """The project's defaults hold in both stacks."""
    staging = project / "stacks" / "Pulumi.staging.yaml"
    connections = "config:\n  phones:connections:\n"
    staging.write_text(
        f"{connections}    desk: {{dtmf_type: null}}\n    lobby: {{inbound: {{codecs: [G722]}}}}\n"
    )
    target = project / "stacks" / "Pulumi.prod.yaml"
    lobby = "{dtmf_type: SIP INFO, inbound: {codecs: [G722]}}"
    target.write_text(f"{connections}    desk: {{}}\n    lobby: {lobby}\n")

    assert promote(project, "--yes").exit_code == 0

    # The desk has a null where the default would hold; the lobby goes back to the default.
    assert prod(project) == (
        "config:\n  phones:connections:\n    desk:\n      dtmf_type: null\n"
        "    lobby: {inbound: {codecs: [G722]}}\n"
    )


def test_a_connection_that_the_target_had_removed_comes_back(project: Path) -> None:
    """The diff says so before it is written."""
    (project / "Pulumi.yaml").write_text(
        PROJECT + "  connections: {type: object, default: {fax: {tags: [fax]}}}\n"
    )
    target = project / "stacks" / "Pulumi.prod.yaml"
    target.write_text("config:\n  phones:connections:\n    fax: null\n")

    done = promote(project, "fax", "--yes")

    assert done.exit_code == 0, done.output
    assert prod(project) == (
        "config:\n  phones:connections:\n    fax:\n      inbound:\n        channel_limit: 1\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dsk",), "stack staging declares no connection dsk (did you mean 'desk'?)"),
        (("--exclude", "inbuond.codecs"), "--exclude inbuond.codecs: no setting or connection of the two"),
    ],
)
def test_what_does_not_exist_is_an_error_and_not_overlooked(
    project: Path, arguments: tuple[str, ...], message: str
) -> None:
    """A misspelt exception would be overwritten."""
    before = prod(project)

    done = promote(project, "--yes", *arguments)

    assert done.exit_code == 1
    assert message in done.stderr
    assert prod(project) == before


def test_a_stack_with_errors_is_neither_read_nor_written(project: Path) -> None:
    """Nor one that has no file."""
    before = prod(project)
    (project / "stacks" / "Pulumi.staging.yaml").write_text("config: []\n")

    assert promote(project, "--yes").exit_code == 2
    assert prod(project) == before
    (project / "stacks" / "Pulumi.staging.yaml").unlink()
    missing = promote(project, "--yes")
    assert missing.exit_code == 1
    assert "stack staging has no file" in missing.stderr


def test_a_file_that_was_changed_while_somebody_looked_at_the_diff_is_not_overwritten(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other change would be lost."""
    target = project / "stacks" / "Pulumi.prod.yaml"

    def changing(*_: object, **__: object) -> bool:
        target.write_text(SALT + PROD + "# somebody else\n")
        return True

    monkeypatch.setattr("click.confirm", changing)

    done = promote(project)

    assert done.exit_code == 1
    assert "was changed meanwhile: nothing was written; run again" in done.stderr
    assert prod(project) == PROD + "# somebody else\n"
    assert [each.name for each in target.parent.iterdir() if each.name.startswith(".")] == []


def test_the_file_keeps_its_mode(project: Path) -> None:
    """It is replaced, and whoever could read it still can."""
    target = project / "stacks" / "Pulumi.prod.yaml"
    target.chmod(0o640)

    promote(project, "--yes")

    assert target.stat().st_mode & 0o777 == 0o640


def test_ids_of_another_accounts_things_are_left_alone(project: Path) -> None:
    """The target's account has no such voice profile, and every outgoing call would fail."""
    staging = project / "stacks" / "Pulumi.staging.yaml"
    profile = '{outbound_voice_profile_id: "2105551234567890999", channel_limit: 7}'
    staging.write_text(f"config:\n  phones:connections:\n    desk: {{outbound: {profile}}}\n")

    done = promote(project, "desk", "--yes")

    assert "2105551234567890999" not in prod(project)
    assert "channel_limit: 7" in prod(project)
    assert "desk.outbound.outbound_voice_profile_id" in done.stderr


def test_a_read_only_file_stays_as_it_is_and_a_link_stays_a_link(project: Path) -> None:
    """Whoever took the right to write away meant it."""
    target = project / "stacks" / "Pulumi.prod.yaml"
    target.chmod(0o444)
    refused = promote(project, "--yes")
    target.chmod(0o644)
    elsewhere = project / "elsewhere.yaml"
    target.rename(elsewhere)
    target.symlink_to(elsewhere)

    done = promote(project, "--yes")

    assert refused.exit_code == 1
    assert "stacks/Pulumi.prod.yaml is read-only: nothing was written" in refused.stderr
    assert done.exit_code == 0
    assert target.is_symlink()
    assert "fax:" in elsewhere.read_text()


def test_of_a_set_the_defaults_are_promoted_and_the_members_stay(project: Path) -> None:
    """Which phones a stack has is its own; the command says what it leaves alone."""
    staging, target = (project / "stacks" / f"Pulumi.{stack}.yaml" for stack in ("staging", "prod"))
    defaults = "{inbound: {codecs: [OPUS], channel_limit: 2}, rotate_password_when: May}"
    staging.write_text(
        "config:\n  phones:sets:\n"
        f"    desks:\n      max_removals: 50%\n      defaults: {defaults}\n      members: {{a: {{}}}}\n"
        "    halls: {members: {h: {}}}\n"
    )
    target.write_text(
        "config:\n  phones:sets:\n    # As many as there are.\n    desks:\n"
        "      members_from: desks.csv # all of them\n      defaults: {inbound: {channel_limit: 30}}\n"
    )
    (project / "stacks" / "desks.csv").write_text("name,inbound.channel_limit\nb,1\n")

    done = promote(project, "--exclude", "desks.inbound.channel_limit", "--yes")

    assert done.exit_code == 0, done.output
    assert prod(project) == (
        "config:\n  phones:sets:\n    # As many as there are.\n    desks:\n"
        "      members_from: desks.csv # all of them\n"
        "      defaults: {inbound: {channel_limit: 30, codecs: [OPUS]}}\n"
    )
    assert "only this stack or account has them: desks.rotate_password_when" in done.stderr
    assert "of sets only defaults are promoted, neither members nor their file: desks" in done.stderr
    assert "only in staging, and not promoted, as prod has no members for it: halls" in done.stderr
    again = promote(project, "desks", "--exclude", "inbound.channel_limit", "--yes")
    assert "has it all: nothing to write" in again.stderr
