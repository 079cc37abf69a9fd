"""The comment about a real change in two stacks, from the engine's own previews."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.golden import assert_golden

from .stack import LiveApi, StackRunner

SAVED = Path(__file__).parents[1] / "unit" / "report"
PREVIEWS = SAVED / "previews" / "pull-request"

_PHONE = """
    def phone(name, password, codecs=("G722", "G711A")):
        outbound = {"outbound_voice_profile_id": "2105551234567890123"}
        CredentialConnection(name, password=password, inbound={"codecs": list(codecs)}, outbound=outbound)

    phone("lobby", "fake-password-CANARY-1")
"""
BEFORE = f"""{_PHONE}
    phone("front-desk", "fake-password-CANARY-2")
    phone("workshop", "fake-password-CANARY-3")
    phone("fax", "fake-password-CANARY-4")
"""
AFTER = f"""{_PHONE}
    phone("front-desk", "fake-password-CANARY-2", codecs=("G722", "OPUS"))
    phone("workshop", "fake-password-CANARY-5")
    phone("attic", "fake-password-CANARY-6")
    phone("garage", "fake-password-CANARY-7")
"""

_SET = """
    from pulumi_telnyx import CredentialConnectionSet

    def phones(members, **more):
        inbound = {"codecs": ["G722", "G711A"], "channel_limit": 2}
        outbound = {"outbound_voice_profile_id": "2105551234567890123"}
        named = {name: {"password": f"fake-password-CANARY-{name}", **each} for name, each in members.items()}
        defaults = {"inbound": inbound, "outbound": outbound}
        phones = CredentialConnectionSet("phones", defaults=defaults, members=named, **more)
        pulumi.export("ids", phones.ids)

"""
SET_BEFORE = f"""{_SET}
    reception = {{"user_name": "frontdesk01", "password": "fake-password-CANARY-1"}}
    phones({{"reception": reception, **{{f"desk-{{number}}": {{}} for number in range(17, 22)}}}})
"""
SET_AFTER = f"""{_SET}
    members = {{
        "front-desk": {{"user_name": "frontdesk01", "password": "fake-password-CANARY-1"}},
        "desk-17": {{"inbound": {{"channel_limit": 1}}}},
        "desk-18": {{"password": "fake-password-CANARY-2"}},
        "desk-21": {{}},
        "desk-22": {{}},
    }}
    phones(members, retain=["desk-20"])
"""


@pytest.fixture
def stacks(tmp_path: Path, engine: str, api: LiveApi) -> Iterator[dict[str, StackRunner]]:
    """The stacks dev and prod of one program."""
    (tmp_path / "dev").mkdir()
    dev = StackRunner(tmp_path / "dev", engine, api, name="dev", project={"name": "phones"})
    dev.command("stack", "init", "prod")
    prod = copy.copy(dev)
    prod.name = "prod"
    yield {"dev": dev, "prod": prod}
    for each in (dev, prod):
        each.destroy()


def _report(stack: StackRunner, *arguments: str) -> subprocess.CompletedProcess[str]:
    return stack.run("pulumi-telnyx", "report", *arguments)


def _without_places(preview: str) -> str:
    """Return a preview without the files of this machine in which the engine saw the resources declared."""
    digest = json.loads(preview)
    for state in (each for step in digest["steps"] for each in (step.get("oldState"), step.get("newState"))):
        for name in ("sourcePosition", "stackTrace"):
            (state or {}).pop(name, None)
    return json.dumps(digest, indent=1) + "\n"


def test_a_change_of_two_stacks_is_one_comment(stacks: dict[str, StackRunner]) -> None:
    """One codec, one new password, one connection less and two more; then the same command has one line."""
    dev = stacks["dev"]
    dev.program(BEFORE)
    for each in stacks.values():
        each.up()
    dev.program(AFTER)

    first = _report(dev, "--run")

    assert first.returncode == 0
    assert_golden(Path(__file__).parent / "golden" / "report.md", first.stdout)
    assert "CANARY" not in first.stdout + first.stderr
    if os.environ.get("RENEW_GOLDEN"):
        # Without the engine, the same comment, the page and its picture are made from these.
        for name, each in stacks.items():
            (PREVIEWS / f"{name}.json").write_text(_without_places(each.pulumi("preview", "--json")))
    for each in stacks.values():
        assert each.up().changes == {"create": 2, "delete": 1, "same": 1, "update": 2}
    assert _report(dev, "--run").stdout == (
        "No changes in `dev`, `prod`. <!-- pulumi-telnyx report: phones -->\n"
    )


def test_a_preview_that_fails_is_in_the_comment(stacks: dict[str, StackRunner]) -> None:
    """With the engine's message; the other stack is reported all the same."""
    dev = stacks["dev"]
    dev.program(BEFORE + '    phone("short", "short") if pulumi.get_stack() == "prod" else None\n')

    done = _report(dev, "--run", "--fail-on-error")

    assert done.returncode == 2
    assert done.stdout.startswith("- ⚠️ `prod`: **the preview failed**\n- `dev`: create 4 connections")
    assert "has a problem: password: must be at least 8 characters long" in done.stdout


def test_a_preview_with_refresh_shows_what_was_changed_outside(stacks: dict[str, StackRunner]) -> None:
    """As what an update sets back: the inputs that the refresh has read are the old ones."""
    dev = stacks["dev"]
    dev.program(BEFORE)
    dev.up()
    fax = next(each for each in dev.api.connections() if "fax" in each["connection_name"])
    dev.api.edit(fax["id"], inbound={"codecs": ["G722"]}, active=False)

    (dev.folder / "dev.json").write_text(dev.pulumi("preview", "--refresh", "--json"))

    assert "| `inbound.codecs` | `G722` | `G722`, `G711A`; added `G711A` |" in _report(dev, "dev.json").stdout


def test_a_set_is_reported_member_by_member(stacks: dict[str, StackRunner]) -> None:
    """Changed, renamed, left at Telnyx, deleted, new; then what somebody else does to two of them."""
    dev = stacks["dev"]
    dev.program(SET_BEFORE)
    dev.up()
    dev.program(SET_AFTER)

    first = _report(dev, "--run", "--stack", "dev")

    assert first.returncode == 0
    assert_golden(Path(__file__).parent / "golden" / "report-set.md", first.stdout)
    assert "CANARY" not in first.stdout + first.stderr
    if os.environ.get("RENEW_GOLDEN"):
        (SAVED / "previews" / "set.json").write_text(_without_places(dev.pulumi("preview", "--json")))
    dev.up()
    ids = dev.outputs()["ids"]
    dev.api.edit(ids["desk-17"], inbound={"channel_limit": 5}, dtmf_type="Inband")
    # Not declared: not a word of it.
    dev.api.edit(ids["desk-22"], dtmf_type="Inband")
    dev.api.edit(ids["desk-18"], password="fake-password-CANARY-other")
    dev.api.delete(ids["desk-21"])

    drift = dev.run("pulumi-telnyx", "drift", "--stack", "dev", "--format", "json")

    assert drift.returncode == 2
    assert "CANARY" not in drift.stdout + drift.stderr
    (only,) = json.loads(drift.stdout)["stacks"]
    found = {each["member"]: each for each in only["connections"]}
    assert {name: each["what"] for name, each in found.items()} == {
        "desk-17": "changed",
        "desk-18": "changed",
        "desk-21": "deleted",
    }
    assert found["desk-17"]["fields"] == [{"field": "inbound.channel_limit", "declared": 1, "live": 5}]
    assert found["desk-18"]["password_changed"]
    assert found["desk-21"]["id"] == ids["desk-21"]
    assert dev.up("--refresh").changes == {"refresh": 1, "update": 1}
    assert dev.up().changes == {"same": 1}
