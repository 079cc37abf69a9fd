"""`scripts/licences`: nothing is used whose licence nobody has looked at."""

from __future__ import annotations

import re

import pytest

from .scripts import load

licences = load("licences")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "some: is not installed here, and has no line in docs/licences.md"),
        ("unknown", "some: unknown is not among the licences"),
        ("GPL-3.0-or-later", "some: GPL-3.0-or-later is not among the licences"),
        ("MIT AND AGPL-3.0-only", "some: AGPL-3.0-only is not among the licences"),
    ],
)
def test_a_licence_that_is_missing_or_not_allowed_stops_the_check(found: str | None, said: str) -> None:
    """With the package and the licence."""
    with pytest.raises(licences.LicenceError, match=f"^{said}"):
        licences.allowed("some", found)


def test_a_package_that_another_python_needs_keeps_its_line() -> None:
    """The page is the same whatever machine checks it; without that line it would not be."""
    page = licences.PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w.-]+) \| ([^|]+) \|$", page, re.MULTILINE)
    known = {name: licence for name, licence in rows if licences.licence(name) is None}

    assert "".join(licences.written(known)) == page
    with pytest.raises(licences.LicenceError, match=r"^[\w-]+: is not installed here"):
        "".join(licences.written({}))


def test_what_a_package_says_of_itself_is_spelled_as_spdx_does() -> None:
    """By expression, by the old field, by classifier."""
    found = {name: licences.licence(name) for name in ("pydantic", "protobuf", "requests", "nowhere")}

    assert found == {
        "pydantic": "MIT",
        "protobuf": "BSD-3-Clause",
        "requests": "Apache-2.0",
        "nowhere": None,
    }
