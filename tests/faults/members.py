"""A single connection of a figure as the only member of a set: every figure of RPC mode can ask about sets.

What the figures say of connections is compared as it is. Sets tell of a failure in words of their own; here
they raise the member's own error, which is the one that the figures know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from pulumi_telnyx.account import FINGERPRINT
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.errors import TelnyxError
from pulumi_telnyx.fleet import lifecycle
from pulumi_telnyx.fleet import members as layout
from pulumi_telnyx.fleet.identity import IDENTITY, Identity
from pulumi_telnyx.named_accounts import ACCOUNT
from pulumi_telnyx.ownership import MARK
from tests.faults import canaries_rpc, rpc
from tests.scripted_server import KEY
from tests.servicer import Engine, SetEngine

_MEMBER = "only"
_PARTS = (layout.MEMBERS, layout.PASSWORDS)


class MemberEngine(Engine):
    """Calls the provider of sets where a figure calls that of single connections."""

    def __init__(self, connections: CredentialConnections) -> None:
        super().__init__(connections)
        self._sets = SetEngine(connections)
        self._sets.provider._connections = self._provider

    def restart(self, connections: CredentialConnections, *, key: str = KEY, parallel: int = 16) -> None:
        # Some figures ask in more threads than the four that tests have otherwise.
        super().restart(connections, key=key, parallel=parallel)

    def check(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        settings = {name: value for name, value in news.items() if name not in {"password", MARK, ACCOUNT}}
        passwords = {_MEMBER: news["password"]} if news.get("password") is not None else {}
        asked = {layout.MEMBERS: {_MEMBER: settings}, layout.PASSWORDS: passwords, **_shared(news)}
        inputs, problems = self._sets.check(_set_of(olds), asked)
        if problems:
            return {}, [problem.removeprefix(f"members.{_MEMBER}.") for problem in problems]
        return layout.connection_of(inputs, _MEMBER), []

    def diff(self, identifier: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        return self._sets.diff("set", _set_of(olds, identifier), _set_of(news))

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        _, outputs = self._sets.create(_set_of(inputs))
        return outputs[layout.IDS][_MEMBER], _outputs_of(outputs)

    def read(self, identifier: str, state: Mapping[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        if "password_revision" not in state:
            # Sets have nothing like `.get()`.
            return super().read(identifier, state)
        _, outputs, inputs = self._sets.read("set", _set_of(state, identifier))
        if not outputs[layout.IDS]:
            return "", {}, {}
        return outputs[layout.IDS][_MEMBER], _outputs_of(outputs), layout.connection_of(inputs, _MEMBER)

    def update(self, identifier: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        return _outputs_of(self._sets.update("set", _set_of(olds, identifier), _set_of(news)))

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        self._sets.delete("set", _set_of(state, identifier))


@contextmanager
def as_members() -> Iterator[None]:
    """Let the figures of RPC mode ask the provider of sets."""
    with (
        patch.object(rpc, "Engine", MemberEngine),
        patch.object(canaries_rpc, "Engine", MemberEngine),
        patch.object(lifecycle, "_failure", _the_members_error),
        # The figures know the mark of a single connection, which stands here.
        patch.object(Identity, "mark", lambda self, _: self.owner_id or None),
    ):
        yield


def _the_members_error(
    _action: str, _props: object, failed: Mapping[str, TelnyxError], _: object
) -> TelnyxError:
    return failed[_MEMBER]


def _shared(connection: Mapping[str, Any]) -> dict[str, Any]:
    mark = connection.get(MARK) or ""
    identity = Identity("organization", "stories", "test", _MEMBER, owner_id=mark, marks=bool(mark))
    shared = {name: connection[name] for name in (ACCOUNT, FINGERPRINT) if connection.get(name) is not None}
    return {**shared, IDENTITY: identity.as_input()}


def _set_of(connection: Mapping[str, Any], identifier: str | None = None) -> dict[str, Any]:
    """Return the properties of the set; empty where there is no connection yet."""
    if not connection:
        return {}
    ids = None if identifier is None else {_MEMBER: identifier}
    return layout.packed(_shared(connection), {_MEMBER: connection}, ids)


def _outputs_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    # The set leaves out what is the same for all.
    return {**layout.connection_of(properties, _MEMBER), "record_type": "credential_connection"}
