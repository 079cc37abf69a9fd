"""Build the Pulumi CLI from its published Go modules."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from errors import UnavailableError
from recipe import (
    CLI_PACKAGE,
    LANGUAGE_HOST_PACKAGE,
    MODULE_FOLDER,
    SDK_MODULE,
    SDK_SCRIPTS,
    Version,
    build_flags,
    built_version,
    go_needed,
)
from step import CommandError, Step, run

LINES_SHOWN_OF_FAILED_BUILD = 15
GO_VERSION_TIMEOUT_SECS = 300
"""An older Go may first fetch the one that go.mod asks for."""

PACKAGES = (CLI_PACKAGE, LANGUAGE_HOST_PACKAGE)


def build(folder: Path) -> None:
    """Build the CLI and what it needs for Python into `folder`/bin.

    Raises:
        UnavailableError: no Go, a Go that is too old, no network, a full disk, or an error of the compiler.
    """
    # An interrupted `go build` leaves hundreds of megabytes behind: in here they go when the folder goes.
    scratch = folder / "tmp"
    scratch.mkdir()
    env = _environment(scratch)
    _require_go(env)
    total = _download_modules(env)
    binaries = folder / "bin"
    binaries.mkdir()
    _compile(binaries, total, env)
    _copy_scripts(binaries, env)
    shutil.rmtree(scratch)


def _environment(scratch: Path) -> dict[str, str]:
    ours = {"CGO_ENABLED": "0", "GO111MODULE": "on", "GOTMPDIR": str(scratch), "GOWORK": "off"}
    # The CLI is for this machine, whatever the user otherwise builds for.
    return {name: value for name, value in os.environ.items() if name not in {"GOOS", "GOARCH"}} | ours


def _require_go(env: dict[str, str]) -> None:
    if shutil.which("go") is None:
        raise UnavailableError("there is no `go` on PATH")
    try:
        # Asked in the module's folder, a Go that may do so replaces itself by the one that go.mod wants.
        lines = run(["go", "version"], folder=MODULE_FOLDER, env=env, limit_secs=GO_VERSION_TIMEOUT_SECS)
    except CommandError as error:
        raise UnavailableError(f"`go version` failed: {error.last_line}") from None
    version = Version.find(lines[-1]) if lines else None
    if version is None:
        raise UnavailableError("`go version` printed no version")
    if version < go_needed():
        raise UnavailableError(
            f"{shutil.which('go')} is too old: {version}, at least {go_needed()} is needed"
        )


def _download_modules(env: dict[str, str]) -> int:
    """The number of packages that are left to compile; Go's own cache may hold some from earlier builds."""
    list_stale = ["go", "list", "-mod=readonly", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}"]
    try:
        with Step(f"downloading the Go modules of the Pulumi CLI v{built_version()}") as step:
            lines = run(
                [*list_stale, *PACKAGES],
                folder=MODULE_FOLDER,
                env=env,
                show=lambda lines: step.show(f"{len(lines) - len(_packages(lines))} downloaded"),
            )
    except CommandError as error:
        reason = _disk_full(error) or f"the Go modules could not be downloaded: {error.last_line}"
        raise UnavailableError(reason) from None
    return len(_packages(lines))


def _compile(binaries: Path, total: int, env: dict[str, str]) -> None:
    compile_into = ["go", "build", "-mod=readonly", "-v", *build_flags(), "-o", f"{binaries}{os.sep}"]
    try:
        with Step(f"building the Pulumi CLI v{built_version()}") as step:
            run(
                [*compile_into, *PACKAGES],
                folder=MODULE_FOLDER,
                env=env,
                show=lambda lines: step.show(f"{len(_packages(lines))}/{total} packages"),
            )
    except CommandError as error:
        sys.stderr.writelines(f"{line.rstrip()}\n" for line in error.lines[-LINES_SHOWN_OF_FAILED_BUILD:])
        raise UnavailableError(_disk_full(error) or f"`go build` failed: {error.last_line}") from None


def _copy_scripts(binaries: Path, env: dict[str, str]) -> None:
    find_module = ["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK_MODULE]
    try:
        module = Path(run(find_module, folder=MODULE_FOLDER, env=env)[-1].strip())
    except CommandError as error:
        raise UnavailableError(f"`go list` failed: {error.last_line}") from None
    for script in SDK_SCRIPTS:
        copy = binaries / Path(script).name
        shutil.copyfile(module / script, copy)
        copy.chmod(0o755)  # files in Go's module cache are neither writable nor executable


def _packages(lines: Sequence[str]) -> list[str]:
    """The lines that are names of packages, not messages of Go such as `go: downloading …`."""
    return [line for line in lines if not line.startswith(("go: ", "#"))]


def _disk_full(error: CommandError) -> str | None:
    full = next((line for line in error.lines if "no space left on device" in line), None)
    return f"the disk is full: {full.strip()}" if full else None
