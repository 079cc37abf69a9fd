"""The owner's side: paths under `/_emulator` that the real API does not have.

They need no key, see every account, and show passwords in clear; like the rest of the emulator they can be
reached from this machine only, and from no web page (see `guard`).

| Path | Method | Does |
| --- | --- | --- |
| `/_emulator/health` | GET | version, process id, data file, number of connections |
| `/_emulator/reset` | POST | back to the start: no connections, no log, no faults, first settings |
| `/_emulator/settings` | GET, PATCH | read or change the options while the emulator runs |
| `/_emulator/requests` | GET, DELETE | the latest requests to the API, or forget them |
| `/_emulator/faults` | GET, POST, DELETE | faults with their hits; set one or a list; forget all |
| `/_emulator/connections` | GET, POST | all connections of all accounts; plant one |
| `/_emulator/connections/{id}` | GET, PATCH, DELETE | look at, edit or remove one behind the client's back |
"""

from __future__ import annotations

import dataclasses
import os
from importlib import metadata
from typing import TYPE_CHECKING, Any

from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .errors import ApiError
from .faults import read_faults
from .incoming import json_object, json_value
from .options import DEFAULT_ACCOUNT
from .store import Row, UserNameTakenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from .state import State

PREFIX = "/_emulator"

_PLANTED_PASSWORD = "planted-by-hand-1"  # noqa: S105 - for planted connections that name none
_MAX_BODY_BYTES = 1 << 20


async def health(request: Request) -> Response:
    """Ready, and who it is that is."""
    state = _state(request)
    try:
        version = metadata.version("pulumi-telnyx")
    except metadata.PackageNotFoundError:
        version = "unknown: not installed"
    return JSONResponse(
        {
            "status": "ready",
            "version": version,
            "reference": state.reference.version,
            "pid": os.getpid(),
            "data": None if state.data is None else str(state.data),
            "connections": state.store.count(),
        }
    )


async def reset(request: Request) -> Response:
    """Back to the start."""
    _state(request).reset()
    return Response(status_code=204)


class Settings(HTTPEndpoint):
    """The options, without the API keys."""

    async def get(self, request: Request) -> Response:
        """The options in force."""
        return JSONResponse(_state(request).options.as_json())

    async def patch(self, request: Request) -> Response:
        """The options after the change; requests already being answered keep the old ones."""
        state = _state(request)
        body = await _body(request)
        try:
            state.configure(body)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse(state.options.as_json())


class Requests(HTTPEndpoint):
    """The request log."""

    async def get(self, request: Request) -> Response:
        """The latest requests, oldest first."""
        return JSONResponse({"requests": _state(request).journal.as_json()})

    async def delete(self, request: Request) -> Response:
        """Nothing: the log is empty now."""
        _state(request).journal.clear()
        return Response(status_code=204)


class FaultControls(HTTPEndpoint):
    """What goes wrong at the API."""

    async def get(self, request: Request) -> Response:
        """All faults that are set, in their order."""
        return JSONResponse({"faults": _state(request).faults.as_json()})

    async def post(self, request: Request) -> Response:
        """The faults of the body, one or a list, now set; all of them, or none if one is refused.

        The query may hold `seed`, where the random source behind `probability` begins anew.
        """
        faults = _state(request).faults
        try:
            value = await json_value(request, _MAX_BODY_BYTES)
            new = read_faults(value)
            seed = _seed(request.query_params.get("seed"))
        except ApiError as error:
            raise HTTPException(error.status, error.problems[0].detail) from None
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        if seed is not None:
            faults.seed = seed
        ids = {faults.add(fault) for fault in new}
        return JSONResponse({"faults": [one for one in faults.as_json() if one["id"] in ids]}, 201)

    async def delete(self, request: Request) -> Response:
        """Nothing: all goes well from now on."""
        _state(request).faults.clear()
        return Response(status_code=204)


class Connections(HTTPEndpoint):
    """Every connection of every account."""

    async def get(self, request: Request) -> Response:
        """All of them, oldest first."""
        return JSONResponse(
            {"connections": [dataclasses.asdict(row) for row in _state(request).store.everything()]}
        )

    async def post(self, request: Request) -> Response:
        """A planted connection: defaults, and over them `settings`, of which only `user_name` is needed.

        The body may also hold `account`, `created_at`, `numbers_attached` and `registration`.
        """
        state = _state(request)
        body = await _body(request)
        account = body.pop("account", DEFAULT_ACCOUNT)
        if not isinstance(account, str):
            raise HTTPException(400, "account: must be text")
        parts = _parts(body)
        given = parts.pop("settings", {})
        named = {"connection_name": given.get("user_name"), "password": _PLANTED_PASSWORD}
        settings = _merged({**state.reference.defaults(), **named}, given)
        try:
            row = state.store.insert(account, settings, **parts)
        except UserNameTakenError:
            raise HTTPException(409, "user_name is taken") from None
        return JSONResponse(dataclasses.asdict(row), 201)


class Connection(HTTPEndpoint):
    """One connection of whatever account."""

    async def get(self, request: Request) -> Response:
        """The connection, with its password in clear."""
        return JSONResponse(dataclasses.asdict(_row(request)))

    async def patch(self, request: Request) -> Response:
        """The connection after an edit that no rule of the API looks at; parts as for a planted one.

        Odd values are meant to be possible: the real API has answers that break its own documents.
        """
        parts = _parts(await _body(request))
        row = _row(request)
        parts["settings"] = _merged(row.settings, parts.get("settings", {}))
        try:
            row = _state(request).store.save(dataclasses.replace(row, **parts))
        except UserNameTakenError:
            raise HTTPException(409, "user_name is taken") from None
        return JSONResponse(dataclasses.asdict(row))

    async def delete(self, request: Request) -> Response:
        """Nothing: the connection is gone, attached numbers or not."""
        _state(request).store.delete(_row(request).id)
        return Response(status_code=204)


def _state(request: Request) -> State:
    state: State = request.app.state.emulator
    return state


def _seed(text: str | None) -> int | None:
    if text is not None and not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError("seed: must be a whole number")
    return None if text is None else int(text)


def _row(request: Request) -> Row:
    row = _state(request).store.find(request.path_params["id"])
    if row is None:
        raise HTTPException(404, "no such connection in any account")
    return row


async def _body(request: Request) -> dict[str, Any]:
    try:
        return await json_object(request, _MAX_BODY_BYTES)
    except ApiError as error:
        raise HTTPException(error.status, error.problems[0].detail) from None


def _parts(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body that holds parts of a row, or refuse it."""
    kinds = {"settings": dict, "created_at": str, "numbers_attached": int, "registration": dict}
    for name, value in body.items():
        if name not in kinds or not isinstance(value, kinds[name]):
            raise HTTPException(400, f"{name}: no such part of a connection, or not of its type")
    return body


def _merged(settings: Mapping[str, Any], edit: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with an edit; nested objects are merged one level deep."""
    merged = dict(settings)
    for name, value in edit.items():
        kept = merged.get(name)
        merged[name] = {**kept, **value} if isinstance(kept, dict) and isinstance(value, dict) else value
    # The store looks connections up by these two.
    if not all(isinstance(merged.get(name), str) for name in ("user_name", "connection_name")):
        raise HTTPException(400, "settings must hold user_name and connection_name as text")
    return merged


ROUTES = [
    Route(f"{PREFIX}/health", health),
    Route(f"{PREFIX}/reset", reset, methods=["POST"]),
    Route(f"{PREFIX}/settings", Settings),
    Route(f"{PREFIX}/requests", Requests),
    Route(f"{PREFIX}/faults", FaultControls),
    Route(f"{PREFIX}/connections", Connections),
    Route(f"{PREFIX}/connections/{{id}}", Connection),
]
