"""The story of docs/registrations.md: passwords are renewed, and devices watched until they are back."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from .stack import StackRunner

PAGE = (Path(__file__).parents[2] / "docs" / "registrations.md").read_text()
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
(TABLE,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
BEFORE, RENEW, UP, AFTER, *_ = re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)

PHONES = {
    "reception": {"ip_address": "203.0.113.7", "last_registration": "2026-12-01T08:15:30"},
    "warehouse": {"ip_address": "203.0.113.8", "last_registration": "2026-12-01T08:17:02"},
}
DEVICE = {"port": 5060, "transport": "UDP", "user_agent": "ExamplePhone/1.2"}


def typed(stack: StackRunner, line: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the page as it is printed."""
    return stack.run(*shlex.split(line))


def test_devices_are_watched_while_their_passwords_are_renewed(stack: StackRunner) -> None:
    """Each command as printed; the table is the page's, and the second `up` changes nothing."""
    stack.program(PROGRAM)
    stack.pulumi("config", "set", "passwordsOf", "2026-Q4")
    stack.up()
    ids = {name: each["id"] for name, each in stack.connections().items()}
    for name, phone in PHONES.items():
        stack.api.register(ids[name], **DEVICE, **phone)

    before = typed(stack, BEFORE)
    assert (before.returncode, before.stderr) == (0, "2 of 2 registered\n")
    for line in (RENEW, UP):
        done = typed(stack, line)
        assert done.returncode == 0, done.stdout + done.stderr
    stack.api.register(ids["reception"], status="Expired")

    dead = typed(stack, AFTER.removesuffix(" --watch"))

    assert (dead.returncode, dead.stderr) == (2, "1 not registered any more, 1 no new login yet\n")
    head, _, *rows = dead.stdout.splitlines()
    expected_head, *expected = TABLE.splitlines()
    assert head.split() == expected_head.split()
    for row, printed in zip(rows, expected, strict=True):
        left, right = (part.split() for part in printed.split("…"))
        cells = row.split()
        assert cells[: len(left) - 1] == left[:-1]
        assert cells[len(left) - 1].startswith(left[-1])
        assert cells[len(left) :] == right
    stack.api.register(ids["reception"], **DEVICE, last_registration="2026-12-01T09:00:00")

    back = typed(stack, AFTER)

    assert (back.returncode, back.stderr) == (0, "1 no new login yet, 1 as before\n")
    assert "reception" not in back.stdout
    shown = (stack.folder / "before.json").read_text() + before.stdout + dead.stdout + back.stdout
    assert not [each for each in stack.api.connections() if each["password"] in shown]
    assert stack.up().changes == {"same": 2}
