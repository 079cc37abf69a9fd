"""Stories of whose connection it is, told by docs/ownership.md: nothing is taken over unnoticed."""

from __future__ import annotations

import re
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY
from pulumi_telnyx.ownership import is_mark

from .stack import LiveApi, Run, StackRunner

PAGE = (Path(__file__).parents[2] / "docs" / "ownership.md").read_text()
TAKEN, TOOK_OVER, ADOPTED, WRONG_ACCOUNT = re.findall(
    r"^```text\n(.*?)\n```$", PAGE, re.DOTALL | re.MULTILINE
)
(ADOPTION,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)

DESK = 'CredentialConnection("desk", user_name="frontdesk01", password="correct-horse-7")'
OTHER_KEY = "KEY-of-another-account"


def assert_says(run: Run, quoted: str) -> None:
    """Check that a line of the page was printed; `…` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in quoted.split("…"))
    assert re.search(pattern, run.text), f"{pattern}\n\n{run.text}"
    assert "Traceback" not in run.text


def writes(stack: StackRunner) -> list[str]:
    return [method for method in stack.api.calls() if method in {"PATCH", "DELETE"}]


def test_the_mark_is_one_more_tag_that_the_program_does_not_see(stack: StackRunner) -> None:
    """Declaring, changing and removing tags keeps it, and a refresh finds nothing to change."""
    for tags in ("", ', tags=["b", "a"]', ', tags=["c"]', ""):
        stack.program(f'desk = CredentialConnection("desk"{tags})\npulumi.export("tags", desk.tags)')
        stack.up()

        (live,) = stack.api.connections()
        marks = [tag for tag in live["tags"] if is_mark(tag)]
        own = [tag for tag in live["tags"] if not is_mark(tag)]
        assert len(marks) == 1
        assert re.fullmatch(r"pulumi:stories/test:[0-9a-f]{16}", marks[0])
        assert own == (re.findall(r'"(\w)"', tags) or [])
        # An output that is None is left out.
        assert stack.outputs().get("tags", []) == own
    stack.refresh()
    assert stack.up().changes == {"same": 1}


def test_the_mark_can_be_switched_off_and_a_mark_cannot_be_declared(stack: StackRunner) -> None:
    """`telnyx:ownershipTag: false` sends the declared tags and nothing else."""
    stack.pulumi("config", "set", "telnyx:ownershipTag", "false")
    stack.program('CredentialConnection("desk", tags=["pulumi:stories/test:0123456789abcdef"])')
    refused = stack.try_preview()
    stack.program('CredentialConnection("desk", tags=["a"])')
    stack.up()

    (live,) = stack.api.connections()
    assert "tags: must not hold an ownership mark" in refused.text
    assert live["tags"] == ["a"]

    stack.pulumi("config", "set", "telnyx:ownershipTag", "true")
    assert stack.up().changes == {"same": 1}, "the mark is put on at creation, and stays as it was then"


def test_somebody_elses_connection_is_named_and_left_alone(stack: StackRunner) -> None:
    """The user name is compared without regard to case, and the error says what to do."""
    existing = stack.api.create(connection_name="Other", user_name="FrontDesk01", password="not-ours-1")
    before = stack.api.connections()
    stack.program(DESK)
    stack.api.calls()

    run = stack.try_up()

    assert run.code != 0
    assert_says(run, TAKEN)
    assert f'adopt="{existing}"' in run.text
    assert writes(stack) == []
    assert stack.api.connections() == before
    assert stack.connections() == {}


def test_a_connection_is_adopted_by_user_name_or_id(stack: StackRunner) -> None:
    """What was changed is said; the next runs change nothing, with and without the argument."""
    existing = stack.api.create(connection_name="PBX", user_name="oldpbx01", password="pbx-password-1")
    stack.pulumi("config", "set", "--secret", "pbxPassword", "pbx-password-1")
    stack.program(ADOPTION)

    preview, run = stack.preview(), stack.up()

    (live,) = stack.api.connections()
    assert preview.changes == {"create": 1}
    assert "adopt takes over an existing connection" in preview.text
    assert_says(run, ADOPTED)
    assert "changed connection_name, inbound, tags" in run.text
    assert (live["id"], live["user_name"], live["password"]) == (existing, "oldpbx01", "pbx-password-1")
    assert live["inbound"]["channel_limit"] == 30
    assert stack.up().changes == {"same": 1}
    stack.refresh()
    stack.program(ADOPTION.replace('    adopt="oldpbx01",\n', ""))
    assert stack.up().changes == {"same": 1}
    assert stack.api.connections() == [live]

    stack.api.create(connection_name="Fax", user_name="oldfax01", password="fax-password-1")
    fax = stack.api.connections()[1]["id"]
    adoption = f'CredentialConnection("fax", adopt="{fax}", password="fax-password-1"'
    stack.program(f"{ADOPTION}\n{adoption})")
    refused = stack.try_up()
    stack.program(f'{ADOPTION}\n{adoption}, user_name="oldfax01")')

    assert "adopt: needs user_name" in refused.text
    assert stack.up().changes == {"same": 1, "create": 1}
    assert stack.up().changes == {"same": 2}


@pytest.mark.parametrize("which", ["nobody01", "2990000000000009999"])
def test_adopting_what_is_not_there_creates_nothing(stack: StackRunner, which: str) -> None:
    """A typing error must not make a second connection."""
    stack.program(
        f'CredentialConnection("desk", adopt="{which}", user_name="desk0001", password="correct-horse-7")'
    )

    run = stack.try_up()

    assert run.code != 0
    assert f"AdoptionError: adopt credential connection {which}: " in run.text
    assert (stack.api.connections(), stack.connections()) == ([], {})


def _second_state(stack: StackRunner, folder: Path, untouched: Path, engine: str) -> StackRunner:
    """Return the same stack with a state of its own, as on a colleague's laptop."""
    other = StackRunner(folder / "colleague", engine, stack.api, like=untouched)
    shutil.copy(stack.folder / "__main__.py", other.folder)
    return other


@pytest.fixture
def colleague(stack: StackRunner, tmp_path: Path, untouched: Path, engine: str) -> StackRunner:
    (tmp_path / "colleague").mkdir()
    stack.program(DESK)
    return _second_state(stack, tmp_path, untouched, engine)


def test_two_states_of_one_stack_take_over_from_each_other_only_with_an_announcement(
    stack: StackRunner, colleague: StackRunner
) -> None:
    """A young connection looks like one of an interrupted run; the line with its age tells."""
    stack.up()

    assert_says(colleague.up(), TOOK_OVER)
    assert len(stack.api.connections()) == 1


@pytest.mark.parametrize("setting", ["telnyx:adoptWithin=0", "telnyx:ownerId=colleague", "old"])
def test_two_states_of_one_stack_can_be_kept_apart(
    stack: StackRunner, colleague: StackRunner, setting: str
) -> None:
    """By a shorter time, by an id of their own, or because the connection is old."""
    stack.up()
    (live,) = stack.api.connections()
    if setting == "old":
        _make_older(stack.api, live, datetime.now(timezone.utc) - timedelta(hours=25))
    else:
        colleague.pulumi("config", "set", *setting.split("="))
    before = stack.api.connections()
    stack.api.calls()

    run = colleague.try_up()

    assert run.code != 0
    assert "UserNameTakenError: create credential connection 'desk (test)'" in run.text
    expected = "with another telnyx:ownerId" if "ownerId" in setting else "another state of this stack may"
    assert expected in run.text
    assert writes(stack) == []
    assert stack.api.connections() == before


def _make_older(api: LiveApi, live: dict[str, object], created_at: datetime) -> None:
    connection_id = str(live["id"])
    api._control("PATCH", f"/connections/{connection_id}", {"created_at": created_at.isoformat()})


def test_another_stack_is_named(stack: StackRunner, tmp_path: Path, engine: str) -> None:
    """The same user name in two stacks: one has it, the other learns who."""
    stack.program(DESK)
    stack.up()
    (tmp_path / "billing").mkdir()
    billing = StackRunner(tmp_path / "billing", engine, stack.api, project={"name": "billing"}, name="prod")
    billing.program(DESK)
    stack.api.calls()

    run = billing.try_up()

    assert "marked by project stories, stack test; nothing was changed" in run.text
    assert writes(stack) == []
    assert stack.up().changes == {"same": 1}


def test_a_renamed_resource_is_told_of_aliases(stack: StackRunner) -> None:
    """Without one, the engine creates the new resource before it deletes the old one."""
    stack.program(DESK)
    stack.up()
    stack.program(DESK.replace('"desk"', '"reception"'))

    run = stack.try_up()

    assert "add `aliases` to a resource that was renamed" in run.text
    assert len(stack.api.connections()) == 1
    stack.program(DESK)
    assert stack.up().changes == {"same": 1}


@pytest.mark.parametrize("flags", [(), ("--target", "**new")], ids=["in the same run", "in a later run"])
def test_a_connection_that_was_taken_over_outlives_its_old_resource(
    stack: StackRunner, flags: tuple[str, ...]
) -> None:
    """The new resource has it, so the deletion of the old one must not hang up on its phones."""
    stack.program(DESK.replace('"desk"', '"old"'))
    stack.up()
    (before,) = stack.api.connections()
    stack.program(DESK.replace('"desk"', f'"new", adopt="{before["id"]}"'))
    stack.up(*flags)

    run = stack.up()

    (live,) = stack.api.connections()
    assert live["id"] == before["id"]
    assert {name: each["id"] for name, each in stack.connections().items()} == {"new": before["id"]}
    assert "another resource of this stack has taken it over" in run.text or not flags
    assert stack.up().changes == {"same": 1}


def test_a_replaced_connection_is_deleted_first_whatever_the_program_says(stack: StackRunner) -> None:
    """Otherwise its successor would find the user name taken by itself."""
    stack.program(DESK.replace('"desk"', '"desk", opts=pulumi.ResourceOptions(delete_before_replace=False)'))
    stack.up()

    stack.up("--replace", "**desk")

    (live,) = stack.api.connections()
    assert stack.connections()["desk"]["id"] == live["id"] != "2990000000000000001"
    assert stack.up().changes == {"same": 1}


def test_one_name_under_two_parents_makes_two_connections(stack: StackRunner) -> None:
    """Their user names and marks differ, so that neither takes over the other's connection."""
    stack.program(
        """
        class Site(pulumi.ComponentResource):
            def __init__(self, kind):
                super().__init__(f"acme:index:{kind}", kind)
                room = pulumi.ComponentResource("acme:index:Room", f"{kind}-room", opts=_below(self))
                CredentialConnection("desk", opts=_below(room))

        def _below(parent):
            return pulumi.ResourceOptions(parent=parent)

        Site("Office")
        Site("Warehouse")
        """
    )
    stack.up()

    connections = stack.api.connections()
    assert len({each["user_name"] for each in connections}) == 2
    assert len({each["tags"][0] for each in connections}) == 2
    assert stack.up().changes == {"same": 6}


@pytest.fixture
def two_accounts(stack: StackRunner) -> StackRunner:
    """A stack with connections, in an API where another account has some as well."""
    stack.api.server.configure(api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, OTHER_KEY: "another"})
    stack.program("\n".join(f'CredentialConnection("desk{number}")' for number in range(3)))
    stack.up()
    stack.api._control("POST", "/connections", {"account": "another", "settings": {"user_name": "theirs01"}})
    return stack


def test_another_accounts_key_neither_empties_the_state_nor_writes(two_accounts: StackRunner) -> None:
    """Refresh, destroy and an update all stop; with the right key everything is as it was."""
    stack, before, state = two_accounts, two_accounts.api.connections(), two_accounts.connections()
    stack.environ["TELNYX_API_KEY"] = OTHER_KEY
    stack.api.calls()

    for run in (stack.try_refresh(), stack.try_destroy()):
        assert run.code != 0
        assert_says(run, WRONG_ACCOUNT)
    stack.program("\n".join(f'CredentialConnection("desk{number}", active=False)' for number in range(3)))
    assert_says(stack.try_up(), WRONG_ACCOUNT)

    assert set(stack.api.calls()) == {"GET"}
    assert stack.api.connections() == before
    assert stack.connections().keys() == state.keys()
    stack.environ["TELNYX_API_KEY"] = DEFAULT_API_KEY
    assert stack.up().changes == {"update": 3}


def test_a_new_key_of_the_same_account_passes(two_accounts: StackRunner) -> None:
    """A connection of the state that it finds is proof enough, also for another one that is gone."""
    stack = two_accounts
    new_key = "KEY-after-rotation"
    stack.api.server.configure(api_keys={new_key: DEFAULT_ACCOUNT})
    stack.environ["TELNYX_API_KEY"] = new_key
    stack.api.delete(stack.api.connections()[0]["id"])

    stack.refresh()
    assert stack.up().changes == {"create": 1, "same": 2}


def test_everything_gone_is_believed_from_the_key_that_made_it(two_accounts: StackRunner) -> None:
    """Another key has to be told that this is right."""
    stack = two_accounts
    for each in stack.api.connections():
        stack.api.delete(each["id"])
    new_key = "KEY-after-rotation"
    stack.api.server.configure(api_keys={new_key: DEFAULT_ACCOUNT, DEFAULT_API_KEY: DEFAULT_ACCOUNT})
    stack.environ["TELNYX_API_KEY"] = new_key
    doubted = stack.try_refresh()
    stack.environ["TELNYX_ACCOUNT"] = "key:tation"

    stack.refresh()

    assert_says(doubted, WRONG_ACCOUNT)
    assert stack.connections() == {}
    assert stack.up().changes == {"create": 3}


def test_a_stack_can_name_the_account_that_it_expects(stack: StackRunner) -> None:
    """Before the first create already, when nothing else could tell."""
    stack.program(DESK)
    existing = stack.api.create(connection_name="Known", user_name="known001")
    for wrong in ("key:abcd", "connection:2990000000000009999"):
        stack.pulumi("config", "set", "telnyx:account", wrong)
        run = stack.try_up()
        assert run.code != 0
        expected = "SettingsError: telnyx:account" if wrong.startswith("key") else "WrongAccountError: "
        assert expected in run.text
        assert "expects" in run.text
    stack.pulumi("config", "set", "telnyx:account", DEFAULT_API_KEY)
    assert "SettingsError: telnyx:account must be key:" in stack.try_up().text

    for right in (f"key:{DEFAULT_API_KEY[-4:]}", f"connection:{existing}"):
        stack.pulumi("config", "set", "telnyx:account", right)
        stack.up()
    assert len(stack.api.connections()) == 2
