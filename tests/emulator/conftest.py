"""One emulator for each module of tests, brought back to its start for every test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_telnyx.emulator import DEFAULT_ACCOUNT, DEFAULT_API_KEY, EmulatorServer, Options
from tests.emulator.client import FORBIDDEN_KEY, OTHER_KEY, Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def module_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def module_api(module_clock: Clock) -> Iterator[EmulatorServer]:
    options = Options(
        api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, OTHER_KEY: "other"},
        forbidden_keys=frozenset({FORBIDDEN_KEY}),
    )
    with EmulatorServer(options, clock=module_clock) as server:
        yield server


@pytest.fixture
def clock(module_clock: Clock) -> Clock:
    module_clock.now = 1_793_606_400.0  # 2026-11-02T08:00:00Z
    return module_clock


@pytest.fixture
def connect(module_api: EmulatorServer) -> Iterator[Callable[[str | None], Client]]:
    """Makes clients with other keys than the usual one, or with none."""
    clients = []

    def with_key(key: str | None) -> Client:
        clients.append(Client(module_api, key))
        return clients[-1]

    yield with_key
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[[str | None], Client], clock: Clock) -> Client:
    """A client with the usual key, before an emulator that knows nothing yet."""
    client = connect(DEFAULT_API_KEY)
    client.control("POST", "/reset").raise_for_status()
    return client


@pytest.fixture
def api(module_api: EmulatorServer, client: Client) -> EmulatorServer:
    """The emulator that the client talks to."""
    return module_api
