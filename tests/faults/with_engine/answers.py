"""Rows about what is known of a connection: odd answers, values still unknown, states of earlier versions."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Callable, Iterable
from typing import Any, Final

from pulumi_telnyx.connection.properties import PROVIDER_KEY
from pulumi_telnyx.lifecycle import CredentialConnectionProvider
from tests.engine.stack import CONNECTION_TYPE, Run
from tests.faults.watched import log
from tests.faults.with_engine.cells import Cell
from tests.faults.with_engine.scene import CHANGED, KINDS, SIZE, Kind, Scene
from tests.faults.with_engine.steps import Agrees, always, disguising, sent, was_disguised, with_one_more

# What the states of the first version did not have yet.
_LATER_KEYS: Final = ("ownership_mark", "key_fingerprint", "derived_names")


def answer_rows() -> Iterable[Cell]:
    """Return the cells of these rows."""
    yield from _hidden_password()
    yield from _odd_answers()
    yield from _unknowns()
    yield from _old_states()


def _hidden_password() -> Iterable[Cell]:
    for kind in KINDS:
        yield Cell(27, kind, "password masked", _mask, happened=_was_answered, made=kind != "create")
    for what, change in (("null", _null_password), ("absent", _no_password)):
        yield Cell(27, "refresh", f"password {what}", disguising(change), happened=was_disguised)


def _mask(scene: Scene) -> None:
    scene.server.configure(mask_passwords=True)


def _was_answered(scene: Scene, run: Run) -> bool:
    return any(entry["status"] in (200, 201) for entry in log(scene.api))


def _null_password(connection: dict[str, Any]) -> None:
    connection["password"] = None


def _no_password(connection: dict[str, Any]) -> None:
    connection.pop("password", None)


def _odd_answers() -> Iterable[Cell]:
    for kind in KINDS:
        begin = _declare_and_disguise if kind in ("create", "update") else disguising(_make_odd)
        yield Cell(28, kind, "answers of tomorrow", begin, happened=was_disguised, made=kind != "create")


def _declare_and_disguise(scene: Scene) -> None:
    scene.disguise.change = _make_odd
    scene.more = f'{CHANGED}, inbound={{"channel_limit": 10}}'
    scene.declare()


def _make_odd(connection: dict[str, Any]) -> None:
    connection |= {
        "field_of_tomorrow": {"level": 1, "names": [None, "a"]},
        "sip_uri_calling_preference": "choice of tomorrow",
        "encrypted_media": " srtp",
        "webhook_timeout_secs": "25",
        "anchorsite_override": None,
        "rtcp_settings": "odd",
        "onnet_t38_passthrough_enabled": "false",
        "record_type": None,
    }
    # Declared, and the same in another letter case and as text.
    connection["dtmf_type"] = str(connection["dtmf_type"]).lower()
    inbound = connection["inbound"]
    connection["inbound"] = {**inbound, "channel_limit": _text(inbound["channel_limit"])}


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _unknowns() -> Iterable[Cell]:
    def cell(kind: Kind, what: str, begin: Callable[[Scene], None], *command: str, **changes: int) -> Cell:
        def run(scene: Scene) -> Run:
            return scene.stack.start(*command).finish()

        return Cell(
            32,
            kind,
            what,
            begin,
            run,
            happened=always,
            agrees=_shows(changes),
            # What was previewed is still to be done.
            settled=False,
            made=kind != "create",
        )

    more = 3
    preview = ("preview", "--diff")
    yield cell("create", "preview", _declare_unknowns, *preview, create=SIZE + more)
    yield cell(
        "refresh",
        "preview --refresh",
        _change_unknowns,
        "preview",
        "--refresh",
        refresh=SIZE,
        create=more,
        update=SIZE,
    )
    yield cell("update", "preview", _change_unknowns, *preview, create=more, update=SIZE)
    destroy = ("destroy", "--preview-only")
    yield cell("destroy", "destroy --preview-only", _change_unknowns, *destroy, delete=SIZE)


def _declare_unknowns(scene: Scene) -> None:
    """Let names, a password and a whole object come from another connection's outputs."""
    after = "desk0.created_at.apply(lambda text: {})".format
    scene.extra = "\n".join(
        f'CredentialConnection("{name}", password={password}, {field}={value})'
        for name, password, field, value in (
            ("named", '"fake-password-of-named"', "connection_name", after('f"after {text}"')),
            ("called", after('f"fake-password-of-{text}"'), "user_name", after('"afterdesk0"')),
            ("whole", '"fake-password-of-whole"', "inbound", after('{"channel_limit": 10}')),
        )
    )
    scene.declare()


def _change_unknowns(scene: Scene) -> None:
    # A connection that is updated has unknown outputs.
    scene.more = CHANGED
    _declare_unknowns(scene)


def _shows(changes: dict[str, int]) -> Agrees:
    def agrees(scene: Scene, run: Run) -> Iterable[str]:
        if run.changes != changes:
            yield f"shows {run.changes} in place of {changes}"
        if scene.held() != scene.before:
            yield "the state has changed"
        yield from sent(POST=0, PATCH=0, DELETE=0, GET=SIZE if scene.kind == "refresh" else 0)(scene, run)

    return agrees


def _old_states() -> Iterable[Cell]:
    for kind in KINDS:
        begin, agrees = _as_first_version, _kept
        run = _refresh_and_up if kind == "refresh" else Scene.operate
        what = "state of the first version"
        yield Cell(33, kind, what, begin, run, happened=always, agrees=agrees, settled=False)


def _refresh_and_up(scene: Scene) -> Run:
    refresh = scene.stack.try_refresh()
    if refresh.code != 0:
        scene.problems.append(f"refresh fails: {refresh.text[-600:]}")
    return scene.stack.try_up()


def _as_first_version(scene: Scene) -> None:
    """Make the state what the first version would have written: fewer keys, another pickle."""
    (checkpoint,) = (scene.stack.folder / "state" / ".pulumi" / "stacks").glob("*/test.json")
    state = json.loads(checkpoint.read_text())
    payload = base64.b64encode(pickle.dumps(CredentialConnectionProvider(), protocol=2)).decode()
    resources = state["checkpoint"]["latest"]["resources"]
    for resource in (each for each in resources if each["type"] == CONNECTION_TYPE):
        for properties in (resource["inputs"], resource["outputs"]):
            if properties[PROVIDER_KEY] == payload:
                scene.problems.append("the old payload is today's")
            properties[PROVIDER_KEY] = payload
            for key in _LATER_KEYS:
                properties.pop(key, None)
    checkpoint.write_text(json.dumps(state))
    if scene.kind == "create":
        with_one_more(scene)


def _kept(scene: Scene, run: Run) -> Iterable[str]:
    if strange := set(run.changes) - {scene.kind, "same", "update", "refresh", "delete"}:
        yield f"does {strange}"
    if scene.kind != "destroy" and not set(scene.before.items()) <= set(scene.held().items()):
        yield "connections were replaced"
    if scene.kind == "refresh":
        # What the state gets now, it gets without a call.
        yield from sent(POST=0, PATCH=0, DELETE=0)(scene, run)
