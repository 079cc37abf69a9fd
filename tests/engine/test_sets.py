"""Stories of a set with the real engine."""

from __future__ import annotations

import pytest

from pulumi_telnyx.emulator.faults import Fault

from .stack import StackRunner

_IMPORT = "from pulumi_telnyx import CredentialConnectionSet"


@pytest.fixture
def mask_passwords() -> bool:
    """A new account's: the readable ones are tested without the engine."""
    return True


def phones(members: str, more: str = "") -> str:
    return f'{_IMPORT}\nphones = CredentialConnectionSet("phones", members={members}, {more})\n'


def test_what_fails_for_some_members_ends_the_run_and_is_done_by_the_next(stack: StackRunner) -> None:
    """Exit code 1 and one list under the set, no traceback; the others are kept, and not touched again."""
    foreign = stack.api.create(user_name="taken1")
    members = '{"a": {}, "b": {"user_name": "taken1"}, "c": {"password": "fake-password-1"}}'
    program = phones(members) + 'pulumi.export("id", phones.member("a").id)\n'
    stack.program(program)

    run = stack.try_up()

    assert run.code != 0
    assert "1 member of this set failed; what was done for the others is kept" in run.text
    assert "  b: create credential connection 'phones/b (test)': user_name taken1 is taken by" in run.text
    assert "run `pulumi up` again to do just these" in run.text
    assert "Traceback" not in run.text
    # The engine gives the program what the last run left, and this one has failed nowhere.
    (urn,) = [each["urn"] for each in stack.resources() if each.get("id") == "set-phones"]
    assert "1 member of this set failed in an earlier run" in stack.up("--exclude", urn).text
    assert len(stack.api.connections()) == 3
    stack.api.delete(foreign)
    stack.api.calls()
    # What failed last time is no error of a preview.
    assert stack.preview().changes == {"update": 1}
    assert stack.up().changes == {"update": 1}
    assert stack.api.calls().count("POST") == 1
    assert stack.up().changes == {"same": 1}
    assert "fake-password-1" not in run.text + stack.state_text()
    secrets = [each["password"] for each in stack.api.connections()]
    assert not any(secret in stack.state_text() for secret in secrets)
    ids = {each["id"] for each in stack.api.connections()}
    assert stack.outputs()["id"] in ids


def test_a_preview_shows_members_fields_and_new_passwords(stack: StackRunner) -> None:
    """As the engine shows it: what is added, changed and removed, and never a password."""
    defaults = 'defaults={"inbound": {"channel_limit": 2}}'
    stack.program(phones('{"a": {}, "b": {"password": "fake-password-1"}, "c": {}}', defaults))
    stack.up()
    members = '{"a": {"inbound": {"channel_limit": 9}}, "b": {"password": "fake-password-2"}, "d": {}}'
    stack.program(phones(members, defaults))

    run = stack.preview("--diff")

    assert "~ channel_limit: 2 => 9" in run.diff
    assert "- c: {" in run.diff
    assert "+ d: {" in run.diff
    assert "~ b: 1 => 2" in run.diff
    assert "fake-password" not in run.text
    stack.api.calls()
    stack.up()
    assert sorted(stack.api.calls()) == ["DELETE", "PATCH", "PATCH", "POST"]
    assert stack.preview().changes == {"same": 1}
    # Also of their passwords, which stand apart.
    ignored = 'opts=pulumi.ResourceOptions(ignore_changes=["members"])'
    stack.program(phones('{"b": {"password": "fake-password-3"}, "d": {"active": False}}', ignored))
    assert stack.preview().changes == {"same": 1}


def test_what_was_secret_stays_so_where_members_fail(stack: StackRunner) -> None:
    """The state keeps what they had; the inputs, by which the engine knows secrets, do not have it now."""
    old = [
        f'{{"webhook_event_url": pulumi.Output.secret("https://example.com/?CANARY{i}")}}' for i in range(2)
    ]
    limit = 'max_removals="off"'
    stack.program(phones(f'{{"a": {{}}, "b": {old[0]}, "c": {old[1]}}}', limit))
    stack.up()
    ids = {each["connection_name"]: each["id"] for each in stack.api.connections()}
    for method, name in (("DELETE", "b"), ("PATCH", "c")):
        place = f"*/{ids[f'phones/{name} (test)']}"
        stack.api.server.inject(Fault("status", method=method, path=place, status=422, times=None))
    stack.program(
        phones('{"a": {"active": False}, "c": {"webhook_event_url": "https://example.com"}}', limit)
    )

    texts = [stack.try_up().text]
    assert "2 members of this set failed" in texts[0]
    texts += [stack.state_text(), stack.preview("--diff").text, stack.refresh("--diff").text]
    texts += [stack.state_text(), stack.preview("--diff").text]

    assert [text.count("CANARY") for text in texts] == [0] * len(texts)
    stack.api.server.clear_faults()
    stack.up()
    assert stack.up().changes == {"same": 1}
    assert "CANARY" not in stack.state_text()


def test_members_may_come_from_what_only_the_run_knows(stack: StackRunner) -> None:
    """A whole member, one of its values, or its password; the others are previewed all the same."""
    stack.program(
        f"""
        {_IMPORT}
        front = CredentialConnection("front")
        phones = CredentialConnectionSet(
            "phones",
            members={{
                "plain": {{"active": True}},
                "value": {{"tags": [front.id]}},
                "whole": front.id.apply(lambda id: {{"tags": [id], "password": "fake-password-1"}}),
                "secret": {{"password": front.id.apply(lambda id: f"fake-{{id}}")}},
                "hidden": {{"user_name": pulumi.Output.secret("hiddenCANARY1")}},
            }},
            defaults={{"webhook_event_url": pulumi.Output.secret("https://example.com/?CANARY2")}},
        )
        pulumi.export("phones", phones.ids)
        """
    )

    assert stack.preview().changes == {"create": 2}
    stack.up()

    live = {each["id"]: each for each in stack.api.connections()}
    ids = stack.outputs()["phones"]
    (front,) = live.keys() - ids.values()
    assert front in live[ids["value"]]["tags"]
    assert live[ids["whole"]]["password"] == "fake-password-1"
    assert live[ids["secret"]]["password"] == f"fake-{front}"
    state = stack.state_text()
    assert "fake-password-1" not in state
    assert f"fake-{front}" not in state
    # A secret of the defaults stays one in each member.
    assert live[ids["plain"]]["webhook_event_url"].endswith("CANARY2")
    assert "CANARY" not in state
    for each in live.values():
        assert each["password"] not in state
    assert stack.up().changes == {"same": 2}


def test_the_problems_of_members_stop_the_preview_without_a_call(stack: StackRunner) -> None:
    """All of them, each with the member's path."""
    stack.program(phones('{"a": {"active": "yes"}, "b.c": {"inbound": {"codecs": ["OGG"]}}}'))

    run = stack.try_up()

    assert run.code != 0
    assert "members.a.active: must be true or false, not a string" in run.text
    assert 'members["b.c"].inbound.codecs.0: must be one of' in run.text
    assert stack.api.calls() == []


def test_drift_of_members_is_taken_over_by_a_refresh_and_set_right_by_the_next_run(
    stack: StackRunner,
) -> None:
    """One was deleted, one was changed."""
    stack.program(phones('{"a": {"active": True}, "b": {}}') + 'pulumi.export("ids", phones.ids)\n')
    stack.up()
    ids = stack.outputs()["ids"]
    stack.api.edit(ids["a"], active=False)
    stack.api.delete(ids["b"])

    stack.refresh()

    stack.api.calls()
    stack.up()
    assert sorted(stack.api.calls()) == ["PATCH", "POST"]
    assert stack.up().changes == {"same": 1}
    stack.destroy()
    assert stack.api.connections() == []
