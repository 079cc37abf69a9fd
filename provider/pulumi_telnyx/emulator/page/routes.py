"""The paths of the page: what a browser asks for, and what its forms do."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlencode

from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route

from ..errors import ApiError, refusal
from ..faults import read_faults
from ..incoming import bounded_body
from ..options import DEFAULT_ACCOUNT
from ..rules import MASK
from ..store import is_id
from . import rendering
from .settings_view import groups
from .switches import SWITCHES, flip, is_on, requests_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ..state import State
    from ..store import Row

PREFIX: Final = "/portal"

_ROWS: Final = 50
_MOST_SEARCH: Final = 200
_MAX_FORM_BYTES: Final = 64 * 1024
_NOT_REGISTERED: Final = {"status": "Not Registered", "ip_address": None}


async def connections(request: Request) -> Response:
    """The connections of all accounts, by name; or those that a search finds."""
    state = _state(request)
    search = request.query_params.get("search", "").strip()[:_MOST_SEARCH]
    number = _number(request.query_params.get("page"), 1)
    rows, total = state.store.search(search, _ROWS, (number - 1) * _ROWS)
    deleted = request.query_params.get("deleted", "")
    return _page(
        request,
        "connections.html",
        rows=[(row, _registration(row)) for row in rows],
        total=total,
        search=search,
        accounts=any(row.account != DEFAULT_ACCOUNT for row in rows),
        # Said only where it is so: the address may be anybody's.
        deleted=deleted if is_id(deleted) and state.store.find(deleted) is None else None,
        earlier=_address("/", search=search, page=number - 1) if number > 1 else None,
        later=_address("/", search=search, page=number + 1) if number * _ROWS < total else None,
    )


def _registration(row: Row) -> dict[str, Any]:
    return {**_NOT_REGISTERED, **(row.registration or {})}


async def connection(request: Request) -> Response:
    """One connection with all its settings."""
    row = _row(request)
    return _missing(request) if row is None else _connection(request, row, password=None)


async def password(request: Request) -> Response:
    """The same with the password, where the account shows it: to who asks, and not in an address."""
    row = _row(request)
    if row is None:
        return _missing(request)
    if request.method != "POST":
        return _seen(f"{PREFIX}/connections/{row.id}")
    return _connection(request, row, password=row.settings.get("password"))


def _connection(request: Request, row: Row, password: str | None) -> Response:
    state = _state(request)
    masked = state.options.mask_passwords
    return _page(
        request,
        "connection.html",
        row=row,
        groups=groups(row.settings, state.reference),
        masked=masked,
        default_account=DEFAULT_ACCOUNT,
        password=MASK if masked else password,
        registration=_registration(row),
    )


async def asked(request: Request) -> Response:
    """What deleting a connection means, before it is done."""
    row = _row(request)
    return _missing(request) if row is None else _page(request, "delete.html", row=row)


async def delete(request: Request) -> Response:
    """The list without the connection; one with phone numbers stays, as at Telnyx."""
    row = _row(request)
    if row is None:
        return _missing(request)
    if row.numbers_attached:
        return _page(request, "delete.html", 409, row=row)
    _state(request).store.delete(row.id)
    return _seen(_address("/", deleted=row.id))


async def log(request: Request) -> Response:
    """The latest requests to the API, newest first."""
    journal = _state(request).journal
    before = _number(request.query_params.get("before"), None)
    found = journal.latest(_ROWS + 1, before)
    entries = [_entry(each) for each in found[:_ROWS]]
    earlier = _address(f"{PREFIX}/requests", before=entries[-1]["number"]) if len(found) > _ROWS else None
    return _page(request, "requests.html", entries=entries, earlier=earlier, newest=before is None)


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(entry["time"].replace("Z", "+00:00")).astimezone(timezone.utc)
    query = urlencode(entry["query"], safe="[]")
    return {
        **entry,
        "at": f"{at:%H:%M:%S}.{at.microsecond // 1000:03}",
        "target": entry["path"] + (f"?{query}" if query else ""),
        "headers": "\n".join(f"{name}: {value}" for name, value in entry["headers"].items()),
        "body": None if entry["body"] is None else json.dumps(entry["body"], indent=2, ensure_ascii=False),
    }


async def forget_requests(request: Request) -> Response:
    """The log, empty."""
    _state(request).journal.clear()
    return _seen(f"{PREFIX}/requests")


async def faults(request: Request) -> Response:
    """The switches, and every fault that is set."""
    return _faults(request)


def _faults(request: Request, status: int = 200, text: str = "", error: str | None = None) -> Response:
    held = _state(request).faults
    return _page(
        request,
        "faults.html",
        status,
        switches=[(switch, is_on(switch, held)) for switch in SWITCHES],
        listed=[
            {"id": fault_id, "requests": requests_of(fault), "kind": fault.kind, "hits": hits}
            for fault_id, fault, hits in held.listed()
        ],
        text=text,
        error=error,
    )


async def switch_fault(request: Request) -> Response:
    """The faults after a switch was turned."""
    form = await _form(request)
    for switch in SWITCHES:
        if switch.name == form.get("switch"):
            flip(switch, _state(request).faults, on=form.get("turn") == "on")
    return _seen(f"{PREFIX}/faults")


async def set_faults(request: Request) -> Response:
    """The faults with those of the form, or what is wrong with them."""
    text = (await _form(request)).get("faults", "")
    try:
        new = read_faults(json.loads(text))
    except json.JSONDecodeError as error:
        return _faults(request, 422, text, f"is not valid JSON at line {error.lineno}, column {error.colno}")
    except (ValueError, RecursionError) as error:
        return _faults(request, 422, text, str(error) or "is nested too deeply")
    for fault in new:
        _state(request).faults.add(fault)
    return _seen(f"{PREFIX}/faults")


async def forget_faults(request: Request) -> Response:
    """The faults without one of them, or without any."""
    form = await _form(request)
    held = _state(request).faults
    if "id" not in form:
        held.clear()
    elif (fault_id := _number(form["id"], None)) is not None:
        held.remove(fault_id)
    return _seen(f"{PREFIX}/faults")


async def missing(request: Request, _error: Exception) -> Response:
    """A page for what is not there."""
    return _missing(request)


async def unreadable(_request: Request, error: ApiError) -> Response:
    """A line about a form that no page of ours has sent."""
    return PlainTextResponse(error.problems[0].detail, error.status)


def _missing(request: Request) -> Response:
    return _page(request, "missing.html", 404)


def _page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    state = _state(request)
    return rendering.page(
        template,
        status,
        prefix=PREFIX,
        path=request.url.path,
        api=f"{request.base_url}v2",
        data=state.data,
        reference=state.reference.version,
        faults_set=len(state.faults.listed()),
        connections_held=state.store.count(),
        **values,
    )


def _seen(address: str) -> Response:
    """Go to a page by its own address: reloading it does nothing again."""
    return RedirectResponse(address, 303)


def _address(path: str, **query: object) -> str:
    return f"{path}?{urlencode({name: value for name, value in query.items() if value != ''})}"


def _number(text: str | None, otherwise: Any) -> Any:
    fits = text is not None and text.isascii() and text.isdigit() and len(text) <= 15
    return max(1, int(text)) if fits and text is not None else otherwise


async def _form(request: Request) -> dict[str, str]:
    body = await bounded_body(request, _MAX_FORM_BYTES)
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        raise refusal(400, "10028", "The form cannot be read") from None
    return {name: values[0] for name, values in fields.items()}


def _row(request: Request) -> Row | None:
    return _state(request).store.find(request.path_params["id"])


def _state(request: Request) -> State:
    state: State = request.app.state.emulator
    return state


ERRORS = {404: missing, ApiError: unreadable}
ROUTES = [
    Route("/", connections),
    Route(f"{PREFIX}/connections/{{id}}", connection),
    Route(f"{PREFIX}/connections/{{id}}/password", password, methods=["GET", "POST"]),
    Route(f"{PREFIX}/connections/{{id}}/delete", asked),
    Route(f"{PREFIX}/connections/{{id}}/delete", delete, methods=["POST"]),
    Route(f"{PREFIX}/requests", log),
    Route(f"{PREFIX}/requests/forget", forget_requests, methods=["POST"]),
    Route(f"{PREFIX}/faults", faults),
    Route(f"{PREFIX}/faults", set_faults, methods=["POST"]),
    Route(f"{PREFIX}/faults/switch", switch_fault, methods=["POST"]),
    Route(f"{PREFIX}/faults/forget", forget_faults, methods=["POST"]),
]
