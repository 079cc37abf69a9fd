"""What cells are put together from: how a fault begins, whether it happened, what was called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pulumi_telnyx.emulator.faults import Fault
from tests.engine.stack import Run
from tests.faults.watched import log
from tests.faults.with_engine.scene import Kind, Scene

METHODS: Final[Mapping[Kind, str]] = {
    "create": "POST",
    "refresh": "GET",
    "update": "PATCH",
    "destroy": "DELETE",
}
VERBS: Final[Mapping[Kind, str]] = {
    "create": "create",
    "refresh": "read",
    "update": "update",
    "destroy": "delete",
}
"""How messages call what an operation does to one connection."""

Begin = Callable[[Scene], None]
Agrees = Callable[[Scene, Run], Iterable[str]]

_ONE_MORE: Final = (
    'CredentialConnection("desk100", user_name="rowdesk100", password="fake-password-of-desk100")'
)


def nothing(scene: Scene) -> None:
    """Leave the scene as it is."""


def injecting(*faults: Fault) -> Begin:
    """Return what sets faults in a scene."""

    def begin(scene: Scene) -> None:
        scene.server.inject(*faults)

    return begin


def deleting(*numbers: int) -> Begin:
    """Return what deletes a scene's connections outside of its stack."""

    def begin(scene: Scene) -> None:
        for number in numbers:
            scene.api.delete(scene.before[f"desk{number}"])

    return begin


def disguising(change: Callable[[dict[str, Any]], None]) -> Begin:
    """Return what lets a scene's API show every connection changed."""

    def begin(scene: Scene) -> None:
        scene.disguise.change = change

    return begin


def with_one_more(scene: Scene) -> None:
    """Declare another connection beside those that exist."""
    scene.extra = _ONE_MORE
    scene.declare()


def up_refresh(scene: Scene) -> Run:
    """Return what `up --refresh` did."""
    return scene.stack.try_up("--refresh")


def always(scene: Scene, run: Run) -> bool:
    """Return true: what is wrong is so before the run begins, and stays."""
    return True


def was_disguised(scene: Scene, run: Run) -> bool:
    """Return whether the API has shown a connection otherwise than it holds it."""
    return scene.disguise.shown > 0


def sent(**counts: int) -> Agrees:
    """Return what tells where the calls of a run were others than so many of each method named."""

    def agrees(scene: Scene, run: Run) -> Iterable[str]:
        methods = [entry["method"] for entry in log(scene.api)]
        for method, count in counts.items():
            if methods.count(method) != count:
                yield f"{methods.count(method)} {method} in place of {count}"

    return agrees
