"""The API's fields as `reference.json` states them, in typed form.

The file is this emulator's own reading of the vendor's documents, kept apart from the client's models on
purpose: a mistake made in one of the two shows as a difference.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

FieldType = Literal["string", "integer", "boolean", "array", "object"]
Place = Literal["create", "update", "response"]


@dataclass(frozen=True)
class Pattern:
    """A regular expression that a text must match, and what it asks for in words."""

    regex: re.Pattern[str]
    asks: str


@dataclass(frozen=True)
class Field:
    """One field of a connection; the attributes are explained under `reading` in the file."""

    path: str
    type: FieldType
    places: frozenset[Place]
    required_on_create: bool
    default: Any
    default_by: tuple[str, Mapping[str, Any]] | None
    enum: tuple[str, ...] | None
    enum_only_on_create: frozenset[str]
    item_enum: tuple[str, ...] | None
    minimum: int | None
    maximum: int | None
    multiple_of: int | None
    min_length: int | None
    max_length: int | None
    patterns: tuple[Pattern, ...]
    format: str | None
    may_be_empty: bool
    null_in_requests: Literal["accepted", "refused", "unsettled"]
    null_in_responses: bool
    meaning: str

    @property
    def pointer(self) -> str:
        """The field's place in a body, as error answers spell it."""
        return "/" + self.path.replace(".", "/")

    @property
    def takes_null(self) -> bool:
        """Whether the emulator accepts null where this field is sent.

        Where the documents only say that an answer may hold null, sending it is the one plausible way to
        clear the field, so it is accepted. An object is never cleared as a whole: its fields are.
        """
        return self.type != "object" and self.null_in_requests != "refused"


@dataclass(frozen=True)
class ListReference:
    """Limits and values of the list's query parameters."""

    default_page_size: int
    max_page_size: int
    name_filter: str
    min_name_filter: int
    voice_profile_filters: tuple[str, ...]
    sort_keys: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """What the emulator needs to know of the API's data.

    Args:
        version: the month that the knowledge is from.
        fields: the fields of a connection by name; those of a nested object are under its own name.
        listing: the list's query parameters.
    """

    version: str
    fields: Mapping[str, Mapping[str, Field]]
    listing: ListReference

    @property
    def top(self) -> Mapping[str, Field]:
        """The fields of the connection itself."""
        return self.fields[""]

    def field(self, path: str) -> Field:
        """The field at a dotted path."""
        parent, _, name = path.rpartition(".")
        return self.fields[parent][name]

    def defaults(self) -> dict[str, Any]:
        """A new connection before anything was sent; the caller owns the result."""
        return cast("dict[str, Any]", json.loads(self._defaults))

    @functools.cached_property
    def _defaults(self) -> str:
        return json.dumps(
            {
                name: {child: inner.default for child, inner in self.fields[name].items()}
                if field.type == "object"
                else field.default
                for name, field in self.top.items()
                # The server's own fields are not settings: the store adds them.
                if field.places != {"response"}
            }
        )


@functools.cache
def load_reference() -> Reference:
    """The reference, read once per process."""
    text = (resources.files(__package__) / "reference.json").read_text(encoding="utf-8")
    raw = json.loads(text)
    fields: dict[str, dict[str, Field]] = {"": {}}
    for entry in raw["connection"]:
        field = _field(entry)
        parent, _, name = field.path.rpartition(".")
        fields[parent][name] = field
        if field.type == "object":
            fields[field.path] = {}
    listing = raw["list"]
    return Reference(
        version=raw["version"],
        fields=fields,
        listing=ListReference(
            default_page_size=listing["page_size"]["default"],
            max_page_size=listing["page_size"]["maximum"],
            name_filter=listing["connection_name"]["parameters"][0],
            min_name_filter=listing["connection_name"]["min_length"],
            voice_profile_filters=tuple(listing["outbound_voice_profile_id"]["parameters"]),
            sort_keys=tuple(listing["sort"]["values"]),
        ),
    )


def _field(entry: Mapping[str, Any]) -> Field:
    default_by = entry.get("default_by")
    items = entry.get("items", {})
    return Field(
        path=entry["path"],
        type=entry["type"],
        places=frozenset(entry["in"]),
        required_on_create=entry.get("required_on_create", False),
        default=entry.get("default"),
        default_by=(default_by["path"], default_by["values"]) if default_by else None,
        enum=tuple(entry["enum"]) if "enum" in entry else None,
        enum_only_on_create=frozenset(entry.get("enum_only_on_create", ())),
        item_enum=tuple(items["enum"]) if "enum" in items else None,
        minimum=entry.get("minimum"),
        maximum=entry.get("maximum"),
        multiple_of=entry.get("multiple_of"),
        min_length=entry.get("min_length"),
        max_length=entry.get("max_length"),
        # In the file `$` is the very end, as in JSON Schema; Python's would let a line break pass.
        patterns=tuple(
            Pattern(re.compile(one["regex"].replace("$", r"\Z")), one["asks"])
            for one in entry.get("patterns", ())
        ),
        format=entry.get("format"),
        may_be_empty=entry.get("may_be_empty", False),
        null_in_requests=entry["null_in_requests"],
        null_in_responses=entry["null_in_responses"],
        meaning=entry["meaning"],
    )
