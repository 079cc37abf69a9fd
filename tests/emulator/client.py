"""A plain HTTP client for these tests: it knows paths and a key, and nothing of what answers mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from pulumi_telnyx.emulator import DEFAULT_API_KEY

if TYPE_CHECKING:
    from pulumi_telnyx.emulator import EmulatorServer

PATH = "/credential_connections"
OTHER_KEY = "KEY-of-another-account"
FORBIDDEN_KEY = "KEY-without-rights"
# How long any test waits for something that should happen: it bounds a failure, and measures nothing.
PATIENCE_SECS = 60


class Client:
    """Sends requests to one emulator with one key."""

    def __init__(self, api: EmulatorServer, key: str | None = DEFAULT_API_KEY) -> None:
        self.api = api
        self._session = requests.Session()
        self._session.trust_env = False
        if key is not None:
            self._session.headers["Authorization"] = f"Bearer {key}"

    def send(self, method: str, path: str, **how: Any) -> requests.Response:
        """The answer to any request below the API's base URL."""
        return self._session.request(method, self.api.url + path, timeout=PATIENCE_SECS, **how)

    def control(self, method: str, path: str, **how: Any) -> requests.Response:
        """The answer to a request below the control paths."""
        return self._session.request(method, self.api.control_url + path, timeout=PATIENCE_SECS, **how)

    @property
    def origin(self) -> str:
        """Where the emulator's page is, as a browser says where a form comes from."""
        return self.api.url.removesuffix("/v2")

    def page(self, method: str, path: str, **how: Any) -> requests.Response:
        """The answer to a request for the page in a browser, or for any other path."""
        return self._session.request(method, self.origin + path, timeout=PATIENCE_SECS, **how)

    def create(self, **fields: Any) -> requests.Response:
        """The answer to a create with whatever is required, and these fields."""
        return self.send("POST", PATH, json={**required(), **fields})

    def created(self, **fields: Any) -> dict[str, Any]:
        """A connection that was created."""
        return data(self.create(**fields), 201)

    def retrieve(self, connection_id: str) -> requests.Response:
        """The answer to a retrieve."""
        return self.send("GET", f"{PATH}/{connection_id}")

    def update(self, connection_id: str, **fields: Any) -> requests.Response:
        """The answer to an update with these fields."""
        return self.send("PATCH", f"{PATH}/{connection_id}", json=fields)

    def delete(self, connection_id: str) -> requests.Response:
        """The answer to a delete."""
        return self.send("DELETE", f"{PATH}/{connection_id}")

    def list(self, **query: Any) -> requests.Response:
        """The answer to a list."""
        return self.send("GET", PATH, params=query)

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()


def required() -> dict[str, Any]:
    """The least that a create must hold."""
    return {"connection_name": "front desk", "user_name": "frontdesk01", "password": "correct-horse-7"}


def data(answer: requests.Response, status: int = 200) -> dict[str, Any]:
    """The object in an answer that must have this status."""
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def problems(answer: requests.Response) -> list[tuple[int, str, str | None]]:
    """Status, code and place of every problem in an error envelope."""
    return [
        (answer.status_code, item["code"], (item.get("source") or {}).get("pointer"))
        for item in answer.json()["errors"]
    ]
