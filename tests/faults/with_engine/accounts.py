"""Rows about what is there and whose it is: taken names, deleted connections, wrong keys and wrong URLs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY
from pulumi_telnyx.ownership import mark_of
from tests.engine.stack import Run
from tests.faults.watched import plant, writes
from tests.faults.with_engine.cells import Cell
from tests.faults.with_engine.scene import CHANGED, KINDS, OTHER_ACCOUNT, OTHER_KEY, SIZE, Kind, Scene
from tests.faults.with_engine.steps import (
    VERBS,
    always,
    deleting,
    injecting,
    sent,
    up_refresh,
    with_one_more,
)

_MANY: Final = 20
_GONE: Final = (1, 4)


def account_rows() -> Iterable[Cell]:
    """Return the cells of these rows."""
    yield from _taken_user_name()
    yield from _gone()
    yield from _foreign_404()
    yield from _wrong_base_url()
    yield from _another_account()
    yield from _gone_unnoticed()


def _taken_user_name() -> Iterable[Cell]:
    yield Cell(
        8,
        "create",
        "user name of another account",
        _taken_by_another_account,
        fails=("UserNameTakenError: ", "another Telnyx customer", "Choose another user_name"),
        happened=always,
        agrees=sent(PATCH=0, DELETE=0),
        end=_choose_another,
        made=False,
    )
    yield Cell(
        8,
        "refresh",
        "user name gone to another stack, then up",
        _taken_by_another_stack,
        _refresh_and_up,
        fails=("user_name rowdesk2 is taken by connection", "marked by project phones, stack prod"),
        happened=always,
        agrees=sent(PATCH=0, DELETE=0),
        end=_choose_another,
        settled=False,
    )
    yield Cell(
        8,
        "update",
        "to the user name of another account",
        _taken_by_another_account,
        fails=("InvalidInputError: update credential", "422 at user_name", "choose another user_name"),
        happened=always,
        end=_choose_another,
    )
    yield Cell(
        8,
        "destroy",
        "user name gone to another account",
        _given_to_another_account,
        happened=always,
        end=_choose_another,
    )


def _taken_by_another_account(scene: Scene) -> None:
    # User names are one in any letter case.
    plant(scene.api, OTHER_ACCOUNT, user_name="RowDesk2x")
    scene.estrange()
    scene.arguments[2] = 'user_name="rowdesk2x"'
    scene.declare()


def _taken_by_another_stack(scene: Scene) -> None:
    deleting(2)(scene)
    mark = mark_of("organization", "phones", "prod", "desk")
    plant(scene.api, DEFAULT_ACCOUNT, user_name="rowdesk2", tags=[mark])
    scene.estrange()


def _given_to_another_account(scene: Scene) -> None:
    deleting(2)(scene)
    plant(scene.api, OTHER_ACCOUNT, user_name="rowdesk2")
    scene.estrange()


def _choose_another(scene: Scene) -> None:
    scene.arguments[2] = 'user_name="rowdesk2y"'


def _refresh_and_up(scene: Scene) -> Run:
    refresh = scene.stack.try_refresh()
    if refresh.code != 0 or "desk2" in scene.held():
        scene.problems.append(f"refresh keeps what is gone: {refresh.text[-600:]}")
    return scene.stack.try_up()


def _gone() -> Iterable[Cell]:
    gone = deleting(*_GONE)
    again = sent(POST=len(_GONE), PATCH=0)
    rest = sent(POST=len(_GONE), PATCH=SIZE - len(_GONE))
    yield Cell(12, "create", "two gone, up --refresh", gone, up_refresh, happened=always, agrees=again)
    yield Cell(12, "refresh", "two gone", gone, happened=always, agrees=_dropped, remedy=("up",))
    yield Cell(12, "update", "two gone, up --refresh", gone, up_refresh, happened=always, agrees=rest)
    yield Cell(12, "destroy", "two gone", gone, happened=always, agrees=sent(DELETE=SIZE))


def _dropped(scene: Scene, run: Run) -> Iterable[str]:
    if set(scene.held()) != {f"desk{number}" for number in range(SIZE) if number not in _GONE}:
        yield f"after the refresh, the state has {sorted(scene.held())}"


def _foreign_404() -> Iterable[Cell]:
    for kind in KINDS:
        yield Cell(
            13,
            kind,
            "a proxy's 404",
            injecting(Fault("html", status=404, times=None)),
            fails=(f"{VERBS[kind]} credential connection", "404 without the API's error format"),
            made=kind != "create",
        )


def _wrong_base_url() -> Iterable[Cell]:
    kinds: tuple[Kind, ...] = ("refresh", "destroy")
    for kind in kinds:
        yield Cell(
            13,
            kind,
            "a wrong base URL",
            _wrong_path,
            fails=("404 without the API's error format", "check the base URL"),
            happened=always,
            agrees=_untouched,
            end=_right_path,
        )
        yield Cell(
            13,
            kind,
            "a wrong base URL, below which the API itself finds nothing",
            _wrong_path_of_the_api,
            fails=("WrongAccountError: ", "so nothing is changed"),
            agrees=_untouched,
            end=_right_path,
        )


def _wrong_path(scene: Scene) -> None:
    scene.stack.environ["TELNYX_BASE_URL"] = scene.server.url.replace("/v2", "/v22")


def _wrong_path_of_the_api(scene: Scene) -> None:
    scene.server.inject(Fault("status", path="/voice/*", status=404, code="10005", times=None))
    scene.stack.environ["TELNYX_BASE_URL"] = f"{scene.server.url}/voice"


def _right_path(scene: Scene) -> None:
    scene.stack.environ["TELNYX_BASE_URL"] = scene.server.url


def _another_account() -> Iterable[Cell]:
    for kind in KINDS:
        yield Cell(
            14,
            kind,
            "another account's key",
            _use_other_key,
            fails=("WrongAccountError: ", "so nothing is changed"),
            happened=always,
            agrees=_untouched,
            end=_use_own_key,
            size=_MANY,
        )


def _use_other_key(scene: Scene) -> None:
    for number in range(3):
        plant(scene.api, OTHER_ACCOUNT, user_name=f"somebodys{number}")
    scene.estrange()
    scene.stack.environ["TELNYX_API_KEY"] = OTHER_KEY
    if scene.kind == "create":
        with_one_more(scene)


def _use_own_key(scene: Scene) -> None:
    scene.stack.environ["TELNYX_API_KEY"] = DEFAULT_API_KEY


def _untouched(scene: Scene, run: Run) -> Iterable[str]:
    # A wrong path is answered outside of the API, which never acts on it.
    own = [entry for entry in writes(scene.api) if entry["path"].startswith("/v2/credential_connections")]
    if own:
        yield f"writes: {[entry['method'] for entry in own]}"
    if scene.held() != scene.before:
        yield "the state has changed"


def _gone_unnoticed() -> Iterable[Cell]:
    yield Cell(
        17,
        "create",
        "one gone, another created",
        _lose_one_declare_one,
        happened=always,
        agrees=sent(POST=1, PATCH=0),
        remedy=("refresh", "up"),
    )
    yield Cell(17, "refresh", "one gone that should change", _lose_one, happened=always, remedy=("up",))
    yield Cell(
        17,
        "update",
        "one gone, no refresh",
        _lose_one,
        fails=("update credential connection", ": 404 ", "deleted outside this stack: run `pulumi refresh`"),
        happened=always,
        remedy=("refresh", "up"),
    )
    all_gone = deleting(*range(SIZE))
    yield Cell(17, "destroy", "all gone", all_gone, happened=always, agrees=sent(DELETE=SIZE))


def _lose_one_declare_one(scene: Scene) -> None:
    deleting(3)(scene)
    with_one_more(scene)


def _lose_one(scene: Scene) -> None:
    deleting(3)(scene)
    scene.more = CHANGED
    scene.declare()
