"""The local API in a process of its own, which counts the calls and how many of them are in flight.

The process ends with the one that started it: it reads a line for every count that is asked for.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_telnyx.emulator.options import Options
from pulumi_telnyx.emulator.server import EmulatorServer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True)
class Calls:
    """What arrived since the last time.

    Args:
        by_method: how many calls of each HTTP method.
        most_in_flight: how many were being answered at once.
    """

    by_method: dict[str, int]
    most_in_flight: int


class CountedApi:
    """The API as the measuring side sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.url = self._line()

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def taken(self) -> Calls:
        """Return what arrived since the last time."""
        assert self._process.stdin is not None  # noqa: S101 - it was started with one
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Calls(**json.loads(self._line()))

    def _line(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - it was started with one
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the local API has ended")
        return line.strip()


@contextlib.contextmanager
def counted_api(latency_ms: int) -> Iterator[CountedApi]:
    """Yield an API without connections that lets every call wait so long first."""
    command = [sys.executable, "-m", __name__, str(latency_ms)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C does not reach it: what is under way still needs it to come to an end.
        start_new_session=True,
    ) as process:
        try:
            yield CountedApi(process)
        finally:
            process.terminate()


class CountingLayer:
    """Counts what passes to the API inside."""

    def __init__(self) -> None:
        self._by_method: Counter[str] = Counter()
        self._in_flight = self._most = 0

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return the API with the counting around it."""

        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            self._by_method[scope["method"]] += 1
            self._in_flight += 1
            self._most = max(self._most, self._in_flight)
            is_answered = False

            def answered() -> None:
                nonlocal is_answered
                if not is_answered:
                    is_answered = True
                    self._in_flight -= 1

            async def sending(message: Message) -> None:
                # Before it goes out: the caller may send the next call as soon as this one is answered.
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    answered()
                await send(message)

            try:
                await app(scope, receive, sending)
            finally:
                answered()

        return counting

    def taken(self) -> dict[str, Any]:
        """Return the fields of `Calls` since the last time."""
        by_method, self._by_method = self._by_method, Counter()
        most, self._most = self._most, self._in_flight
        return {"by_method": dict(by_method), "most_in_flight": most}


def _main() -> None:
    counting = CountingLayer()
    options = Options(latency_secs=int(sys.argv[1]) / 1000)
    with EmulatorServer(options, layers=[counting.around]) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        for _ in sys.stdin:
            sys.stdout.write(f"{json.dumps(counting.taken())}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _main()
