"""What tests of commands and look-ups need: an account of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi


@pytest.fixture
def live() -> Iterator[LiveApi]:
    """An empty account, gone after the test."""
    with EmulatorServer() as server:
        yield LiveApi(server)
