"""`pulumi-telnyx validate`: whether the stack files can be used."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..words import counted
from .findings import FINDING, annotation, findings_format
from .output import examples
from .project import in_project
from .stacks import of_stacks

if TYPE_CHECKING:
    from ..stack.located import Finding


@click.command(
    "validate",
    short_help="Check stack files, offline.",
    epilog=examples(
        "validate",
        "validate prod --format json",
    ),
)
@of_stacks
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

    Looks at everything that Pulumi.yaml and the stack files say of connections and sets, also in files of
    members: fields, ranges and rules between fields, user names that stand twice (also in another stack),
    passwords and keys in plain text, and choices that cost money or calls; and at the settings of the
    provider, as telnyx:baseUrl. Values that are encrypted are not checked. A stack that is named is the only
    one that is reported on.

    Exit codes: 0 nothing was found, 2 something was, 1 a stack has no file, or there is none at all.
    """
    from ..stack.project import find_project
    from ..stack.validate import check

    if every and stacks:
        raise click.UsageError("name stacks, or say --all")
    project = find_project(folder)
    if not project.stack_files:
        # Nothing would be checked, and a pipeline would be content with it.
        raise click.ClickException(
            f"no stack has a file in {project.called(project.stacks)}: run `pulumi stack init`, or correct "
            "stackConfigDir in Pulumi.yaml"
        )
    wanted = dict.fromkeys(stacks or project.stack_files)
    others = [each for each in project.stack_files if each not in wanted]
    checked = check(project, map(project.read, wanted), map(project.read, others))
    if not stacks:
        checked.findings.extend(project.unread())
    findings = checked.findings
    _print(findings, form, project.root)
    errors = len(checked.errors)
    unchecked = f"; {counted(checked.encrypted, 'encrypted value')} not checked" if checked.encrypted else ""
    members = f", {counted(checked.members, 'member')} of {counted(checked.sets, 'set')}"
    click.echo(
        f"{counted(checked.stacks, 'stack')}, {counted(checked.connections, 'connection')}"
        f"{members if checked.sets else ''}: "
        f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}{unchecked}",
        err=True,
    )
    context.exit(FINDING if errors or (findings and not allow_warnings) else 0)


def _print(findings: list[Finding], form: str, root: Path) -> None:
    if form == "json":
        rows = [
            {**dataclasses.asdict(each.origin), "level": each.level, "message": each.message}
            for each in findings
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    above = _above(root)
    for each in findings:
        if form == "github":
            click.echo(annotation(each.level, above + each.origin.file, each.origin.line, each.message))
        else:
            click.echo(str(each))


def _above(root: Path) -> str:
    """Return what comes before paths of the project, to say where a file is in the workflow's repository."""
    repository = os.environ.get("GITHUB_WORKSPACE")
    if not repository or not root.is_relative_to(Path(repository).resolve()):
        return ""
    folder = root.relative_to(Path(repository).resolve()).as_posix()
    return "" if folder == "." else f"{folder}/"
