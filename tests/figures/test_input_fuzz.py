"""Ten thousand property bags: `check` never raises, and refuses exactly what the emulator refuses."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.connection.claims import Claims
from pulumi_telnyx.connection.comparison import declared_of
from pulumi_telnyx.emulator.errors import ApiError
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY, Options
from pulumi_telnyx.emulator.reference import load_reference
from pulumi_telnyx.emulator.rules import Rules
from pulumi_telnyx.lifecycle import CredentialConnectionProvider
from tests.servicer import telnyx_of

from .generated import wild

BAGS = 10_000
RULES, OPTIONS = Rules(load_reference()), Options()

# What we refuse although the API would take it, each because nobody can mean it.
DELIBERATE = (
    "is not a field of a credential connection",  # the API would ignore it
    "is a masked value",
    "needs webhook_event_url",
    "cannot be true beside generate_ringback_tone",  # the API would change it
    "must be a phone number",  # the API would drop it
    "must be a list, not a string",  # the API would drop it
    "contains an unpaired surrogate",  # JSON cannot carry it
)
CHANNEL_LIMITS = {"inbound.channel_limit", "outbound.channel_limit"}  # no documented limits


def _is_deliberate(problem: str) -> bool:
    path, _, reason = problem.partition(": ")
    return (
        reason.startswith(DELIBERATE)
        or (path in CHANNEL_LIMITS and reason.endswith(("or more", "or less")))
        # The emulator ignores it in a create, where it has no place; we send it in an update.
        or path == "conversation_persistence"
    )


def _refused_by_the_api(settings: dict[str, Any]) -> set[str]:
    """Return the paths that the emulator's own rules refuse in a create."""
    try:
        RULES.created(settings, OPTIONS)
    except ApiError as error:
        return {(problem.pointer or "").strip("/").replace("/", ".") for problem in error.problems}
    return set()


def _connected() -> CredentialConnectionProvider:
    """Return a provider as the engine has configured it; `check` calls nothing."""
    provider = CredentialConnectionProvider()
    provider._telnyx = telnyx_of(CredentialConnections(Transport("http://127.0.0.1:9/v2", DEFAULT_API_KEY)))
    return provider


def test_check_agrees_with_the_api(record_property: Callable[[str, object], None]) -> None:
    """Nothing is accepted that a create would be refused for, and nothing refused that would be taken."""
    source = random.Random(20261123)  # noqa: S311 - the same bags in every run
    provider = _connected()
    accepted = refused = false_accepts = false_refusals = 0
    examples: list[Any] = []
    for _ in range(BAGS):
        bag = wild(source)
        # Each is a program of its own: two in one may not have the same user name.
        provider._telnyx = dataclasses.replace(provider._telnyx, claims=Claims())
        result = provider.check({}, bag)
        problems = [failure.reason for failure in result.failures]
        if not problems:
            accepted += 1
            if paths := _refused_by_the_api(declared_of(result.inputs)):
                false_accepts += 1
                examples.append(("accepted", paths))
            continue
        refused += 1
        theirs = _refused_by_the_api(declared_of(bag))
        for problem in problems:
            path = problem.partition(": ")[0]
            known = any(path == each or path.startswith(f"{each}.") for each in theirs)
            if not known and not _is_deliberate(problem):
                false_refusals += 1
                examples.append(("refused", problem))
    examples = sorted({str(each) for each in examples})
    record_property("input fuzz: property bags", BAGS)
    record_property("input fuzz: accepted / refused", f"{accepted} / {refused}")
    record_property("input fuzz: false accepts", false_accepts)
    record_property("input fuzz: false refusals", false_refusals)

    assert examples == []
    assert accepted > BAGS / 10
    assert refused > BAGS / 10


@pytest.mark.parametrize("levels", [2, 30])
def test_deep_nesting_is_refused_and_not_followed(levels: int) -> None:
    """As deep as protobuf lets it come here; it ends with one sentence."""
    value: Any = "x"
    for _ in range(levels):
        value = {"inbound": value}

    result = _connected().check({}, {"inbound": value})

    assert result.failures
    assert all(failure.property == "" for failure in result.failures)
