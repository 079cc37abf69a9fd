"""The SDK's real gRPC servicer for dynamic providers, called in this process."""

from __future__ import annotations

import ast
import asyncio
import functools
import importlib.util
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import grpc
from google.protobuf import struct_pb2
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import proto, rpc

from pulumi_telnyx import plugin
from pulumi_telnyx.account import Account, fingerprint_of
from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.connection.listed_reads import ListedReads
from pulumi_telnyx.connection.properties import PROVIDER_KEY
from pulumi_telnyx.fleet.lifecycle import CredentialConnectionSetProvider
from pulumi_telnyx.lifecycle import CredentialConnectionProvider
from pulumi_telnyx.ownership import DEFAULT_ADOPT_WITHIN_SECS
from tests.scripted_server import KEY

PAYLOAD = serialize_provider(CredentialConnectionProvider())
SET_PAYLOAD = serialize_provider(CredentialConnectionSetProvider())


class AbortedError(Exception):
    """What the engine would be told instead of an answer."""


class _Context:
    """The part of a gRPC context that the servicer uses."""

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        raise AbortedError(details)


class Engine:
    """Calls the provider as the engine does: through protobuf, numbers as floats, secrets in plain.

    Args:
        connections: the API that the provider talks to, in place of the one that its config names.
    """

    payload = PAYLOAD

    def __init__(self, connections: CredentialConnections) -> None:
        module = _dynamic_provider_module()
        self._provider = CredentialConnectionProvider()
        module._PROVIDER_CACHE[self.payload] = self._served()
        self._servicer = module.DynamicResourceProviderServicer()
        self.restart(connections)

    def _served(self) -> ResourceProvider:
        return self._provider

    def restart(self, connections: CredentialConnections, *, key: str = KEY, parallel: int = 4) -> None:
        """Forget what the process has learned, as a new one would; the API and its key may be others."""
        self._provider._telnyx = telnyx_of(connections, key=key, parallel=parallel)

    def _struct(self, properties: Mapping[str, Any]) -> struct_pb2.Struct:
        return _struct(properties, self.payload)

    def check(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        # The engine sends nothing at all for a resource that it does not have yet.
        before = self._struct(olds) if olds else struct_pb2.Struct()
        request = proto.CheckRequest(olds=before, news=self._struct(news))
        answer = self._servicer.Check(request, _Context())
        return _plain(answer.inputs), [failure.reason for failure in answer.failures]

    def diff(self, identifier: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        request = proto.DiffRequest(id=identifier, olds=self._struct(olds), news=self._struct(news))
        changes: int = self._servicer.Diff(request, _Context()).changes
        return changes == proto.DiffResponse.DIFF_SOME

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        answer = self._servicer.Create(proto.CreateRequest(properties=self._struct(inputs)), _Context())
        return answer.id, _plain(answer.properties)

    def read(self, identifier: str, state: Mapping[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        request = proto.ReadRequest(id=identifier, properties=self._struct(state))
        answer = self._servicer.Read(request, _Context())
        return answer.id, _plain(answer.properties), _plain(answer.inputs)

    def update(self, identifier: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        request = proto.UpdateRequest(id=identifier, olds=self._struct(olds), news=self._struct(news))
        return _plain(self._servicer.Update(request, _Context()).properties)

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        self._servicer.Delete(proto.DeleteRequest(id=identifier, properties=self._struct(state)), _Context())


class SetEngine(Engine):
    """The same for `CredentialConnectionSet`."""

    payload = SET_PAYLOAD

    def _served(self) -> ResourceProvider:
        self.provider = CredentialConnectionSetProvider()
        self.provider._connections = self._provider
        return self.provider


def telnyx_of(connections: CredentialConnections, *, key: str = KEY, parallel: int = 4) -> plugin.Telnyx:
    """Return what `plugin.start` makes of a stack's config, with this API in place of the configured one."""
    account = Account(connections, fingerprint_of(key, "https://api.example.com/v2"))
    reads = ListedReads(connections, parallel, lambda: 0)
    return plugin.Telnyx(connections, account, DEFAULT_ADOPT_WITHIN_SECS, reads, parallel)


def _dynamic_provider_module() -> types.ModuleType:
    """Return a module like the one that the plugin process runs, without the call that starts a server."""
    module = types.ModuleType("dynamic_provider")
    exec(_code(), module.__dict__)  # noqa: S102 - the SDK's own source
    return module


@functools.cache
def _code() -> types.CodeType:
    spec = importlib.util.find_spec("pulumi.dynamic.__main__")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text())
    last = tree.body.pop()
    assert ast.unparse(last) == "main()", "the SDK's plugin starts otherwise than this test knows"
    code: types.CodeType = compile(tree, spec.origin, "exec")
    return code


def _struct(properties: Mapping[str, Any], payload: str) -> struct_pb2.Struct:
    everything = {**properties, PROVIDER_KEY: payload}
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(rpc.serialize_properties(everything, {}))
    finally:
        loop.close()


def _plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    properties = rpc.deserialize_properties(struct, keep_unknowns=True)
    properties.pop(PROVIDER_KEY, None)
    # As the engine does for a provider that knows no secrets.
    return {name: rpc.unwrap_rpc_secret(value) for name, value in properties.items()}
