"""Rows about requests that fail: rate limits, unknown outcomes, broken lines, refused keys, half updates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pulumi_telnyx.emulator.faults import Fault
from tests.engine.stack import Run
from tests.faults.watched import log
from tests.faults.with_engine.cells import Cell
from tests.faults.with_engine.scene import CHANGED, KINDS, SIZE, Kind, Scene
from tests.faults.with_engine.steps import METHODS, VERBS, injecting, sent

_GOOD_REQUESTS: Final = 3
_WORKERS: Final = 4
_REFUSALS: Final = (401, 403)


def request_rows() -> Iterable[Cell]:
    """Return the cells of these rows."""
    yield from _rate_limited()
    yield from _unknown_outcome()
    yield from _broken_connection()
    yield from _refused_key()
    yield from _half_applied()


def _rate_limited() -> Iterable[Cell]:
    headers: tuple[Any, ...] = ("retry-after", "x-ratelimit", "retry-after-nonsense", "none")
    for kind, told in zip(KINDS, headers, strict=True):
        fault = Fault("rate_limit", method=METHODS[kind], nth=2, times=3, limit_headers=told)
        yield Cell(1, kind, f"429 three times, {told}", injecting(fault), made=kind != "create")


def _unknown_outcome() -> Iterable[Cell]:
    made_and_not = (
        Fault("status", method="POST", status=504, moment="after"),
        Fault("status", method="POST", nth=4, status=408),
    )
    yield Cell(
        4,
        "create",
        "504 for a create that was made, 408 for one that was not",
        injecting(*made_and_not),
        # One of them had to be sent again, and only that one.
        agrees=sent(POST=SIZE + 1),
        made=False,
    )
    statuses: tuple[tuple[Kind, int], ...] = (("refresh", 500), ("update", 502), ("destroy", 503))
    for kind, status in statuses:
        fault = Fault("status", method=METHODS[kind], nth=2, times=2, status=status, moment="after")
        yield Cell(4, kind, f"{status} twice, acted on", injecting(fault))


def _broken_connection() -> Iterable[Cell]:
    for kind in KINDS:
        faults = (
            Fault("reset", method=METHODS[kind], moment="after"),
            Fault("close", method=METHODS[kind], nth=3, moment="after"),
        )
        yield Cell(
            6,
            kind,
            "reset and close after the API has acted",
            injecting(*faults),
            # Never a second create without a look: both are there.
            agrees=sent(POST=SIZE if kind == "create" else 0),
            made=kind != "create",
        )


def _refused_key() -> Iterable[Cell]:
    for kind in KINDS:
        status = 401 if kind in ("create", "refresh") else 403
        forbidden = Fault("status", status=403, code="10010", nth=_GOOD_REQUESTS + 1, times=None)
        yield Cell(
            11,
            kind,
            f"{status} from the fourth request on",
            _revoke_key if status == 401 else injecting(forbidden),
            _without_the_engines_stop,
            fails=(f"AuthError: {VERBS[kind]} credential connection", f": {status} ", "check the API key"),
            happened=_some_were_refused,
            agrees=_few_were_refused,
            made=kind != "create",
            size=2 * SIZE,
        )


def _revoke_key(scene: Scene) -> None:
    scene.server.configure(revoke_after=_GOOD_REQUESTS)


def _without_the_engines_stop(scene: Scene) -> Run:
    # A refresh asks for everything at once and knows no such flag.
    return scene.operate() if scene.kind == "refresh" else scene.operate("--continue-on-error")


def _some_were_refused(scene: Scene, run: Run) -> bool:
    statuses = [entry["status"] for entry in log(scene.api)]
    return any(status in _REFUSALS for status in statuses) and any(status < 300 for status in statuses)


def _few_were_refused(scene: Scene, run: Run) -> Iterable[str]:
    refused = [entry for entry in log(scene.api) if entry["status"] in _REFUSALS]
    if len(refused) > _WORKERS:
        yield f"{len(refused)} requests with a refused key"


def _half_applied() -> Iterable[Cell]:
    fault: dict[str, Any] = {"status": 400, "times": 2, "moment": "after"}
    yield Cell(20, "create", "second step refused", _refuse_second_step, agrees=_warned_of_two, made=False)
    after = "after updates that failed after the API had acted"
    yield Cell(20, "refresh", after, _fail_updates, settled=False)
    yield Cell(
        20,
        "update",
        "fails after the API has acted",
        injecting(Fault("status", method="PATCH", **fault)),
        fails=("InvalidInputError: update credential connection", ": 400 "),
        agrees=_applied_unnoticed,
    )
    yield Cell(
        20,
        "destroy",
        "fails after the API has acted",
        injecting(Fault("status", method="DELETE", **fault)),
        fails=("InvalidInputError: delete credential connection", ": 400 "),
    )


def _refuse_second_step(scene: Scene) -> None:
    # A field that a create cannot carry.
    scene.more = ", conversation_persistence=True"
    scene.declare()
    scene.server.inject(Fault("status", method="PATCH", status=400, times=2))


def _warned_of_two(scene: Scene, run: Run) -> Iterable[str]:
    warnings = run.text.partition("Diagnostics:")[2].count("is not set yet, run `pulumi up` again")
    if warnings != 2:
        yield f"warns of {warnings} in place of 2: {run.text[-900:]}"


def _fail_updates(scene: Scene) -> None:
    scene.server.inject(Fault("status", method="PATCH", status=400, times=2, moment="after"))
    scene.more = CHANGED
    scene.declare()
    if scene.stack.try_up().code == 0:
        scene.problems.append("the failing update succeeds")


def _applied_unnoticed(scene: Scene, run: Run) -> Iterable[str]:
    live = scene.own()
    unnoticed = [
        name
        for name, resource in scene.stack.connections().items()
        if live[resource["id"]]["settings"]["dtmf_type"] == "SIP INFO"
        and "dtmf_type" not in resource["outputs"]
    ]
    if len(unnoticed) != 2:
        yield f"{unnoticed} are changed in the API and not in the state"
