"""One stack and one API for one cell of the engine matrix, copied from a pair that was made once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY, Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi, Operation, Run, StackRunner
from tests.faults.stacks import new_stack
from tests.faults.watched import ids_in_state, of_account, rows

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Kind = Literal["create", "refresh", "update", "destroy"]

KINDS: Final[tuple[Kind, ...]] = ("create", "refresh", "update", "destroy")
SIZE: Final = 6
OTHER_ACCOUNT: Final = "somebody"
OTHER_KEY: Final = "KEY-of-somebody-else"
CHANGED: Final = ', dtmf_type="SIP INFO"'
"""What every connection is given by an update."""

_COMMANDS: Mapping[Kind, tuple[str, ...]] = {
    "create": ("up", "--yes", "--skip-preview"),
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "update": ("up", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}


class Disguise:
    """Shows connections otherwise than the API holds them, once `change` is set."""

    def __init__(self) -> None:
        self.change: Callable[[dict[str, Any]], None] | None = None
        self.shown = 0

    def layer(self, app: ASGIApp) -> ASGIApp:
        """Return the API with this around it."""

        async def disguised(scope: Scope, receive: Receive, send: Send) -> None:
            if self.change is None:
                await app(scope, receive, send)
                return
            start: Message = {}
            body = bytearray()

            async def keep(message: Message) -> None:
                start.update(message if message["type"] == "http.response.start" else {})
                body.extend(message.get("body", b""))

            await app(scope, receive, keep)
            changed = self._changed(bytes(body))
            headers = [each for each in start["headers"] if each[0] != b"content-length"]
            headers.append((b"content-length", str(len(changed)).encode()))
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": changed})

        return disguised

    def _changed(self, body: bytes) -> bytes:
        content = json.loads(body)
        data = content.get("data")
        for connection in data if isinstance(data, list) else [data] if data else []:
            assert self.change is not None
            self.change(connection)
            self.shown += 1
        return json.dumps(content).encode()


class Scene:
    """What a cell works with.

    Args:
        stack: its stack; the program is written by `declare`.
        server: its API.
        disguise: around that API.
        kind: the operation that the cell is about.
        size: how many connections the program declares.
    """

    def __init__(
        self, stack: StackRunner, server: EmulatorServer, disguise: Disguise, kind: Kind, size: int
    ) -> None:
        self.stack = stack
        self.server = server
        self.disguise = disguise
        self.kind = kind
        self.size = size
        self.api = stack.api
        self.before = ids_in_state(stack)
        self.strangers: dict[str, dict[str, Any]] = {}
        self.problems: list[str] = []
        self.more = CHANGED if kind == "update" else ""
        self.arguments: dict[int, str] = {}
        self.extra = ""
        self.declare()

    def declare(self) -> None:
        """Write the program: `more` for each connection, `arguments` for single ones, `extra` beside them."""
        lines = [
            f'desk{number} = CredentialConnection("desk{number}", password="{self.password(number)}", '
            f"{self.arguments.get(number, _user_name(number))}{self.more})"
            for number in range(self.size)
        ]
        self.stack.program("\n".join([*lines, self.extra]))

    def password(self, number: int) -> str:
        """Return the password that the program gives to a connection."""
        return f"fake-password-of-desk{number}"

    def operate(self, *flags: str) -> Run:
        """Return what the operation of this cell did."""
        return self.start(*flags).finish()

    def start(self, *flags: str) -> Operation:
        """Start the operation of this cell."""
        return self.stack.start(*_COMMANDS[self.kind], *flags)

    def twin(self, api: LiveApi) -> StackRunner:
        """Return another checkout of the same stack, which uses another API."""
        twin = new_stack(self.stack.folder / "twin", api, like=self.stack.folder)
        twin.environ["PULUMI_BACKEND_URL"] = self.stack.environ["PULUMI_BACKEND_URL"]
        shutil.copy(self.stack.folder / "__main__.py", twin.folder)
        return twin

    def estrange(self) -> None:
        """Take all connections that no resource of the stack has now for somebody else's."""
        held = set(ids_in_state(self.stack).values())
        self.strangers = {key: row for key, row in rows(self.api).items() if key not in held}

    def own(self) -> dict[str, dict[str, Any]]:
        """Return the API's connections of this stack's account, without strangers, by id."""
        found = of_account(self.api)
        return {key: row for key, row in found.items() if key not in self.strangers}

    def held(self) -> dict[str, str]:
        """Return the ids in the state by resource name."""
        return ids_in_state(self.stack)

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        self.server.clear_faults()
        self.server.configure(latency_secs=0, revoke_after=None, forbidden_keys=[])


class Templates:
    """Stacks to copy: one that was never used for each size, and one whose connections exist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with EmulatorServer() as server:
            untouched = new_stack(folder / "untouched", LiveApi(server))
            # Trouble has to come in the middle of a run: with more workers there is none.
            untouched.pulumi("config", "set", "telnyx:parallel", "4")
            self._untouched = untouched.folder

    def make(self, size: int) -> None:
        """Make the stack of that size; once, and before its copies are asked for."""
        if not (self._folder / f"made{size}").exists():
            with self._copy(f"made{size}", self._untouched, None, "create", size) as scene:
                made = scene.operate()
                assert made.code == 0, made.text

    @contextmanager
    def scene(self, name: str, kind: Kind, *, size: int, made: bool) -> Iterator[Scene]:
        """Yield a copy, and remove it afterwards.

        Args:
            name: no other copy's.
            kind: the operation that it is for.
            size: how many connections are declared.
            made: whether they exist already.
        """
        source = f"made{size}"
        like = self._folder / source if made else self._untouched
        data = self._folder / f"{source}.sqlite" if made else None
        try:
            with self._copy(name, like, data, kind, size) as scene:
                yield scene
        finally:
            shutil.rmtree(self._folder / name)
            (self._folder / f"{name}.sqlite").unlink()

    @contextmanager
    def _copy(self, name: str, like: Path, data: Path | None, kind: Kind, size: int) -> Iterator[Scene]:
        own = self._folder / f"{name}.sqlite"
        if data is not None:
            shutil.copy(data, own)
        disguise = Disguise()
        options = Options(api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, OTHER_KEY: OTHER_ACCOUNT})
        with EmulatorServer(options, data=own, layers=(disguise.layer,)) as server:
            stack = new_stack(self._folder / name, LiveApi(server), like=like)
            yield Scene(stack, server, disguise, kind, size)


def _user_name(number: int) -> str:
    return f'user_name="rowdesk{number}"'
