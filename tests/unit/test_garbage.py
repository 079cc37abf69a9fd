"""How often Python looks for garbage in a stack program and in the plugin."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import Config, ConfigureRequest

from pulumi_telnyx import CredentialConnection, garbage, plugin
from pulumi_telnyx.lifecycle import CredentialConnectionProvider


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Leave the collector as it was found, and begin with Python's own setting."""
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_garbage_is_looked_for_less_often() -> None:
    """Only the youngest objects' limit is another one."""
    garbage.collect_seldom()

    assert gc.get_threshold() == (garbage.SELDOM, 10, 10)


@pytest.mark.parametrize("youngest", [0, garbage.SELDOM + 1])
def test_who_looks_for_it_more_seldom_still_keeps_that(youngest: int) -> None:
    """0 switches it off: nothing is switched on again."""
    gc.set_threshold(youngest, 5, 5)

    garbage.collect_seldom()

    assert gc.get_threshold() == (youngest, 5, 5)


def test_small_stack_programs_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the process of its user, so nothing is set where nothing is gained."""
    monkeypatch.setattr(garbage, "MANY", 3)
    monkeypatch.setattr(garbage, "_declared", itertools.count(1))
    pulumi.runtime.set_mocks(_Mocks(), project="phones", stack="dev")
    seen: list[int] = []

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # untyped in the SDK
    def program() -> None:
        for number in range(3):
            CredentialConnection(f"desk-{number}")
            seen.append(gc.get_threshold()[0])

    program()

    assert seen == [700, 700, garbage.SELDOM]


def test_the_plugin_looks_for_garbage_less_often_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation of the engine comes after `configure`."""
    monkeypatch.setattr("pulumi_telnyx.lifecycle.shorten_errors", lambda: None)
    monkeypatch.setattr(plugin, "_workers", plugin._workers)
    CredentialConnectionProvider().configure(ConfigureRequest(Config({}, "phones")))

    assert gc.get_threshold()[0] == garbage.SELDOM


class _Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], None]:
        return {}, None
