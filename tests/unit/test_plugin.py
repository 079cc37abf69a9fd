"""The plugin process: it ends its work when the engine has ended, and one API serves all of its providers."""

from __future__ import annotations

import socket
import sys
import types
from collections.abc import Iterator

import pytest
from pulumi.dynamic import Config

from pulumi_telnyx import plugin, plugin_errors


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def _run_as(monkeypatch: pytest.MonkeyPatch, module: str, *arguments: str) -> None:
    """Make this process look like `python -m module arguments`."""
    main = types.ModuleType("__main__")
    main.__spec__ = types.SimpleNamespace(name=module)  # type: ignore[assignment]  # its name is all that counts
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(sys, "argv", ["plugin", *arguments])


def test_a_plugin_goes_on_while_its_engine_listens(
    monkeypatch: pytest.MonkeyPatch, listener: socket.socket
) -> None:
    """The engine's address is the plugin's first argument."""
    _run_as(monkeypatch, "pulumi.dynamic.__main__", f"127.0.0.1:{listener.getsockname()[1]}")

    plugin.ensure_engine()


def test_a_plugin_stops_when_its_engine_has_ended(
    monkeypatch: pytest.MonkeyPatch, listener: socket.socket
) -> None:
    """Nobody would note a change that is made now."""
    _run_as(monkeypatch, "pulumi.dynamic.__main__", f"127.0.0.1:{listener.getsockname()[1]}")
    listener.close()

    with pytest.raises(plugin.EngineGoneError, match="the Pulumi engine has ended"):
        plugin.ensure_engine()


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("pulumi.dynamic.__main__", []),
        ("pulumi.dynamic.__main__", ["--help"]),
        ("pulumi_telnyx.__main__", ["127.0.0.1:1"]),
    ],
)
def test_without_an_engine_to_ask_nothing_is_stopped(
    monkeypatch: pytest.MonkeyPatch, module: str, arguments: list[str]
) -> None:
    """Other programs that use the package have arguments of their own."""
    _run_as(monkeypatch, module, *arguments)

    plugin.ensure_engine()


def test_all_providers_of_a_process_share_one_api(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rate limit and a refused key concern all of them."""
    for name in ("TELNYX_BASE_URL", "TELNYX_ACCOUNT", "TELNYX_LOG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TELNYX_API_KEY", "KEY-unit-test-not-a-secret")
    monkeypatch.setenv(plugin_errors.DEBUG_VARIABLE, "1")
    config = Config({}, "project")

    assert plugin.start(config) is plugin.start(config)
