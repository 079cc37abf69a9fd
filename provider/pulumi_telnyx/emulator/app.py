"""Puts the parts together: control paths and a page beside the API, and layers around the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.types import ASGIApp

from . import control, guard, routes
from .fault_layer import FaultLayer
from .journal import JournalLayer
from .page import routes as page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from .state import State

Layer = Callable[[ASGIApp], ASGIApp]


def build_app(state: State, layers: Sequence[Layer] = ()) -> ASGIApp:
    """Return the whole emulator as one ASGI application.

    Args:
        state: what its requests share.
        layers: wrapped around the API, the first one innermost. This is where trouble is made that no
            `Fault` has a kind for: a layer may answer instead of the API, let the API act and then lose its
            answer, or take its time. Faults and the journal are outside of them, and see what they do; the
            control paths are not affected.
    """
    api: ASGIApp = _application(routes.ROUTES, state)
    for layer in layers:
        api = layer(api)
    api = FaultLayer(api, state.faults, state.clock)
    api = JournalLayer(api, state.journal)
    inner: Mapping[guard.Place, ASGIApp] = {
        "api": api,
        "control": _application(control.ROUTES, state),
        "page": _application(page.ROUTES, state, page.ERRORS),
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        place = _place(scope["path"])
        await (guard.refused(scope, place) or inner[place])(scope, receive, send)

    return app


def _place(path: str) -> guard.Place:
    if path.startswith(control.PREFIX):
        return "control"
    return "page" if path == "/" or path.startswith(f"{page.PREFIX}/") else "api"


def _application(
    paths: Sequence[BaseRoute], state: State, errors: Mapping[Any, Any] | None = None
) -> ASGIApp:
    application = Starlette(routes=paths, exception_handlers=errors)
    # An unknown path is a plain 404, not a redirect and not the API's envelope: a client with a wrong base
    # URL must not take its connections for deleted.
    application.router.redirect_slashes = False
    application.state.emulator = state
    return application
