"""RPC mode: the SDK's real gRPC servicer in this process, against the emulator over real HTTP."""

from __future__ import annotations

from typing import Any

from pulumi_telnyx.api.clock import Clock
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.transport import DEADLINE_SECS, Transport
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from pulumi_telnyx.ownership import mark_of
from tests.servicer import Engine


class Plugin:
    """One plugin process; `restart` is what a new one would be.

    Args:
        url: the API's base URL.
        key: the API key.
        clock: whose waits are counted instead of waited for; left out: real time.
        deadline_secs: of each call.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str = DEFAULT_API_KEY,
        clock: Clock | None = None,
        deadline_secs: float = DEADLINE_SECS,
    ) -> None:
        self._url = url
        self._clock = clock
        self._deadline_secs = deadline_secs
        self._transport = self._new_transport(key)
        self.engine = Engine(CredentialConnections(self._transport))
        self.restart(key)

    def restart(self, key: str = DEFAULT_API_KEY) -> None:
        # A process that ends takes its connections with it; of thousands, the files would run out.
        self._transport._session().close()
        self._transport = self._new_transport(key)
        self.engine.restart(CredentialConnections(self._transport), key=key)

    def _new_transport(self, key: str) -> Transport:
        return Transport(self._url, key, clock=self._clock, deadline_secs=self._deadline_secs)


def program(name: str, *, stack: str = "test", marked: bool = True, **arguments: Any) -> dict[str, Any]:
    """Return the inputs that the resource's constructor sends for `CredentialConnection(name, ...)`."""
    given = {
        "connection_name": f"{name} ({stack})",
        "user_name": f"{name}{stack}",
        "password": f"fake-password-of-{name}",
        **arguments,
    }
    if marked:
        given["ownership_mark"] = mark_of("organization", "stories", stack, name)
    return given
