"""A project's files for the tests of stack settings, and what `pulumi-telnyx validate` says of them."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from pulumi_telnyx.cli import cli

PROJECT = "name: phones\nruntime: python\nstackConfigDir: stacks\n"
SALT = "encryptionsalt: v1:salt-of-"
PROFILE = 'outbound: {outbound_voice_profile_id: "2105551234567890123"}'


class Said(NamedTuple):
    """What the command did: exit code, what it found, and its summary."""

    code: int
    lines: list[str]
    summary: str


def write(folder: Path, *, project: str = PROJECT, **stacks: str | bytes) -> None:
    """Write `Pulumi.yaml`, and a file for each stack."""
    (folder / "stacks").mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_text(project)
    for name, content in stacks.items():
        path = folder / "stacks" / f"Pulumi.{name}.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def validate(folder: Path, *arguments: str, **environ: str | None) -> Said:
    """Run the command in the folder; whatever it prints is one line each, without a traceback."""
    environ = {"GITHUB_WORKSPACE": None, **environ}
    done = CliRunner().invoke(cli, ["validate", "-C", str(folder), *arguments], env=environ)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert "fake-password" not in done.output
    return Said(done.exit_code, done.stdout.splitlines(), done.stderr.strip())


def found(folder: Path, stack: str | bytes, *, project: str = PROJECT) -> list[str]:
    """Return what is found in the file of the stack `dev`."""
    write(folder, project=project, dev=stack)
    return validate(folder).lines


def config(text: str, *, salt: bool = True) -> str:
    """Return a stack file with these lines below `config`: the first is line 3, or 2 without salt."""
    top = f"{SALT}dev\n" if salt else ""
    return f"{top}config:\n{textwrap.indent(textwrap.dedent(text).strip(), '  ')}\n"


def connections(text: str) -> str:
    """Return a stack file with these connections, of which the first is on line 4."""
    return config("phones:connections:\n" + textwrap.indent(textwrap.dedent(text).strip(), "  "))
