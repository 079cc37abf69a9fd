"""The SDK's plugin server gets as many workers as are wanted; a change of its internals fails loudly."""

from __future__ import annotations

import ast
import importlib.util
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from pulumi_telnyx import plugin, plugin_errors
from pulumi_telnyx.api.errors import SettingsError
from pulumi_telnyx.lifecycle import CredentialConnectionProvider
from pulumi_telnyx.settings import PARALLEL_OPTION, checked_parallel
from pulumi_telnyx.workers import DEFAULT_PARALLEL, workers_of_this_thread


def test_a_worker_finds_its_executor_and_more_threads_start_as_work_comes() -> None:
    """As in `configure`, which is the first request of a process."""
    executor = ThreadPoolExecutor(max_workers=4)
    together = threading.Barrier(12)

    executor.submit(lambda: workers_of_this_thread().raise_to(12)).result()
    # Each waits until all twelve run at once; with fewer threads they would wait for ever.
    running = [executor.submit(together.wait, 60) for _ in range(12)]

    assert len({each.result() for each in running}) == 12


def test_all_of_them_start_when_calls_are_about_to_be_made() -> None:
    """A destroy hands over a connection whenever one is done: by itself the executor would stay at four."""
    executor = ThreadPoolExecutor(max_workers=4)
    for _ in range(4):
        executor.submit(lambda: None).result()
    workers = executor.submit(workers_of_this_thread).result()
    workers.raise_to(12)

    workers.start_all()

    assert len(executor._threads) == 12


def test_there_are_never_fewer_than_before() -> None:
    """A worker that has begun cannot be sent away."""
    executor = ThreadPoolExecutor(max_workers=4)

    executor.submit(lambda: workers_of_this_thread().raise_to(1)).result()

    assert executor.submit(lambda: workers_of_this_thread().count).result() == 4


def test_where_the_executor_is_not_found_nothing_is_raised() -> None:
    """Another Python, or another SDK: four have to do."""
    workers = workers_of_this_thread()

    workers.raise_to(16)

    assert (workers.count, workers.waiting) == (None, 0)


def test_the_sdks_server_runs_requests_in_a_thread_pool_of_four() -> None:
    """The plugin's own source: if this fails, look at what `workers.py` can do with the new one."""
    spec = importlib.util.find_spec("pulumi.dynamic.__main__")
    assert spec is not None
    assert spec.origin is not None
    calls = [
        ast.unparse(each)
        for each in ast.walk(ast.parse(Path(spec.origin).read_text()))
        if isinstance(each, ast.Call) and "ThreadPoolExecutor" in ast.unparse(each.func)
    ]

    assert calls == ["futures.ThreadPoolExecutor(max_workers=4)"]


@pytest.mark.parametrize("value", ["0", "-1", "1000", "65", "many", "", "1.5", "²", " "])
def test_how_many_there_may_be_is_a_number_from_1_to_64(value: str) -> None:
    """The message says what it is for."""
    with pytest.raises(SettingsError, match="telnyx:parallel must be a number from 1 to 64"):
        checked_parallel(value)


@pytest.mark.parametrize("value", ["", " "])
def test_a_value_that_is_empty_is_called_so(value: str) -> None:
    """A line that ends in nothing tells nobody what to look for."""
    with pytest.raises(SettingsError, match="from 1 to 64, not empty: "):
        checked_parallel(value)


@pytest.mark.parametrize(("value", "number"), [(None, DEFAULT_PARALLEL), ("1", 1), (" 64 ", 64)])
def test_within_the_range_it_counts(value: str | None, number: int) -> None:
    """Left out, it is 16."""
    assert checked_parallel(value) == number


@pytest.mark.parametrize("value", ["0", "-1", "1000", "many"])
def test_another_number_stops_the_first_connection_with_one_line(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """Not the process, which the engine would say nothing of; and nothing was sent."""
    monkeypatch.setenv(plugin_errors.DEBUG_VARIABLE, "1")
    monkeypatch.setenv("TELNYX_API_KEY", "KEY-unit-test-not-a-secret")
    provider = CredentialConnectionProvider()
    provider.configure(ConfigureRequest(Config({PARALLEL_OPTION: value}, "project")))

    with pytest.raises(SettingsError) as caught:
        provider.check({}, {"connection_name": "Desk", "user_name": "desk1", "password": "fake-password-1"})

    assert str(caught.value).startswith(f"telnyx:parallel must be a number from 1 to 64, not {value}: ")
    assert "\n" not in str(caught.value)


def test_workers_that_are_not_known_are_one_line_in_the_debug_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever wonders why a run is slow finds it there; it is no fault that a user could mend."""
    log = tmp_path / "telnyx.log"
    monkeypatch.setenv("TELNYX_LOG", str(log))
    monkeypatch.setenv("TELNYX_API_KEY", "KEY-unit-test-not-a-secret")
    for name in ("TELNYX_BASE_URL", "TELNYX_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    config = Config({}, "project")

    # This thread is no worker of any executor, as with a server that is made otherwise.
    plugin.open_workers(config)
    for _ in range(2):
        plugin.start(config)

    (line,) = log.read_text().splitlines()
    assert line.endswith(
        " the plugin server's workers are not known here: 4 requests of the engine run at once"
    )
