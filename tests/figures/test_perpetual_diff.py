"""No plan is ever left over: every value of every field, and generated programs, through the real engine.

Many connections share one stack, so that the engine's start is paid once for hundreds of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pulumi_telnyx.emulator.options import Options
from pulumi_telnyx.emulator.server import EmulatorServer
from pulumi_telnyx.ownership import is_mark
from tests.engine.conftest import engine  # noqa: F401 - a fixture
from tests.engine.stack import LiveApi, StackRunner

from .generated import FIELDS, LEAVES, consistent, nested, programs, valid_values

# `make figures` takes all of them, the test suite the selection that it has time for.
WHOLE = bool(os.environ.get("WHOLE_FIGURES"))
GENERATED_PROGRAMS = 200 if WHOLE else 40
_STEP = 1 if WHOLE else 3
PROGRAM = """
import json
from pathlib import Path

for name, arguments in json.loads(Path("connections.json").read_text()).items():
    CredentialConnection(name, **arguments)
"""


def _every_value() -> dict[str, dict[str, Any]]:
    """Return a connection for each field with each of its choices and range ends."""
    return {
        f"{path.replace('.', '-').replace('_', '-')}-{number}": nested(consistent({path: value}))
        for path in LEAVES
        for number, value in enumerate(valid_values(path))
    }


def _generated(count: int) -> list[dict[str, Any]]:
    """Return as many generated programs, the same ones in every run."""
    made: list[dict[str, Any]] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(programs())
    def collect(arguments: dict[str, Any]) -> None:
        made.append(arguments)

    collect()
    return made[:count]


def _edit_of(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the new arguments without a change that the API takes for new connections only."""
    if new.get("webhook_api_version") == "texml" != old.get("webhook_api_version"):
        return {**new, "webhook_api_version": "2"}
    return new


@pytest.fixture(params=["merge", "replace"])
def stack(request: pytest.FixtureRequest, tmp_path: Path, engine: str) -> Iterator[StackRunner]:  # noqa: F811
    """A stack with both readings of an update, one with readable and one with masked passwords."""
    nested_patch: Literal["merge", "replace"] = request.param
    options = Options(nested_patch=nested_patch, mask_passwords=nested_patch == "replace")
    with EmulatorServer(options) as server:
        runner = StackRunner(tmp_path, engine, LiveApi(server))
        # The state is written once at the end: what is measured here are plans, not checkpoints.
        runner.environ |= {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
        runner.program(PROGRAM)
        yield runner


def _declare(stack: StackRunner, connections: dict[str, dict[str, Any]]) -> None:
    (stack.folder / "connections.json").write_text(json.dumps(connections))


def _wrong(stack: StackRunner, connections: dict[str, dict[str, Any]]) -> list[str]:
    """Return every field that the API holds otherwise than declared, or otherwise than by default."""
    by_name = {
        each["connection_name"]: {**each, "tags": [tag for tag in each["tags"] if not is_mark(tag)]}
        for each in stack.api.connections()
    }
    return [
        f"{name}: {path}"
        for name, arguments in connections.items()
        for path in LEAVES
        if not _right(path, _at(arguments, path), _at(by_name[f"{name} (test)"], path))
    ]


def _at(settings: dict[str, Any], path: str) -> Any:
    parent, _, field = path.rpartition(".")
    return (settings.get(parent, {}) if parent else settings).get(field)


def _right(path: str, declared: Any, shown: Any) -> bool:
    if declared is not None:
        return bool(shown == declared)
    if path in {"noise_suppression_details.attenuation_limit", "outbound.instant_ringback_enabled"}:
        return True  # What they are by default follows from another field.
    # Nothing, an empty text and the name of what is off all mean the same.
    off = {None: None, "": None, "disabled": None}
    default = FIELDS[path].get("default")
    return bool(shown == default or (shown in off and default in off))


def test_no_plan_is_left_over(
    stack: StackRunner, record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> None:
    """up, preview, refresh, preview; the same after every program was edited; destroy."""
    half = GENERATED_PROGRAMS // 2
    generated = _generated(GENERATED_PROGRAMS)
    first = {f"generated-{n}": each for n, each in enumerate(generated[:half])}
    mode = request.node.callspec.id
    if mode == "merge":
        # They are not edited, so how the API takes an update makes no difference to them.
        first |= dict(list(_every_value().items())[::_STEP])
    second = first | {
        f"generated-{n}": _edit_of(first[f"generated-{n}"], each) for n, each in enumerate(generated[half:])
    }
    plans = 0
    left_over: list[dict[str, int]] = []
    wrong: list[str] = []

    for connections in (first, second):
        _declare(stack, connections)
        stack.up()
        wrong += _wrong(stack, connections)
        for step in (stack.preview, stack.refresh, stack.preview):
            changes = step().changes
            plans += len(connections)
            if changes != {"refresh" if step == stack.refresh else "same": len(connections)}:
                left_over.append(changes)
    stack.destroy()

    record_property(f"perpetual diff ({mode}): connections", len(second))
    record_property(f"perpetual diff ({mode}): generated programs", len(generated))
    record_property(f"perpetual diff ({mode}): plans looked at", plans)
    record_property(f"perpetual diff ({mode}): non-empty plans", len(left_over))
    record_property(f"perpetual diff ({mode}): objects left", len(stack.api.connections()))
    assert left_over == []
    assert wrong == []
    assert stack.api.connections() == []
    assert len(generated) == GENERATED_PROGRAMS
