"""Rows 27 to 29: passwords that are not shown, values that no document has, texts that break things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .answers import Change, edited, setting
from .cell import OPS, Cell, Expect, lost, refused, spread, without
from .world import OWN, World

_MASKED = {"mask_passwords": True}
_PASSWORDS: dict[str, Change] = {
    "null": setting(password=None),
    "empty": setting(password=""),
    "eight asterisks": setting(password="********"),
    "absent": lambda row: row.pop("password"),
}
# In fields that the program does not set, but for the last.
_VALUES: dict[str, Change] = {
    "unknown fields": setting(novel={"a": [1, None]}, newer="x"),
    "an unknown choice": setting(noise_suppression="superb", dtmf_type="RFC 9999"),
    "other letter case": setting(dtmf_type="rfc 2833", anchorsite_override="LATENCY"),
    "a leading blank": setting(noise_suppression=" disabled"),
    "numbers as text": setting(webhook_timeout_secs="25", rtcp_settings={"report_frequency_secs": "5"}),
    "a text for an object": setting(outbound={"ani_override": 7}, jitter_buffer="x"),
    "null for objects": setting(outbound=None, rtcp_settings=None, jitter_buffer=None),
    "a list for an object": setting(outbound=[], rtcp_settings=[None]),
    "a text for a list": setting(tags="pulumi"),
    "a declared number as text": lambda row: row["inbound"].update(
        channel_limit=str(row["inbound"]["channel_limit"])
    ),
}
_TEXTS = {
    "4-byte characters": "Desk \U0001f4de",
    "right to left": "Desk \u202egnp.exe\u202c \u05d0",
    "combining characters": "De\u0301sk Z\u0337\u0321a\u0335l\u0338go",
    "NUL": "Desk\x00x",
    "C0 and C1": "Desk\x07\x85\x9b31m",
    "an escape sequence": "Desk\x1b]0;owned\x07\x1b[2J",
    "line breaks": "Desk\r\nerror: forged\u2028x",
    "a megabyte": "D" * 1_000_000,
}


def rows() -> list[Cell]:
    return [*_passwords(), *_values(), *_texts()]


def _no_plan(world: World) -> list[str]:
    """Nothing of an odd answer is a difference, while it is still as odd as it was."""
    quiet = world.stack.id is None or world.stack.plans_nothing()
    return [] if quiet else ["a second `up` would change something"]


def _passwords() -> Iterator[Cell]:
    """Row 27: the API does not show the password, and the state keeps it."""
    for op in OPS:
        for name, change in _PASSWORDS.items():
            yield edited(27, f"password read as {name}", op, change, check=_keeps_its_password)
        yield Cell(
            27, "masked", op, "after", Expect(), lost(op, "after"), options=_MASKED, check=_keeps_its_password
        )
    says = ("password", "masked")
    refusal = Expect("CheckFailure", calls=0, says=says, rerun="CheckFailure")
    for length in (8, 12, 128):
        stars = {"password": "*" * length}
        yield Cell(27, f"a password of {length} asterisks", "create", "before", refusal, program=stars)


def _keeps_its_password(world: World) -> list[str]:
    stack = world.stack
    if stack.id is None:
        return []
    kept = stack.outputs["password"] == stack.program["password"]
    return _no_plan(world) + ([] if kept else ["the state lost its password"])


def _values() -> Iterator[Cell]:
    """Row 28: odd values are kept or left out, are no difference, and break nothing."""
    for op in OPS:
        for name, change in _VALUES.items():
            # Without its mark it is not to be known as ours; a rerun sees the mark again.
            unmarked = name == "a text for a list" and op == "look-up"
            yield edited(
                28, name, op, change, Expect("UserNameTakenError" if unmarked else "ok"), check=_no_plan
            )


def _texts() -> Iterator[Cell]:
    """Row 29: texts in answers, in errors, in the names of others and in programs."""
    said = without(refused("InvalidInputError", "422", "code 10015"), "look-up")
    taken = Expect("UserNameTakenError", posts=1, rerun="UserNameTakenError")
    for name, text in {**_TEXTS, "half a surrogate pair": "Desk \ud83d x"}.items():
        for op in OPS:
            change = setting(webhook_event_url=text, novel={text: [text]})
            yield edited(29, f"answer with {name}", op, change, check=_no_plan)
    for name, text in _TEXTS.items():
        yield from spread(29, f"error with {name}", "status", said, status=422, code="10015", text=text)
        yield Cell(29, f"holder with {name}", "create", "before", taken, prepare=_held_by(text))
        # What the API takes is taken, and arrives as it is.
        yield Cell(
            29, f"program with {name}", "create", "before", Expect(calls=1), program={"connection_name": text}
        )


def _held_by(name: str) -> Callable[[World], Any]:
    return lambda world: world.plant(OWN, user_name="desktest", connection_name=name[:1_000])
