"""What docs/fleets.md promises: its programs run as printed, and the messages are the ones that it quotes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .stack import StackRunner

TEXT = Path(__file__).parents[2].joinpath("docs", "fleets.md").read_text()
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
LIMIT, FAILURE, CSV = re.findall(r"^```text\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
_SET = 'from pulumi_telnyx import CredentialConnectionSet\nCredentialConnectionSet("phones", members={})\n'


@pytest.fixture
def mask_passwords() -> bool:
    """As a new account does."""
    return True


def test_each_program_of_the_page_runs_as_printed(stack: StackRunner) -> None:
    """Each in a module of its own, all in one stack; a first wave changes 50 passwords and nothing else."""
    (stack.folder / "phones.csv").write_text(CSV)
    for number, program in enumerate(PROGRAMS, 1):
        (stack.folder / f"program_{number}.py").write_text(program)
    stack.program("\n".join(f"import program_{number}" for number, _ in enumerate(PROGRAMS, 1)))

    assert stack.up().changes == {"create": len(PROGRAMS)}
    assert stack.up().changes == {"same": len(PROGRAMS)}

    live = {each["connection_name"]: each for each in stack.api.connections()}
    assert live["phones/reception (test)"]["inbound"]["codecs"] == ["OPUS", "G722"]
    assert live["phones/reception (test)"]["inbound"]["channel_limit"] == 10
    assert live["phones/desk-18 (test)"]["outbound"]["outbound_voice_profile_id"] is None
    assert live["desks/workshop (test)"]["inbound"]["channel_limit"] == 4
    stack.api.calls()
    stack.pulumi("config", "set", "rotatedWaves", "1")
    assert stack.up().changes == {"same": len(PROGRAMS) - 1, "update": 1}
    assert stack.api.calls() == ["PATCH"] * 50


def test_the_messages_of_the_page_are_those_that_the_commands_print(stack: StackRunner) -> None:
    """The limit on removals, and the list of those that failed."""
    stack.program(_SET.replace("{}", '{f"desk-{number}": {} for number in range(20)}'))
    stack.up()
    stack.program(_SET.replace("{}", '{f"desk-{number}": {} for number in range(17)}'))

    assert LIMIT.strip() in stack.try_preview().text
    assert len(stack.api.connections()) == 20

    stack.api.create(user_name="frontdesk01")
    names = '{f"desk-{number}": {"user_name": "frontdesk01"} if number == 18 else {} for number in range(20)}'
    stack.destroy()
    # Who reads the member that failed gets the same errors.
    stack.program(_SET.replace("{}", names).rstrip() + '.member("desk-18").password\n')
    text = stack.try_up().text.replace("(test)", "(dev)")
    for line in FAILURE.strip().splitlines():
        assert line.rstrip("…") in text
    assert "1 member failed: the error under the set says which and why" in text
    assert "has no member" not in text
