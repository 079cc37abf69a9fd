"""What tests of commands and look-ups need: an account of their own."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi


@pytest.fixture
def live() -> Iterator[LiveApi]:
    """An empty account, gone after the test."""
    with EmulatorServer() as server:
        yield LiveApi(server)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Programs that the test starts end at SIGINT, also where this process was told to ignore it.

    `nohup` and a script's `&` tell it so, and what is ignored is inherited; a handler is not.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
