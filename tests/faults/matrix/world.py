"""An API with strangers in it, one stack, and a clock that only waits move."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import requests

from pulumi_telnyx import notices
from pulumi_telnyx.api.clock import Clock
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY, Options
from pulumi_telnyx.emulator.server import EmulatorServer
from pulumi_telnyx.ownership import mark_of
from tests.faults.rpc import program
from tests.scripted_server import FakeClock

from .process import KilledError, OnSend, Process
from .stack import Stack

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OTHER_KEY = "KEY-other-account-not-a-secret"
NEW_KEY = "KEY-rotated-not-a-secret"
OWN, OTHER = "emulator", "somebody"
PASSWORD = "fake-password-first-1"
NEXT_PASSWORD = "fake-password-second-2"
SECRETS = (PASSWORD, NEXT_PASSWORD, DEFAULT_API_KEY, OTHER_KEY, NEW_KEY)

# Requests, at both ends, and waits of one cell: some times more than any needs.
_MOST_STEPS = 1_000
_OPTIONS = Options(api_keys={DEFAULT_API_KEY: OWN, OTHER_KEY: OTHER, NEW_KEY: OWN})


def nothing(*_: object) -> None:
    """Do nothing, where something can be done."""


@dataclass(frozen=True)
class Edit:
    """A change to the API's real answers.

    Args:
        method: of the requests that are hit.
        change: makes the JSON that is sent from the real one.
        listing: whether lists are hit, or single connections.
        times: how many are hit; None hits for ever.
    """

    method: str
    change: Callable[[Any], Any]
    listing: bool = False
    times: int | None = None


class World:
    """The emulator and the stack of one cell after the other.

    Args:
        folder: where the emulator's data file is, so that it can be stopped and started.
    """

    def __init__(self, folder: Path) -> None:
        self.fake = FakeClock()
        self.clock: Clock = self.fake.clock()
        self.server_now = self.clock.wall
        # When something began, for cells that measure from then.
        self.began = 0.0
        self.edits: list[Edit] = []
        self.on_send: OnSend = nothing
        self.on_sleep: Callable[[float], object] = nothing
        self._steps = 0
        self.printed = io.StringIO()
        self.strangers: dict[str, dict[str, Any]] = {}
        self.stack = self.new_stack("desk")
        self.server = EmulatorServer(
            _OPTIONS,
            data=folder / "matrix.sqlite",
            clock=lambda: self.server_now(),
            layers=[lambda app: _EditLayer(app, self)],
        )
        self._control = requests.Session()
        self._control.trust_env = False

    def __enter__(self) -> World:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self.server.stop()

    def reset(self, arguments: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        """Begin a new cell: an account with strangers alone, and a stack that was never up."""
        self.control("POST", "/reset")
        self.fake = FakeClock()
        self.clock = replace(self.fake.clock(), sleep=self._sleep)
        self.server_now = self.clock.wall
        self.strangers, self._steps = {}, 0
        self.repair()
        self.printed.seek(0)
        self.printed.truncate()
        self.server.configure(**options)
        # What was printed in one cell would not be printed again in the next.
        notices._shown.clear()
        self.stack = self.new_stack("desk", **arguments)
        self.plant(OTHER, user_name="stranger1")
        self.plant(OWN, user_name="stranger2", tags=[mark_of("organization", "stories", "prod", "desk")])

    def repair(self) -> None:
        """Let nothing go wrong any more."""
        self.server.clear_faults()
        self.edits = []
        self.on_send = self.on_sleep = nothing

    def new_stack(self, name: str, **arguments: Any) -> Stack:
        def start(key: str | None, url: str | None) -> Process:
            return Process(url or self.server.url, key or DEFAULT_API_KEY, self.clock, self._sending)

        given = {"password": PASSWORD, "inbound": {"channel_limit": 10}, **arguments}
        return Stack(start, program(name, **given))

    def plant(self, account: str, **settings: Any) -> str:
        """Return the id of a connection that is not ours, and must never change."""
        body = {"account": account, "created_at": "2023-01-01T00:00:00.000Z", "settings": settings}
        row = self.control("POST", "/connections", body)
        self.strangers[row["id"]] = row
        return str(row["id"])

    def leave_alone(self, identifier: str | None) -> None:
        """Count a connection as a stranger's from now on."""
        self.strangers[str(identifier)] = self.control("GET", f"/connections/{identifier}")

    def edit_outside(self, settings: Mapping[str, Any]) -> None:
        """Change the stack's connection as somebody in the portal would."""
        self.control("PATCH", f"/connections/{self.stack.id}", {"settings": settings})

    def ours(self) -> list[dict[str, Any]]:
        """Return our connections as the API holds them."""
        rows = self.control("GET", "/connections")["connections"]
        return [row for row in rows if row["id"] not in self.strangers]

    def foreign_writes(self) -> int:
        """Return how many connections of strangers are not what they were, to the last field."""
        now = {row["id"]: row for row in self.control("GET", "/connections")["connections"]}
        return sum(now.get(identifier) != row for identifier, row in self.strangers.items())

    def log(self, *, forget: bool = True) -> list[dict[str, Any]]:
        """Return the requests since they were forgotten last, oldest first."""
        entries: list[dict[str, Any]] = self.control("GET", "/requests")["requests"]
        if forget:
            self.control("DELETE", "/requests")
        return entries

    def control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer = self._control.request(method, f"{self.server.control_url}{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Keep what the plugin prints, and keep it away from proxies."""
        direct = patch.dict("os.environ", {"NO_PROXY": "*", "no_proxy": "*"})
        with contextlib.redirect_stderr(self.printed), direct:
            yield

    def edit_for(self, method: str, path: str) -> Edit | None:
        """Return the change to an answer, and count it."""
        listing = path.endswith("/credential_connections") and method == "GET"
        for number, edit in enumerate(self.edits):
            if edit.method == method and edit.listing == listing and edit.times != 0:
                self.edits[number] = replace(edit, times=None if edit.times is None else edit.times - 1)
                return edit
        return None

    def _sleep(self, secs: float) -> None:
        self.fake.sleep(secs)
        self._count()
        self.on_sleep(secs)

    def _sending(self, method: str, moment: str) -> None:
        self._count()
        self.on_send(method, moment)

    def _count(self) -> None:
        # What goes on for ever must end as well, and be seen.
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise KilledError


class _EditLayer:
    """Sends the API's answers as the world's edits make them."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        edit = self._world.edit_for(scope["method"], scope["path"])
        if edit is None:
            await self._app(scope, receive, send)
            return
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        start, body = kept[0], b"".join(each.get("body", b"") for each in kept[1:])
        if start["status"] < 300:
            # As ASCII: JSON can spell half of a surrogate pair only that way.
            body = json.dumps(edit.change(json.loads(body))).encode()
        headers = [each for each in start["headers"] if each[0] != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})
