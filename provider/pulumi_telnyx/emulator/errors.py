"""What can go wrong, in two trees that never meet.

EmulatorError        the emulator cannot start or serve: one line for the person who started it
├── DataFileError    the data file is locked, foreign, damaged or out of reach
└── PortError        the port is taken or not allowed

ApiError             an answer that the API would give: a status and the problems behind it
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DOCUMENTED_AT = "https://developers.telnyx.com/docs/overview/errors/"

# Only the titles of 10005, 10009, 10010, 10011, 10015 and 10021 are known to the letter.
_TITLES = {
    "10003": "Invalid URL",
    "10005": "Resource not found",
    "10006": "Invalid resource ID",
    "10007": "Unexpected error",
    "10009": "Authentication failed",
    "10010": "Not authorized",
    "10011": "Too many requests",
    "10012": "Duplicate resource",
    "10015": "Bad Request",
    "10018": "Invalid sort",
    "10021": "Resource in use",
    "10023": "Invalid JSON",
    "10024": "Unsupported content type",
    "10028": "Invalid encoding",
    "10030": "Method not allowed",
    "10031": "Invalid filter",
    "10039": "Account limit reached",
}


class EmulatorError(Exception):
    """The emulator cannot do what its owner asked; the text names the cause and the way out."""


class DataFileError(EmulatorError):
    """The data file cannot be used."""


class PortError(EmulatorError):
    """The port cannot be listened on."""


@dataclass(frozen=True)
class Problem:
    """One item of the API's error envelope.

    Args:
        code: the API's own code, digits as text.
        detail: what is wrong, for people; never a value that was sent.
        pointer: JSON pointer to the field at fault, `/` for the request as a whole.
        parameter: the query parameter at fault.
    """

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def item(self) -> dict[str, Any]:
        """The problem as the API spells it."""
        item: dict[str, Any] = {
            "code": self.code,
            "title": _TITLES.get(self.code, "Bad Request"),
            "detail": self.detail,
        }
        if self.pointer is not None:
            item["source"] = {"pointer": self.pointer}
        elif self.parameter is not None:
            item["source"] = {"parameter": self.parameter}
        # The documented answer to too many requests is the only one without a link.
        if self.code != "10011":
            item["meta"] = {"url": _DOCUMENTED_AT + self.code}
        return item


@dataclass
class ApiError(Exception):
    """An answer outside 2xx.

    Args:
        status: HTTP status.
        problems: everything that is wrong with the request, not only the first thing.
        headers: headers that belong to this answer, such as `Allow`.
    """

    status: int
    problems: Sequence[Problem]
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The error envelope."""
        return {"errors": [problem.item() for problem in self.problems]}


def refusal(status: int, code: str, detail: str, pointer: str | None = None) -> ApiError:
    """Return an answer with a single problem."""
    return ApiError(status, [Problem(code, detail, pointer=pointer)])
