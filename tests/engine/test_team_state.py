"""What docs/team-state.md promises: one state in PostgreSQL or S3, and one run at a time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.faults.processes import of_home

from .postgres import Postgres, installed_programs, postgres
from .s3 import s3
from .stack import LiveApi, Operation, Run, StackRunner

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "team-state.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


# All there are: a block more or less, and nothing here runs.
(SQL,) = _blocks("sql")
JOINING, RECOVERY, MOVE, REMOVAL, KEY_SERVICE = _blocks("bash")
IN_POSTGRES, IN_S3 = (block.partition("url: ")[2].strip() for block in _blocks("yaml"))
(LOCKED,) = _blocks("text")

BUCKET = "office-states"
DATABASE_PASSWORD = "fake-database-password"
AWS = {"AWS_ACCESS_KEY_ID": "fake-access-key", "AWS_SECRET_ACCESS_KEY": "fake-secret-key"}

DESKS = """
for number in range(5):
    CredentialConnection(f"desk-{number}", password="fake-password-of-desk-0" if number == 0 else None)
"""
# Where its folder has a file `hold`, a run stops between its second and its third connection.
HOTLINE_LAST = """
import asyncio, pathlib

async def released(ids):
    while pathlib.Path("hold").exists():
        await asyncio.sleep(0.05)
    return "Hotline"

desks = [CredentialConnection(f"desk-{number}") for number in range(2)]
ids = pulumi.Output.all(*(each.id for each in desks))
CredentialConnection("hotline", connection_name=ids.apply(released))
"""


@dataclass(frozen=True)
class Backend:
    """Where the states are.

    Args:
        url: as it stands in `Pulumi.yaml`.
        environ: what everybody has set to get in.
    """

    url: str
    environ: dict[str, str]


class WorkingCopy(StackRunner):
    """One of several checkouts of one project, on a laptop of its own."""

    def __init__(self, folder: Path, engine: str, api: LiveApi, like: Path, backend: Backend) -> None:
        folder.mkdir()
        project = {"name": "phones", "backend": {"url": backend.url}}
        super().__init__(folder, engine, api, project=project, name="office", like=like)
        # The folder's state, which `like` brings along, is of use only for moving.
        self.in_folder = self.environ.pop("PULUMI_BACKEND_URL")
        self.environ |= {**backend.environ, "PULUMI_SKIP_CONFIRMATIONS": "true"}

    def shell(self, commands: str) -> str:
        """Return what commands of the page print, typed as they stand there; all must succeed."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def pending(self) -> list[str]:
        """Return the types of the operations of which the state does not know how they ended."""
        deployment = json.loads(self.pulumi("stack", "export"))["deployment"]
        return [each["type"] for each in deployment.get("pending_operations") or []]


NewCopy = Callable[[Backend], WorkingCopy]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One for all stories, with the database that the page tells to make."""
    folder = installed_programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed: no initdb on PATH or in /usr/lib/postgresql/*/bin")
    with postgres(folder) as server:
        server.run(SQL.replace("…", DATABASE_PASSWORD))
        yield server


@pytest.fixture
def in_postgres(postgres_server: Postgres) -> Backend:
    url = IN_POSTGRES.replace("db.example.com", postgres_server.host).replace("verify-full", "disable")
    table = f"story_{uuid.uuid4().hex}"
    return Backend(f"{url}&table={table}", {"PGPASSWORD": DATABASE_PASSWORD})


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3(tmp_path_factory.mktemp("s3"), BUCKET) as url:
        yield url


@pytest.fixture
def in_s3(s3_server: str) -> Backend:
    url = IN_S3.replace("https://s3.example.com", s3_server)
    return Backend(f"{url}&prefix={uuid.uuid4().hex}/", AWS)


@pytest.fixture(params=["in_postgres", "in_s3"])
def shared(request: pytest.FixtureRequest) -> Backend:
    """Either of the two places that a team may choose."""
    backend: Backend = request.getfixturevalue(request.param)
    return backend


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Path:
    """The folder of a stack that was made and never used, with its stack file."""
    folder = tmp_path_factory.mktemp("office")
    with EmulatorServer() as server:
        StackRunner(folder, engine, LiveApi(server), project={"name": "phones"}, name="office")
    return folder


@pytest.fixture
def new_copy(tmp_path: Path, engine: str, api: LiveApi, office: Path) -> Iterator[NewCopy]:
    """Makes working copies; what is left of their runs is ended with the story."""
    made: list[WorkingCopy] = []

    def make(backend: Backend) -> WorkingCopy:
        made.append(WorkingCopy(tmp_path / f"laptop-{len(made)}", engine, api, office, backend))
        return made[-1]

    yield make
    for copy in made:
        _die(copy)


def test_the_second_up_at_once_is_refused_and_writes_nothing(shared: Backend, new_copy: NewCopy) -> None:
    """From another working copy, while the first one writes; afterwards it has nothing left to do."""
    first, second = new_copy(shared), new_copy(shared)
    for copy in (first, second):
        copy.program(HOTLINE_LAST)
    first.pulumi("stack", "init")
    hold = first.folder / "hold"
    hold.touch()
    running = first.start("up", "--yes", "--skip-preview")
    _wait_for_creates(first.api, running, 2)

    refused, preview = second.try_up(), second.preview()

    _assert_locked(refused)
    assert preview.code == 0, "a preview needs no lock"
    assert first.api.calls() == ["POST", "POST"]
    hold.unlink()
    finished = running.finish()
    assert finished.code == 0, finished.text
    assert first.api.calls() == ["POST"]

    # What somebody is logged in to does not count in this project.
    second.command("login", "file://~")
    passphrase = second.folder / ".config" / "office-passphrase"
    passphrase.parent.mkdir()
    passphrase.write_text(second.environ.pop("PULUMI_CONFIG_PASSPHRASE"))
    joined = second.shell(JOINING)

    assert "    4 unchanged\n" in joined, joined
    assert first.api.calls() == []
    assert first.destroy().changes == {"delete": 3}
    assert first.api.connections() == []


def test_of_two_ups_in_the_same_moment_nothing_is_made_twice(in_postgres: Backend, new_copy: NewCopy) -> None:
    """Both may be refused, and none writes while the other one does."""
    copies = new_copy(in_postgres), new_copy(in_postgres)
    for copy in copies:
        copy.program(DESKS)
    copies[0].pulumi("stack", "init")

    started = [copy.start("up", "--yes", "--skip-preview") for copy in copies]

    # Not by the message: the lock that a run has seen may be gone when it wants to read whose it is.
    refused = [run for run in [each.finish() for each in started] if run.code != 0]

    assert [run.changes for run in refused] == [{}] * len(refused)
    for copy in copies:
        copy.up()
    assert copies[0].api.calls() == ["POST"] * 5
    assert copies[0].up().changes == {"same": 5}


def test_another_laptop_goes_on_where_one_died(in_postgres: Backend, new_copy: NewCopy) -> None:
    """With the page's commands: every connection once, also those of which the state had not heard."""
    dead, other = new_copy(in_postgres), new_copy(in_postgres)
    for copy in (dead, other):
        copy.program(DESKS)
    dead.pulumi("stack", "init")
    # The third create and all that follow are done, and not answered before the laptop dies.
    dead.api.server.inject(Fault("latency", method="POST", nth=3, times=None, secs=60, moment="after"))
    running = dead.start("up", "--yes", "--skip-preview")
    _wait_for_creates(dead.api, running, 5)
    running.process.kill()
    _die(dead)
    running.finish()
    dead.api.server.clear_faults()

    refused = other.try_up()

    _assert_locked(refused)
    assert "creating" in other.pending()
    made = {each["id"] for each in other.api.connections()}
    assert len(made) == 5

    other.command("stack", "select", "office")
    recovery = other.shell(RECOVERY)

    assert "took over credential connection" in recovery
    assert {each["id"] for each in other.api.connections()} == made
    assert other.pending() == []
    assert other.up().changes == {"same": 5}
    assert other.destroy().changes == {"delete": 5}


def test_a_stack_moves_from_the_folder_to_postgresql_and_back_without_changes(
    in_postgres: Backend, new_copy: NewCopy
) -> None:
    """Stack file, marks, user names and passwords stay, nothing is written, and the old place forgets it."""
    copy = new_copy(in_postgres)
    copy.program(DESKS + 'pulumi.export("password", CredentialConnection("fax").password)')
    stack_file = copy.folder / "Pulumi.office.yaml"
    folder, database = copy.in_folder, in_postgres.url
    copy.environ["PULUMI_BACKEND_URL"] = folder
    copy.up()
    before = copy.api.connections(), copy.outputs("--show-secrets"), stack_file.read_text()
    copy.api.calls()

    for source, target in [(folder, database), (database, folder)]:
        commands, count = re.subn(r"^from=.*\nto=.*\n", f"from='{source}'\nto='{target}'\n", MOVE + REMOVAL)
        assert count == 1
        copy.shell(commands)

        copy.environ["PULUMI_BACKEND_URL"] = target
        assert copy.up().changes == {"same": 6}
        after = copy.api.connections(), copy.outputs("--show-secrets"), stack_file.read_text()
        assert after == before
        copy.environ["PULUMI_BACKEND_URL"] = source
        assert "no stack named 'office' found" in copy.try_up().text
    assert set(copy.api.calls()) == {"GET"}


def test_a_key_service_replaces_the_passphrase(in_s3: Backend, s3_server: str, new_copy: NewCopy) -> None:
    """Another working copy needs the new stack file, access to the key, and no passphrase."""
    first, second = new_copy(in_s3), new_copy(in_s3)
    for copy in (first, second):
        copy.program(DESKS)
        copy.environ["AWS_ENDPOINT_URL_KMS"] = s3_server
    first.pulumi("stack", "init")
    first.up()
    _make_key(s3_server)

    first.shell(KEY_SERVICE)

    shutil.copy(first.folder / "Pulumi.office.yaml", second.folder)
    del second.environ["PULUMI_CONFIG_PASSPHRASE"]
    assert second.up().changes == {"same": 5}
    assert second.destroy().changes == {"delete": 5}


def test_both_pages_tell_the_same_recovery() -> None:
    """A user who finds either of them does the right thing."""
    assert f"```bash\n{RECOVERY}```" in (DOCS / "recovery.md").read_text()


def _wait_for_creates(api: LiveApi, running: Operation, count: int) -> None:
    """Return when the run has sent so many creates, and is still under way."""
    while len(api.bodies("POST")) < count:
        assert running.process.poll() is None, running.finish().text
        time.sleep(0.05)


def _assert_locked(run: Run) -> None:
    """Check that the run was refused with the page's message, before it did anything."""
    assert run.code != 0
    position = 0
    for part in re.split(r"…|\n", LOCKED.strip()):
        position = run.text.find(part, position)
        assert position >= 0, f"no {part!r} in {run.text}"
    assert run.changes == {}
    assert DATABASE_PASSWORD not in run.text


def _die(copy: WorkingCopy) -> None:
    for process in of_home(copy.environ["PULUMI_HOME"]):
        process.kill()


def _make_key(server: str) -> None:
    """Make the key that the page names, as its service's clients ask for it."""
    scope = "fake-access-key/20260101/eu-central-1/kms/aws4_request"

    def ask(action: str, **body: str) -> requests.Response:
        headers = {
            "X-Amz-Target": f"TrentService.{action}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=fake",
        }
        answer = requests.post(server, headers=headers, json=body, timeout=30)
        answer.raise_for_status()
        return answer

    key = ask("CreateKey").json()["KeyMetadata"]["KeyId"]
    ask("CreateAlias", AliasName="alias/pulumi", TargetKeyId=key)
