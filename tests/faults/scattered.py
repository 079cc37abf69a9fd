"""Faults that hit any request by chance, and what the emulator's log then says about the requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_telnyx.emulator.faults import Fault

_LISTS = "/v2/credential_connections"

# What spoils an answer, with what each looks like: lost, cut, late, wrong, or somebody else's.
_KINDS: tuple[Mapping[str, Any], ...] = (
    {"kind": "reset"},
    {"kind": "close"},
    # The read timeout is not waited for: what is measured is what becomes of the request.
    {"kind": "timeout", "secs": 0.05},
    {"kind": "truncate", "framing": "length"},
    {"kind": "truncate", "framing": "chunked"},
    {"kind": "truncate", "framing": "close"},
    {"kind": "status", "status": 408},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 504},
    {"kind": "html", "status": 200},
    {"kind": "html", "status": 404},
    {"kind": "html", "status": 502},
    {"kind": "body", "status": 200, "text": "null"},
    {"kind": "body", "status": 200, "text": '{"data": null}'},
    # Nobody listens there, and nobody may be asked.
    {"kind": "redirect", "location": "http://127.0.0.1:9/v2/credential_connections"},
)


def scattered(share: float) -> list[Fault]:
    """Return faults that together hit this share of all requests: each kind alike, half after the commit.

    Args:
        share: from 0 to 1.
    """
    faults = [{**kind, "moment": moment} for kind in _KINDS for moment in ("before", "after")]
    each = share / len(faults)
    # A fault is asked only about the requests that those before it have let pass.
    return [
        Fault(**fault, times=None, probability=each / (1 - each * place))
        for place, fault in enumerate(faults)
    ]


def hits_after_commit(hits: Iterable[int]) -> int:
    """Return how many hits came after the commit, of those that the emulator counted for `scattered`."""
    return sum(list(hits)[1::2])


def undisturbed_creates(log: Iterable[Mapping[str, Any]]) -> int:
    """Return how many creates were answered as they should be."""
    return sum(each["method"] == "POST" and each["status"] == 201 and not each["fault"] for each in log)


def blind_creates(log: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the user names that were sent again in one run without a look-up that told something in between.

    Args:
        log: of one run; a new run need not know of what the last one lost.
    """
    unsure: dict[str, str] = {}
    blind = []
    for each in log:
        if each["method"] == "POST":
            user_name, name = each["body"]["user_name"], each["body"]["connection_name"]
            if user_name in unsure:
                blind.append(user_name)
            if each["fault"]:
                unsure[user_name] = name
        elif each["path"] == _LISTS and each["status"] == 200 and not each["fault"]:
            # Without a filter, the whole account was looked through.
            shown = each["query"].get("filter[connection_name][contains]", "")
            unsure = {one: name for one, name in unsure.items() if shown not in name}
    return blind
