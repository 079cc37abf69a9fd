"""The benchmark of the operations: its parts, and that what the page shows is what was measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from benchmarks.operations import measure, page, plots
from benchmarks.operations.__main__ import main
from benchmarks.operations.contenders import ALL, OURS
from benchmarks.operations.journal import counted_api
from benchmarks.operations.marks import ACCOUNT, CONNECTIONS, LATENCY_MS, marks
from benchmarks.operations.measure import COMMANDS, Case, measured
from benchmarks.operations.processes import Watch
from benchmarks.operations.project import ROOT, engine_folder
from benchmarks.operations.rounds import Plan
from benchmarks.operations.summary import Summary, read_summary, summary_of

from pulumi_telnyx.emulator.options import DEFAULT_API_KEY
from tests.emulator.sockets import until

on_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are looked at as Linux shows them"
)


def measurement(**secs: tuple[float, ...]) -> dict[str, Any]:
    """Return what a run measured: each contender took so long in each round, at every size."""
    runs = [
        {
            "contender": contender,
            "connections": size,
            "latency_ms": LATENCY_MS,
            "round": number,
            "operation": operation,
            "secs": each * size / CONNECTIONS,
            "cpu_secs": {"program": 3.0, "engine": 2.0, "plugin": 1.0, "api": 0.5},
            "peak_mb": {"program": 100.0 + number, "engine": 90.0, "plugin": 60.0},
            "calls": {"POST": 1_000} if operation == "up" else {},
            "most_in_flight": 30,
            "others_share": 0.02,
        }
        for size in (CONNECTIONS, ACCOUNT)
        for contender, rounds in secs.items()
        for operation in COMMANDS
        for number, each in enumerate(rounds, 1)
    ]
    failed = {"contender": "ordinary", "connections": 1_000, "latency_ms": 0, "round": 1}
    failed |= {"operation": "up", "at": 480, "said": "RecursionError: maximum recursion depth exceeded"}
    about = {"machine": {"cores": 2, "system": "Linux x86_64", "python": "3.11.7"}, "parallel": 32}
    return {
        **about,
        "emulator_requests_per_sec": {"create": 1_200.0},
        "failures": [failed],
        "runs": runs,
    }


@pytest.fixture
def summary() -> Summary:
    """The floor takes 10 s for 1,000 connections, ours 12 s."""
    return summary_of(measurement(floor=(9.0, 10.0, 14.0), ours=(12.0, 11.0, 20.0)))


def test_of_the_rounds_the_median_and_the_spread_are_kept(summary: Summary) -> None:
    """And of memory the most."""
    ours = summary.of("ours", CONNECTIONS, LATENCY_MS, "refresh")

    assert ours is not None
    assert ours.secs == (11.0, 12.0, 20.0)
    assert ours.peak_mb["program"] == 103.0


def test_a_summary_is_read_as_it_was_written(summary: Summary) -> None:
    """The page is made of the file beside it."""
    assert read_summary(summary.as_json()) == summary


def test_marks_tell_what_is_met_and_what_is_not(summary: Summary) -> None:
    """12 s are 1.2 times the floor: enough for an up, too much for one that changes nothing."""
    found = {mark.what: mark for mark in marks(summary)}

    up = found["up: at most 1.35 times the floor"]
    assert (up.found, up.met) == ("1.20", True)
    assert not found["no-op up: at most 1.1 times the floor"].met
    assert found["up: at most 1,000 API calls"].met
    assert found["up of 10,000: at most 3 min"].met
    assert not found["refresh of 10,000: at most 1 min"].met
    assert found["memory of the plugin at 10,000: at most 250 MB"].met


def test_the_page_warns_of_a_busy_machine(summary: Summary) -> None:
    """Where others had the processors, or the local API was slow, it is not the engine that was measured."""
    busy = {**summary.about, "others_share": 0.6}
    slow = {**summary.about, "emulator_requests_per_sec": {"create": 400.0, "list_of_250": 50.0}}

    assert page.caution(summary) == ""
    assert "60%" in page.caution(Summary(busy, summary.figures))
    assert "400 requests" in page.caution(Summary(slow, summary.figures))
    assert "requests" not in page.caution(Summary(busy, summary.figures))


def test_what_was_not_measured_has_no_mark() -> None:
    """A run of few connections says nothing about many."""
    assert list(marks(summary_of(measurement()))) == []


def test_whoever_ends_a_round_begins_the_next_one() -> None:
    """A machine that gets slower is unfair to nobody; what is large is measured once."""
    cases = list(Plan(("floor", "ours"), (5_000, 100), (0, 100), 2, ("up",)).cases())

    assert [(each.contender, each.connections, each.latency_ms, each.round) for each in cases] == [
        *((name, 100, 0, 1) for name in ("floor", "ours")),
        *((name, 100, 100, 1) for name in ("floor", "ours")),
        *((name, 5_000, 100, 1) for name in ("floor", "ours")),
        *((name, 100, 0, 2) for name in ("ours", "floor")),
        *((name, 100, 100, 2) for name in ("ours", "floor")),
    ]


def test_plots_are_written_for_light_and_for_dark_pages(summary: Summary, tmp_path: Path) -> None:
    """Their text is text, so that it can be searched and read aloud."""
    written = plots.write_plots(summary, tmp_path)

    names = ("time", "memory", "profile")
    assert {each.name for each in written} == {
        f"performance-{name}-{theme}.svg" for name in names for theme in ("light", "dark")
    }
    for each in written:
        text = each.read_text(encoding="utf-8")
        assert all(
            f">{ALL[name].label}" in text or f": {ALL[name].label}<" in text for name in ("floor", "ours")
        )


def test_the_page_shows_what_its_file_has() -> None:
    """Every table, and a plot for each image that it names."""
    text = page.PAGE.read_text(encoding="utf-8")
    figures = read_summary(page.FIGURES.read_text(encoding="utf-8"))

    assert page.renewed(text, figures) == text
    assert all(f"<!-- figures: {name} -->" in text for name in page.TABLES)
    images = {each.name for each in page.IMAGES.glob("performance-*.svg")}
    assert images
    assert all(f"images/{name}" in text for name in images)


def test_the_local_api_counts_calls_and_how_many_are_in_flight() -> None:
    """Counting begins anew each time."""
    with counted_api(0) as api:
        headers = {"Authorization": f"Bearer {DEFAULT_API_KEY}"}
        for _ in range(3):
            requests.get(f"{api.url}/credential_connections", headers=headers, timeout=30).raise_for_status()

        first, second = api.taken(), api.taken()

    assert (first.by_method, first.most_in_flight) == ({"GET": 3}, 1)
    assert (second.by_method, second.most_in_flight) == ({}, 0)


@on_linux
def test_a_process_and_what_it_starts_are_watched() -> None:
    """The peak is of each process by itself, and stays when its memory is given back."""
    plugin = "import sys; block = bytearray(80 << 20); del block; sys.stdin.read()"
    engine = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1], 'pulumi.dynamic'])"

    with (
        subprocess.Popen([sys.executable, "-c", engine, plugin], stdin=subprocess.PIPE) as process,
        Watch(process.pid) as watch,
    ):
        until(
            lambda: any(each.part == "plugin" and each.peak_mb > 80 for each in list(watch._found.values()))
        )
        process.communicate()

    peaks = watch.peak_mb()
    assert peaks["plugin"] > 80 > peaks["engine"] > 0
    assert watch.cpu_secs()["plugin"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--connections", "x"), "argument --connections: 'x' is no whole number from 1 on"),
        (("--connections", "100,0"), "argument --connections: '0' is no whole number from 1 on"),
        (("--latency=-1",), "argument --latency: '-1' is no whole number from 0 on"),
        (("--rounds", "0"), "argument --rounds: '0' is no whole number from 1 on"),
        (("--contenders", "floor ours"), "argument --contenders: no 'floor ours': there are floor,ordinary,"),
        (("--operations", "up,"), "argument --operations: no '': there are up,no-op up,"),
        (("--show", "nowhere.json"), "error: nowhere.json cannot be read: No such file or directory"),
        (("--show", "README.md"), "error: README.md holds no measurement: name a file that"),
        (("--show", "docs/performance.json"), "error: docs/performance.json holds no measurement: "),
    ],
)
def test_what_cannot_be_measured_or_shown_is_said_in_one_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is measured, and without a traceback."""
    monkeypatch.chdir(ROOT)

    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert said in f"{capsys.readouterr().err}{caught.value.code}"


@on_linux
def test_without_the_pulumi_cli_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script that looks for it has said what is missing."""
    monkeypatch.setenv("PULUMI_CLI", "/nowhere")
    engine_folder.cache_clear()

    with pytest.raises(SystemExit, match="no Pulumi CLI to measure"):
        main(("--connections", "1"))


@on_linux
def test_what_ctrl_c_interrupts_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not end by itself is killed, with all that it has started."""
    monkeypatch.setattr(measure, "_MOST_SECS_TO_END", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1, flush=True)"
    plugin = f"{deaf}; time.sleep(99)"
    engine = f"import subprocess, sys; {deaf}; subprocess.run([sys.executable, '-c', {plugin!r}])"

    with subprocess.Popen([sys.executable, "-c", engine], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with Watch(process.pid) as watch:
            started = [process.stdout.readline() for _ in range(2)]
            until(lambda: len(watch._found) == 2)
            measure.end(process, watch)

            # It ends when nobody holds it any more.
            assert process.stdout.read() == b""

    assert started == [b"1\n"] * 2


@on_linux
def test_a_contender_goes_through_the_operations() -> None:
    """With the real engine: what is counted is what the program declares."""
    runs, failure = measured(OURS, Case("ours", 3, 0, 1), ("up", "refresh"), lambda _: None)

    assert failure is None
    assert [(run.operation, run.calls) for run in runs] == [("up", {"POST": 3}), ("refresh", {"GET": 3})]
    assert all({"engine", "plugin", "api"} <= run.cpu_secs.keys() for run in runs)
    assert runs[0].peak_mb["program"] > 0
