"""The pytest fixture that users import: an API of its own for every test."""

from __future__ import annotations

import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from pulumi_telnyx.emulator import Fault
from pulumi_telnyx.settings import connect, load_settings
from pulumi_telnyx.testing import TelnyxApi, telnyx_api

__all__ = ["telnyx_api"]

pytest_plugins = ["pytester"]


def test_its_environment_is_all_that_a_client_needs(telnyx_api: TelnyxApi) -> None:
    """Whatever account the stack's own settings expect, and whatever key they bring."""
    config = {"telnyx:account": "key:0001", "telnyx:apiKey": "KEY-of-the-stack-0001"}

    connections = connect(load_settings(telnyx_api.environ, config.get))

    assert list(connections.list()) == []
    assert [entry["status"] for entry in telnyx_api.requests()] == [200]


def test_a_test_looks_behind_the_clients_back(telnyx_api: TelnyxApi) -> None:
    """As somebody in the portal would; the log tells of API requests alone."""
    made = telnyx_api.create(user_name="frontdesk01", password="correct-horse-7")
    telnyx_api.edit(made, inbound={"channel_limit": 3})

    (desk,) = telnyx_api.connections()
    assert (desk["id"], desk["user_name"], desk["password"]) == (made, "frontdesk01", "correct-horse-7")
    assert desk["inbound"]["channel_limit"] == 3
    assert telnyx_api.requests() == []

    telnyx_api.delete(made)

    assert telnyx_api.connections() == []


def test_a_registration_is_set_by_hand(telnyx_api: TelnyxApi) -> None:
    """No device logs in on this machine; the last word is what the API tells."""
    made = telnyx_api.create(user_name="frontdesk01")
    connections = connect(load_settings(telnyx_api.environ))

    told = [connections.check_registration_status(made).status]
    telnyx_api.register(made, ip_address="203.0.113.7")
    told.append(connections.check_registration_status(made).ip_address)
    telnyx_api.register(made, status="Expired")
    told += [connections.check_registration_status(made).status]

    assert told == ["Not Registered", "203.0.113.7", "Expired"]


def test_faults_are_set_and_counted_and_the_log_is_emptied(telnyx_api: TelnyxApi) -> None:
    """The server's own methods, on the same object."""
    telnyx_api.inject(Fault("status", status=503))

    list(connect(load_settings(telnyx_api.environ)).list())

    assert telnyx_api.fault_hits() == [1]
    assert [entry["status"] for entry in telnyx_api.requests()] == [503, 200]
    telnyx_api.forget_requests()
    assert telnyx_api.requests() == []


@pytest.mark.parametrize(
    "conftest", ["from pulumi_telnyx.testing import telnyx_api", 'pytest_plugins = ["pulumi_telnyx.testing"]']
)
def test_each_test_of_a_user_gets_an_empty_api_that_ends_with_it(
    pytester: pytest.Pytester, conftest: str
) -> None:
    """Both ways to import the fixture do; what a test leaves in one API is not in the next."""
    pytester.makeconftest(conftest)
    pytester.makepyfile(
        """
        import pathlib, pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_it(telnyx_api, number):
            assert telnyx_api.connections() == []
            telnyx_api.create(user_name="frontdesk01")
            with pathlib.Path("urls").open("a") as urls:
                print(telnyx_api.url, file=urls)
        """
    )

    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)

    urls = (pytester.path / "urls").read_text().split()
    assert len(urls) == 2
    for url in urls:
        with socket.socket() as client:
            assert client.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) != 0


@pytest.mark.parametrize("missing", ["pytest", "starlette", "uvicorn"])
def test_what_is_not_installed_is_named_with_the_command(missing: str) -> None:
    """In one line, where the fixture is imported."""
    program = f"""
import sys

class Missing:
    def find_spec(self, name, *_):
        if name == {missing!r}:
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, Missing())
import pulumi_telnyx.testing
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.stderr.splitlines()[-1] == (
        f"ImportError: pulumi_telnyx.testing needs {missing}: pip install pytest 'pulumi-telnyx[emulator]'"
    )
    assert "ModuleNotFoundError" not in done.stderr
