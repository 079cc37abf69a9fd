"""Connections made up from the API reference: valid ones for programs, and wild ones to throw at `check`."""

from __future__ import annotations

import json
import random
from importlib import resources
from typing import Any

from hypothesis import strategies as st

_REFERENCE = json.loads((resources.files("pulumi_telnyx.emulator") / "reference.json").read_text())
FIELDS: dict[str, dict[str, Any]] = {
    entry["path"]: entry for entry in _REFERENCE["connection"] if set(entry["in"]) != {"response"}
}
IDENTITY = {"connection_name", "user_name", "password"}
LEAVES = {path: entry for path, entry in FIELDS.items() if entry["type"] != "object" and path not in IDENTITY}

_UUID = "7d0a2f5e-30c1-4a76-9b61-0b1f6a2c9e11"
_BY_FORMAT = {
    "digits": ["1", "2105551234567890123", "9223372036854775807"],
    "uuid": [_UUID, _UUID.upper()],
    "url": [
        "https://hooks.example.com/voice",
        "http://h.example?x=1&y=%C3%BC#z",
        "HTTPS://h.example/" + "a" * 1900,
    ],
    "phone-number": ["+493012345678", "030123"],
}
_WILD: list[Any] = [
    *(True, False, 0.0, 1.0, -1.0, 5.0, 10.5, 2.0**60, 1e308, float("nan"), float("inf")),
    *("", " ", "x", "disabled", "G722", "********", "a" * 129, "😀" * 4, "a\x00b", "\x1b[31mred", "‮"),
    *("caf\u00e9", "line\nbreak", "\ud83d", "1" * 1_000_000),
    *([], {}, [[]], ["G722", 1.0], [None], ["G722"] * 50, {"a": {"b": {}}}, {"codecs": ["G722"]}, [True]),
]
_NAMES = [
    "desk0001",
    "DESK",
    "a1b2",
    "abc",
    "1234a",
    "12345a",
    "front-desk",
    "u" * 32,
    "u" * 33,
    "desk 1",
    "d\u00e9sk1",
]
_PASSWORDS = [
    "correct-horse",
    "p" * 128,
    "p" * 129,
    "short",
    "*" * 8,
    "*" * 9,
    " " * 8,
    "pass wörd 😀",
    "\n" * 9,
]
_LABELS = ["Desk", "", " ", "x" * 300, "\u00fcml\u00e4ut 😀", "a\x00b", "\t"]


def valid_values(path: str) -> list[Any]:
    """Return every choice of a field, both ends of its range, and examples of free text."""
    entry = FIELDS[path]
    if entry["type"] == "boolean":
        return [True, False]
    if entry["type"] == "integer":
        low, high = entry.get("minimum", 0), entry.get("maximum", 2**31 - 1)
        step = entry.get("multiple_of", 1)
        return [low, low + step, high]
    if entry["type"] == "array":
        items = entry["items"].get("enum")
        return [items, items[:1], items[::-1][:3], []] if items else [["a", "b"], ["b", "a"], ["ü 😀"], []]
    if "enum" in entry:
        return [*entry["enum"], *([""] if entry.get("may_be_empty") else [])]
    values = list(_BY_FORMAT.get(entry.get("format", ""), ["DE", "us"]))
    return [*values, ""] if entry.get("may_be_empty") else values


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Return the settings for values by dotted path."""
    settings: dict[str, Any] = {}
    for path, value in flat.items():
        parent, _, name = path.rpartition(".")
        (settings.setdefault(parent, {}) if parent else settings)[name] = value
    return settings


def consistent(flat: dict[str, Any]) -> dict[str, Any]:
    """Return the values with those changed that break a rule between fields."""
    flat = dict(flat)
    if flat.get("webhook_api_version") == "texml":
        flat["outbound.call_parking_enabled"] = True
    if flat.get("webhook_event_failover_url"):
        flat.setdefault("webhook_event_url", "https://hooks.example.com/voice")
    if flat.get("outbound.generate_ringback_tone") and flat.get("outbound.instant_ringback_enabled"):
        flat["outbound.instant_ringback_enabled"] = False
    low, high = "jitter_buffer.jitterbuffer_msec_min", "jitter_buffer.jitterbuffer_msec_max"
    if flat.get(low, 60) > flat.get(high, 200):
        flat[low], flat[high] = 40, 400
    return flat


def programs() -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for the arguments of one connection: any fields with any valid values."""
    optional = {path: st.sampled_from(valid_values(path)) for path in LEAVES}
    return st.fixed_dictionaries({}, optional=optional).map(consistent).map(nested)


def wild(source: random.Random) -> dict[str, Any]:
    """Return inputs as a program might send them by mistake: right, wrong and strange values mixed."""
    flat: dict[str, Any] = {}
    for name, values in (("connection_name", _LABELS), ("user_name", _NAMES), ("password", _PASSWORDS)):
        kind = source.random()
        # The first of each is right: mostly, so that enough of the others is looked at alone.
        if kind < 0.97:
            flat[name] = values[0] if kind < 0.8 else source.choice(values if kind < 0.92 else _WILD)
    for path in source.sample(sorted(LEAVES), source.randrange(6)):
        flat[path] = source.choice(valid_values(path) if source.random() < 0.85 else _WILD)
    settings = nested(flat)
    if source.random() < 0.1:
        settings[source.choice(["inbound", "outbound", "novel", "tags", "jitter_buffer"])] = source.choice(
            _WILD
        )
    return settings
