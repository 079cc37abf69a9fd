"""What the command says of itself: its help, and what there is where something is not."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pulumi_telnyx.cli import cli


@pytest.mark.parametrize("command", cli.commands.values(), ids=cli.commands)
def test_help_ends_with_examples_that_work(command: click.Command) -> None:
    """Who copies one gets no error about options."""
    _, _, examples = (command.epilog or "").partition("Examples:\n")
    assert examples

    for line in examples.splitlines():
        program, name, *arguments = shlex.split(line)
        assert (program, name) == ("pulumi-telnyx", command.name)
        command.make_context(name, arguments)


def test_each_command_is_told_in_a_line_of_its_own() -> None:
    """A sentence that is cut off does not say which command to take."""
    shown = CliRunner().invoke(cli, ["--help"], terminal_width=80).output

    assert "..." not in shown.partition("Commands:")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lst"], "there is no command lst (did you mean 'list'?); there are: doctor, drift, "),
        (["drift", "--formt", "json"], "there is no option --formt (did you mean '--format'?); there are: "),
        (["matrix", "--format", "tble"], "'tble' is not one of 'text', 'markdown', 'json'"),
    ],
    ids=str,
)
def test_what_is_not_there_is_answered_by_what_is(arguments: list[str], said: str) -> None:
    """In one line, with exit code 2."""
    done = CliRunner().invoke(cli, arguments)

    assert done.exit_code == 2
    assert said in done.output


def test_bash_completes_commands_and_options() -> None:
    """As the README sets it up; `report` and `registrations` begin alike."""
    line = "_PULUMI_TELNYX_COMPLETE=bash_source"
    assert line in (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

    def completed(*words: str) -> set[str]:
        asked = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        environ = {"_PULUMI_TELNYX_COMPLETE": "bash_complete", **asked}
        return {*CliRunner().invoke(cli, env=environ, prog_name="pulumi-telnyx").stdout.split()}

    assert completed("pulumi-telnyx", "re") == {"plain,registrations", "plain,report"}
    assert "plain,--fail-on-error" in completed("pulumi-telnyx", "report", "--f")
