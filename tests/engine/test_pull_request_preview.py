"""The preview of a pull request, as .github/workflows/preview.yml runs it, with the real engine."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.unit.workflows import Where, script

from .stack import StackRunner

PASSWORD = "fake-password-1"
PROGRAM = """
    CredentialConnection(
        "desk",
        connection_name="Desk",
        user_name="deskphones1",
        password=pulumi.Output.secret("{password}"),
        tags=["{tag}"],
    )
"""


def test_a_preview_without_key_tells_all_calls_nothing_and_shows_no_password(stack: StackRunner) -> None:
    """So the environment of previews, which branches can read, needs no key of the account."""
    stack.program(PROGRAM.format(password=PASSWORD, tag="office"))
    stack.up()
    stack.api.forget_requests()

    unchanged = _preview(stack)
    stack.program(PROGRAM.format(password="fake-password-2", tag="reception"))
    changed = _preview(stack)

    assert set(unchanged["changeSummary"]) == {"same"}
    assert changed["changeSummary"] == {**unchanged["changeSummary"], "same": 1, "update": 1}
    assert stack.api.calls() == []
    assert "fake-password" not in json.dumps([unchanged, changed])
    stack.up()
    assert set(stack.up().changes) == {"same"}


def _preview(stack: StackRunner) -> dict[str, Any]:
    folder = stack.folder / "previews"
    done = subprocess.run(
        ["bash", "-e", "-c", script(Where("preview", "preview"), "Preview")],
        cwd=stack.folder,
        env={**stack.environ, "STACK": stack.name, "TELNYX_API_KEY": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    file = folder / f"{stack.name}.json"
    content = json.loads(file.read_text())
    file.unlink()
    folder.rmdir()
    assert isinstance(content, dict)
    return content
