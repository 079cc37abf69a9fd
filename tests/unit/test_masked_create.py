"""A create whose answer is lost, on an account whose passwords read as asterisks."""

from __future__ import annotations

import pytest

from pulumi_telnyx.connection.passwords import GENERATED
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi
from tests.faults.rpc import Plugin, program
from tests.servicer import AbortedError


def test_a_run_right_after_another_knows_the_password_that_the_connection_has() -> None:
    """Both passwords are masked, and the clock is known to the second: only setting it makes sure."""
    with EmulatorServer(Options(mask_passwords=True)) as server:
        plugin = Plugin(server.url)

        def create() -> str:
            inputs, _ = plugin.engine.check({}, program("desk", password=GENERATED))
            return str(plugin.engine.create(inputs)[1]["password"])

        # The first run makes it, and cannot find it; what the second one is told is lost too.
        server.inject(Fault("close", method="POST", moment="after"), Fault("html", method="GET", status=404))
        with pytest.raises(AbortedError):
            create()
        plugin.restart()
        server.inject(Fault("close", method="POST", moment="after"))
        known = create()

        (connection,) = LiveApi(server).connections()
        assert connection["password"] == known
