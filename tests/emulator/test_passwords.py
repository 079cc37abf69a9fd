"""Passwords read back in clear on older accounts, and as eight asterisks on newer ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.client import data, problems, required

if TYPE_CHECKING:
    from pulumi_telnyx.emulator import EmulatorServer
    from tests.emulator.client import Client

MASK = "********"


@pytest.fixture
def masked(client: Client, api: EmulatorServer) -> Client:
    """A client of an account that masks."""
    api.configure(mask_passwords=True)
    return client


def stored(client: Client, connection_id: str) -> str:
    """The password as the emulator keeps it."""
    found: str = client.control("GET", f"/connections/{connection_id}").json()["settings"]["password"]
    return found


def test_an_older_account_reads_passwords_in_clear(client: Client) -> None:
    """Every answer holds the password."""
    password = required()["password"]
    found = client.created()

    assert found["password"] == password
    assert data(client.update(found["id"], active=False))["password"] == password
    assert data(client.retrieve(found["id"]))["password"] == password
    assert client.list().json()["data"][0]["password"] == password
    assert data(client.delete(found["id"]))["password"] == password


def test_a_newer_account_reads_passwords_masked(masked: Client) -> None:
    """Only the answer to the request that set a password shows it."""
    found = masked.created()

    assert found["password"] == required()["password"]
    assert data(masked.retrieve(found["id"]))["password"] == MASK
    assert masked.list().json()["data"][0]["password"] == MASK
    assert data(masked.update(found["id"], active=False))["password"] == MASK
    assert data(masked.update(found["id"], password="another-one-8"))["password"] == "another-one-8"
    assert data(masked.retrieve(found["id"]))["password"] == MASK
    assert stored(masked, found["id"]) == "another-one-8"
    assert data(masked.delete(found["id"]))["password"] == MASK


def test_masking_does_not_touch_what_is_stored(masked: Client) -> None:
    """An update of something else leaves the password alone."""
    found = masked.created()

    masked.update(found["id"], active=False)

    assert stored(masked, found["id"]) == required()["password"]


def test_a_masked_value_sent_back_becomes_the_password(masked: Client) -> None:
    """The mistake shows, as it would at a customer's phone."""
    found = masked.created()

    masked.update(found["id"], password=MASK)

    assert stored(masked, found["id"]) == MASK


def test_a_masked_value_can_be_refused_instead(masked: Client, api: EmulatorServer) -> None:
    """If the API should turn out to do so."""
    api.configure(refuse_masked_password=True)
    found = masked.created()

    assert problems(masked.update(found["id"], password=MASK)) == [(422, "10015", "/password")]
    assert problems(masked.create(user_name="other1", password=MASK)) == [(422, "10015", "/password")]
