"""`pulumi-telnyx report`: what previews say, for a pull request, a browser or a terminal."""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import previews
from .findings import FINDING
from .output import examples, in_format, to_file, write_whole
from .project import in_project

if TYPE_CHECKING:
    from ..report.summary import Summary


@click.command(
    "report",
    short_help="Say what previews would do to phones.",
    epilog=examples(
        "report --run --format text",
        "report dev.json prod.json --output report.md",
    ),
)
@click.argument("files", metavar="[FILE]...", nargs=-1)
@click.option("--run", is_flag=True, help="Run the previews now, of all stacks that have a file.")
@click.option(
    "--stack", "stacks", metavar="NAME", multiple=True, help="With --run: this stack alone. May be repeated."
)
@in_format(
    "markdown",
    "html",
    "text",
    shows="Markdown for a comment in a pull request, below 60,000 characters; one page for a browser, with "
    "everything; or text for people at a terminal.",
)
@to_file
@click.option(
    "--full-output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the Markdown there too, with everything that a comment has no room for.",
)
@click.option(
    "--fail-on-error", is_flag=True, help="Exit with 2 when a preview failed; the report is written first."
)
@in_project
@click.pass_context
def report(
    context: click.Context,
    folder: Path,
    files: tuple[str, ...],
    run: bool,
    stacks: tuple[str, ...],
    form: str,
    output: Path | None,
    full_output: Path | None,
    fail_on_error: bool,
) -> None:
    """Say what previews would do to every stack's phones: deletions, replacements and new passwords first.

    FILE is what `pulumi preview --json` wrote; its name without the ending is the stack's, unless it is
    written as STACK=FILE. A folder stands for all *.json in it, and - for standard input. A preview that
    failed is part of the report, with its message; so is a file that holds none.

    Exit codes: 0 the report is written, 1 it is not, 2 a preview failed and --fail-on-error was given.
    """
    from ..report.markdown import render
    from ..report.summary import summarise

    if bool(files) == run:
        raise click.UsageError("name files with previews, or say --run, and not both")
    if stacks and not run:
        raise click.UsageError("--stack goes with --run; for a file, write STACK=FILE")
    _ensure_apart(files, output, full_output)
    found = previews.run(folder, stacks) if run else previews.read(files)
    summary = summarise(found)
    if not summary.project:
        # Where all previews failed, the comment has to be found again all the same.
        summary = dataclasses.replace(summary, project=_project(folder))
    if full_output is not None:
        write_whole(full_output, render(summary, limit=None))
    if form == "text":
        _print(summary, output)
    elif form == "html":
        from ..report import html

        _write(html.render(summary), output)
    else:
        _write([render(summary, full_output=full_output.name if full_output else "")], output)
    if fail_on_error and any(each.problems for each in summary.stacks):
        context.exit(FINDING)


def _ensure_apart(files: Iterable[str], output: Path | None, full_output: Path | None) -> None:
    """Make sure that no file is written over another one of the same command."""
    if output is not None and full_output is not None and _is_same(output, full_output):
        raise click.UsageError("--output and --full-output name the same file: name two")
    for option, path in (("--output", output), ("--full-output", full_output)):
        if path is not None and any(_is_same(path, each) for each in previews.paths(files)):
            raise click.UsageError(
                f"{option} names a file with a preview, which it would replace: name another"
            )


def _is_same(one: Path, other: Path) -> bool:
    # A link may lead to the file.
    return os.path.realpath(one) == os.path.realpath(other)


def _project(folder: Path) -> str:
    """Return the name of the project in this folder, or nothing where there is none."""
    from ..stack.project import ProjectError, find_project

    try:
        return find_project(folder).name
    except ProjectError:
        return ""


def _write(text: Iterable[str], output: Path | None) -> None:
    if output is not None:
        write_whole(output, text)
        return
    for piece in text:
        # Bytes: whatever the locale, a report is UTF-8.
        click.echo(piece.encode("utf-8", "replace"), nl=False)


def _print(summary: Summary, output: Path | None) -> None:
    from rich.console import Console

    from ..report.terminal import print_report

    if output is None:
        print_report(summary, Console())
        return
    text = io.StringIO()
    print_report(summary, Console(file=text))
    write_whole(output, text.getvalue())
