"""Stories of one connection's life with the real engine; each ends with an `up` that changes nothing."""

from __future__ import annotations

import json

from pulumi_telnyx.ownership import is_mark

from .stack import CONNECTION_TYPE, IN_BOTH_ACCOUNTS, StackRunner

URN = f"urn:pulumi:test::stories::{CONNECTION_TYPE}::desk"


@IN_BOTH_ACCOUNTS
def test_create_sends_what_was_declared_and_keeps_the_password_secret(stack: StackRunner) -> None:
    """One POST with whole numbers; the state holds the password as ciphertext only."""
    stack.program(
        """
        desk = CredentialConnection(
            "desk",
            connection_name="Front desk",
            user_name="frontdesk01",
            password="correct-horse-7battery",
            inbound={"codecs": ["OPUS", "G722"], "channel_limit": 10},
            outbound={"outbound_voice_profile_id": "2105551234567890123"},
        )
        pulumi.export("id", desk.id)
        pulumi.export("password", desk.password)
        pulumi.export("codecs", desk.inbound["codecs"])
        """
    )

    run = stack.up()

    (live,) = stack.api.connections()
    assert run.changes == {"create": 1}
    assert stack.api.calls() == ["POST"]
    assert live["inbound"]["codecs"] == ["OPUS", "G722"]
    assert repr(live["inbound"]["channel_limit"]) == "10"
    assert live["password"] == "correct-horse-7battery"
    assert stack.outputs() == {"id": live["id"], "password": "[secret]", "codecs": ["OPUS", "G722"]}
    assert "correct-horse-7battery" not in run.text + stack.state_text()
    assert stack.up().changes == {"same": 1}
    assert stack.api.calls() == []


def test_preview_of_a_create_calls_nothing(stack: StackRunner) -> None:
    """A preview is free."""
    stack.program('CredentialConnection("desk")')

    assert stack.preview().changes == {"create": 1}
    assert stack.api.calls() == []


@IN_BOTH_ACCOUNTS
def test_names_and_password_are_made_when_they_are_left_out(stack: StackRunner) -> None:
    """A connection needs no argument; what is made stays the same from run to run."""
    stack.program('CredentialConnection("desk")')

    stack.up()

    (live,) = stack.api.connections()
    assert live["connection_name"] == "desk (test)"
    assert live["user_name"].startswith("desktest")
    assert len(live["password"]) == 32
    assert live["password"] not in stack.state_text()
    assert stack.up().changes == {"same": 1}
    assert stack.refresh().changes == {"refresh": 1}
    assert stack.preview().changes == {"same": 1}


def test_update_of_one_nested_field_is_in_place(stack: StackRunner) -> None:
    """One PATCH, with the object in which something differs and nothing else."""
    declared = (
        'CredentialConnection("desk", inbound=dict(codecs=["G722"], channel_limit={limit}), tags=["a"])'
    )
    stack.program(declared.format(limit=10))
    stack.up()
    before = stack.api.connections()[0]
    stack.api.calls()

    stack.program(declared.format(limit=12))
    preview, run = stack.preview("--diff"), stack.up()

    sent = stack.api.bodies("PATCH")
    (live,) = stack.api.connections()
    assert preview.changes == run.changes == {"update": 1}
    assert "channel_limit: 10 => 12" in preview.text
    assert stack.api.calls() == ["PATCH"]
    assert sent == [{"inbound": {"codecs": ["G722"], "channel_limit": 12}}]
    assert live == {**before, "inbound": {**before["inbound"], "channel_limit": 12}}
    assert stack.up().changes == {"same": 1}


def test_a_field_that_is_no_longer_declared_returns_to_the_default(stack: StackRunner) -> None:
    """Removal is a change that the preview shows, and the API's default comes back."""
    stack.program(
        'CredentialConnection("desk", tags=["a"], webhook_timeout_secs=20, inbound={"timeout_2xx_secs": 30})'
    )
    stack.up()

    stack.program('CredentialConnection("desk")')
    preview = stack.preview("--diff")
    stack.up()

    (live,) = stack.api.connections()
    assert preview.changes == {"update": 1}
    assert "webhook_timeout_secs" in preview.text
    assert list(map(is_mark, live["tags"])) == [True]
    assert (live["webhook_timeout_secs"], live["inbound"]["timeout_2xx_secs"]) == (None, 90)
    assert stack.up().changes == {"same": 1}


def test_a_renamed_resource_with_an_alias_is_left_alone(stack: StackRunner) -> None:
    """A new name in the program must not hang up on anybody."""
    stack.program('CredentialConnection("desk", connection_name="Desk", user_name="desk0001")')
    stack.up()
    before = stack.api.connections()
    stack.api.calls()

    stack.program(
        """
        CredentialConnection(
            "reception",
            connection_name="Desk",
            user_name="desk0001",
            opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="desk")]),
        )
        """
    )
    run = stack.up()

    assert run.changes == {"same": 1}
    assert stack.api.calls() == []
    assert stack.api.connections() == before
    assert stack.up().changes == {"same": 1}


def test_a_connection_deleted_outside_is_created_again(stack: StackRunner) -> None:
    """Refresh notices that it is gone; up makes it anew."""
    stack.program('CredentialConnection("desk")')
    stack.up()
    stack.api.delete(stack.api.connections()[0]["id"])

    refresh, up = stack.refresh(), stack.up()

    assert refresh.changes == {"refresh": 1}
    assert up.changes == {"create": 1}
    assert len(stack.api.connections()) == 1
    assert stack.up().changes == {"same": 1}


def test_destroying_a_connection_that_is_gone_already_succeeds(stack: StackRunner) -> None:
    """What should not exist does not exist."""
    stack.program('CredentialConnection("desk")')
    stack.up()
    stack.api.delete(stack.api.connections()[0]["id"])

    assert stack.destroy().changes == {"delete": 1}
    assert stack.connections() == {}


def test_an_update_of_a_connection_that_is_gone_says_what_to_do(stack: StackRunner) -> None:
    """The state stays as it was, and the error names the way on."""
    stack.program('CredentialConnection("desk", active=True)')
    stack.up()
    gone = stack.api.connections()[0]["id"]
    stack.api.delete(gone)

    stack.program('CredentialConnection("desk", active=False)')
    run = stack.try_up()

    assert run.code != 0
    assert f"NotFoundError: update credential connection {gone}: 404" in run.text
    assert "run `pulumi refresh`" in run.text
    assert "Traceback" not in run.text
    assert stack.connections()["desk"]["inputs"]["active"] is True
    stack.refresh()
    stack.up()
    assert stack.up().changes == {"same": 1}


def test_replace_deletes_first_because_a_user_name_exists_once(stack: StackRunner) -> None:
    """`--replace` makes a new connection with the old user name."""
    stack.program('CredentialConnection("desk", user_name="desk0001")')
    stack.up()
    (before,) = stack.api.connections()
    stack.api.calls()

    stack.up("--replace", URN)

    (after,) = stack.api.connections()
    assert stack.api.calls() == ["DELETE", "POST"]
    assert after["id"] != before["id"]
    assert after["user_name"] == before["user_name"]
    assert stack.up().changes == {"same": 1}


@IN_BOTH_ACCOUNTS
def test_get_reads_a_connection_that_the_stack_does_not_own(stack: StackRunner) -> None:
    """All settings can be used, the password is not read, and destroy leaves it alone."""
    existing = stack.api.create(
        connection_name="Old PBX", user_name="oldpbx01", password="not-for-the-state-1", tags=["legacy"]
    )
    stack.program(
        f"""
        pbx = CredentialConnection.get("pbx", "{existing}")
        pulumi.export("user", pbx.user_name)
        pulumi.export("tags", pbx.tags)
        pulumi.export("limit", pbx.inbound["timeout_2xx_secs"])
        """
    )

    first, second = stack.up(), stack.up()
    stack.refresh()
    preview = stack.preview("--diff")

    assert first.changes == {"read": 1}
    assert second.changes == {"read": 1}
    assert stack.outputs() == {"user": "oldpbx01", "tags": ["legacy"], "limit": 90}
    assert "- active" not in preview.text
    assert "not-for-the-state-1" not in first.text + second.text + stack.state_text()
    stack.destroy()
    assert [each["id"] for each in stack.api.connections()] == [existing]


MAKER = """
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class MakerProvider(ResourceProvider):
    def create(self, props):
        return CreateResult("made", {"value": props["wanted"]})

class Maker(Resource):
    def __init__(self, name, wanted):
        super().__init__(MakerProvider(), name, {"wanted": wanted, "value": None})
"""


def test_get_of_an_id_that_does_not_exist_is_an_error(stack: StackRunner) -> None:
    """A typing mistake must not become a connection without settings, nor a missing id a new connection."""
    stack.program('CredentialConnection.get("pbx", pulumi.Config().get("pbxId"))')
    without_id = stack.try_up()
    stack.program('CredentialConnection.get("pbx", "2990000000000009999")')

    run = stack.try_up()

    assert run.code != 0
    assert "NotFoundError: read credential connection 2990000000000009999: 404" in run.text
    assert without_id.code != 0
    assert "CredentialConnection.get('pbx') needs the id of a connection" in without_id.text
    assert stack.api.connections() == []


def test_a_password_that_another_resource_makes_is_unknown_at_preview(stack: StackRunner) -> None:
    """The preview accepts it, up uses it, and it is a secret although its maker does not say so."""
    (stack.folder / "maker.py").write_text(MAKER)
    stack.program(
        """
        from maker import Maker

        desk = CredentialConnection("desk", password=Maker("maker", "made-elsewhere-1234").value)
        pulumi.export("password", desk.password)
        """
    )

    preview, run = stack.preview(), stack.up()

    (live,) = stack.api.connections()
    assert preview.changes == run.changes == {"create": 2}
    assert live["password"] == "made-elsewhere-1234"
    assert stack.outputs() == {"password": "[secret]"}
    assert "made-elsewhere-1234" not in json.dumps(stack.connections()["desk"])
    assert stack.up().changes == {"same": 2}


def test_values_that_other_resources_make_may_stand_anywhere(stack: StackRunner) -> None:
    """An unknown object, and unknown values inside a list inside an object; known neighbours are checked."""
    (stack.folder / "maker.py").write_text(MAKER)
    program = """
        from maker import Maker

        codec = Maker("codec", "OPUS").value
        CredentialConnection(
            "desk",
            tags=["a", Maker("tag", "b").value],
            inbound={{"codecs": ["G722", codec], "timeout_1xx_secs": {secs}}},
            outbound=Maker("outbound", {{"localization": "DE", "channel_limit": 2}}).value,
        )
        """
    stack.program(program.format(secs=500))
    refused = stack.try_preview()
    stack.program(program.format(secs=5))

    preview, run = stack.preview(), stack.up()

    (live,) = stack.api.connections()
    assert "inbound.timeout_1xx_secs: must be 120 or less" in refused.text
    assert preview.changes == run.changes == {"create": 4}
    assert (live["tags"][:2], live["inbound"]["codecs"]) == (["a", "b"], ["G722", "OPUS"])
    assert (live["outbound"]["localization"], live["outbound"]["channel_limit"]) == ("DE", 2)
    assert stack.up().changes == {"same": 4}


def test_any_text_arrives_as_it_was_written(stack: StackRunner) -> None:
    """Four-byte characters, escapes and other directions; none of them steers the terminal."""
    name = "Büro \U0001f600 \x1b[31m\u202ered\t\x00."
    stack.program(f"CredentialConnection('desk', connection_name={name!r}, tags=[{name!r}], active=True)")
    stack.up()
    (live,) = stack.api.connections()

    stack.api.delete(live["id"])
    stack.program(f"CredentialConnection('desk', connection_name={name!r}, tags=[{name!r}], active=False)")
    failed = stack.try_up()

    assert live["connection_name"] == live["tags"][0] == name
    assert failed.code != 0
    assert "\x1b[31m" not in failed.text
    stack.refresh()
    stack.up()
    assert stack.up().changes == {"same": 1}


def test_destroy_leaves_the_api_empty(stack: StackRunner) -> None:
    """Also with several connections, and without running the program."""
    stack.program('for name in ("one", "two", "three"):\n    CredentialConnection(name)')
    stack.up()
    (stack.folder / "__main__.py").write_text("raise SystemExit('destroy must not run the program')")

    run = stack.destroy()

    assert run.changes == {"delete": 3}
    assert stack.api.calls() == ["POST"] * 3 + ["DELETE"] * 3
    assert stack.api.connections() == []
    stack.program("")
    assert stack.up().changes == {}
