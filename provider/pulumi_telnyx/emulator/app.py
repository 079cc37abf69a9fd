"""Puts the parts together: control paths beside the API, and layers around the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.types import ASGIApp

from . import control, guard, routes
from .fault_layer import FaultLayer
from .journal import JournalLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    controls = _application(control.ROUTES, state)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_control = scope["path"].startswith(control.PREFIX)
        refused = guard.refused(scope, control=is_control)
        inner = refused or (controls if is_control else api)
        await inner(scope, receive, send)

    return app


def _application(paths: Sequence[BaseRoute], state: State) -> ASGIApp:
    application = Starlette(routes=paths)
    # An unknown path is a plain 404, not a redirect and not the API's envelope: a client with a wrong base
    # URL must not take its connections for deleted.
    application.router.redirect_slashes = False
    application.state.emulator = state
    return application
