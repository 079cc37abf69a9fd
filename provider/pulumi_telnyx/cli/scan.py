"""`pulumi-telnyx scan`: whether files show a password or a key."""

from __future__ import annotations

import gzip
import json
import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Final

import click

from ..api.errors import printable
from ..leaks import Finding, find, structural
from ..words import counted
from .findings import FINDING, annotation, findings_format
from .output import examples

MAX_FILES: Final = 100_000
MAX_FILE_BYTES: Final = 1 << 30
_PIECE_BYTES: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"


@click.command(
    "scan",
    short_help="Look for passwords and keys in files.",
    epilog=examples(
        "scan --stack prod logs/ report.md",
    ),
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--secrets",
    "documents",
    metavar="FILE",
    multiple=True,
    help="Look for the secrets in this output of `pulumi stack export --show-secrets` or `pulumi config "
    "--show-secrets --json`; - is standard input, so that they never touch the disk. May be repeated.",
)
@click.option(
    "--stack",
    metavar="NAME",
    help="Look for the secrets in state and config of this stack, which stay in memory.",
)
@findings_format
@click.pass_context
def scan(
    context: click.Context, paths: tuple[Path, ...], documents: tuple[str, ...], stack: str | None, form: str
) -> None:
    """Look for passwords and API keys in states, logs, previews and reports.

    Looks for the key in TELNYX_API_KEY and for what --secrets and --stack bring, also where JSON, a URL,
    HTML or base64 spells it otherwise. Even without them, finds what Pulumi's JSON shows in place of
    ciphertext, and what has the form of an API key. A value is never printed.

    Folders are searched whole, without following symbolic links; what gzip packed is unpacked.

    Exit codes: 0 nothing was found, 2 something was, 1 something could not be looked at and nothing was found
    elsewhere.
    """
    from .known_secrets import collect

    secrets = collect(documents, stack)
    if not secrets:
        click.echo(
            "no secret is known (TELNYX_API_KEY, --secrets, --stack): looking only for what Pulumi's JSON "
            "shows in clear, and for what has the form of an API key",
            err=True,
        )
    names = _Names(secrets)
    report = _Report(form, names)
    files = failures = hits = 0
    for file in _files(paths):
        try:
            if file.error is not None:
                raise file.error
            content = _content(file.path)
        except (OSError, EOFError, zlib.error) as error:
            failures += 1
            # Not its text: that holds the path once more, as it is.
            reason = (isinstance(error, OSError) and error.strerror) or "it is damaged"
            click.echo(f"error: {names.shown_path(file.path)}: {reason}", err=True)
            continue
        files += 1
        findings = sorted({*find(content, secrets), *structural(content)})
        hits += len(findings)
        for finding in findings:
            report.add(file.path, finding)
    report.end()
    click.echo(f"{counted(hits, 'finding')} in {counted(files, 'file')}", err=True)
    context.exit(FINDING if hits else 1 if failures else 0)


@dataclass(frozen=True)
class _File:
    """A file to look at, or a folder that could not be."""

    path: Path
    error: OSError | None = None


def _files(paths: tuple[Path, ...]) -> Iterator[_File]:
    """Yield what was named, and the regular files below it, in an order that stays the same."""
    count = 0
    for top in paths:
        for file in _walk(top) if top.is_dir() else [_File(top)]:
            count += 1
            if count > MAX_FILES:
                raise click.ClickException(f"these are more than {MAX_FILES:,} files: name fewer folders")
            yield file


def _walk(top: Path) -> Iterator[_File]:
    errors: list[OSError] = []
    for folder, folders, files in os.walk(top, onerror=errors.append):
        folders.sort()
        yield from (_File(Path(error.filename), error) for error in errors)
        errors.clear()
        for name in sorted(files):
            path = Path(folder, name)
            try:
                regular = stat.S_ISREG(path.lstat().st_mode)
            except OSError as error:
                yield _File(path, error)
                continue
            # A link leads elsewhere, and a pipe would never end.
            if regular:
                yield _File(path)
    yield from (_File(Path(error.filename), error) for error in errors)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = _all_of(file)
    if content.startswith(_GZIP):
        # Pulumi's file backend packs its states where it is told to.
        with gzip.GzipFile(fileobj=BytesIO(content)) as unpacked:
            content = _all_of(unpacked)
    return content


def _all_of(file: IO[bytes] | gzip.GzipFile) -> bytes:
    pieces: list[bytes] = []
    while piece := file.read(_PIECE_BYTES):
        pieces.append(piece)
        if len(pieces) * _PIECE_BYTES > MAX_FILE_BYTES:
            raise OSError(None, f"it is larger than {MAX_FILE_BYTES >> 30} GiB: split it")
    return b"".join(pieces)


class _Names:
    """Paths and names as they may be printed: one line, no terminal escapes, and no secret in them either."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets
        self._names: dict[str, str] = {}

    def shown_path(self, path: Path) -> str:
        return self._shown(str(path), os.sep)

    def shown_name(self, name: str) -> str:
        if name not in self._names:
            self._names[name] = self._shown(name, "::")
        return self._names[name]

    def _shown(self, text: str, separator: str) -> str:
        # Part by part: `printable` cuts long texts, and the end of a path or an URN is what people look for.
        def joined(hidden: Iterable[str]) -> str:
            return separator.join(printable(part, hidden) for part in text.split(separator))

        shown = joined(())
        if told := {self._secrets[each.name] for each in find(shown.encode(), self._secrets)}:
            shown = joined(told)
        content = shown.encode()
        # In base64, say, or the form of a key: then nothing of it is shown.
        return "[secret]" if find(content, self._secrets) or structural(content) else shown


class _Report:
    """Prints findings in one of the formats, each as soon as it is there if the format allows."""

    def __init__(self, form: str, names: _Names) -> None:
        self._names = names
        self._rows: list[dict[str, str | int]] = []
        self._line: Callable[[str, Finding, str], str] | None = {"text": _text, "github": _github}.get(form)

    def add(self, path: Path, finding: Finding) -> None:
        file, name = self._names.shown_path(path), self._names.shown_name(finding.name)
        if self._line is not None:
            click.echo(self._line(file, finding, name))
        else:
            self._rows.append(
                {"file": file, "line": finding.line, "name": name, "spelling": finding.spelling}
            )

    def end(self) -> None:
        if self._line is None:
            click.echo(json.dumps(self._rows, indent=2))


def _text(file: str, finding: Finding, name: str) -> str:
    return f"{file}:{finding.line}: {name} ({finding.spelling})"


def _github(file: str, finding: Finding, name: str) -> str:
    return annotation("error", file, finding.line, f"{name} ({finding.spelling})")
