"""Runs the Pulumi CLI for a command that needs what only the engine knows."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import click

from ..api.errors import printable

# Thousands of resources take minutes; one that hangs must not hang forever.
_TIMEOUT_SECS: Final = 3600
_DOCTOR: Final = "`pulumi-telnyx doctor` says what to do"
# How the CLI's error begins where a stack was never made; `pulumi up` makes one only at a terminal.
_NO_STACK: Final = "no stack named "
_MAKE_ONE: Final = (
    "`pulumi stack ls` lists those of the backend that you are logged in to, and `pulumi stack init` with "
    "its name makes it"
)
# Pulumi would write what it decrypts for us into the file that this names.
_TELLTALES: Final = frozenset({"PULUMI_DEBUG_GRPC"})


class PulumiFailedError(click.ClickException):
    """The CLI ended with an error; its own words are part of the message."""


class PulumiTimeoutError(PulumiFailedError):
    """The CLI gave no answer in time, and was ended."""


class Answer(NamedTuple):
    """What the CLI leaves behind when it has ended.

    Args:
        exit_code: 0 where all went well.
        printed: to stdout.
        errors: what it printed to stderr, without `error:` before it.
    """

    exit_code: int
    printed: bytes
    errors: str


def run_pulumi(
    root: Path,
    *command: str,
    content: str | None = None,
    environ: Mapping[str, str] | None = None,
    shows_output: bool = False,
) -> str:
    """Return what a command of the CLI prints to stdout.

    Args:
        root: the project's folder.
        command: without `pulumi` itself; never a secret, since everybody on the machine sees it.
        content: what the command reads from stdin.
        environ: set beside the caller's environment.
        shows_output: print what the command says while it runs, and return nothing.

    Raises:
        PulumiFailedError: it failed, or there is no CLI.
    """
    called = f"`pulumi {' '.join(command[:2])}`"
    code, printed, errors = ask_pulumi(
        root, *command, called=called, content=content, environ=environ, shows_output=shows_output
    )
    if code:
        reason = f": {printable(errors)}" if errors else f" with exit code {code}"
        raise PulumiFailedError(f"{called} failed{reason}")
    return printed.decode("utf-8", "replace")


def ask_pulumi(
    root: Path,
    *command: str,
    called: str,
    asker: str = "this",
    content: str | None = None,
    environ: Mapping[str, str] | None = None,
    shows_output: bool = False,
    timeout_secs: int = _TIMEOUT_SECS,
) -> Answer:
    """Return what a command of the CLI leaves behind, also where it failed.

    Args:
        root: the project's folder.
        command: without `pulumi` itself; never a secret, since everybody on the machine sees it.
        called: the command, as errors call it.
        asker: what needs the CLI, for the error where there is none.
        content: what the command reads from stdin.
        environ: set beside the caller's environment.
        shows_output: print what the command says while it runs, and return nothing of it.
        timeout_secs: how long it may take.

    Raises:
        PulumiFailedError: there is no CLI, or it could not be started.
        PulumiTimeoutError: it gave no answer in time.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _TELLTALES}
    pipe = None if shows_output else subprocess.PIPE
    try:
        with subprocess.Popen(
            ["pulumi", *command, "--non-interactive"],
            cwd=root,
            env={**inherited, "PULUMI_SKIP_UPDATE_CHECK": "1", **(environ or {})},
            stdin=subprocess.PIPE,
            stdout=pipe,
            stderr=pipe,
        ) as process:
            printed, errors = _communicated(process, (content or "").encode(), timeout_secs)
    except FileNotFoundError:
        raise PulumiFailedError(
            f"{asker} needs the Pulumi CLI, and there is no `pulumi` on PATH: {_DOCTOR}"
        ) from None
    except (OSError, ValueError):
        raise PulumiFailedError(f"{called} could not be started: {_DOCTOR}") from None
    except subprocess.TimeoutExpired:
        raise PulumiTimeoutError(f"{called} gave no answer in {timeout_secs} s") from None
    said = (errors or b"").decode("utf-8", "replace").strip().removeprefix("error: ")
    if process.returncode and said.startswith(_NO_STACK):
        said = f"{said}: {_MAKE_ONE}"
    return Answer(process.returncode, printed or b"", said)


def _communicated(
    process: subprocess.Popen[bytes], content: bytes, timeout_secs: int
) -> tuple[bytes | None, bytes | None]:
    """Return what a process prints to stdout and stderr; it has ended then, in any case."""
    try:
        return process.communicate(content, timeout=timeout_secs)
    except KeyboardInterrupt:
        # Ctrl-C went to the CLI as well, which then ends in order: with its state written, and unlocked.
        process.communicate()
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
