"""docs/from-terraform.md: its fields are those of this package, and none is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pulumi_telnyx.api.connection_settings import ConnectionSettings
from pulumi_telnyx.api.schema import nested_model

PAGE = (Path(__file__).parents[2] / "docs" / "from-terraform.md").read_text()
SECTION = PAGE.partition("\n## Fields\n")[2].partition("\n## ")[0]
SAME, ONLY_HERE = re.split("\nOnly here: ", SECTION.partition("\nThe same on both sides: ")[2])


def names(text: str) -> set[str]:
    """What stands in backticks."""
    return set(re.findall("`([a-z0-9_.]+)`", text))


def rows(text: str) -> list[list[str]]:
    """The cells of its tables' rows."""
    lines = re.findall(r"^\| `.*", text, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_field_of_a_connection_is_the_same_renamed_or_only_here() -> None:
    """Those of `inbound` and `outbound` one by one, since some of them are only here."""
    split = {name.strip("`"): names(fields) for name, fields in rows(SAME)}
    same = names(SAME.partition("\n\n")[0]) - set(split)
    same |= {f"{name}.{field}" for name, fields in split.items() for field in fields}
    renamed = {name for _, here, _ in rows(SECTION.partition("\nThe same")[0]) for name in names(here)}

    assert same | renamed | names(ONLY_HERE) == set(_fields(split))


def _fields(split: Iterable[str]) -> Iterator[str]:
    for name in ConnectionSettings.model_fields:
        model = nested_model(ConnectionSettings, name) if name in split else None
        yield from (f"{name}.{field}" for field in model.model_fields) if model else [name]
