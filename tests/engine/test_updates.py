"""Stories of changes: by the program, by somebody in the portal, and of the password."""

from __future__ import annotations

import re

import pytest

from .stack import StackRunner

# What an update does with a nested object: the API's documents do not say which it is.
IN_BOTH_APIS = pytest.mark.parametrize("nested_patch", ["merge", "replace"])


@pytest.fixture
def mask_passwords(nested_patch: str) -> bool:
    """One kind of account for each kind of update: the two have nothing to do with each other."""
    return nested_patch == "replace"


@IN_BOTH_APIS
def test_an_edit_reaches_exactly_what_it_says(stack: StackRunner) -> None:
    """A changed, an added and a removed field, in one object and beside it; the rest stays as it was."""
    stack.program(
        """
        CredentialConnection(
            "desk",
            tags=["a"],
            dtmf_type="Inband",
            inbound={"channel_limit": 5, "prack_enabled": True, "codecs": ["G722", "OPUS"]},
            outbound={"localization": "DE"},
            jitter_buffer={"enable_jitter_buffer": True, "jitterbuffer_msec_max": 160},
        )
        """
    )
    stack.up()
    before = stack.api.connections()[0]
    stack.api.calls()

    stack.program(
        """
        CredentialConnection(
            "desk",
            tags=["a"],
            inbound={"channel_limit": 6, "codecs": ["OPUS", "G722"], "timeout_1xx_secs": 7},
            outbound={"localization": "DE"},
            webhook_timeout_secs=5,
        )
        """
    )
    stack.up()

    (after,) = stack.api.connections()
    changed = {"channel_limit": 6, "prack_enabled": False, "codecs": ["OPUS", "G722"], "timeout_1xx_secs": 7}
    buffer = {"enable_jitter_buffer": False, "jitterbuffer_msec_max": 200}
    assert stack.api.calls() == ["PATCH"]
    assert after == {
        **before,
        "dtmf_type": "RFC 2833",
        "webhook_timeout_secs": 5,
        "inbound": {**before["inbound"], **changed},
        "jitter_buffer": {**before["jitter_buffer"], **buffer},
    }
    assert stack.up().changes == {"same": 1}
    assert stack.refresh().changes == {"refresh": 1}
    assert stack.preview().changes == {"same": 1}


@IN_BOTH_APIS
def test_drift_shows_on_the_fields_that_drifted_and_is_put_back(stack: StackRunner) -> None:
    """Also where the declared value is a default, and never on fields that nobody declared."""
    stack.program(
        'CredentialConnection("desk", active=True, inbound={"codecs": ["G722"], "channel_limit": 5})'
    )
    stack.up()
    before = stack.api.connections()[0]
    stack.api.edit(
        before["id"], active=False, dtmf_type="Inband", inbound={"channel_limit": 9, "prack_enabled": True}
    )

    stack.refresh()
    preview = stack.preview("--diff")
    up = stack.up()

    (after,) = stack.api.connections()
    assert preview.changes == up.changes == {"update": 1}
    assert "active: false => true" in preview.diff
    assert "channel_limit: 9 => 5" in preview.diff
    assert not re.search(r"[~+-] codecs", preview.text)
    assert (after["active"], after["inbound"]["channel_limit"]) == (True, 5)
    assert after["dtmf_type"] == "Inband"
    assert stack.up().changes == {"same": 1}


@IN_BOTH_APIS
def test_a_rotated_password_shows_in_the_preview(stack: StackRunner) -> None:
    """A new value of the trigger makes a new password, counted where both passwords print as [secret]."""
    stack.program('CredentialConnection("desk", rotate_password_when="2026-11")')
    stack.up()
    first = stack.api.connections()[0]["password"]
    stack.api.calls()

    stack.program('CredentialConnection("desk", rotate_password_when="2026-12")')
    preview, up = stack.preview("--diff"), stack.up()

    second = stack.api.connections()[0]["password"]
    assert preview.changes == up.changes == {"update": 1}
    assert "password_revision: 1 => 2" in preview.diff
    assert first != second
    assert len(second) == 32
    assert stack.api.calls() == ["PATCH"]
    for secret in (first, second):
        assert secret not in preview.text + up.text + stack.state_text()
    assert stack.up().changes == {"same": 1}


@IN_BOTH_APIS
def test_a_given_password_changes_and_then_stays_when_it_is_left_out(stack: StackRunner) -> None:
    """Only the new password is sent, and leaving the argument out keeps what is there."""
    stack.program('CredentialConnection("desk", password="first-password")')
    stack.up()
    stack.program('CredentialConnection("desk", password="second-password")')
    stack.api.calls()

    stack.up()

    assert stack.api.bodies("PATCH") == [{"password": "[secret]"}]
    assert stack.api.connections()[0]["password"] == "second-password"
    stack.program('CredentialConnection("desk")')
    assert stack.up().changes == {"same": 1}
    assert stack.api.connections()[0]["password"] == "second-password"
    assert "second-password" not in stack.state_text()


@IN_BOTH_APIS
def test_a_password_that_somebody_else_set_is_noticed_where_it_can_be_read(
    stack: StackRunner, mask_passwords: bool
) -> None:
    """The foreign password never reaches the state; the next up sets ours again."""
    stack.program('CredentialConnection("desk", password="first-password")')
    stack.up()
    stack.api.edit(stack.api.connections()[0]["id"], password="foreign-password")

    stack.refresh()
    refreshed = stack.state_text()
    stack.refresh()
    preview = stack.preview("--diff")
    up = stack.up()

    assert "foreign-password" not in refreshed + preview.text + up.text + stack.state_text()
    if mask_passwords:
        assert preview.changes == up.changes == {"same": 1}
    else:
        assert preview.changes == up.changes == {"update": 1}
        assert "password_changed_outside" in preview.text
        assert "password_revision" in preview.text
        assert stack.api.connections()[0]["password"] == "first-password"
    assert stack.up().changes == {"same": 1}


@IN_BOTH_APIS
def test_fields_of_tomorrow_pass_through(stack: StackRunner) -> None:
    """They are sent where they belong, and cost no second update when the API does not show them."""
    declared = 'CredentialConnection("desk", inbound={{"channel_limit": 1}}, extra={extra})'
    stack.program(declared.format(extra={"novel": {"a": 1}, "inbound": {"fresh": [1, 2]}}))

    stack.up()

    (sent,) = stack.api.bodies("POST")
    assert sent["novel"] == {"a": 1}
    assert sent["inbound"] == {"channel_limit": 1, "fresh": [1, 2]}
    assert "extra" not in sent
    assert stack.up().changes == {"same": 1}
    stack.program(declared.format(extra={"novel": {"a": 2}}))
    run = stack.up()
    assert run.changes == {"update": 1}
    assert "extra.inbound.fresh is no longer declared" in run.text
    assert stack.up().changes == {"same": 1}


def test_a_costly_choice_is_warned_of_and_made(stack: StackRunner) -> None:
    """A warning is not an error."""
    stack.program('CredentialConnection("desk", sip_uri_calling_preference="unrestricted")')

    preview, up = stack.preview(), stack.up()

    for run in (preview, up):
        assert "warning: desk (test): sip_uri_calling_preference unrestricted: anyone can call" in run.text
    assert stack.api.connections()[0]["sip_uri_calling_preference"] == "unrestricted"
    assert stack.up().changes == {"same": 1}


def test_a_value_that_telnyx_drops_is_named(stack: StackRunner) -> None:
    """An unknown voice profile comes back as null, with a status of success."""
    stack.api.server.configure(known_voice_profiles=["1"])
    stack.program('CredentialConnection("desk", outbound={"outbound_voice_profile_id": "2"})')

    run = stack.up()

    assert (
        "Telnyx did not take these values as they were sent: outbound.outbound_voice_profile_id" in run.text
    )
    assert stack.preview().changes == {"update": 1}
    stack.program('CredentialConnection("desk", outbound={"outbound_voice_profile_id": "1"})')
    stack.up()
    assert stack.up().changes == {"same": 1}


def test_a_refresh_that_cannot_see_the_account_keeps_the_state(stack: StackRunner) -> None:
    """A refused key and a 404 that is not the API's own are errors, not deleted connections."""
    stack.program('CredentialConnection("desk")')
    stack.up()
    before = stack.connections()["desk"]
    right = dict(stack.environ)

    stack.environ["TELNYX_API_KEY"] = "KEY-another-one"
    refused = stack.try_refresh()
    stack.environ |= {**right, "TELNYX_BASE_URL": right["TELNYX_BASE_URL"].replace("/v2", "/v3")}
    elsewhere = stack.try_refresh()

    assert "AuthError: read credential connection" in refused.text
    assert "answered 404 without the API's error format" in elsewhere.text
    assert refused.code != 0
    assert elsewhere.code != 0
    after = stack.connections()["desk"]
    for part in ("inputs", "outputs"):
        # Encrypted anew, so never the same text.
        assert after[part].pop("password").keys() == before[part].pop("password").keys()
        assert after[part] == before[part]
    stack.environ |= right
    assert stack.up().changes == {"same": 1}


def test_a_stack_under_another_name_keeps_its_user_names(stack: StackRunner) -> None:
    """Phones log in with them: renaming the stack must not log them out."""
    stack.program('CredentialConnection("desk")')
    stack.up()
    before = stack.api.connections()
    stack.pulumi("stack", "rename", "renamed")
    stack.name = "renamed"

    assert stack.up().changes == {"same": 1}
    assert stack.api.connections() == before
