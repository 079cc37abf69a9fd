"""`pulumi-telnyx validate`: whether the stack files can be used."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .findings import annotation, counted, findings_format
from .project import in_project

if TYPE_CHECKING:
    from ..stack.located import Finding


@click.command("validate")
@click.argument("stacks", metavar="[STACK]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All stacks that have a file; the default.")
@click.option(
    "--allow-warnings", is_flag=True, help="Print warnings, and exit with 0 where there is nothing else."
)
@findings_format
@in_project
@click.pass_context
def validate(
    context: click.Context,
    folder: Path,
    stacks: tuple[str, ...],
    every: bool,
    allow_warnings: bool,
    form: str,
) -> None:
    """Check stack files without key, passphrase, engine or network.

    Looks at everything that Pulumi.yaml and the stack files say of connections: fields, ranges and rules
    between fields, user names that stand twice (also in another stack), passwords and keys in plain text, and
    choices that cost money or calls. Values that are encrypted are not checked.

    Exit codes: 0 nothing was found, 2 something was, 1 a stack has no file.
    """
    from ..stack.project import find_project
    from ..stack.validate import check

    if every and stacks:
        raise click.UsageError("name stacks, or say --all")
    project = find_project(folder)
    wanted = dict.fromkeys(stacks or project.stack_files)
    others = [each for each in project.stack_files if each not in wanted]
    checked = check(project, map(project.read, wanted), map(project.read, others))
    findings = checked.findings
    _print(findings, form)
    errors = len(checked.errors)
    unchecked = f"; {counted(checked.encrypted, 'encrypted value')} not checked" if checked.encrypted else ""
    click.echo(
        f"{counted(checked.stacks, 'stack')}, {counted(checked.connections, 'connection')}: "
        f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}{unchecked}",
        err=True,
    )
    context.exit(2 if errors or (findings and not allow_warnings) else 0)


def _print(findings: list[Finding], form: str) -> None:
    if form == "json":
        rows = [
            {**dataclasses.asdict(each.origin), "level": each.level, "message": each.message}
            for each in findings
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for each in findings:
        if form == "github":
            click.echo(annotation(each.level, each.origin.file, each.origin.line, each.message))
        else:
            click.echo(str(each))
