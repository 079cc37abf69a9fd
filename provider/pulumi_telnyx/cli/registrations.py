"""`pulumi-telnyx registrations`: which connections have a phone logged in, now and around a rotation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from .account import of_account, settings_of, told_of
from .findings import FINDING
from .output import examples, in_format, write_whole
from .phones import apis_of, ask_once, earlier
from .project import in_project
from .registration_tables import as_json, print_changes, print_standings, summary
from .states import exported

if TYPE_CHECKING:
    from ..registrations import Line, Standing

_SHORTEST_SECS: Final = 1
_LONGEST_SECS: Final = 3600


@click.command(
    "registrations",
    short_help="Show which phones are registered.",
    epilog=examples(
        "registrations --stack prod",
        "registrations --stack prod --before phones.json",
        "registrations --stack prod --after phones.json --watch",
    ),
)
@click.argument("connections", metavar="[CONNECTION]...", nargs=-1)
@click.option(
    "--stack",
    metavar="NAME",
    help="The connections of this stack, each in its own account; left out: all of the account.",
)
@click.option("--watch", is_flag=True, help="Ask again until all are registered, or until Ctrl-C.")
@click.option(
    "--interval",
    type=click.IntRange(_SHORTEST_SECS, _LONGEST_SECS),
    metavar="SECONDS",
    default=10,
    show_default=True,
    help="With --watch: the pause between two rounds.",
)
@click.option(
    "--before",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write down who is registered, to compare with after a change of passwords.",
)
@click.option(
    "--after",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Compare with what --before has written there.",
)
@of_account
@in_format("text", "json", shows="A table for people, or a JSON array.")
@in_project
@click.pass_context
def registrations(
    context: click.Context,
    folder: Path,
    connections: tuple[str, ...],
    stack: str | None,
    watch: bool,
    interval: int,
    before: Path | None,
    after: Path | None,
    account: str | None,
    form: str,
) -> None:
    """Show which connections have a phone registered, from where, and since when.

    CONNECTION is an id, a user name, or with --stack a resource name: of a set, SET stands for all members,
    and SET/MEMBER for one. Telnyx is asked about each connection; what it does not tell, or could not be
    asked, is unknown.

    With --after, shows what is other than before: who is not registered any more, who came back, who is new.
    A phone that is still registered by its login of before shows as well: it has not used the new password
    yet. --watch then waits for those alone that were registered.

    Exit codes: 0 all are registered (with --after: all that were; with --before: the file is written), 2 they
    are not, 1 error, or one of them could not be asked.
    """
    from ..registrations import compare, missing, snapshot

    _check_usage(stack, watch, before, after, account)
    before_that = None if after is None else earlier(after)
    lines = _lines(folder, stack, account)
    if before_that is not None:
        # One that is not there any more was registered all the same.
        lines += missing(before_that, lines)
    lines = _chosen(lines, connections)
    if not lines:
        click.echo("there is no connection to ask about", err=True)

    def verdict(standings: Sequence[Standing]) -> int:
        if before_that is None:
            return _verdict(standings)
        awaited = [each.now for each in compare(before_that, standings) if each.change in {"lost", "unknown"}]
        return _verdict(awaited)

    standings = _asked(lines, verdict, interval if watch else None)
    code = verdict(standings)
    if before is not None:
        write_whole(before, snapshot(standings))
        code = int(any(each.problem for each in standings))
    compared = None if before_that is None else list(compare(before_that, standings))
    if form == "json":
        click.echo(as_json(standings, compared))
    elif compared is None:
        print_standings(standings)
    else:
        print_changes(compared)
    click.echo(summary(standings, compared), err=True)
    context.exit(code)


def _check_usage(
    stack: str | None, watch: bool, before: Path | None, after: Path | None, account: str | None
) -> None:
    if before and after:
        raise click.UsageError("--before and --after are for two runs, one on each side of a change")
    if before and watch:
        raise click.UsageError("--before takes what is there now: leave out --watch")
    if stack and account:
        raise click.UsageError("with --stack each connection's own account is asked: leave out --account")


def _lines(folder: Path, stack: str | None, account: str | None) -> list[Line]:
    """Return the connections of the stack, or of the whole account."""
    from ..registrations import Line, line_of
    from ..settings import connect

    if stack is not None:
        return list(map(line_of, exported(folder, stack).connections))
    with told_of(account):
        return [
            Line(row.id, None, row.connection_name, row.user_name, account)
            for row in connect(settings_of(account)).list()
        ]


def _chosen(lines: Sequence[Line], names: tuple[str, ...]) -> list[Line]:
    """Return the connections that are named; all, where none is.

    Raises:
        click.ClickException: there is none with such a name.
    """
    from ..api.errors import printable
    from ..words import nearest

    if not names:
        return list(lines)
    chosen: dict[str, Line] = {}
    for name in names:
        found = [line for line in lines if name in (line.id, line.resource, line.set) or _is_user(name, line)]
        if not found:
            known = {text for line in lines for text in (line.resource, line.set, line.user_name) if text}
            raise click.ClickException(f"there is no connection {printable(name)}{nearest(name, known)}")
        chosen.update((line.id, line) for line in found)
    return list(chosen.values())


def _is_user(name: str, line: Line) -> bool:
    return line.user_name is not None and line.user_name.casefold() == name.casefold()


def _verdict(standings: Iterable[Standing]) -> int:
    """Return 0 where all are registered, 2 where one is not, and 1 where one could only not be asked."""
    others = [each for each in standings if not each.is_registered]
    if any(not each.problem for each in others):
        return FINDING
    return int(bool(others))


def _asked(
    lines: Sequence[Line], verdict: Callable[[Sequence[Standing]], int], interval: int | None
) -> list[Standing]:
    """Return what Telnyx says; with an interval, once the verdict is good or Ctrl-C was pressed."""
    from ..api.errors import TransportError

    apis = apis_of(lines, settings_of)
    latest: list[Standing] | None = None
    try:
        while True:
            try:
                latest = ask_once(lines, apis)
            except TransportError as error:
                # The first round finds out that something is wrong; later on it may pass.
                if latest is None:
                    raise
                click.echo(f"error: {error}", err=True)
            else:
                if interval is None or not verdict(latest):
                    return latest
                click.echo(f"{summary(latest)}; again in {interval} s, Ctrl-C ends it", err=True)
            time.sleep(interval or 0)
    except KeyboardInterrupt:
        if latest is None:
            raise
        return latest
