"""Runs the Pulumi CLI for a command that needs what only the engine knows."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from ..api.errors import printable

# Thousands of resources take minutes; one that hangs must not hang forever.
_TIMEOUT_SECS: Final = 3600


class PulumiFailedError(click.ClickException):
    """The CLI ended with an error; its own words are part of the message."""


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
    shown = f"`pulumi {' '.join(command[:2])}`"
    pipe = None if shows_output else subprocess.PIPE
    try:
        process = subprocess.Popen(
            ["pulumi", *command, "--non-interactive"],
            cwd=root,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1", **(environ or {})},
            stdin=subprocess.PIPE,
            stdout=pipe,
            stderr=pipe,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        said, errors = _communicated(process, content or "")
    except FileNotFoundError:
        raise PulumiFailedError("this needs the Pulumi CLI, and there is no `pulumi` on PATH") from None
    except subprocess.TimeoutExpired:
        raise PulumiFailedError(f"{shown} gave no answer in {_TIMEOUT_SECS} s") from None
    if process.returncode:
        why = (errors or "").strip().removeprefix("error: ")
        reason = f": {printable(why)}" if why else f" with exit code {process.returncode}"
        raise PulumiFailedError(f"{shown} failed{reason}")
    return said or ""


def _communicated(process: subprocess.Popen[str], content: str) -> tuple[str, str]:
    """Return what a process prints to stdout and stderr; it has ended then, in any case."""
    try:
        return process.communicate(content, timeout=_TIMEOUT_SECS)
    except KeyboardInterrupt:
        # Ctrl-C went to the CLI as well, which then ends in order: with its state written, and unlocked.
        process.communicate()
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
