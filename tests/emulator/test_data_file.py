"""What a data file keeps, and which files are refused."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from pulumi_telnyx.emulator import EmulatorServer, Fault
from pulumi_telnyx.emulator.errors import DataFileError
from tests.emulator.client import Client, data, problems
from tests.emulator.sockets import EVER, create, rest, until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "connections.sqlite"


def test_a_restart_keeps_everything(file: Path) -> None:
    """Connections with their passwords, taken names, and ids that are not used again."""
    with EmulatorServer(data=file) as api:
        client = Client(api)
        kept = client.created(user_name="Kept1")
        gone = client.created(user_name="gone1")
        client.delete(gone["id"])
        client.close()

    with EmulatorServer(data=file) as api:
        client = Client(api)
        found = data(client.retrieve(kept["id"]))
        taken = client.create(user_name="kept1")
        new = client.created(user_name="new1")
        client.close()

    assert found == kept
    assert problems(taken) == [(422, "10015", "/user_name")]
    assert int(new["id"]) > int(gone["id"])


def test_a_server_can_be_stopped_and_started_again_at_its_url(file: Path) -> None:
    """As an API that is down for a moment."""
    api = EmulatorServer(data=file)
    api.start()
    url = api.url
    client = Client(api)
    found = client.created()
    api.stop()
    api.start()

    assert api.url == url
    assert data(client.retrieve(found["id"])) == found

    client.close()
    api.stop()


def test_a_restart_with_requests_in_the_air_keeps_url_and_connections(file: Path) -> None:
    """They are cut off, and the port and the data file are free again at once."""
    with EmulatorServer(data=file) as api:
        client = Client(api)
        found = client.created()
        api.inject(Fault("timeout", times=None, secs=EVER))
        url, held = api.url, [create(api) for _ in range(3)]
        until(lambda: api.fault_hits() == [3])
        api.stop()
        api.start()

        assert [rest(one) for one in held] == [b""] * 3
        assert api.url == url
        assert client.list().json()["data"] == [found]

        client.close()


def test_two_emulators_cannot_share_a_data_file(file: Path) -> None:
    """The second one says so, and the first one goes on."""
    with EmulatorServer(data=file) as api:
        with pytest.raises(DataFileError, match="in use by another emulator"):
            EmulatorServer(data=file).start()
        client = Client(api)

        assert client.create().status_code == 201

        client.close()


def test_a_file_that_is_no_database_is_refused_and_left_alone(file: Path) -> None:
    """It may be dear to somebody."""
    file.write_text("my thesis, chapter one\n" * 100, encoding="utf-8")

    with pytest.raises(DataFileError, match="damaged or not a data file"):
        EmulatorServer(data=file).start()

    assert file.read_text(encoding="utf-8").startswith("my thesis")


def test_another_programs_database_is_refused_and_left_alone(file: Path) -> None:
    """Not one byte of it changes."""
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE poems (text TEXT)")
    database.close()
    before = file.read_bytes()

    with pytest.raises(DataFileError, match="not written by this emulator"):
        EmulatorServer(data=file).start()

    assert file.read_bytes() == before


def test_a_damaged_data_file_is_refused(file: Path) -> None:
    """Better no start than half of the connections."""
    with EmulatorServer(data=file) as api:
        client = Client(api)
        client.created()
        client.close()
    content = bytearray(file.read_bytes())
    content[100:2000] = b"\xff" * 1900
    file.write_bytes(content)

    with pytest.raises(DataFileError, match="damaged"):
        EmulatorServer(data=file).start()


def test_a_data_file_out_of_reach_is_refused_by_name(tmp_path: Path) -> None:
    """A missing folder, or a folder in the file's place."""
    for path in (tmp_path / "missing" / "file.sqlite", tmp_path):
        with pytest.raises(DataFileError, match=str(path)):
            EmulatorServer(data=path).start()
