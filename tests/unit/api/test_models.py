"""Answers are read whatever they look like."""

from __future__ import annotations

import pytest

from pulumi_telnyx.api.models import Connection


def test_an_id_keeps_all_its_digits() -> None:
    """A number above 2^53 must never pass through a float."""
    assert Connection.from_api({"id": 1293384261075731499}).id == "1293384261075731499"


def test_unknown_fields_and_values_are_kept() -> None:
    """The API may grow faster than this package."""
    row = {"id": "1", "novel": {"a": 1}, "dtmf_type": "Telepathy", "inbound": {"fresh": True}}

    shown = Connection.from_api(row).model_dump(exclude_unset=True)

    assert shown == row


@pytest.mark.parametrize("junk", [None, "x", 3, 2.5, [], {}, [1], {"a": 1}, True])
def test_no_field_makes_an_answer_unreadable(junk: object) -> None:
    """Whatever stands in a field, the connection is there and its id is known."""
    fields = [name for name in Connection.model_fields if name != "id"]

    connection = Connection.from_api({"id": "7", **dict.fromkeys(fields, junk)})

    assert connection.id == "7"
    connection.model_dump(warnings=False)


def test_neither_mask_nor_password_is_shown() -> None:
    """A mask is no password, and a password is in no representation."""
    assert Connection.from_api({"id": "1", "password": "********"}).password is None
    assert "in-the-clear" not in repr(Connection.from_api({"id": "1", "password": "in-the-clear"}))
