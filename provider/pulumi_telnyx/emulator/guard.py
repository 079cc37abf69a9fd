"""Keeps web pages out: a browser reaches this machine's ports for whoever wrote the page that it shows."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Literal

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

Place = Literal["api", "control", "page"]

_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]]+))(?::[0-9]*)?")


def refused(scope: Scope, place: Place) -> Response | None:
    """Return the answer to a request that is not to be looked at any further, or `None`.

    A host that is not this machine's own is refused everywhere: a page may have given its own name our
    address, and would then be allowed to read our answers. At the control paths, which need no key, so is
    the origin of any page but our own; clients other than browsers send no origin. Forms of the page are for
    browsers only, and all of these tell where a form comes from: one that does not is refused as well.

    Args:
        scope: the request.
        place: what it is for.
    """
    headers = Headers(scope=scope)
    # More than one would be a choice between them, and the next program's may be another.
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if not all(_is_loopback(host) for host in hosts):
        return PlainTextResponse("the Host header must name this machine: 127.0.0.1 or localhost", 421)
    own = [f"http://{host.lower()}" for host in hosts[:1]]
    foreign = not all(origin.lower() in own for origin in origins)
    if place == "control" and foreign:
        return PlainTextResponse("control paths cannot be used from web pages", 403)
    if place == "page" and scope["method"] not in ("GET", "HEAD"):
        sites = headers.getlist("sec-fetch-site")
        if foreign or len(origins) != 1 or any(site != "same-origin" for site in sites):
            return PlainTextResponse("only the page itself can send this; programs use /_emulator", 403)
    return None


def _is_loopback(host: str) -> bool:
    """Whether a Host header, with or without port, names this machine whatever a name server says."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = (found["v6"] or found["name"]).lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
