"""A scripted server, and a transport that talks to it under a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_telnyx.api.transport import Transport
from tests.scripted_server import KEY, FakeClock, ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def transport(server: ScriptedServer, clock: FakeClock) -> Transport:
    return Transport(f"{server.origin}/v2", KEY, clock=clock.clock())
