"""The client's models against the machine-readable copy of the API reference, field by field.

The copy is the emulator's, made apart from the models: a field, type, range, choice or default that one of
the two got wrong or lacks shows up here by name.
"""

from __future__ import annotations

import inspect
import json
import re
from importlib import resources
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from pulumi_telnyx import CredentialConnection
from pulumi_telnyx.api.connection_settings import (
    ATTENUATION_LIMITS,
    UPDATE_ONLY,
    ConnectionSettings,
)
from pulumi_telnyx.api.models import Connection
from pulumi_telnyx.api.schema import NO_DEFAULT, choices_of, json_schema, nested_model, reset_value

REFERENCE = json.loads((resources.files("pulumi_telnyx.emulator") / "reference.json").read_text())
SETTINGS = {entry["path"]: entry for entry in REFERENCE["connection"] if set(entry["in"]) != {"response"}}

# Where the client knows more than the reference declares, each with its reason.
DEFAULTS_WITH_A_NAME = {
    # null and `disabled` mean the same; the name can be sent, null perhaps not.
    "sip_uri_calling_preference": "disabled",
    # Depends on the engine: see ATTENUATION_LIMITS.
    "noise_suppression_details.attenuation_limit": None,
}
# No limit that a person means is negative, or larger than a 32-bit number.
LIMITS_OF_OUR_OWN = {"inbound.channel_limit", "outbound.channel_limit"}
FORM_OF_FORMAT = {
    "digits": "an id of digits, as text",
    "uuid": "a UUID",
    "url": "a URL with its scheme",
    "phone-number": "a phone number",
}


def _paths(model: type[BaseModel], prefix: str = "") -> dict[str, tuple[type[BaseModel], str]]:
    """Return every path of a model, with the model and the field that it ends in."""
    found = {}
    for field in model.model_fields:
        found[f"{prefix}{field}"] = (model, field)
        if nested := nested_model(model, field):
            found |= _paths(nested, f"{prefix}{field}.")
    return found


MODELS = _paths(ConnectionSettings)


def test_the_models_have_exactly_the_fields_of_the_reference() -> None:
    """Every object, every field, and no other; also the class that programs use."""
    assert set(MODELS) == set(SETTINGS)
    assert {path for path in SETTINGS if "." not in path} <= set(
        inspect.signature(CredentialConnection).parameters
    )


def test_answers_have_exactly_the_fields_of_the_reference() -> None:
    """What the API returns can all be read by name."""
    answers = {entry["path"] for entry in REFERENCE["connection"] if "response" in entry["in"]}
    known = set(Connection.model_fields)
    for field in Connection.model_fields.values():
        for model in get_args(field.annotation):
            if isinstance(model, type) and issubclass(model, BaseModel):
                parent = next(name for name, each in Connection.model_fields.items() if each is field)
                known |= {f"{parent}.{name}" for name in model.model_fields}

    assert known == answers


def test_fields_that_create_does_not_take_are_known() -> None:
    """They are sent in an update right after the create."""
    assert {path for path, entry in SETTINGS.items() if "create" not in entry["in"]} == set(UPDATE_ONLY)


def test_the_default_strength_of_each_engine_is_the_references() -> None:
    """The one default that depends on another field."""
    entry = SETTINGS["noise_suppression_details.attenuation_limit"]

    assert entry["default_by"] == {
        "path": "noise_suppression_details.engine",
        "values": dict(ATTENUATION_LIMITS),
    }


@pytest.mark.parametrize("path", sorted(SETTINGS))
def test_a_field_is_what_the_reference_says(path: str) -> None:
    """Type, null, choices, range, length, form and default; every difference is listed."""
    entry, (model, field) = SETTINGS[path], MODELS[path]

    assert _facts_of_model(path, model, field) == _facts_of_reference(path, entry)


def _facts_of_reference(path: str, entry: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "type": entry["type"],
        "choices": {*entry.get("enum", entry.get("items", {}).get("enum", ()))},
        "range": (entry.get("minimum"), entry.get("maximum"), entry.get("multiple_of")),
        "length": (entry.get("min_length"), entry.get("max_length")),
        "form": FORM_OF_FORMAT.get(entry.get("format", ""), ""),
        "default": entry.get("default", NO_DEFAULT),
    }
    if entry.get("may_be_empty") and facts["choices"]:
        facts["choices"].add("")
    if path in DEFAULTS_WITH_A_NAME:
        facts["default"] = DEFAULTS_WITH_A_NAME[path]
    if path in LIMITS_OF_OUR_OWN:
        facts["range"] = (0, 2**31 - 1, None)
    if path == "connection_name":
        facts["length"] = (1, None)
    if path in {"user_name", "outbound.localization"}:
        # Patterns in place of a format; the fuzz test holds them against each other.
        facts["form"] = "patterns"
    return facts


def _facts_of_model(path: str, model: type[BaseModel], field: str) -> dict[str, Any]:
    schema = {"type": "object"} if nested_model(model, field) else json_schema(model, field)
    wording = _form(schema)
    return {
        "type": schema["type"],
        "choices": set(choices_of(model, field)),
        "range": (schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")),
        "length": (schema.get("minLength"), schema.get("maxLength")),
        "form": "patterns" if path in {"user_name", "outbound.localization"} and wording else wording,
        "default": reset_value(model, field),
    }


def _form(schema: dict[str, Any]) -> str:
    from pulumi_telnyx.api.connection_settings import FORMS

    words = FORMS.get(schema.get("pattern", ""), "")
    return next((form for form in FORM_OF_FORMAT.values() if words.startswith(form)), words)


def test_retired_fields_are_listed_as_retired() -> None:
    """What older pages showed is known as old, so that a reader of them is not lost."""
    historic = {entry["path"] for entry in REFERENCE["historic"]}

    assert {"inbound.privacy_zone_enabled", "rtcp_settings.report_frequency_seconds"} <= historic
    assert not historic & set(MODELS)
    assert all(re.fullmatch(r"[a-z0-9_.]+", path) for path in historic)
