"""docs/recovery.md: each case that it lists is made to happen by a test, and each message is one of ours."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "recovery.md").read_text()
TABLES = PAGE.partition("\n## After an interrupted run")[0]
CASES = {
    re.sub(r"\[(.+?)\]\(.+?\)", r"\1", line.split(" | ")[0].removeprefix("| "))
    for line in TABLES.splitlines()
    if line.startswith("| ") and not line.startswith(("| what you see", "| what happened", "| ---"))
}
# Messages of the engine.
ENGINES = {
    "has a problem",
    "the stack is currently locked",
    "failed to load checkpoint: EOF",
    "pending operations from previous deployment",
}
TESTS = {
    "`AuthError`, `check the API key`": "engine/test_trouble.py: a_refused_key_is_named_and_never_shown",
    "`TransportError`, `no connection`": "engine/test_trouble.py: an_api_that_cannot_be_reached_is_named",
    "`the account's rate limit is reached`": "unit/api/test_transport.py: the_last_try_reports_the_failure",
    "some connections failed, others did not": "faults/lost_responses.py",
    "`it was deleted outside this stack`": (
        "engine/test_life_cycle.py: an_update_of_a_connection_that_is_gone_says_what_to_do"
    ),
    "`move its phone numbers to another connection first`": (
        "unit/test_lifecycle.py: a_connection_in_use_is_not_deleted"
    ),
    "`UserNameTakenError`": "engine/test_ownership.py: somebody_elses_connection_is_named_and_left_alone",
    "`WrongAccountError`": (
        "engine/test_ownership.py: another_accounts_key_neither_empties_the_state_nor_writes"
    ),
    "`has a problem`": "engine/test_trouble.py: wrong_arguments_are_all_named_before_anything_is_called",
    "`the stack is currently locked`": (
        "engine/test_team_state.py: the_second_up_at_once_is_refused_and_writes_nothing"
    ),
    "`failed to load checkpoint: EOF`": (
        "engine/test_trouble.py: metadata_that_a_killed_engine_left_empty_is_deleted_as_the_page_says"
    ),
    "a preview without changes, though somebody deleted a connection": (
        "engine/test_life_cycle.py: a_connection_deleted_outside_is_created_again"
    ),
    "somebody changed a setting in the portal": (
        "engine/test_updates.py: drift_shows_on_the_fields_that_drifted_and_is_put_back"
    ),
    "somebody changed a password in the portal": (
        "engine/test_updates.py: a_password_that_somebody_else_set_is_noticed_where_it_can_be_read"
    ),
    "`Telnyx did not take these values as they were sent`": (
        "engine/test_updates.py: a_value_that_telnyx_drops_is_named"
    ),
    "`took over credential connection`": (
        "engine/test_ownership.py: "
        "two_states_of_one_stack_take_over_from_each_other_only_with_an_announcement"
    ),
    "`pending operations from previous deployment`": "faults/kill.py",
    "phones that do not log in after a change of passwords": (
        "engine/test_registrations.py: devices_are_watched_while_their_passwords_are_renewed"
    ),
    "a key or a password in a log": "engine/test_scan.py: only_what_was_asked_for_in_clear_shows_a_secret",
    "the run was cut off": "faults/kill.py",
    "the state is lost, within a day": (
        "engine/test_ownership.py: "
        "two_states_of_one_stack_take_over_from_each_other_only_with_an_announcement"
    ),
    "the state is lost, longer ago": (
        "unit/test_adoption.py: an_old_connection_with_our_mark_is_not_taken_over"
    ),
    "connections of a stack that is no more": (
        "engine/test_leftovers.py: what_tests_have_left_behind_is_swept"
    ),
    "a connection must leave the stack and stay at Telnyx": (
        "engine/test_existing_accounts.py: the_page_from_its_beginning_to_its_end"
    ),
}


def test_every_case_has_a_test() -> None:
    """A row that is new on the page names one here."""
    assert set(TESTS) == CASES


@pytest.mark.parametrize("place", sorted(set(TESTS.values())))
def test_the_test_of_a_case_is_there(place: str) -> None:
    """A function of that file, or a figure that `make faults` runs."""
    path, _, name = place.partition(": ")
    tree = ast.parse((ROOT / "tests" / path).read_text())
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

    assert (f"test_{name}" if name else "measure") in functions


def test_what_it_prints_is_what_pages_that_are_run_print() -> None:
    """The lock as in docs/team-state.md, a connection taken over as in docs/ownership.md."""
    lines = [
        line.strip()
        for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
        for line in block.splitlines()
    ]
    others = "".join((ROOT / "docs" / name).read_text() for name in ("team-state.md", "ownership.md"))
    elsewhere = [line for line in lines if line and line not in others]

    assert len(lines) > len(elsewhere)
    assert all(any(message in line for message in ENGINES) for line in elsewhere)


def test_every_message_is_one_that_is_printed() -> None:
    """As the package words it; how the engine does is not ours to choose."""
    sources = (each.read_text() for each in (ROOT / "provider" / "pulumi_telnyx").rglob("*.py"))
    ours = "".join(re.sub(r'"\s+f?"', "", text) for text in sources)
    messages = {message for case in CASES for message in re.findall("`(.+?)`", case)}

    assert messages > ENGINES
    assert [message for message in sorted(messages - ENGINES) if message not in ours] == []
