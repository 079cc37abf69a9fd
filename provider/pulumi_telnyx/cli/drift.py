"""`pulumi-telnyx drift`: what somebody has changed at Telnyx, and no deployment."""

from __future__ import annotations

import dataclasses
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .console import print_table
from .findings import FINDING
from .output import examples, in_format, to_file, write_whole
from .project import in_project
from .stacks import ask, of_each, of_stacks

if TYPE_CHECKING:
    from ..report.refresh import StackRefresh
    from ..report.summary import Summary


@click.command(
    "drift",
    short_help="Say what was changed outside of Pulumi.",
    epilog=examples(
        "drift",
        "drift prod --format markdown --output drift.md",
    ),
)
@of_stacks
@in_format(
    "text",
    "markdown",
    "json",
    shows="A table for people, Markdown for an issue or a comment, or a JSON object.",
)
@to_file
@in_project
@click.pass_context
def drift(
    context: click.Context, folder: Path, stacks: tuple[str, ...], form: str, output: Path | None
) -> None:
    """Say what is at Telnyx otherwise than it was declared and deployed.

    Runs `pulumi refresh --preview-only` of each stack, or of all that have a file: nothing is written, at
    Telnyx or to the state, and the program is not run. Only what is declared counts. That a password was
    changed shows, and never to what; where Telnyx masks passwords, nobody can see it.

    JSON: {project, stacks: [{stack, error, connections, other_resources: [{type, name, what}], warnings}]};
    of a connection {name, set, member, id, what, changed_at, password_changed, taken_over_by, fields,
    secrets, means}, where the name of a member is SET/MEMBER, and `set` is null for a resource of its own.

    Exit codes: 0 no drift, 1 a stack could not be looked at (the others are shown), 2 drift.
    """
    from ..report.drift import drift_of

    summary = drift_of(of_each(folder, stacks, "refresh, without writing", _look))
    if not summary.project:
        # Where no stack could be looked at, the issue has to be found again all the same.
        from ..stack.project import find_project

        summary = dataclasses.replace(summary, project=find_project(folder).name)
    text = _text(summary, form, whole=output is not None)
    if output is None:
        # Bytes: whatever the locale, it is UTF-8.
        click.echo(text.encode("utf-8", "replace"), nl=False)
    else:
        write_whole(output, text)
    if any(each.problems for each in summary.stacks):
        context.exit(1)
    if not summary.changes_nothing:
        context.exit(FINDING)


def _look(root: Path, stack: str) -> tuple[StackRefresh, str]:
    """Return what a refresh of a stack finds, and its verdict."""
    from ..report.drift import drift_of
    from ..report.preview import failed
    from ..report.refresh import StackRefresh, read_refresh
    from ..report.steps import PreviewError

    with tempfile.TemporaryDirectory(prefix="pulumi-telnyx-drift-") as folder:
        log = Path(folder) / "events.json"
        # Not for its debug output: it is what Pulumi's Automation API sets, which `--event-log` was made for.
        environ = {"PULUMI_DEBUG_COMMANDS": "true"}
        command = ("refresh", "--preview-only", "--json", "--color=never", f"--event-log={log}")
        code, printed, errors = ask(root, stack, *command, asker="drift", environ=environ)
        content = log.read_bytes() if log.is_file() else b""
    try:
        found = read_refresh(content, stack, printed)
    except PreviewError as error:
        found = StackRefresh(failed(stack, errors or str(error)))
    if code and (not content or not found.stack.problems):
        found = StackRefresh(failed(stack, errors or f"`pulumi refresh` ended with exit code {code}"))
    (only,) = drift_of([found]).stacks
    return found, ", ".join(each.text for each in only.verdict) or only.voice.nothing


def _text(summary: Summary, form: str, *, whole: bool) -> str:
    if form == "markdown":
        from ..report.markdown import render

        return render(summary)
    if form == "json":
        from ..report.drift_json import as_json

        return as_json(summary)
    return _table(summary, whole=whole)


def _table(summary: Summary, *, whole: bool) -> str:
    """Return table and notes; where no terminal shows them, one row is one line."""
    from ..report.drift_table import notes_of, table_of

    table = table_of(summary)
    text = io.StringIO()
    if table.row_count:
        print_table(table, folded=not whole, file=text)
        text.write("\n")
    text.writelines(f"{line}\n" for line in notes_of(summary))
    return text.getvalue()
