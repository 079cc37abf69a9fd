"""What the engine figures look at: the API's rows and log, and the state beside them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT
from tests.engine.stack import LiveApi, StackRunner

# A run that gets nowhere, rather than a slow one on a busy machine.
_HANGS_SECS = 120


def rows(api: LiveApi) -> dict[str, dict[str, Any]]:
    """Return every connection of every account by its id, with account, settings and times."""
    return {each["id"]: each for each in _control(api, "GET", "/connections")["connections"]}


def of_account(api: LiveApi, account: str = DEFAULT_ACCOUNT) -> dict[str, dict[str, Any]]:
    """Return one account's connections by their id."""
    return {key: row for key, row in rows(api).items() if row["account"] == account}


def log(api: LiveApi) -> list[dict[str, Any]]:
    """Return the API calls since the log was last emptied, oldest first."""
    entries: list[dict[str, Any]] = _control(api, "GET", "/requests")["requests"]
    return entries


def writes(api: LiveApi) -> list[dict[str, Any]]:
    """Return the calls that are no GET."""
    return [entry for entry in log(api) if entry["method"] != "GET"]


def forget_calls(api: LiveApi) -> None:
    _control(api, "DELETE", "/requests")


def plant(api: LiveApi, account: str, **settings: Any) -> str:
    """Return the id of a connection that some account has, and no stack."""
    return str(_control(api, "POST", "/connections", {"account": account, "settings": settings})["id"])


def ids_in_state(stack: StackRunner) -> dict[str, str]:
    """Return the connection ids that the state holds, by resource name."""
    return {name: str(each["id"]) for name, each in stack.connections().items()}


def until(happened: Callable[[], bool]) -> bool:
    """Wait, and return whether it happened at all."""
    ends = time.monotonic() + _HANGS_SECS
    while not happened():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def _control(api: LiveApi, method: str, path: str, body: object = None) -> dict[str, Any]:
    answer = requests.request(method, f"{api.server.control_url}{path}", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json() if answer.content else {}
