"""Faults that are switched on and off by one button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..faults import Fault

if TYPE_CHECKING:
    from ..faults import Faults


@dataclass(frozen=True)
class Switch:
    """One thing that goes wrong until it is switched off.

    Args:
        name: in a form.
        title: what happens, for people.
        meaning: what a client meets.
        fault: that makes it happen.
    """

    name: str
    title: str
    meaning: str
    fault: Fault


SWITCHES: Final = (
    Switch(
        "down",
        "The API is down",
        "Every request gets 503.",
        Fault("status", status=503, times=None),
    ),
    Switch(
        "slow",
        "The API is slow",
        "Every answer comes two seconds late.",
        Fault("latency", secs=2.0, times=None),
    ),
    Switch(
        "limited",
        "The rate limit is reached",
        "Every request gets 429, and is asked to come back in five seconds.",
        Fault("rate_limit", secs=5.0, times=None),
    ),
    Switch(
        "refused",
        "The key is refused",
        "Every request gets 401.",
        Fault("status", status=401, code="10009", text="No such API key", times=None),
    ),
    Switch(
        "lost",
        "Answers to creates are lost",
        "The connection is made, and nobody is told.",
        Fault("close", method="POST", path="/credential_connections", moment="after", times=None),
    ),
    Switch(
        "weak",
        "The line is weak",
        "One request in five is reset.",
        Fault("reset", probability=0.2, times=None),
    ),
    Switch(
        "proxy",
        "A proxy answers",
        "Every request gets a page instead of JSON, with status 200.",
        Fault("html", status=200, text="<h1>Please log in</h1>", times=None),
    ),
)


def is_on(switch: Switch, faults: Faults) -> bool:
    """Whether its fault is set, by whomever."""
    return any(fault == switch.fault for _, fault, _ in faults.listed())


def flip(switch: Switch, faults: Faults, *, on: bool) -> None:
    """Set the fault of a switch, once however often it is switched on, or forget it."""
    if on and not is_on(switch, faults):
        faults.add(switch.fault)
    elif not on:
        for fault_id, fault, _ in faults.listed():
            if fault == switch.fault:
                faults.remove(fault_id)


def requests_of(fault: Fault) -> str:
    """Return which requests a fault hits, in words."""
    which = f"{fault.method or 'any method'} on {'any path' if fault.path == '*' else fault.path}"
    if fault.times == 1:
        often = f"request {fault.nth}" if fault.nth > 1 else "the next one"
    else:
        often = "all" if fault.times is None else f"{fault.times} of them"
        often += f", from request {fault.nth} on" if fault.nth > 1 else ""
    chance = f", each by a chance of {fault.probability:g}" if fault.probability < 1 else ""
    return f"{which}: {often}{chance}{', after the API has acted' if fault.moment == 'after' else ''}"
