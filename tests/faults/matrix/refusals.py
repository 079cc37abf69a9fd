"""Rows 12, 13, 15, 17, 18 and 34: what is gone and what is not, what is refused, what an error may repeat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_telnyx.emulator.faults import Kind
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY

from .cell import (
    ALWAYS,
    LOOK_UPS,
    OPS,
    SIMPLE,
    Cell,
    Expect,
    Table,
    fault,
    foreign,
    lost,
    refused,
    spread,
    without,
)
from .stack import Outcome
from .world import NEXT_PASSWORD, PASSWORD, World

_MASKED = {"mask_passwords": True}


def rows() -> list[Cell]:
    return [*_gone(), *_gone_now(), *_not_gone(), *_in_use(), *_fields(), *_echoes()]


def _outside(world: World) -> None:
    """Delete the connection as somebody in the portal would, some time after it was created."""
    world.fake.now += 60
    world.control("DELETE", f"/connections/{world.stack.id}")


def _gone() -> Iterator[Cell]:
    """Rows 12, 15 and 17: the API itself says that the connection does not exist."""
    variants: tuple[tuple[str, Mapping[str, Any]], ...] = (("10005", {}), ("10005", _MASKED), ("10006", {}))
    for code, options in variants:
        name = f"deleted outside, {code}{', masked' if options else ''}"
        again: dict[str, Any] = {"status": 404, "code": code, "times": ALWAYS}
        read, delete, update = ((fault(op, "status", **again),) for op in ("read", "delete", "update"))
        silent = Expect(calls=1, waits=())
        yield Cell(
            12, name, "read", "after", silent.but(result="gone"), read, options=options, prepare=_outside
        )
        yield Cell(15, name, "delete", "before", silent, delete, options=options, prepare=_outside)
        told = Expect("NotFoundError", calls=1, says=("404", f"code {code}", "pulumi refresh"))
        yield Cell(
            17, name, "update", "before", told, update, options=options, prepare=_outside, refresh=True
        )
    told = Expect("NotFoundError", calls=1, says=("404", "pulumi refresh"), rerun="NotFoundError")
    yield Cell(17, "deleted outside, and not refreshed", "update", "before", told, prepare=_outside)


def _gone_now() -> Iterator[Cell]:
    """More of rows 12 and 15."""
    unknown = Expect("TransportError", posts=1, says=("404", "is not known"))
    for op, moment in LOOK_UPS:
        faults = (*lost(op, moment), fault(op, "status", status=404, code="10005"))
        yield Cell(12, "a list that is not there", op, moment, unknown, faults)
    yield Cell(12, "created again", "create", "before", Expect(posts=1), prepare=_gone_and_refreshed)
    nowhere = Expect("NotFoundError", calls=1, says=("404", "check the id"))
    yield Cell(12, "get() of an unknown id", "create", "before", nowhere, act=_get_unknown)
    kinds: tuple[Kind, ...] = ("close", "reset", "status", "truncate")
    for kind in kinds:
        lost_answer = (fault("delete", kind, "after"),)
        yield Cell(15, f"deleted, then {kind}", "delete", "after", Expect(calls=2, waits=(0.5,)), lost_answer)


def _gone_and_refreshed(world: World) -> None:
    assert world.stack.up().result == "ok"
    _outside(world)
    assert world.stack.refresh().result == "gone"
    world.stack.new_process()


def _get_unknown(world: World) -> Outcome:
    stack = world.new_stack("other")
    stack.id = "2990000000000009999"
    return stack.refresh()


def _not_gone() -> Iterator[Cell]:
    """Row 13: a 404 that is not the API's own means nothing at all."""
    bodies: dict[str, tuple[Kind, dict[str, Any]]] = {
        "404 page": ("html", {}),
        "404 without a body": ("body", {"text": ""}),
        "404 in plain text": ("body", {"text": "no such place"}),
        "404 with no errors": ("body", {"text": '{"errors": []}'}),
    }
    for name, (kind, fields) in bodies.items():
        yield from spread(13, name, kind, foreign("404", "127.0.0.1"), status=404, **fields)
    for code in ("404", "10007", ""):
        table = refused("ApiError", "404", *([f"code {code}"] if code else []))
        yield from spread(13, f"404 with code {code or 'missing'}", "status", table, status=404, code=code)
    text = '{"message": "no route"}'
    table = refused("ApiError", "404", "no route")
    yield from spread(13, "404 with a message", "body", table, status=404, text=text)
    for op, moment in SIMPLE:
        wrong = Expect("TransportError", says=("404", "base URL", "127.0.0.1"))
        yield Cell(13, "a wrong base URL", op, moment, wrong, prepare=_elsewhere)


def _elsewhere(world: World) -> None:
    world.stack.new_process(url=f"{world.server.url}/elsewhere")


def _in_use() -> Iterator[Cell]:
    """Row 15, the other half: what may not be deleted stays, and its error says why."""
    says = ("400", "code 10021", "move its phone numbers")
    kept = Expect("InvalidInputError", calls=1, says=says, rerun="InvalidInputError")
    yield Cell(15, "numbers are attached", "delete", "before", kept, prepare=_attach_numbers)


def _attach_numbers(world: World) -> None:
    world.control("PATCH", f"/connections/{world.stack.id}", {"numbers_attached": 2})


def _errors(*items: Mapping[str, Any]) -> str:
    return json.dumps({"errors": items})


def _item(source: object, detail: str = "is not allowed", code: str = "10015") -> dict[str, Any]:
    return {"code": code, "title": "Bad Request", "detail": detail, "source": source}


def _at(*pointers: str) -> str:
    return _errors(*(_item({"pointer": pointer}) for pointer in pointers))


_MANY = [f"/inbound/field{number}" for number in range(12)]
# What a refusal looks like, and what its error must say.
_REFUSALS: dict[str, tuple[str, tuple[str, ...]]] = {
    "one field": (_at("/connection_name"), ("at connection_name: ", "code 10015")),
    "two fields": (_at("/inbound/codecs", "/tags"), ("at inbound.codecs", "at tags")),
    "twelve fields": (_at(*_MANY), tuple(f"at {each[1:].replace('/', '.')}" for each in _MANY)),
    "an unknown field": (_at("/nowhere/at_all"), ("at nowhere.at_all",)),
    "no field": (_errors({"code": "10015", "title": "Bad Request"}), ("Bad Request", "code 10015")),
    "a field of the body": (_at("/data/attributes/password"), ("at password",)),
    "a field as text": (_errors(_item("/body/outbound/localization")), ("at outbound.localization",)),
    "reasons by field": (
        json.dumps({"message": "no", "reasons": {"connection_name": ["too short"]}}),
        ("at connection_name", "too short"),
    ),
    "errors by field": (json.dumps({"errors": {"password": ["too weak"]}}), ("at password", "too weak")),
}


def _fields() -> Iterator[Cell]:
    """Row 18: the request is refused; every field is named, and no value."""
    for name, (text, says) in _REFUSALS.items():
        for status in (400, 422):
            table = refused("InvalidInputError", str(status), *says)
            if status == 400:
                table = without(table, "read", "delete", "look-up")
            yield from spread(18, f"{status}, {name}", "body", table, status=status, text=text)


# An answer can only repeat what the API was ever sent.
_SENT: dict[str, dict[str, str]] = {
    **{op: {"password": PASSWORD, "key": DEFAULT_API_KEY} for op in OPS},
    "update": {"old and new password": f"{PASSWORD} {NEXT_PASSWORD}", "key": DEFAULT_API_KEY},
}


def _echoes() -> Iterator[Cell]:
    """Row 34: an answer repeats what must not be printed."""
    for place, expect in refused("InvalidInputError", "422").items():
        for kind, secret in _SENT[place[0]].items():
            bodies: dict[str, dict[str, Any]] = {
                "detail": {"text": _errors(_item({"pointer": "/password"}, f"{secret} is weak"))},
                "pointer": {"text": _at(f"/password/{secret}")},
                "code": {"text": _errors(_item(None, code=secret))},
                "message": {"text": json.dumps({"message": f"cannot use {secret}"})},
                "reasons": {"text": json.dumps({"reasons": {secret: [secret]}})},
                "request id": {"text": _errors(_item(None)), "headers": {"x-request-id": secret}},
            }
            for name, fields in bodies.items():
                yield from spread(34, f"{kind} in the {name}", "body", {place: expect}, status=422, **fields)
    for place, expect in foreign("422").items():
        for kind, secret in _SENT[place[0]].items():
            table: Table = {place: expect}
            called = {"content-type": f"x/{secret}"}
            yield from spread(34, f"{kind} in a page", "html", table, status=422, text=f"<b>{secret}</b>")
            yield from spread(34, f"{kind} in a content type", "html", table, status=422, headers=called)
    for place in SIMPLE:
        for kind, secret in _SENT[place[0]].items():
            table = {place: Expect("RateLimitError", says=("429",))}
            limit: dict[str, Any] = {"limit_headers": "none", "headers": {"retry-after": secret}}
            yield from spread(34, f"{kind} in a limit", "rate_limit", table, times=ALWAYS, **limit)
