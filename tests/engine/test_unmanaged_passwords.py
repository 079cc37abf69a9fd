"""A password that nobody here knows: it stays as it is at Telnyx until the program sets or rotates one."""

from __future__ import annotations

from .stack import IN_BOTH_ACCOUNTS, LiveApi, StackRunner

PASSWORD = "fake-password-of-the-phones"
ADOPTING = 'CredentialConnection("desk", {}, adopt="deskprod")'


def by_hand(api: LiveApi) -> str:
    """Make a connection in the portal, and return its id."""
    return api.create(user_name="deskprod", connection_name="Desk", password=PASSWORD)


@IN_BOTH_ACCOUNTS
def test_a_connection_is_taken_over_and_its_phones_stay_logged_in(stack: StackRunner, api: LiveApi) -> None:
    """Whether the account shows its passwords or masks them: it is neither read, sent nor compared."""
    connection_id = by_hand(api)
    stack.program(ADOPTING.format("unmanaged_password=True"))

    run = stack.up()
    kept = api.connections()[0]["password"]
    api.edit(connection_id, password="another-fake-password")
    api.forget_requests()
    second, refresh, preview = stack.up(), stack.refresh(), stack.preview()

    assert run.changes == {"create": 1}
    assert "the password stays" in run.text
    assert kept == PASSWORD
    assert [second.changes, refresh.changes, preview.changes] == [{"same": 1}, {"refresh": 1}, {"same": 1}]
    assert PASSWORD not in run.text + stack.state_text()
    assert "password" not in stack.connections()["desk"]["outputs"]
    assert set(api.calls()) <= {"GET"}
    stack.program(ADOPTING.format('unmanaged_password=True, connection_name="Front desk"'))
    assert stack.up().changes == {"update": 1}
    assert api.connections()[0]["password"] == "another-fake-password"


@IN_BOTH_ACCOUNTS
def test_it_becomes_a_managed_one_when_the_program_sets_or_rotates_it(
    stack: StackRunner, api: LiveApi
) -> None:
    """The preview counts it; the way back changes nothing at Telnyx."""
    by_hand(api)
    stack.program(ADOPTING.format("unmanaged_password=True"))
    stack.up()

    stack.program(ADOPTING.format('password="fake-password-1"'))
    preview, run = stack.preview("--diff"), stack.up()
    assert "password_revision: 0 => 1" in preview.diff
    assert run.changes == {"update": 1}
    assert api.connections()[0]["password"] == "fake-password-1"

    stack.program(ADOPTING.format("unmanaged_password=True"))
    api.forget_requests()
    back = stack.up()
    assert back.changes == {"update": 1}
    assert api.calls() == []
    assert "fake-password-1" not in stack.state_text()

    stack.program('CredentialConnection("desk", user_name="deskprod", rotate_password_when="2026-12")')
    assert stack.up().changes == {"update": 1}
    assert len(api.connections()[0]["password"]) == 32
    assert stack.up().changes == {"same": 1}


def test_a_new_connection_needs_a_password(stack: StackRunner, api: LiveApi) -> None:
    """There is none that could stay; and one program cannot say two things about it."""
    stack.program('CredentialConnection("desk", unmanaged_password=True)')
    fresh = stack.try_preview()
    stack.program(ADOPTING.format('unmanaged_password=True, password="fake-password-1"'))
    both = stack.try_preview()

    assert fresh.code != 0
    assert (
        "unmanaged_password: a connection that is to be created has no password that could stay" in fresh.text
    )
    assert both.code != 0
    assert "unmanaged_password: contradicts password: remove one of the two" in both.text
    assert "fake-password-1" not in both.text
    assert api.connections() == []
