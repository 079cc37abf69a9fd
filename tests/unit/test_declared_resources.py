"""What a stack program gets of its settings, where no engine is needed to see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from pulumi_telnyx.stack import DeclaredSet, declared_connections, declared_resources

from .stack_files import PROFILE, PROJECT, config, write


class _Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        return args.name, args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], None]:
        return {}, None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a project's folder, whose stack `dev` is the one that runs."""
    pulumi.runtime.set_mocks(_Mocks(), project="phones", stack="dev")
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: str(tmp_path))
    yield tmp_path
    pulumi.runtime.set_all_config({})


def declare(folder: Path, text: str, **values: Any) -> None:
    """Write the stack's file, and hand its values over as the engine does; secrets are decrypted there."""
    write(folder, project=PROJECT, dev=config(text))
    pulumi.runtime.set_all_config({f"phones:{key}": json.dumps(value) for key, value in values.items()})


def sets(folder: Path, text: str, **values: Any) -> dict[str, DeclaredSet]:
    declare(folder, text, **values)
    return declared_resources().sets


def test_each_member_has_its_defaults(folder: Path) -> None:
    """None takes away; options of the set are Pulumi's, and a password is for the set to keep secret."""
    (folder / "stacks").mkdir()
    (folder / "stacks" / "desks.csv").write_text("name,inbound.channel_limit\na,\nb,2\nc,4\n")
    defaults = {"inbound": {"channel_limit": 2, "codecs": ["OPUS"]}, "tags": ["x"]}
    members = {"a": {"tags": None, "inbound": {"codecs": None}}}
    desks = {"defaults": defaults, "members": members, "members_from": "desks.csv", "max_removals": 3}
    text = f"""
        phones:sets: {json.dumps({"desks": {**desks, "protect": True}})}
        phones:passwords: {{desks: {{c: {{secure: v1:x}}}}}}
    """

    declared = sets(
        folder,
        text,
        sets={"desks": {**desks, "protect": True}},
        passwords={"desks": {"c": "fake-password-1"}},
    )["desks"]

    assert declared.arguments == {
        "members": {
            "a": {"inbound": {"channel_limit": 2}},
            "b": {"inbound": {"channel_limit": 2, "codecs": ["OPUS"]}, "tags": ["x"]},
            "c": {
                "inbound": {"channel_limit": 4, "codecs": ["OPUS"]},
                "tags": ["x"],
                "password": "fake-password-1",
            },
        },
        "max_removals": 3,
    }
    assert declared.options.protect is True
    assert "fake-password" not in repr(declared)


def test_a_secret_default_is_a_secret_of_each_member(folder: Path) -> None:
    """The engine keeps secret what stands where the program had a secret."""
    text = """
        phones:sets:
          desks:
            defaults: {webhook_event_url: {secure: v1:x}, active: true}
            members: {a: {}, b: {webhook_event_url: https://b.example.com}, c: {user_name: {secure: v1:y}}}
    """
    given = {
        "defaults": {"webhook_event_url": "https://x.example.com/?CANARY", "active": True},
        "members": {
            "a": {},
            "b": {"webhook_event_url": "https://b.example.com"},
            "c": {"user_name": "desk1"},
        },
    }

    declared = sets(folder, text, sets={"desks": given})["desks"]

    members = declared.arguments["members"]
    assert isinstance(members["a"]["webhook_event_url"], pulumi.Output)
    assert members["b"] == {"webhook_event_url": "https://b.example.com", "active": True}
    assert isinstance(members["c"]["user_name"], pulumi.Output)


def test_a_run_shows_twenty_errors_and_where_all_of_them_are(folder: Path) -> None:
    """A terminal with a thousand lines shows the last ones."""
    rows = "".join(f"desk-{number},-1\n" for number in range(1000))
    (folder / "stacks").mkdir()
    (folder / "stacks" / "desks.csv").write_text(f"name,inbound.channel_limit\n{rows}")
    desks = {"desks": {"members_from": "desks.csv"}}

    with pytest.raises(pulumi.RunError) as refused:
        sets(folder, f"phones:sets: {json.dumps(desks)}", sets=desks)

    lines = str(refused.value).splitlines()
    assert len(lines) == 22
    assert lines[1].startswith(
        "stacks/desks.csv:2: error: phones:sets.desks.members.desk-0.inbound.channel_limit"
    )
    assert lines[-1] == "and 980 more errors: `pulumi-telnyx validate` shows all of them"


def test_a_program_without_sets_is_told_of_those_that_are_declared(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would silently leave out thousands of phones."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    one: dict[str, Any] = {"fax": {}}
    desks: dict[str, Any] = {"desks": {"members": {"a": {}}}}
    text = (
        f"phones:defaults: {{{PROFILE}}}\nphones:connections: {{fax: {{}}}}\nphones:sets: {json.dumps(desks)}"
    )

    declare(folder, text, connections=one, sets=desks)

    assert list(declared_connections()) == ["fax"]
    (line,) = said
    assert line.startswith(
        "this program declares no sets, and the stack's settings have some (desks): let it call"
    )
