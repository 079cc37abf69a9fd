"""`pulumi-telnyx promote`: bring one stack's connections to another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .output import examples
from .project import in_project, read_without_errors
from .rewrite import write_when_confirmed

if TYPE_CHECKING:
    from ..stack.promote import Promotion


@click.command(
    "promote",
    short_help="Bring a stack's settings to another one.",
    epilog=examples(
        "promote staging prod",
        "promote staging prod desk --exclude outbound.channel_limit",
    ),
)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("connections", metavar="[CONNECTION]...", nargs=-1)
@click.option(
    "--exclude",
    "excluded",
    metavar="PATH",
    multiple=True,
    help="A setting that stays as it is: in every connection (outbound.channel_limit) or in one "
    "(fax.inbound.codecs), or a whole connection. May be repeated.",
)
@click.option("-y", "--yes", is_flag=True, help="Write the file without asking.")
@in_project
def promote(
    folder: Path,
    source: str,
    target: str,
    connections: tuple[str, ...],
    excluded: tuple[str, ...],
    yes: bool,
) -> None:
    """Write the settings that connections have in stack FROM into the file of stack TO.

    Of a set, these are its defaults. Shows the change of the file first, and asks. Comments and order stay.
    Left alone is what belongs to one stack or account: names, passwords, everything encrypted, the ids of
    voice profile and push credentials, and protect, account, adopt, rotate_password_when and
    unmanaged_password; and which members a set has. A connection that only TO has stays. Nothing is changed
    at Telnyx before the next `pulumi up`.
    """
    from ..stack.project import find_project
    from ..stack.promote import promotion

    if source == target:
        raise click.UsageError("FROM and TO are the same stack")
    project = find_project(folder)
    giving, taking = read_without_errors(project, [source, target])
    change = promotion(project, giving, taking, connections, excluded)
    for line in _remarks(change, source, target):
        click.echo(line, err=True)
    if not change.rewrites:
        click.echo(f"{taking.name} has it all: nothing to write", err=True)
        return
    written = write_when_confirmed(project, taking, change.rewrites, change.expected, yes=yes)
    click.echo(f"{written} is written; see what it does: `pulumi preview --stack {target}`", err=True)


def _remarks(change: Promotion, source: str, target: str) -> Iterator[str]:
    if change.left_alone:
        yield f"left alone, as only this stack or account has them: {', '.join(change.left_alone)}"
    if change.only_there:
        yield f"only in {target}, and stays: {', '.join(change.only_there)}"
    if change.sets:
        yield f"of sets only defaults are promoted, neither members nor their file: {', '.join(change.sets)}"
    if change.only_here:
        yield (
            f"only in {source}, and not promoted, as {target} has no members for it: "
            f"{', '.join(change.only_here)}"
        )
