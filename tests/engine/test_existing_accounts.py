"""The story of docs/existing-accounts.md: each command as printed, and what the page shows of it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pulumi_telnyx.ownership import mark_of

from .stack import LiveApi, StackRunner

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "existing-accounts.md").read_text()
BLOCKS = dict(re.findall(r"<!-- (.+?) -->\n```\w+\n(.*?)```\n", PAGE, re.DOTALL))
DOOR = [mark_of("organization", "doors", "prod", "door")]
WEBHOOK = "https://fax.example.com/events?token=not-a-secret"
PHONE = {
    "ip_address": "203.0.113.7",
    "port": 5060,
    "transport": "UDP",
    "last_registration": "2026-12-01T08:15:30",
    "user_agent": "ExamplePhone/1.2",
}
# As everybody has it: what it declares without a default has to be in every stack's file.
PROJECT = YAML(typ="safe").load((ROOT / "Pulumi.yaml").read_text())


@pytest.fixture
def mask_passwords() -> bool:
    """The page is about an account whose passwords are masked; tests/engine/test_import.py has both."""
    return True


class Reader:
    """Types the commands of the page, one after the other."""

    def __init__(self, stack: StackRunner) -> None:
        self.stack = stack
        self._left = re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)

    def types(self, beginning: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run the next command, which begins like this, and give it something to read."""
        line = self._left.pop(0)
        assert line.startswith(beginning)
        done = subprocess.run(
            shlex.split(line),
            cwd=self.stack.folder,
            env=self.stack.environ,
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, line + done.stdout + done.stderr
        return done

    @property
    def is_done(self) -> bool:
        return not self._left


def an_account(api: LiveApi) -> None:
    profile = {"outbound_voice_profile_id": "2105551234567890123"}
    for number, name in enumerate(["Büro Köln", "Büro Köln", "Köln Lager"], 1):
        api.create(connection_name=name, user_name=f"koeln00{number}", dtmf_type="Inband", outbound=profile)
    reception = {"connection_name": "Reception", "user_name": "reception1", "outbound": profile}
    api.register(api.create(**reception, inbound={"channel_limit": 10}), **PHONE)
    api.create(
        connection_name="Fax",
        user_name="fax00001",
        outbound=profile,
        webhook_event_url=WEBHOOK,
    )
    api.create(connection_name="Test bench", user_name="lab00001", tags=["lab"])
    api.create(connection_name="Door", user_name="door0001", tags=DOOR)


def test_the_page_from_its_beginning_to_its_end(tmp_path: Path, engine: str, api: LiveApi) -> None:
    """Telnyx has everything as before at its end, but for the two passwords that were changed."""
    for folder in ("office", "lab"):
        (tmp_path / folder).mkdir()
    office = StackRunner(tmp_path / "office", engine, api, project=PROJECT, name="elsewhere")
    lab = StackRunner(tmp_path / "lab", engine, api, project={"name": "bench"}, name="lab")
    shutil.copy(ROOT / "__main__.py", office.folder)
    (lab.folder / "__main__.py").write_text("import connections\n")
    an_account(api)
    before = api.connections()
    settings = office.folder / "stacks" / "Pulumi.office.yaml"
    reader = Reader(office)

    reader.types("pulumi stack init")
    office.name = "office"
    dry = reader.types("pulumi-telnyx import --stack office --dry-run")
    first = reader.types("pulumi-telnyx import --stack office --run")
    rest = reader.types("pulumi-telnyx import --stack office --run")
    file = settings.read_text()
    reader.types("pulumi config set --secret --path", WEBHOOK)
    reader.types("pulumi-telnyx matrix")
    reader.types("pulumi preview")

    assert api.connections() == before
    assert shown(dry.stdout, dry.stderr) == BLOCKS["printed: dry-run"]
    assert shown(first.stdout, first.stderr) == BLOCKS["printed: first"]
    assert shown(rest.stdout, rest.stderr) == BLOCKS["printed: rest"]
    assert re.sub("^encryptionsalt: .*\n", "", file) == BLOCKS["the file"]

    rotated = reader.types("pulumi-telnyx rotate reception")
    reader.types("pulumi config set --path")
    reader.types("pulumi config set --secret --path", "fake-password-1")

    today = datetime.now().astimezone().date().isoformat()
    report = rotated.stdout.partition("Updating (")[0].replace(today, "2026-12-01")
    report = re.sub(" +$", "", report, flags=re.MULTILINE)
    assert report == BLOCKS["printed: rotate"]
    assert office.up().changes == {"same": 4, "update": 1}
    changed = [each for each in api.connections() if each not in before]
    assert {each["user_name"] for each in changed} == {"reception1", "fax00001"}
    assert not any(each["tags"] for each in changed)

    reader.stack = lab
    reader.types("pulumi-telnyx import --stack lab")
    reader.types("pulumi import")
    reader.types("pulumi preview")

    assert (lab.folder / "connections.py").read_text() == BLOCKS["connections.py"]
    # Both stacks in one backend.
    shutil.copytree(lab.folder / "state", office.folder / "state", dirs_exist_ok=True)
    reader.stack = office
    unmanaged = reader.types("pulumi-telnyx list --unmanaged")
    orphans = reader.types("pulumi-telnyx list --orphans")
    reader.types("pulumi-telnyx sweep")
    at_telnyx = api.connections()

    assert "\n    koln-lager:\n" in settings.read_text()
    settings.write_text(settings.read_text().replace("\n    koln-lager:\n", "\n    warehouse:\n"))
    reader.types("pulumi state rename")
    text = settings.read_text()
    assert "\n    fax:\n" in text
    settings.write_text(re.sub(r"^    fax:\n(?:      .*\n)+", "", text, flags=re.MULTILINE))
    reader.types("pulumi state delete")
    reader.types("pulumi preview")
    assert office.preview().changes == {"same": 4}
    reader.types("pulumi stack rm")

    assert reader.is_done
    for listed in (unmanaged, orphans):
        assert re.findall(r"299\d+", listed.stdout) == [each["id"] for each in before if each["tags"] == DOOR]
    assert api.connections() == at_telnyx
    assert {each["id"] for each in at_telnyx} == {each["id"] for each in before}


def shown(*texts: str) -> str:
    """Return what was printed, in the order of the streams, and with every id left out."""
    return re.sub(r"\(299\d+\)", "(…)", "".join(texts))
