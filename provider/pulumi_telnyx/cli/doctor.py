"""`pulumi-telnyx doctor`: whether `pulumi up` can work here, and what to do where it cannot."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..words import counted
from .account import config_of
from .findings import FINDING
from .output import examples, in_format
from .project import in_project

if TYPE_CHECKING:
    from ..doctor import Check

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command(
    "doctor",
    short_help="Say whether `pulumi up` can work here.",
    epilog=examples(
        "doctor",
        "doctor --stack prod",
    ),
)
@click.option(
    "--stack",
    metavar="NAME",
    help="Take key and base URL as `pulumi up` of this stack does; left out: from the environment alone.",
)
@in_format("text", "json", shows="Lines for people, or a JSON array: {name, level, message, fix} each.")
@click.option("--json", "form", flag_value="json", help="Short for --format json.")
@in_project
@click.pass_context
def doctor(context: click.Context, folder: Path, stack: str | None, form: str) -> None:
    """Say whether `pulumi up` can work here, and what to do where it cannot.

    Looks at the Pulumi CLI and what it needs for Python, the project's virtual environment and its packages,
    whether CLI and SDK are a tested pair, what states have for the provider, the API key (never shown), the
    base URL, the API, and the clock. Makes one request, which reads one connection; changes nothing.

    Exit codes: 0 nothing fails (there may be warnings), 2 something does.
    """
    from ..doctor import examine

    checks = []
    for check in examine(folder, os.environ, _config_of(folder, stack)):
        checks.append(check)
        if form == "text":
            _print(check)
    if form == "json":
        click.echo(json.dumps([dataclasses.asdict(each) for each in checks], indent=2))
    failures = sum(each.level == "fail" for each in checks)
    warnings = sum(each.level == "warn" for each in checks)
    click.echo(f"{counted(failures, 'failure')}, {counted(warnings, 'warning')}", err=True)
    context.exit(FINDING if failures else 0)


def _config_of(folder: Path, stack: str | None) -> Callable[[], Callable[[str], object]] | None:
    """Return what reads the stack's config; its errors are ours, to be one of the lines."""
    if stack is None:
        return None
    from ..api.errors import SettingsError

    def read() -> Callable[[str], object]:
        try:
            return config_of(folder, stack)
        except click.ClickException as error:
            raise SettingsError(error.message) from None

    return read


def _print(check: Check) -> None:
    level = click.style(f"{check.level:<4}", fg=_COLOURS[check.level], bold=check.level != "ok")
    click.echo(f"{level}  {check.name:<19}  {check.message}")
    if check.fix:
        click.echo(f"{'':<27}fix: {check.fix}")
