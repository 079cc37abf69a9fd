"""Stories of a set so large that each member is one text to the engine."""

from __future__ import annotations

import pytest

from .stack import StackRunner

# As if three members were many.
_LARGE = """
from pulumi_telnyx import CredentialConnectionSet
from pulumi_telnyx.fleet import declaration
declaration.MOST_BY_FIELD = 2
"""


@pytest.fixture
def mask_passwords() -> bool:
    """A new account's: the readable ones are tested without the engine."""
    return True


def phones(members: str, more: str = "") -> str:
    return f"""{_LARGE}
phones = CredentialConnectionSet("phones", members={members}, {more})
pulumi.export("limit", phones.member("a").settings.apply(lambda each: each["inbound"]["channel_limit"]))
pulumi.export("user_name", phones.member("a").user_name)
"""


def test_a_preview_of_a_large_set_shows_members_and_fields(stack: StackRunner) -> None:
    """As that of a small one does, and the outputs have the same fields; never a password or a secret."""
    defaults = 'defaults={"inbound": {"channel_limit": 2}}'
    stack.program(phones('{"a": {}, "b": {"password": "fake-password-1"}, "c": {}}', defaults))
    stack.up()
    assert r'"{\"connection_name\":' in stack.state_text()
    assert stack.outputs()["limit"] == 2
    members = """{
        "a": {"inbound": {"channel_limit": 9}},
        "b": {"password": "fake-password-2"},
        "d": {},
        "e": {"user_name": pulumi.Output.secret("hiddenCANARY1")},
    }"""
    stack.program(phones(members, defaults))

    run = stack.preview("--diff")

    assert "~ channel_limit: 2 => 9" in run.diff
    assert "- c: " in run.diff
    assert "+ d: " in run.diff
    assert "~ b: 1 => 2" in run.diff
    assert "fake-password" not in run.text
    assert "CANARY" not in run.text
    stack.api.calls()
    stack.up("--skip-preview")
    assert sorted(stack.api.calls()) == ["DELETE", "PATCH", "PATCH", "POST", "POST"]
    assert "CANARY" not in stack.state_text()
    assert stack.outputs("--show-secrets")["limit"] == 9
    assert stack.preview().changes == {"same": 1}
    # What was a text stays one, though the program now has a secret in it.
    hidden = 'defaults={"webhook_event_url": pulumi.Output.secret("https://example.com/?CANARY2")}'
    stack.program(phones('{"a": {"inbound": {"channel_limit": 9}}, "b": {}, "d": {}}', hidden))
    stack.up("--skip-preview")
    stack.refresh()
    assert "CANARY" not in stack.state_text()
    assert stack.preview().changes == {"same": 1}
