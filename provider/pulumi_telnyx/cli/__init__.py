"""The `pulumi-telnyx` command: data goes to stdout, everything else to stderr.

Exit codes: 0 done, 1 error, 2 a finding or wrong usage.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Final

import click

from ..api.errors import TelnyxError, printable
from ..words import nearest
from .doctor import doctor
from .drift import drift
from .emulator import emulator
from .import_connections import import_connections
from .list import list_connections
from .matrix import matrix
from .promote import promote
from .registrations import registrations
from .report import report
from .rotate import rotate
from .scan import scan
from .sweep import sweep
from .validate import validate

# How click begins an error; then the place in a file that one of ours may have, with `error:` behind it.
_CLICKS_OWN: Final = re.compile(r"^Error:\s(.+:\d+:\serror:\s)?", re.MULTILINE)


@contextlib.contextmanager
def _showing_errors() -> Iterator[None]:
    """Show the error that ends a command, ours or click's, as Pulumi and our findings show theirs."""
    try:
        yield
    except (TelnyxError, click.ClickException) as error:
        shown = error if isinstance(error, click.ClickException) else click.ClickException(str(error))
        text = io.StringIO()
        shown.show(text)
        told = _CLICKS_OWN.sub(lambda found: found[1] or "error: ", text.getvalue(), count=1)
        click.echo(told, nl=False, err=True)
        raise click.exceptions.Exit(shown.exit_code) from None


class _Group(click.Group):
    """Shows our own errors and click's alike, in one line; and what there is, where something is not."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _showing_errors():
            return super().make_context(*args, **extra)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0].isidentifier() and self.get_command(ctx, args[0]) is None:
            hint = nearest(args[0], self.commands)
            raise click.UsageError(
                f"there is no command {args[0]}{hint}; there are: {', '.join(self.list_commands(ctx))}", ctx
            )
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with _showing_errors():
            try:
                return super().invoke(ctx)
            except click.NoSuchOption as error:
                if error.ctx is None:
                    raise
                there = [each.opts[-1] for each in error.ctx.command.params if isinstance(each, click.Option)]
                hint = nearest(error.option_name, there)
                raise click.UsageError(
                    f"there is no option {printable(error.option_name)}{hint}; there are: {', '.join(there)}",
                    error.ctx,
                ) from None


# Commands inherit the settings.
@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("pulumi-telnyx"), prog_name="pulumi-telnyx")
def cli() -> None:
    """Telnyx Credential Connections beside Pulumi: an account, previews, a local API, leaks.

    The API key is read from TELNYX_API_KEY, another base URL from TELNYX_BASE_URL. With -h, each command says
    what it does, with examples.
    """


cli.add_command(list_connections)
cli.add_command(import_connections)
cli.add_command(sweep)
cli.add_command(rotate)
cli.add_command(registrations)
cli.add_command(emulator)
cli.add_command(scan)
cli.add_command(validate)
cli.add_command(matrix)
cli.add_command(promote)
cli.add_command(report)
cli.add_command(drift)
cli.add_command(doctor)
