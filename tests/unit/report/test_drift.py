"""What somebody has changed outside, from the engine's own log of a refresh to each form."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pulumi_telnyx.ownership import Owner, taken_over
from pulumi_telnyx.report.diagnostics import Problem, alike
from pulumi_telnyx.report.drift import drift_of
from pulumi_telnyx.report.drift_json import as_json
from pulumi_telnyx.report.drift_table import notes_of, table_of
from pulumi_telnyx.report.markdown import render
from pulumi_telnyx.report.preview import failed
from pulumi_telnyx.report.refresh import StackRefresh, read_refresh
from pulumi_telnyx.report.steps import PreviewError
from pulumi_telnyx.report.summary import Summary
from tests.golden import assert_golden

from .made import BUCKET, CONNECTION, GOLDEN, digest, step
from .page import page

_LOGS = GOLDEN.parent / "refreshes"
INPUTS = {"connection_name": "Desk", "password": "[secret]", "password_revision": 1}
HOSTILE = "a|b`c\n<!-- x --> **d** @team <b>e</b> \u202e"


def _real(name: str, stack: str = "prod") -> StackRefresh:
    """Return what the engine noted of a refresh of prod, as if it had been another stack."""
    log = (_LOGS / f"{name}.jsonl").read_text()
    return read_refresh(log.replace("urn:pulumi:prod::", f"urn:pulumi:{stack}::").encode(), stack)


def _found(
    operation: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any] | None,
    *,
    arrived: Mapping[str, Any] | None = None,
    name: str = "desk",
    type_: str = CONNECTION,
    updated_at: str = "2026-11-02T08:00:00Z",
) -> dict[str, Any]:
    """Return the event about one resource: old and new inputs, and `arrived`, the outputs of the last run."""
    before = {"updated_at": "2026-11-01T08:00:00Z"}
    metadata = {
        "op": operation,
        "urn": f"urn:pulumi:prod::phones::{type_}::{name}",
        "old": {
            "id": "2990000000000000001",
            "inputs": {**INPUTS, **old},
            "outputs": {**INPUTS, **(old if arrived is None else arrived), **before},
        },
        "new": None
        if new is None
        else {
            "id": "2990000000000000001",
            "inputs": {**INPUTS, **new},
            "outputs": {**INPUTS, **new, "updated_at": updated_at},
        },
    }
    return {"resOutputsEvent": {"metadata": metadata}}


def _drift(*events: Mapping[str, Any], printed: bytes = b"") -> Summary:
    log = [*events, {"summaryEvent": {"resourceChanges": {}}}]
    return drift_of([read_refresh("\n".join(map(json.dumps, log)).encode(), "prod", printed)])


def _connections(summary: Summary) -> Any:
    return json.loads(as_json(summary))["stacks"][0]["connections"]


def _printed(summary: Summary) -> str:
    text = io.StringIO()
    Console(file=text, width=160).print(table_of(summary))
    return text.getvalue() + "\n" + "".join(f"{line}\n" for line in notes_of(summary))


@pytest.fixture
def everything() -> Summary:
    """Four stacks: with all kinds of drift, without any, with a key that is refused, and a missing one."""
    missing = StackRefresh(failed("none", "no stack named 'none' found"))
    return drift_of([_real("unchanged", "dev"), _real("changed"), _real("refused", "staging"), missing])


def test_what_the_provider_warns_of_is_a_note() -> None:
    """What is switched off outside and not declared is no drift, and calls fail all the same."""
    note = "it is switched off at Telnyx, and no call gets through: active is not declared"
    warning = {"message": f"warning: Desk: {note}\n", "severity": "info#err"}

    summary = _drift(
        {"diagnosticEvent": warning}, _found("same", {}, {}), _found("same", {}, {}, name="attic")
    )

    assert summary.changes_nothing
    assert [*summary.stacks[0].warnings] == [note]
    assert note in render(summary)
    assert note in _printed(summary)


def test_errors_that_differ_in_ids_only_are_one() -> None:
    """Of an API that is down there is one thing to say, and the names of whom it concerns."""
    (stack,) = drift_of([_real("refused")]).stacks

    refused, not_sent = stack.problems.items()
    assert "read credential connection …: 401" in refused[0]
    assert refused[0].endswith("[request …]")
    assert "not sent" in not_sent[0]
    assert len(refused[1]) + len(not_sent[1]) == len(stack.preview.problems)


def test_an_error_of_very_many_connections_names_some() -> None:
    """A line of ten thousand names hides the reason."""
    problems = tuple(
        Problem(f"desk-{number}", "api.telnyx.com cannot be reached") for number in range(10_000)
    )
    summary = drift_of([StackRefresh(replace(failed("prod", ""), problems=problems))])

    for text in (_printed(summary), json.loads(as_json(summary))["stacks"][0]["error"], render(summary)):
        assert "desk-0" in text
        assert " more" in text
        assert "cannot be reached" in text
        assert len(text) < 1_500


def test_an_error_of_its_own_keeps_its_ids() -> None:
    """Support asks for the request."""
    of_one = Problem("desk", "read 2990000000000000005: 500 [request eab8f2cc-901f-474e-b987-3312984ba694]")
    other = Problem("attic", "read 2990000000000000006: 404")
    unnamed = (Problem("", "stack 2990000000000000005"), Problem("", "stack 2990000000000000006"))

    assert alike([of_one, other, *unnamed]) == {
        of_one.message: ("desk",),
        other.message: ("attic",),
        **{each.message: () for each in unnamed},
    }


def test_a_comment_says_what_changed_outside_and_what_can_be_done(everything: Summary) -> None:
    """With the report's own marker, and no secret."""
    assert_golden(GOLDEN / "drift.md", render(everything))


def test_scripts_get_one_object(everything: Summary) -> None:
    """Its names are stable."""
    assert_golden(GOLDEN / "drift.json", as_json(everything))


def test_a_terminal_gets_a_line_per_field(everything: Summary) -> None:
    """And last a verdict per stack."""
    assert_golden(GOLDEN / "drift.txt", _printed(everything))


def test_the_guide_shows_what_a_terminal_gets() -> None:
    """Line by line, without those that it leaves out."""
    guide = (Path(__file__).parents[3] / "docs" / "pull-requests.md").read_text()
    shown = guide.partition("## Drift\n")[2].partition("```text\n")[2].partition("\n```")[0].splitlines()
    printed = {line.rstrip() for line in (GOLDEN / "drift.txt").read_text().splitlines()}

    assert len(shown) > 5
    assert set(shown) <= printed


def test_without_drift_it_is_one_line() -> None:
    """With the marker, so that a comment is found again."""
    assert render(drift_of([_real("unchanged", "dev"), _real("unchanged")])) == (
        "No drift in `dev`, `prod`. <!-- pulumi-telnyx drift: phones -->\n"
    )


@pytest.mark.parametrize(
    ("declared", "live", "sentence"),
    [
        (
            {"outbound": {"outbound_voice_profile_id": "1"}},
            {"outbound": {"outbound_voice_profile_id": None}},
            "outbound calls fail: the voice profile was removed",
        ),
        (
            {"user_name": "desk1"},
            {"user_name": "desk2"},
            "phones that log in with the declared user name are refused: it was changed",
        ),
        (
            {},
            {"password_changed_outside": True},
            "phones that have the declared password are refused: it was changed",
        ),
        (
            {"inbound": {"channel_limit": 10}},
            {"inbound": {"channel_limit": 5}},
            "fewer inbound calls at the same time: 5, declared is 10",
        ),
        (
            {"ios_push_credential_id": "1"},
            {"ios_push_credential_id": None},
            "iOS apps are no longer woken for a call: the push credential was removed",
        ),
        ({"active": True}, {"active": False}, "the connection is switched off: no call gets through"),
    ],
)
def test_sentences_say_how_it_is_now(declared: dict[str, Any], live: dict[str, Any], sentence: str) -> None:
    """The report's say what would happen."""
    (found,) = _connections(_drift(_found("update", declared, live)))

    assert found["means"] == [sentence]


def test_what_telnyx_never_took_is_nobodys_change() -> None:
    """It differs from what is declared, and did so after the last run."""
    declared, live = {"dtmf_type": "Auto"}, {"dtmf_type": "RFC 2833"}

    assert _drift(_found("update", declared, live, arrived=live)).changes_nothing
    assert not _drift(_found("update", declared, live)).changes_nothing


@pytest.mark.parametrize(
    ("ignored", "fields"),
    [
        ([], ["active", "inbound.codecs"]),
        (["active"], ["inbound.codecs"]),
        (["inbound"], ["active"]),
        (["inbound.codecs", "active"], []),
        (["act", "inbound.code"], ["active", "inbound.codecs"]),
        (["*"], []),
    ],
)
def test_what_is_left_to_others_is_no_drift(ignored: list[str], fields: list[str]) -> None:
    """By `ignore_changes`: the engine counts it as changed all the same, and no run sets it back."""
    declared = {"active": True, "inbound": {"codecs": ["G722"]}}
    live = {"active": False, "inbound": {"codecs": ["OPUS"]}}
    printed = digest(step("refresh", "desk", declared, declared, ignoreChanges=ignored))

    summary = _drift(_found("update", declared, live), printed=printed)

    assert [each["field"] for found in _connections(summary) for each in found["fields"]] == fields
    assert summary.changes_nothing is not bool(fields)


def test_of_a_password_only_the_change_is_told() -> None:
    """Also where the engine would show it."""
    live = {"password": "fake-password-CANARY", "password_changed_outside": True}
    summary = _drift(_found("update", {}, live))
    (found,) = _connections(summary)

    assert found["password_changed"] is True
    assert "| `password` | `[secret]` | changed |" in render(summary)
    assert "**1 password changed outside**" in render(summary)
    assert "CANARY" not in render(summary) + as_json(summary) + _printed(summary)


def test_a_time_that_is_not_after_the_last_run_says_nothing() -> None:
    """Nor does what is no time."""
    for updated_at, told in {
        "2026-11-02T08:00:00.123Z": "2026-11-02T08:00:00Z",
        "2026-11-02T09:00:00+01:00": "2026-11-02T08:00:00Z",
        "2026-11-02T08:00:00": "2026-11-02T08:00:00Z",
        "2026-11-01T08:00:00Z": None,
        HOSTILE: None,
    }.items():
        summary = _drift(_found("update", {"active": True}, {"active": False}, updated_at=updated_at))
        assert _connections(summary)[0]["changed_at"] == told


@pytest.mark.parametrize("project", ["other", "a, b", "a|b`\n<!-- x -->"])
def test_another_stacks_mark_is_told_from_what_the_refresh_says(project: str) -> None:
    """Only its warning knows: no input has the mark that is there."""
    message = taken_over("2990000000000000001", Owner(project, "staging"))
    warning = {"diagnosticEvent": {"severity": "info#err", "message": f"warning: Desk: {message}\n"}}

    summary = _drift(_found("same", {}, {}), warning)

    (found,) = _connections(summary)
    assert found["taken_over_by"].endswith("/staging")
    assert "**1 connection taken over by another stack**" in render(summary)
    assert not summary.stacks[0].warnings


def test_what_a_stack_only_reads_may_change() -> None:
    """But where it is gone, the next run fails."""
    read = {"password_revision": None}
    events = _found("update", read, read), _found("delete", read, None)
    for event in events:
        for state in filter(None, map(event["resOutputsEvent"]["metadata"].get, ("old", "new"))):
            state["inputs"] = {}

    changed, gone = map(_drift, events)

    assert changed.changes_nothing
    assert json.loads(as_json(gone))["stacks"][0]["other_resources"] == [
        {"type": CONNECTION, "name": "desk", "what": "deleted"}
    ]


def test_what_is_deleted_outside_is_gone_whatever_pulumi_was_to_do() -> None:
    """`retain_on_delete` keeps from Pulumi only."""
    event = _found("delete", {}, None)
    event["resOutputsEvent"]["metadata"]["old"]["retainOnDelete"] = True

    (found,) = _connections(_drift(event))

    assert (found["what"], found["means"]) == ("deleted", ["its phones can no longer register"])


def test_what_waits_for_its_deletion_is_no_drift() -> None:
    """A replacement was interrupted: the next run deletes it anyway."""
    event = _found("delete", {}, None)
    event["resOutputsEvent"]["metadata"]["old"]["delete"] = True

    assert _drift(event, _found("same", {}, {})).changes_nothing


def test_other_resources_are_listed() -> None:
    """By type, name and what happened: what their fields mean, others know."""
    summary = _drift(
        _found("update", {"acl": "private"}, {"acl": "public"}, type_=BUCKET, name="recordings"),
        _found("same", {}, {}, type_=BUCKET, name="logs"),
        _found("same", {}, {}, type_="pulumi:pulumi:Stack", name="phones-prod"),
    )

    assert "1 other resource changed or deleted outside" in render(summary)
    assert f"| changed | `{BUCKET}` | `recordings` |" in render(summary)
    assert "| `prod` | 1 | 0 | 1 |" in render(summary)


def test_nothing_from_outside_means_anything_in_markdown() -> None:
    """No markup, no mention, no comment but the marker."""
    text = render(_drift(_found("update", {"tags": [], HOSTILE: 1}, {"tags": [HOSTILE]}, name=HOSTILE)))

    found = page(text)
    assert found.comments == ["pulumi-telnyx drift: phones"]
    assert "@team" not in found.prose
    assert "**d**" in "".join(found.code)
    assert "strong" not in found.tags
    assert "\u202e" not in text


def test_a_terminal_is_not_steered_by_what_is_shown() -> None:
    """No control character, no markup of rich."""
    hostile = "[bold]\x1b[31m\u202e\n"
    text = _printed(_drift(_found("update", {"tags": []}, {"tags": [hostile]}, name=hostile)))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]" in text


def test_a_comment_has_room_for_every_stack() -> None:
    """Details go, verdict and marker stay."""
    events = [
        _found("update", {"tags": []}, {"tags": [f"{'x' * 500}{number}"]}, name=f"desk-{number}")
        for number in range(2_000)
    ]
    text = render(_drift(*events, _found("delete", {}, None, name="gone")))

    assert len(text) < 59_000
    assert text.startswith(
        "- ⚠️ `prod`: **1 connection deleted outside**, 2,000 connections changed outside\n"
    )
    assert "`pulumi-telnyx drift --format json` has all of it" in text
    assert text.endswith("<!-- pulumi-telnyx drift: phones -->\n")


@pytest.mark.parametrize(
    "log", [b"{", b"[]\n", b'{"resOutputsEvent": {}}', b'{"resOutputsEvent": 1}', b"\xff"]
)
def test_what_is_no_event_log_is_refused(log: bytes) -> None:
    """In one line."""
    with pytest.raises(PreviewError, match="event log"):
        read_refresh(log, "prod")


def test_a_refresh_that_was_cut_off_has_failed() -> None:
    """What it did not get to may differ."""
    log = (_LOGS / "changed.jsonl").read_bytes().splitlines()
    summary = drift_of([read_refresh(b"\n".join(log[:10]), "prod")])

    assert summary.stacks[0].problems
    assert "**it could not be looked at**" in render(summary)
