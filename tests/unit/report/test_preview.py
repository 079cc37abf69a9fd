"""What is taken for a preview, and what is read of one."""

from __future__ import annotations

import json

import pytest

from pulumi_telnyx.report.diagnostics import Problem, Warned
from pulumi_telnyx.report.preview import failed, read_preview
from pulumi_telnyx.report.steps import PreviewError
from pulumi_telnyx.report.summary import summarise
from pulumi_telnyx.report.values import Mark

from .made import BUCKET, CONNECTION, digest, preview, real, step, warning


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty: the preview failed before it printed anything"),
        (b" \n", "it is empty: the preview failed before it printed anything"),
        (b"error: no stack selected", "it is not JSON (line 1)"),
        (real("changes")[:5_000], "it is cut off in line "),
        (real("changes")[:-3], "it is cut off in line "),
        (b'{"steps": [', "it is cut off in line 1"),
        (b"[" * 100_000, "its JSON cannot be read"),
        (b"\xff\xfe{\x00}\x00", "it is not JSON (line 1)"),
        (b"[]", "it is JSON, but not that of `pulumi preview --json`"),
        (b'"preview"', "it is JSON, but not that of `pulumi preview --json`"),
        (b'{"result": "ok"}', "it has neither steps nor summary"),
        (
            b'{"version": 3, "deployment": {}}',
            "it has version 3, and the previews that are known here have none",
        ),
        (b'{"steps": {}}', "its steps are no list"),
        (b'{"diagnostics": 1}', "its diagnostics are no list"),
        (b'{"steps": [1]}', "one of its steps is no object"),
        (b'{"steps": [{"urn": "urn:pulumi:a::b::c::d"}]}', "one of its steps has no operation"),
        (b'{"steps": [{"op": "create"}]}', "one of its steps has no URN"),
        (b'{"steps": [{"op": "create", "urn": "urn:pulumi:a::b"}]}', "one of its steps has no URN"),
        (b'{"changeSummary": {"create": "2"}}', "its changeSummary is no map of counts"),
        (b'{"changeSummary": {"create": true}}', "its changeSummary is no map of counts"),
        (
            b'{"changeSummary": {"te\\nleport": 2}}',
            "it has the operation 'te leport', which is not known here",
        ),
        (digest(step("teleport", "desk")), "it has the operation 'teleport', which is not known here"),
    ],
)
def test_what_is_no_preview_is_refused_in_one_line(content: bytes, reason: str) -> None:
    """Half a preview would look like a whole one with fewer changes."""
    with pytest.raises(PreviewError) as refused:
        read_preview(content, "prod")

    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_preview_without_a_summary_has_failed() -> None:
    """The engine prints what it has when it is interrupted."""
    assert read_preview(b"{}", "prod").problems[0].message.startswith("the preview has no summary")


def test_the_engine_tells_stack_and_project_where_nobody_else_does() -> None:
    """From the first URN."""
    read = read_preview(real("unchanged"), None)

    assert (read.stack, read.engine_stack, read.project) == ("test", "test", "stories")
    with pytest.raises(PreviewError, match="it does not tell its stack"):
        read_preview(b'{"changeSummary": {}}', None)


def test_a_byte_order_mark_is_no_mistake() -> None:
    """Some shells write one."""
    assert read_preview(b"\xef\xbb\xbf" + real("unchanged"), "prod").counts == {"same": 7}


def test_errors_are_kept_and_resources_are_not() -> None:
    """What the preview saw before it failed is not what an update would do."""
    errors = [
        {"message": "error: one line\n", "severity": "error"},
        {
            "message": "error: an unhandled error occurred: the Python program ended with exit status 1\n",
            "severity": "error",
        },
        {"message": "error: one line\n", "severity": "error"},
    ]

    read = preview(step("delete", "fax", {}), diagnostics=errors)

    assert read.problems == (Problem("", "one line"),)
    assert read.resources == ()


def test_what_says_nothing_is_better_than_nothing() -> None:
    """Where it is the only error."""
    read = preview(diagnostics=[{"message": "error: preview failed\n", "severity": "error"}])

    assert read.problems == (Problem("", "preview failed"),)


def test_an_error_names_its_resource() -> None:
    """Its URN is what the engine tells."""
    assert read_preview(real("refused"), "test").problems[0].resource == "bad"


def test_warnings_are_told_from_what_the_program_prints() -> None:
    """The provider's come as information; the connection's name may have a colon."""
    read = preview(
        step("create", "desk", None, {"connection_name": "Desk: Berlin"}),
        diagnostics=[
            warning("Desk: Berlin: without a profile"),
            warning("Attic: no such: thing"),
            warning("alone"),
            {"message": "hello from the program\n", "severity": "info"},
            {
                "message": "warning: of the engine: itself",
                "severity": "warning",
                "urn": "urn:pulumi:a::b::c::fax",
            },
        ],
    )

    assert read.warnings == (
        Warned("Desk: Berlin", "without a profile"),
        Warned("Attic", "no such: thing"),
        Warned("", "alone"),
        Warned("fax", "of the engine: itself"),
    )


def test_a_key_in_a_message_is_not_repeated() -> None:
    """Only its line is left out."""
    key = f"KEY{'0' * 32}_CANARY"

    read = failed("prod", f"first line\nrefused {key}\nlast line")

    assert read.problems[0].message == "first line\n(this line holds an API key and is not shown)\nlast line"


def test_resources_that_stay_or_are_only_looked_at_are_counted_and_not_listed() -> None:
    """`--show-sames` and `--refresh` print steps that change nothing."""
    state = {"connection_name": "Desk"}
    read = preview(
        step("same", "desk", state, state),
        step("refresh", "desk", state, state),
        step("read", "looked-up", state, state),
        step("read", "new-look-up", None, state),
        step("refresh", "drifted", state, {"connection_name": "Other"}),
        step("same", "unprotected", state, state, protect=True),
    )

    assert [each.name for each in read.resources] == ["new-look-up", "drifted", "unprotected"]


def test_a_replacement_is_one_change_however_its_parts_are_shown() -> None:
    """With `--show-replacement-steps` there are three steps."""
    read = read_preview(real("replaced"), "test")

    assert [(each.name, each.operation) for each in read.resources] == [("a", "replace")]
    assert read.counts == {"replace": 1, "same": 5}


def test_only_connections_have_inputs_in_a_report() -> None:
    """Of other resources nobody here knows which inputs are secrets."""
    read = preview(
        step("create", "bucket", None, {"acl": "private"}, type_=BUCKET),
        step("create", "desk", None, {"active": True}, type_=f"pkg:index:Office${CONNECTION}"),
    )

    assert [(each.type, each.new) for each in read.resources] == [
        (BUCKET, None),
        (CONNECTION, {"active": True}),
    ]


@pytest.mark.parametrize(
    "inputs",
    [
        {"password": "CANARY"},
        {"extra": {"sip_password": "CANARY", "list": [{"api_key": ["CANARY"]}]}},
        {"extra": {"deep": {"4dabf18193072939515e22adb298388d": "x", "plaintext": "CANARY"}}},
        {"webhook_event_url": f"https://h.example/KEY{'0' * 32}_CANARY"},
        {"auth_token": {"value": "CANARY"}},
        {"webhook_event_url": "https://fake:CANARY@h.example/?key=[secret]"},
        *(
            {"extra": {name: "CANARY"}}
            for name in (
                "pwd",
                "auth",
                "Authorization",
                "credentials",
                "sip_pass",
                "password_hash",
                "authHeader",
            )
        ),
    ],
)
def test_what_must_be_a_secret_is_none_of_the_reports_business(inputs: dict[str, object]) -> None:
    """Also where the program declares it in plain text, and so the engine prints it."""
    read = preview(step("create", "desk", None, inputs), step("delete", "old", inputs))

    assert "CANARY" not in str(read)
    assert Mark.SECRET.name in str(read) or Mark.SECRET.value in str(read)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("android_push_credential_id", "7d0a2f5e-30c1-4a76-9b61-0b1f6a2c9e11"),
        ("rotate_password_when", "2026-12"),
        ("bypass", "x"),
        ("author", "x"),
        ("webhook_event_url", "https://h.example:8443/a@b"),
    ],
)
def test_what_only_sounds_like_a_secret_is_shown(name: str, value: str) -> None:
    """A reviewer cannot judge what is hidden."""
    (read,) = preview(step("create", "desk", None, {name: value})).resources

    assert read.new == {name: value}


def test_a_stack_appears_once() -> None:
    """Two previews under one name: nobody could tell which is which."""
    with pytest.raises(PreviewError, match="stack prod appears twice"):
        summarise([preview(), preview()])


def test_a_report_is_about_one_project() -> None:
    """Its marker names it."""
    other = step("create", "desk", None, {}, project="fleet")
    with pytest.raises(PreviewError, match="the previews are of projects phones, fleet"):
        summarise([preview(step("delete", "desk", {})), preview(other, stack="dev")])


def test_counts_are_the_engines() -> None:
    """Whatever steps it prints."""
    raw = json.loads(real("changes"))

    assert read_preview(real("changes"), "test").counts == raw["changeSummary"]
