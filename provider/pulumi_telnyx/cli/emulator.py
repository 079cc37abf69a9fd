"""`pulumi-telnyx emulator`: the local Telnyx API in the foreground."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .. import emulator as package
from ..emulator.errors import EmulatorError
from ..emulator.faults import Fault, read_faults_file
from ..emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY, Options
from .output import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFAULT_PORT = 4010


def _help() -> str:
    """The package's own account of what it imitates, with its lists kept as lists."""
    paragraphs = inspect.cleandoc(package.__doc__ or "").split("\n\n")
    return "\n\n".join(f"\b\n{text}" if text.startswith("- ") else text for text in paragraphs)


@click.command(
    help=_help(),
    short_help="Serve a local Telnyx API.",
    epilog=examples(
        "emulator --data connections.db",
        "emulator --port 0 --ready-file ready.json --quiet",
    ),
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_DEFAULT_PORT,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes any free one.",
)
@click.option(
    "--data",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SQLite file that keeps connections between runs, made if need be. Without it they live in memory.",
)
@click.option(
    "--mask-passwords", is_flag=True, help="Read passwords back as asterisks, as newer accounts do."
)
@click.option(
    "--nested-patch",
    type=click.Choice(["merge", "replace"]),
    default="merge",
    show_default=True,
    help="Whether an update keeps the fields that a nested object leaves out, or returns them to defaults.",
)
@click.option(
    "--latency-ms",
    type=click.IntRange(0, 60_000),
    default=0,
    show_default=True,
    help="Pause before each answer, in milliseconds.",
)
@click.option("--api-key", default=DEFAULT_API_KEY, show_default=True, help="The one key that is accepted.")
@click.option(
    "--faults",
    "faults_file",
    type=click.Path(path_type=Path),
    help="JSON file with a list of faults that are set from the start; see docs/emulator-faults.md.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSON file with url and pid, there exactly while requests are accepted.",
)
@click.option("--quiet", is_flag=True, help="Do not print the lines that tell the addresses.")
def emulator(
    port: int,
    data: Path | None,
    mask_passwords: bool,
    nested_patch: Literal["merge", "replace"],
    latency_ms: int,
    api_key: str,
    faults_file: Path | None,
    ready_file: Path | None,
    quiet: bool,
) -> None:
    """Serve until SIGINT or SIGTERM; what users read instead of this is `_help`."""
    try:
        from ..emulator.server import EmulatorServer, serve
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in ("jinja2", "starlette", "uvicorn"):
            raise
        raise click.ClickException(
            f"the emulator needs the package {missing}: pip install 'pulumi-telnyx[emulator]'"
        ) from None
    options = Options(
        api_keys={api_key: DEFAULT_ACCOUNT},
        mask_passwords=mask_passwords,
        nested_patch=nested_patch,
        latency_secs=latency_ms / 1000,
    )

    if ready_file is not None:
        _remove_stale(ready_file)
    faults = [] if faults_file is None else _read_faults(faults_file)
    server = EmulatorServer(options, data=data, port=port, faults=faults)

    @contextlib.contextmanager
    def announced(url: str) -> Iterator[None]:
        with _ready_file(ready_file, url):
            if not quiet:
                click.echo(f"listening on {url}")
                click.echo(f"page for a browser: {server.page_url}")
            yield

    try:
        serve(server, announced)
    except EmulatorError as error:
        raise click.ClickException(str(error)) from None


def _read_faults(path: Path) -> list[Fault]:
    try:
        return read_faults_file(path.read_bytes())
    except OSError as error:
        raise click.ClickException(f"faults file {path}: {error.strerror}") from None
    except ValueError as error:
        raise click.ClickException(f"faults file {path}: {error}") from None


@contextlib.contextmanager
def _ready_file(path: Path | None, url: str) -> Iterator[None]:
    """Keep a file that tells other programs where to find this one."""
    if path is None:
        yield
        return
    # Renamed into place: who waits for the file never reads half of it.
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        partial.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise click.ClickException(f"ready file {path}: {error.strerror}") from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _remove_stale(path: Path) -> None:
    """Remove the ready file of an emulator that was killed, but not of one that runs."""
    try:
        os.kill(json.loads(path.read_text(encoding="utf-8"))["pid"], 0)
    except (ValueError, LookupError, TypeError, OverflowError, ProcessLookupError):
        path.unlink()
    except OSError:
        # No such file; or the process is another user's, and alive.
        return
