"""reference.json contradicts itself nowhere."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from pulumi_telnyx.emulator.checks import find_problem
from pulumi_telnyx.emulator.reference import Field, load_reference

RAW = json.loads((resources.files("pulumi_telnyx.emulator") / "reference.json").read_text(encoding="utf-8"))
ENTRIES: list[dict[str, Any]] = RAW["connection"]
FIELDS = [field for group in load_reference().fields.values() for field in group.values()]

KEYS = {
    "path", "type", "in", "meaning", "null_in_requests", "null_in_responses",
}  # fmt: skip
OPTIONAL_KEYS = {
    "required_on_create", "default", "default_evidence", "default_by", "enum", "enum_only_on_create", "items",
    "minimum", "maximum", "multiple_of", "limits_evidence", "min_length", "max_length", "patterns", "format",
    "may_be_empty", "secret", "sources", "note",
}  # fmt: skip


def by_path(entry: Any) -> str:
    """A readable id for a parametrised test."""
    return str(entry["path"] if isinstance(entry, dict) else entry.path)


@pytest.mark.parametrize("entry", ENTRIES, ids=by_path)
def test_an_entry_has_all_that_it_needs_and_nothing_unknown(entry: dict[str, Any]) -> None:
    """A misspelt key would silently mean nothing."""
    assert set(entry) >= KEYS
    assert set(entry) <= KEYS | OPTIONAL_KEYS
    assert entry["type"] in {"string", "integer", "boolean", "array", "object"}
    assert set(entry["in"]) <= {"create", "update", "response"}
    assert entry["null_in_requests"] in {"accepted", "refused", "unsettled"}
    assert isinstance(entry["null_in_responses"], bool)
    assert set(entry.get("sources", ["S"])) <= set(RAW["evidence"])
    assert ("default" in entry) == ("default_evidence" in entry)
    assert {entry.get("default_evidence", "?"), entry.get("limits_evidence", "?")} <= set(RAW["evidence"])
    assert ("minimum" in entry) == ("maximum" in entry)
    assert entry["meaning"].endswith(".")


def test_paths_are_unique_and_children_follow_their_object() -> None:
    """Everything below an object is found under its name."""
    paths = [entry["path"] for entry in ENTRIES]

    assert len(set(paths)) == len(paths)
    for path in paths:
        parent = path.rpartition(".")[0]
        assert not parent or ENTRIES[paths.index(parent)]["type"] == "object"


def test_historic_fields_are_not_current_and_point_to_ones_that_are() -> None:
    """A retired name never hides a living field."""
    paths = {entry["path"] for entry in ENTRIES}

    for entry in RAW["historic"]:
        assert entry["path"] not in paths
        assert entry.get("now", "id") in paths


@pytest.mark.parametrize("field", FIELDS, ids=by_path)
def test_a_default_is_a_value_that_the_field_may_have(field: Field) -> None:
    """Sent back as it was read, it is accepted, unless it is a null that only answers hold."""
    if field.default is None:
        assert (
            field.null_in_responses
            or field.required_on_create
            or field.type == "object"
            or (field.places == {"response"})
        )
    else:
        assert find_problem(field, field.default, "update") is None


@pytest.mark.parametrize("field", [field for field in FIELDS if field.default_by], ids=by_path)
def test_a_default_by_another_field_covers_each_of_its_values(field: Field) -> None:
    """Whatever the other field says, there is a default, and an allowed one."""
    assert field.default_by is not None
    path, values = field.default_by
    decider = load_reference().field(path)

    assert tuple(values) == decider.enum
    assert values[decider.default] == field.default
    for value in values.values():
        assert find_problem(field, value, "create") is None


@pytest.mark.parametrize("field", [field for field in FIELDS if field.enum], ids=by_path)
def test_enumerations_hold_distinct_texts(field: Field) -> None:
    """And what is for creates only is among them."""
    assert field.enum is not None
    assert len(set(field.enum)) == len(field.enum)
    assert field.enum_only_on_create <= set(field.enum)


def test_nulls_in_requests_have_somewhere_to_go() -> None:
    """What a request may clear, an answer may hold."""
    for field in FIELDS:
        if field.null_in_requests != "refused":
            assert field.null_in_responses, field.path


def test_a_new_connection_has_every_field_that_a_request_can_set() -> None:
    """Required ones are empty until the request fills them."""
    defaults = load_reference().defaults()

    for field in FIELDS:
        if field.places != {"response"}:
            parent, _, name = field.path.rpartition(".")
            assert name in (defaults[parent] if parent else defaults)
