"""What differs between two sets of inputs."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_telnyx.report.changes import ItemChange, PropertyChange, compare
from pulumi_telnyx.report.values import Mark, shown

from .made import UNKNOWN_TEXT


def _differing(old: Any, new: Any) -> dict[str, tuple[Any, Any]]:
    return {each.path: (each.old, each.new) for each in compare(shown(old), shown(new)).properties}


def _items(old: list[Any], new: list[Any], name: str = "codecs") -> tuple[ItemChange, ...]:
    (found,) = compare({name: old}, {name: new}).properties
    return found.items


def test_paths_lead_into_objects_and_lists_of_objects() -> None:
    """As deep as it takes, and no deeper."""
    old = {
        "inbound": {"channel_limit": 10, "same": 1},
        "extra": {"a.b": {"x": 1}, "list": [{"y": 1, "z": 2}]},
    }
    new = {"inbound": {"channel_limit": 5, "same": 1}, "extra": {"a.b": {"x": 2}, "list": [{"y": 3, "z": 2}]}}

    assert _differing(old, new) == {
        "inbound.channel_limit": (10, 5),
        'extra["a.b"].x': (1, 2),
        "extra.list[0].y": (1, 3),
    }


def test_what_is_not_declared_is_told_from_what_is_empty() -> None:
    """Null is not declared: the provider makes it of an argument that is left out."""
    assert _differing({"a": None, "b": "", "c": {"d": 1}}, {"a": "", "b": None}) == {
        "a": (Mark.NOT_SET, ""),
        "b": ("", Mark.NOT_SET),
        "c.d": (1, Mark.NOT_SET),
    }


@pytest.mark.parametrize(("old", "new"), [(True, 1), (False, 0), ("10", 10), ([], {}), ("", [])])
def test_values_that_look_alike_differ(old: Any, new: Any) -> None:
    """Python would take some of them for equal."""
    assert set(_differing({"a": old}, {"a": new})) == {"a"}


def test_numbers_are_equal_however_they_are_written() -> None:
    """The engine writes 10 and 10.0."""
    assert _differing({"a": 10}, {"a": 10.0}) == {}


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (["A", "B", "C"], ["C", "A", "B"], [("moved", "C", 3, 1)]),
        (["A", "B", "C"], ["B", "C"], [("removed", "A", 1, None)]),
        (["A", "B"], ["A", "X", "B"], [("added", "X", None, 2)]),
        (["A", "B"], ["B", "A"], [("moved", "B", 2, 1)]),
        (["A", "A"], ["A"], [("removed", "A", 2, None)]),
        (["A"], ["A", "A"], [("added", "A", None, 2)]),
        ([], ["A"], [("added", "A", None, 1)]),
        (
            ["A", "B", "C"],
            ["C", "X", "A"],
            [("removed", "B", 2, None), ("moved", "C", 3, 1), ("added", "X", None, 2)],
        ),
    ],
)
def test_lists_change_by_moves_additions_and_removals(
    old: list[str], new: list[str], changes: list[Any]
) -> None:
    """As few of them as it takes."""
    assert sorted(_items(old, new), key=str) == sorted((ItemChange(*each) for each in changes), key=str)


def test_tags_have_no_order() -> None:
    """Telnyx gives them back in any."""
    assert compare({"tags": ["a", "b"]}, {"tags": ["b", "a"]}).properties == ()
    assert [each.kind for each in _items(["a", "b"], ["c", "a"], "tags")] == ["removed", "added"]


def test_a_password_changes_where_its_revision_does() -> None:
    """The engine hides both passwords, and marks neither."""
    old = {"password": "[secret]", "password_revision": 1}

    assert _differing(old, old) == {}
    assert _differing(old, {**old, "password_revision": 2}) == {"password": (Mark.SECRET, Mark.SECRET)}
    assert _differing(old, {**old, "password_revision": UNKNOWN_TEXT}) == {
        "password": (Mark.SECRET, Mark.UNKNOWN)
    }


def test_secrets_that_may_differ_are_named() -> None:
    """Both sides are hidden: an update may be about them or not."""
    old = {"url": "[secret]", "extra": {"pin": "[secret]", "list": ["[secret]"]}}

    assert compare(shown(old), shown(old)).hidden == ("extra.list", "extra.pin", "url")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CANARY", "[secret]"),
        ("[secret]", "CANARY"),
        (["x", "CANARY"], ["x", "[secret]"]),
        (["x", "CANARY"], "[secret]"),
        ({"a": "CANARY"}, "[secret]"),
    ],
)
def test_what_becomes_a_secret_or_was_one_shows_neither_value(old: Any, new: Any) -> None:
    """Who makes a value a secret does not want the old one in a comment."""
    (found,) = compare(shown({"url": old}), shown({"url": new})).properties

    assert found == PropertyChange("url", Mark.SECRET, Mark.SECRET)


def test_unknown_values_are_known_after_apply() -> None:
    """The engine prints a placeholder for each type."""
    assert _differing({"a": "x"}, {"a": UNKNOWN_TEXT}) == {"a": ("x", Mark.UNKNOWN)}
    assert _differing({"a": [1]}, {"a": [UNKNOWN_TEXT]})["a"][1] == [Mark.UNKNOWN]
