"""Stack files are checked by file and line, without key, passphrase or engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pulumi_telnyx.cli import cli

_PROJECT = "name: phones\nruntime: python\nstackConfigDir: stacks\n"


def _validated(folder: Path, **stacks: str) -> tuple[int, str]:
    (folder / "stacks").mkdir()
    (folder / "Pulumi.yaml").write_text(_PROJECT)
    for name, text in stacks.items():
        (folder / "stacks" / f"Pulumi.{name}.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    done = CliRunner().invoke(cli, ["validate", "-C", str(folder)])
    return done.exit_code, done.stdout


def _stack(connections: str) -> str:
    return f"config:\n  phones:connections:\n{connections}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "Pulumi.dev.yaml: error: is empty"),
        ("config: [", ": error: is not YAML"),
        ("config:\n\tphones:connections: {}", "Pulumi.dev.yaml:2: error: is not YAML"),
        ("config: []", "Pulumi.dev.yaml:1: error: config must be a map"),
        ("a: \udcff", "Pulumi.dev.yaml:1: error: is not UTF-8"),
        (_stack("    a: {}\n    a: {}\n"), "Pulumi.dev.yaml:4: error: 'a' stands here twice"),
        (_stack("    a: []\n"), "Pulumi.dev.yaml:3: error: phones:connections.a must be a map"),
        (_stack("    a: &b {}\n"), "Pulumi.dev.yaml:3: error: the anchor &b is not read"),
        (_stack("    a: *b\n"), "Pulumi.dev.yaml:3: error: the alias *b is not read"),
        (_stack("    a: {actve: true}\n"), "(did you mean 'active'?)"),
        (
            _stack("    a: {password: fake-password}\n"),
            "in plain text: remove it, then run `pulumi config set",
        ),
        ("[" * 100_000, "Pulumi.dev.yaml:1: error: is nested more than 50 levels deep"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(tmp_path: Path, text: str, line: str) -> None:
    """Bad input is one line that says where, and never repeats a password."""
    code, shown = _validated(tmp_path, dev=text)

    assert code == 2
    assert line in shown
    assert "fake-password" not in shown


def test_one_user_name_in_two_stacks_is_found(tmp_path: Path) -> None:
    """User names are unique over all Telnyx customers, without regard to case."""
    code, shown = _validated(
        tmp_path,
        dev=_stack("    a: {user_name: frontdesk}\n"),
        prod=_stack("    b: {user_name: FrontDesk}\n"),
    )

    assert code == 2
    assert "stacks/Pulumi.prod.yaml:3: error: phones:connections.b.user_name: frontdesk is taken" in shown


def test_a_good_file_has_no_findings(tmp_path: Path) -> None:
    """Values that are encrypted are not judged."""
    profile = 'outbound: {outbound_voice_profile_id: "2105551234567890123"}'
    code, shown = _validated(tmp_path, dev=_stack(f"    a: {{password: {{secure: v1:x}}, {profile}}}\n"))

    assert (code, shown) == (0, "")
