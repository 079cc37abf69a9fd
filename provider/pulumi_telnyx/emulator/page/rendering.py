"""From what the emulator holds to HTML, with nothing in it that does what it says."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

_PACKAGE: Final = "pulumi_telnyx"
# A handset: the only picture, and it is in the page itself.
_ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath fill='%234184e4' d='M4 1 6 5 5 6c0 2 3 5 5 5l1-1 4 2c0 2-1 3-3 3C7 15 1 9 1 4c0-2 1-3 3-3'/%3E"
    "%3C/svg%3E"
)


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return the answer that shows a template, and keeps the browser from doing more than that.

    Args:
        template: a file of this folder.
        status: of the answer.
        values: what the template names.
    """
    environment, style, policy = _parts()
    ours = Markup(style)  # noqa: S704 - it is a file of the package  # nosec B704
    text = environment.get_template(template).render(style=ours, icon=_ICON, **values)
    return HTMLResponse(
        text,
        status,
        headers={
            # Escaped or not, no script runs, nothing is loaded, no form goes elsewhere, nobody frames it.
            "Content-Security-Policy": policy,
            "X-Frame-Options": "DENY",
            # A page may show a password.
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            # Without a referrer at all, our own forms would come without their origin.
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


@functools.cache
def _parts() -> tuple[Environment, str, str]:
    environment = Environment(
        loader=PackageLoader(__package__, "."),
        autoescape=True,
        # Before it is escaped, and whichever template it is in.
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["value"] = spelled
    sources = (files(_PACKAGE).joinpath("look.css"), files(__package__).joinpath("page.css"))
    style = "\n".join(each.read_text(encoding="utf-8") for each in sources)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return environment, style, policy


def visible(value: object) -> object:
    """Return a text with every character that would not show, or would turn others round, spelled out.

    Half of a surrogate pair, which could not be sent, is one of them. Line breaks stay.
    """
    if isinstance(value, Markup) or not isinstance(value, str) or value.isprintable():
        return value
    return "".join(each if each.isprintable() or each == "\n" else f"⟨U+{ord(each):04X}⟩" for each in value)


def spelled(value: object) -> str:
    """Return a setting as people read it: text as it is, everything else as JSON, a list with its commas."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)
