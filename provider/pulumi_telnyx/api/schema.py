"""What the models say about a field: its object, its choices, its limits, the value it goes back to."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

NO_DEFAULT: Final[Any] = object()
"""What stands for the default of a field that the API gives none; None is a default of its own."""


@functools.cache
def fields_of(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Return the fields of a model by name: pydantic looks at who asks, every time that it is asked."""
    return model.model_fields


@functools.cache
def nested_model(model: type[BaseModel], field: str) -> type[BaseModel] | None:
    """Return the model of a field that is an object, or None for any other field."""
    annotation = model.model_fields[field].annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


@functools.cache
def choices_of(model: type[BaseModel], field: str) -> tuple[str, ...]:
    """Return the values of a field, or of a list's items, that has a closed list of them; else nothing."""
    return tuple(_literals(model.model_fields[field].annotation))


def _literals(annotation: Any) -> Iterator[str]:
    for argument in get_args(annotation):
        if isinstance(argument, str):
            yield argument
        else:
            yield from _literals(argument)


@functools.cache
def reset_value(model: type[BaseModel], field: str) -> Any:
    """Return what a field goes back to when it is no longer declared: the API's default."""
    extra = model.model_fields[field].json_schema_extra
    return extra.get("api_default", NO_DEFAULT) if isinstance(extra, dict) else NO_DEFAULT


@functools.cache
def json_schema(model: type[BaseModel], field: str) -> dict[str, Any]:
    """Return type and limits of a field that is no object, in the words of JSON Schema and without null."""
    schema: dict[str, Any] = model.model_json_schema()["properties"][field]
    for alternative in schema.get("anyOf", ()):
        if alternative != {"type": "null"}:
            schema = schema | alternative
    return schema
