"""The API's paths: a request comes in, a status and a body go out."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

from starlette.endpoints import HTTPEndpoint
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from .errors import ApiError, Problem, refusal
from .incoming import account_of, json_object, selection_of
from .rules import MASK
from .store import UserNameTakenError, is_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from .options import Options
    from .state import State
    from .store import Row


class Endpoint(HTTPEndpoint):
    """What all paths of the API share: latency, the key, the rate limit, and errors in the envelope."""

    state: State
    options: Options
    account: str

    async def dispatch(self) -> None:
        """Answer the request with the method that its HTTP method names; none if the client has gone."""
        request = Request(self.scope, self.receive)
        self.state = request.app.state.emulator
        self.options = self.state.options
        if self.options.latency_secs:
            await asyncio.sleep(self.options.latency_secs)
        headers: Mapping[str, str] = {}
        try:
            self.account = account_of(request, self.options)
            if self.state.keys_are_revoked(self.options):
                raise refusal(401, "10009", "This API key was revoked")
            headers = self.state.rate_limit.admit(self.account, self.options)
            response = await self._method(request.method)(request)
        except ApiError as error:
            headers = {**headers, **error.headers}
            response = answer(error.body(), error.status)
        except ClientDisconnect:
            return
        response.headers.update(headers)
        await response(self.scope, self.receive, self.send)

    def _method(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        known = [one for one in ("GET", "POST", "PATCH", "DELETE") if hasattr(self, one.lower())]
        if name not in known:
            allowed = ", ".join(known)
            raise ApiError(
                405, [Problem("10030", f"This path knows only {allowed}", "/")], {"allow": allowed}
            )
        method: Callable[[Request], Awaitable[Response]] = getattr(self, name.lower())
        return method

    def _row(self, request: Request, age_secs: float = 0.0) -> Row:
        """The account's connection that the path names, if it is at least so old.

        Raises:
            ApiError: 400 for what is no id, 404 for what is not there or another account's.
        """
        connection_id = request.path_params["id"]
        if not is_id(connection_id):
            raise refusal(400, "10006", "The id in the path is not one of a connection", "/")
        row = self.state.store.find(connection_id, self.account, age_secs)
        if row is None:
            raise refusal(404, "10005", "No such credential connection", "/")
        return row

    def _shown(self, row: Row, *, password_sent: bool = False) -> dict[str, Any]:
        """The connection as an answer shows it.

        Args:
            row: the stored connection.
            password_sent: whether this very request set the password; only then is it never masked.
        """
        shown = {
            "id": row.id,
            "record_type": "credential_connection",
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            **row.settings,
        }
        if self.options.mask_passwords and not password_sent:
            shown["password"] = MASK
        return shown

    def _taken(self) -> ApiError:
        options = self.options
        return refusal(
            options.taken_status, options.taken_code, "user_name is not available", options.taken_pointer
        )


class Connections(Endpoint):
    """`/v2/credential_connections`."""

    async def get(self, request: Request) -> Response:
        """One page of the account's connections."""
        reference = self.state.reference.listing
        query = dict(request.query_params)
        if self.options.ignore_name_filter:
            query.pop(reference.name_filter, None)
        selection = selection_of(query, reference)
        rows, total = self.state.store.page(self.account, selection, self.options.visible_after_secs)
        meta = {
            "page_number": selection.page_number,
            "page_size": selection.page_size,
            "total_pages": max(1, math.ceil(total / selection.page_size)),
            "total_results": total,
        }
        return answer({"data": [self._shown(row) for row in rows], "meta": meta})

    async def post(self, request: Request) -> Response:
        """A new connection."""
        body = await json_object(request, self.options.max_body_bytes)
        settings = self.state.rules.created(body, self.options)
        if self.state.store.count(self.account) >= self.options.max_connections:
            detail = f"The account has {self.options.max_connections} connections, which is its limit"
            raise refusal(403, "10039", detail, "/")
        try:
            row = self.state.store.insert(self.account, settings)
        except UserNameTakenError:
            raise self._taken() from None
        return answer({"data": self._shown(row, password_sent=True)}, 201)


class Connection(Endpoint):
    """`/v2/credential_connections/{id}`."""

    async def get(self, request: Request) -> Response:
        """The connection as it is."""
        row = self._row(request, self.options.visible_after_secs)
        return answer({"data": self._shown(row)})

    async def patch(self, request: Request) -> Response:
        """The connection after the change."""
        # The body first: nothing may happen between reading the row and writing it.
        body = await json_object(request, self.options.max_body_bytes)
        row = self._row(request)
        settings = self.state.rules.updated(row.settings, body, self.options)
        try:
            row = self.state.store.save(dataclasses.replace(row, settings=settings))
        except UserNameTakenError:
            raise self._taken() from None
        return answer({"data": self._shown(row, password_sent="password" in body)})

    async def delete(self, request: Request) -> Response:
        """The connection as it was."""
        row = self._row(request)
        if row.numbers_attached:
            raise refusal(400, "10021", "Phone numbers are attached to this connection", "/")
        self.state.store.delete(row.id)
        return answer({"data": self._shown(row)})


class RegistrationStatus(Endpoint):
    """`/v2/credential_connections/{id}/actions/check_registration_status`."""

    async def post(self, request: Request) -> Response:
        """What the registrar knows: nothing, unless a registration was planted."""
        row = self._row(request)
        status = {
            "record_type": "registration_status",
            "status": "Not Registered",
            "ip_address": None,
            "port": None,
            "transport": None,
            "sip_username": row.settings["user_name"],
            "user_agent": None,
            "last_registration": None,
        }
        return answer({"data": {**status, **(row.registration or {})}})


class Count(Endpoint):
    """`/v2/connections/count`: of the many kinds of connections, only ours."""

    async def get(self, _request: Request) -> Response:
        """How many connections the account has, and may have."""
        counts = {"credential_connections": self.state.store.count(self.account)}
        return answer({"data": {"counts": counts, "limits": {"global_limit": self.options.max_connections}}})


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """Return a JSON answer."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8"), status, media_type="application/json")


ROUTES = [
    Route("/v2/credential_connections", Connections),
    Route("/v2/credential_connections/{id}", Connection),
    Route("/v2/credential_connections/{id}/actions/check_registration_status", RegistrationStatus),
    Route("/v2/connections/count", Count),
]
