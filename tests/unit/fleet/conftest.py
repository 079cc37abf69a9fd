"""A set in this process, against the emulator."""

from __future__ import annotations

import pytest

from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from tests.engine.stack import LiveApi
from tests.servicer import SetEngine
from tests.sets import SetStack


@pytest.fixture
def connections(live: LiveApi) -> CredentialConnections:
    """The account, as the provider calls it."""
    return CredentialConnections(Transport(live.server.url, DEFAULT_API_KEY))


@pytest.fixture
def phones(connections: CredentialConnections) -> SetStack:
    """A stack with the set `phones`, not deployed yet."""
    return SetStack(SetEngine(connections))
