"""A plugin process of the matrix: what goes on inside of it can be watched, and it can be killed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pulumi_telnyx import plugin, plugin_errors
from pulumi_telnyx.api.answers import Answer
from pulumi_telnyx.api.clock import Clock
from pulumi_telnyx.api.errors import TelnyxError
from pulumi_telnyx.api.transport import Transport
from tests.faults.rpc import Plugin


class KilledError(BaseException):
    """The process ends here; nothing in it can catch this."""


OnSend = Callable[[str, str], object]
"""Called at both ends of every request, with its method and `before` or `after`."""


class Process(Plugin):
    """One plugin process.

    Args:
        url: the API's base URL.
        key: the API key.
        clock: whose waits are counted instead of waited for.
        on_send: see `OnSend`.
    """

    def __init__(self, url: str, key: str, clock: Clock, on_send: OnSend) -> None:
        self._on_send = on_send
        super().__init__(url, key=key, clock=clock)

    def _new_transport(self, key: str) -> Transport:
        # Looked up at each call: a test may put another one in its place.
        transport = _Transport(self._url, key, clock=self._clock, before_write=lambda: plugin.ensure_engine())
        transport.on_send = self._on_send
        return transport


class _Transport(Transport):
    on_send: OnSend

    def _send(self, action: str, method: str, *rest: Any) -> Answer:
        self.on_send(method, "before")
        answer = super()._send(action, method, *rest)
        self.on_send(method, "after")
        return answer


@contextmanager
def plugin_process() -> Iterator[None]:
    """Let errors look as they do in the plugin process: one line, without modules and places."""
    kinds = plugin_errors._tree(TelnyxError)
    modules = [kind.__module__ for kind in kinds]
    limit = getattr(sys, "tracebacklimit", None)
    try:
        plugin_errors._print_errors_in_one_line()
        yield
    finally:
        for kind, module in zip(kinds, modules, strict=True):
            kind.__module__ = module
        if limit is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = limit
