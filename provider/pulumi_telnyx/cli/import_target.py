"""The stack that connections are imported into: what it has, and what is written of it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..api.errors import printable
from .output import write_whole
from .project import read_without_errors
from .pulumi import run_pulumi
from .states import exported, organization_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..fleet.identity import Identity
    from ..importing.in_settings import InSettings
    from ..importing.plan import Plan
    from ..stack.project import Project, StackFile

# Import files with outputs are read since then.
_OLDEST_CLI: Final = (3, 254, 0)
# A run that is cut off leaves nothing at Telnyx, so the state need not be written after each resource.
_QUICKLY: Final = {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}


class ImportTarget:
    """The stack that the connections are imported into.

    Args:
        project: the project.
        stack: the stack's name.
        program: the Python program to write; None where the stack's file declares the connections.
        protect: whether Pulumi shall refuse to delete the connections.
        set_name: the set whose members they become; None where each is a resource of its own.
    """

    def __init__(
        self,
        project: Project,
        stack: str,
        program: Path | None,
        *,
        protect: bool,
        set_name: str | None = None,
    ) -> None:
        self._project, self._stack, self._program, self._protect = project, stack, program, protect
        self._set_name = set_name

    def check(self) -> None:
        """Make sure of what the import needs, before anything is asked or written."""
        from ..stack.project import CONNECTIONS, SETS

        version = run_pulumi(self._project.root, "version")
        numbers = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
        if numbers and tuple(map(int, numbers.groups())) < _OLDEST_CLI:
            needed = ".".join(map(str, _OLDEST_CLI))
            raise click.ClickException(
                f"this needs the Pulumi CLI {needed} or newer, not {version.strip()}: older ones cannot "
                "import dynamic resources"
            )
        file, project = self._file(), self._project
        # Before the first import a stack has none, and its file may have other settings all the same.
        keys = {f"{project.name}:{name}" for name in (CONNECTIONS, SETS)}
        if self._program is None and not keys.isdisjoint(file.config(project.name)):
            read_without_errors(project, [self._stack])
        missing = sorted(project.valueless - file.own_config(project.name).keys())
        is_open = file.content is not None and "environment" in file.content.entries()
        if self._program is not None and missing and not is_open:
            raise click.ClickException(
                f"{file.name} has no {missing[0]}, which Pulumi.yaml declares without a default, so that "
                "every `pulumi` command would fail: remove it from Pulumi.yaml, or set it for the stack"
            )

    def in_state(self) -> dict[str, str]:
        """Return the names of the connections that the stack's state has, by id.

        Raises:
            click.ClickException: it has the set already.
        """
        state = exported(self._project.root, self._stack)
        # What the next run deletes is in the state too: a second resource for it would be in its way.
        there = (*state.doomed, *state.connections)
        if self._set_name is not None and any(each.set == self._set_name for each in there):
            raise click.ClickException(
                f"the stack has set {printable(self._set_name)} already, and an import makes a new one: name "
                "another; or declare the connections as members of that one, each with adopt= and "
                "unmanaged_password, and run `pulumi up`"
            )
        return {each.id: each.resource for each in there}

    def in_settings(self) -> InSettings:
        """Return what the stack's file declares already."""
        from ..importing.in_settings import InSettings, in_settings

        if self._program is not None:
            return InSettings()
        return in_settings(self._project, self._file(), self._set_name)

    def kept_passwords(self) -> dict[str, object]:
        """Return what the stack's map of passwords has, decrypted; those of a set are a map in it."""
        from ..stack.project import PASSWORDS

        key = f"{self._project.name}:{PASSWORDS}"
        if key not in self._file().own_config(self._project.name):
            return {}
        config = json.loads(
            run_pulumi(self._project.root, "config", "--json", "--show-secrets", "--stack", self._stack)
        )
        found = json.loads(config.get(key, {}).get("value") or "{}")
        if not isinstance(found, dict):
            raise click.ClickException(f"{key} must be a map of passwords, by connection: set it again")
        return found

    def write(self, planned: Plan) -> None:
        """Declare the connections: in the stack's file, or in a program."""
        if self._program is not None:
            self._write_program(self._program, self._text_of_program(planned))
            return
        from ..stack.replace import write
        from ..stack.rewrite import with_text

        for path, text in self._settings_to_write(planned):
            called = self._project.called(path)
            if path.exists():
                # As promote does: a link stays a link, and a file as readable as it was.
                write([with_text(path, called, path.read_bytes().decode("utf-8"), text)])
            else:
                write_whole(path, text)
            click.echo(f"{called} declares them", err=True)

    def _settings_to_write(self, planned: Plan) -> Iterator[tuple[Path, str]]:
        from ..importing.set_settings import set_to_write
        from ..importing.stack_settings import settings_to_write

        project, file = self._project, self._file()
        if self._set_name is None:
            return settings_to_write(project, file, planned.imports, protect=self._protect)
        return set_to_write(project, file, self._set_name, planned.imports, protect=self._protect)

    def _text_of_program(self, planned: Plan) -> str:
        from ..importing.python_program import python_program, python_program_of_set

        if self._set_name is None:
            return python_program(planned.imports, protect=self._protect)
        return python_program_of_set(self._set_name, planned.imports, protect=self._protect)

    def _write_program(self, path: Path, text: str) -> None:
        """Write the program, unless an earlier run has written the very same one and was cut off then."""
        called = self._project.called(path)
        if path.exists():
            if path.read_bytes() != text.encode():
                raise click.ClickException(
                    f"{called} exists and is not overwritten: name another --program for what is new"
                )
            click.echo(f"{called} declares them already", err=True)
            return
        write_whole(path, text)
        click.echo(f"{called} declares them, and nothing else: import it in the stack's program", err=True)

    def _file(self) -> StackFile:
        """Return the stack's file as it is now; a new stack may have none."""
        from ..stack.project import StackFile

        if self._stack in self._project.stack_files:
            return self._project.read(self._stack)
        path = self._project.stacks / f"Pulumi.{self._stack}.yaml"
        return StackFile(self._stack, path, self._project.called(path), None)

    def keep_passwords(self, planned: Plan) -> None:
        """Put the passwords that are kept into the stack's config, encrypted, beside earlier ones."""
        kept = {each.name: each.password for each in planned.imports if each.is_kept}
        if not kept:
            return
        from ..stack.project import PASSWORDS

        key, before = f"{self._project.name}:{PASSWORDS}", self.kept_passwords()
        now: dict[str, object] = {**before, **kept}
        if self._set_name is not None:
            of_set = before.get(self._set_name, {})
            if not isinstance(of_set, dict):
                raise click.ClickException(
                    f"{key} has the password of a connection {printable(self._set_name)}: call the set "
                    "otherwise"
                )
            now = {**before, self._set_name: {**of_set, **kept}}
        run_pulumi(
            self._project.root,
            *("config", "set", "--secret", key, "--stack", self._stack),
            content=json.dumps(now),
        )

    def write_import_file(self, planned: Plan, fingerprint: str) -> None:
        """Write the file for `pulumi import`; there is no password in it."""
        path = self._project.root / f"import-{self._stack}.json"
        # Webhooks may hold tokens.
        umask = os.umask(0o077)
        try:
            write_whole(path, self._import_file(planned, fingerprint))
        finally:
            os.umask(umask)
        called = self._project.called(path)
        click.echo(
            f"{called} is written; import them with `pulumi import --file {called} --generate-code=false "
            f"--yes --protect={str(self._protect).lower()} --stack {self._stack}`",
            err=True,
        )

    def run_import(self, planned: Plan, fingerprint: str) -> None:
        """Import the connections; the file goes through a pipe, since it may hold passwords."""
        run_pulumi(
            self._project.root,
            *("import", "--file", "/dev/stdin", "--generate-code=false", "--yes", "--skip-preview"),
            *(f"--protect={str(self._protect).lower()}", "--stack", self._stack),
            content=self._import_file(planned, fingerprint),
            environ=_QUICKLY,
        )

    def _import_file(self, planned: Plan, fingerprint: str) -> str:
        from ..importing.import_file import import_file, import_file_of_set

        if self._set_name is None:
            return import_file(planned.imports, fingerprint)
        return import_file_of_set(planned.imports, fingerprint, self._identity(self._set_name))

    def _identity(self, set_name: str) -> Identity:
        """Return what the program will say that makes the names and marks of members that come later."""
        from ..fleet.identity import Identity
        from ..ownership import OWNER_ID_OPTION, OWNERSHIP_TAG_OPTION

        printed = run_pulumi(self._project.root, "config", "--json", "--stack", self._stack)
        config = {key: str(each.get("value") or "") for key, each in json.loads(printed).items()}
        return Identity(
            organization_of(self._project.root, self._project.name, self._stack),
            self._project.name,
            self._stack.rpartition("/")[2],
            set_name,
            config.get(f"telnyx:{OWNER_ID_OPTION}", ""),
            marks=config.get(f"telnyx:{OWNERSHIP_TAG_OPTION}") != "false",
        )
