"""Names for connections whose program gives none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_telnyx.connection.names import derived_connection_name, derived_user_name

USER_NAME = re.compile(r"(?=.{0,4}[A-Za-z])[A-Za-z0-9]{4,32}")


def test_a_derived_user_name_reads_like_its_resource() -> None:
    """Resource, stack and project first, then a hash."""
    name = derived_user_name("acme", "phones", "dev", "front-desk")

    assert name == derived_user_name("acme", "phones", "dev", "front-desk")
    assert name.startswith("frontdeskdevphones")


@pytest.mark.parametrize(
    "other",
    [
        ("other", "phones", "dev", "front-desk"),
        ("acme", "phone", "dev", "front-desk"),
        ("acme", "phones", "prod", "front-desk"),
        ("acme", "phones", "dev", "frontdesk"),
        ("acme", "phonesdev", "", "front-desk"),
    ],
)
def test_another_place_gets_another_user_name(other: tuple[str, str, str, str]) -> None:
    """The same resource name in another stack must not collide: user names are unique over all customers."""
    assert derived_user_name("acme", "phones", "dev", "front-desk") != derived_user_name(*other)


@given(st.text(), st.text(), st.text(), st.text())
def test_every_derived_user_name_is_one_that_telnyx_accepts(
    organization: str, project: str, stack: str, resource: str
) -> None:
    """Whatever the names look like, digits and emoji included."""
    assert USER_NAME.fullmatch(derived_user_name(organization, project, stack, resource))


def test_a_derived_connection_name_tells_the_stack() -> None:
    """Lists in the portal mix all stacks."""
    assert derived_connection_name("prod", "front-desk") == "front-desk (prod)"
