"""A pytest fixture for tests of your own stacks: a Telnyx API on this machine. docs/testing.md is its guide.

In conftest.py: `from pulumi_telnyx.testing import telnyx_api`
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import requests

from .account import ACCOUNT_VARIABLE
from .emulator.options import DEFAULT_API_KEY
from .settings import KEY_VARIABLE, URL_VARIABLE

try:
    import pytest

    from .emulator.server import EmulatorServer
except ModuleNotFoundError as missing:
    if missing.name not in {"jinja2", "pytest", "starlette", "uvicorn"}:
        raise
    raise ImportError(
        f"pulumi_telnyx.testing needs {missing.name}: pip install pytest 'pulumi-telnyx[emulator]'"
    ) from None

__all__ = ["EmulatorControl", "TelnyxApi", "telnyx_api"]

_MOST_SECS = 60
# Stack files of real accounts expect another key, and so may the environment of who runs the tests.
_ACCOUNT = f"key:{DEFAULT_API_KEY[-4:]}"


class EmulatorControl(ABC):
    """What a test sees of an emulator beside the stack, and does to it as somebody in the portal would."""

    @property
    @abstractmethod
    def control_url(self) -> str:
        """The URL of the emulator's control paths."""

    def connections(self) -> list[dict[str, Any]]:
        """Return the settings of every connection, oldest first, with `id` and the password in clear."""
        rows = self._control("GET", "/connections")["connections"]
        return [{"id": row["id"], **row["settings"]} for row in rows]

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests since the log was last emptied, oldest first, without secrets.

        Each has `method`, `path`, `query`, `headers`, `body`, `status` and `fault`.
        """
        log: list[dict[str, Any]] = self._control("GET", "/requests")["requests"]
        return log

    def forget_requests(self) -> None:
        """Empty the log of requests."""
        self._control("DELETE", "/requests")

    def create(self, **settings: Any) -> str:
        """Return the id of a connection made outside any stack; `user_name` is required."""
        return str(self._control("POST", "/connections", {"settings": settings})["id"])

    def edit(self, connection_id: str, **settings: Any) -> None:
        """Change a connection as somebody in the portal would."""
        self._control("PATCH", f"/connections/{connection_id}", {"settings": settings})

    def delete(self, connection_id: str) -> None:
        """Delete a connection as somebody in the portal would."""
        self._control("DELETE", f"/connections/{connection_id}")

    def register(self, connection_id: str, **answer: Any) -> None:
        """Set what check_registration_status tells of a connection: that a phone is registered.

        Args:
            connection_id: which one.
            answer: more of it, such as `ip_address` or `last_registration`; another `status` takes the place
                of `Registered`.
        """
        registration = {"status": "Registered", **answer}
        self._control("PATCH", f"/connections/{connection_id}", {"registration": registration})

    def _control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        with requests.Session() as session:
            # This machine is not reached through anybody's proxy.
            session.trust_env = False
            answer = session.request(method, f"{self.control_url}{path}", json=body, timeout=_MOST_SECS)
        answer.raise_for_status()
        return answer.json() if answer.content else {}


class TelnyxApi(EmulatorServer, EmulatorControl):
    """The emulator as a test of a stack looks at it and tampers with it.

    Options and faults are the server's: `configure(mask_passwords=True)`, `inject(Fault(…))`.
    """

    def __enter__(self) -> TelnyxApi:
        super().__enter__()
        return self

    @property
    def environ(self) -> dict[str, str]:
        """What makes a `pulumi` process use this API, whatever the stack and the caller's environment say."""
        return {KEY_VARIABLE: DEFAULT_API_KEY, URL_VARIABLE: self.url, ACCOUNT_VARIABLE: _ACCOUNT}


@pytest.fixture
def telnyx_api() -> Iterator[TelnyxApi]:
    """A Telnyx API on a free port of this machine, empty at first, and gone after the test."""
    with TelnyxApi() as api:
        yield api
