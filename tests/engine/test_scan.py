"""What `pulumi-telnyx scan` makes of everything that the real engine writes."""

from __future__ import annotations

import subprocess

from .stack import StackRunner


def _scan(stack: StackRunner, *arguments: str) -> subprocess.CompletedProcess[str]:
    return stack.run("pulumi-telnyx", "scan", *arguments)


def test_only_what_was_asked_for_in_clear_shows_a_secret(stack: StackRunner) -> None:
    """State, backups, history, event log, export and preview are clean; an export in clear is not."""
    stack.pulumi("config", "set", "--secret", "deskPassword", "not-a-real <password>")
    # Of the map Pulumi says that all of it is secret; the state's provider has it too.
    stack.pulumi("config", "set", "--path", "phones.hall.user_name", "hallway")
    stack.pulumi("config", "set", "--path", "--secret", "phones.hall.password", "not-a-real-other-one")
    stack.program(
        """
        password = pulumi.Config().require_secret("deskPassword")
        pulumi.export("password", CredentialConnection("desk", password=password).password)
        CredentialConnection("generated")
        """
    )
    logs = stack.folder / "logs"
    logs.mkdir()
    (logs / "names.txt").write_text("hallway")
    (logs / "preview.json").write_text(stack.pulumi("preview", "--json"))
    (logs / "up.txt").write_text(stack.up().text)
    (logs / "preview.txt").write_text(stack.preview("--diff").text)
    (logs / "export.json").write_text(stack.pulumi("stack", "export"))
    (stack.folder / "shown.json").write_text(stack.pulumi("stack", "export", "--show-secrets"))

    clean = _scan(stack, "--stack", stack.name, "state", "logs", "events.json")
    shown = _scan(stack, "--stack", stack.name, "shown.json")

    assert (clean.returncode, clean.stdout) == (0, ""), clean.stdout
    assert shown.returncode == 2
    for name in ("desk", "generated"):
        assert f"CredentialConnection::{name} (" in shown.stdout
    for text in (clean.stderr, shown.stdout, shown.stderr):
        assert "not-a-real" not in text
    assert stack.up().changes == {"same": 2}
