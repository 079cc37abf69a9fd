"""A dynamic provider as the tutorial has it: settings in the instance, a module beside the program."""

from __future__ import annotations

from typing import Any

import requests
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult


class PhoneProvider(ResourceProvider):
    """Each operation is one request on a connection of its own."""

    def __init__(self, api_key: str, base_url: str) -> None:
        self.headers = {"Authorization": f"Bearer {api_key}"}
        self.url = f"{base_url}/credential_connections"

    def _send(self, method: str, path: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = requests.request(method, self.url + path, json=body, headers=self.headers, timeout=60)
        answer.raise_for_status()
        data: dict[str, Any] = answer.json()["data"]
        return data

    def _body(self, props: dict[str, Any]) -> dict[str, Any]:
        # The engine hands every number over as a float.
        limits = {
            name: {**props[name], "channel_limit": int(props[name]["channel_limit"])} for name in _LIMITED
        }
        return {name: value for name, value in props.items() if name != "__provider"} | limits

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Return whether an input differs from the state."""
        return DiffResult(changes=any(olds.get(name) != value for name, value in news.items()))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create it."""
        return CreateResult(self._send("POST", body=self._body(props))["id"], props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read it."""
        shown = self._send("GET", f"/{id_}")
        return ReadResult(id_, {name: shown.get(name, value) for name, value in props.items()} | _kept(props))

    def update(self, id_: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change it."""
        self._send("PATCH", f"/{id_}", self._body(news))
        return UpdateResult(news)

    def delete(self, id_: str, _props: dict[str, Any]) -> None:
        """Delete it."""
        self._send("DELETE", f"/{id_}")


_LIMITED = ("inbound", "outbound")


def _kept(props: dict[str, Any]) -> dict[str, Any]:
    """Objects as they were declared: the API shows every field that they have."""
    return {name: props[name] for name in _LIMITED}
