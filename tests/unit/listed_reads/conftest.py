"""An account with two pages of connections, shared by the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi
from tests.scripted_server import FakeClock

MANY = 300
"""The connections of the account: one full page, and a second one that is not."""


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer() as running:
        live = LiveApi(running)
        for number in range(MANY):
            live.create(user_name=f"phone{number}a", connection_name=f"Phone {number}")
        yield running


@pytest.fixture
def live(server: EmulatorServer) -> Iterator[LiveApi]:
    api = LiveApi(server)
    api.forget_requests()
    yield api
    server.clear_faults()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
