"""States that earlier versions have left behind, under today's code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .record_state import STATES
from .stack import StackRunner


@pytest.fixture
def mask_passwords() -> bool:
    """Nothing is deployed, so there is nothing to destroy at the end."""
    return True


@pytest.mark.parametrize("state", sorted(STATES.glob("*.json")), ids=lambda path: path.stem)
def test_a_state_of_an_earlier_version_previews_with_no_change(stack: StackRunner, state: Path) -> None:
    """Whoever updates the package changes nothing by that, and calls nothing."""
    program = state.with_name(f"{state.name.partition('-')[0]}.py")
    (stack.folder / "__main__.py").write_text(program.read_text())
    stack.pulumi("stack", "import", "--file", str(state))

    preview = stack.preview("--diff")

    resources = json.loads(state.read_text())["deployment"]["resources"]
    declared = [each for each in resources if not each["type"].startswith("pulumi:")]
    assert preview.changes == {"same": len(declared)}, preview.text
    assert stack.api.calls() == []
