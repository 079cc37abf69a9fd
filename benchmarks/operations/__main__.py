"""The command: measures, writes JSON, and prints tables and marks; progress goes to standard error."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from . import page, plots
from .contenders import ALL
from .measure import COMMANDS, Case
from .project import ROOT, engine_folder
from .rounds import Plan, run
from .summary import Summary, summary_of

_RESULTS = ROOT / "benchmarks" / "results"
_USUAL, _FULL = (100, 300, 1_000), (100, 300, 1_000, 3_000, 10_000)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write and print."""
    asked = _parser().parse_args(arguments)
    plan = Plan(
        asked.contenders,
        asked.connections or (_FULL if asked.full else _USUAL),
        asked.latency,
        asked.rounds,
        asked.operations,
    )
    if not (asked.show or sys.platform.startswith("linux")):
        sys.exit("error: processor time and memory are read as Linux tells them: run it there")
    path = asked.show or _RESULTS / f"{time.strftime('%Y-%m-%d-%H%M%S')}.json"
    if not asked.show:
        _measured(plan, path)
    summary = _summary(path)
    if asked.page:
        page.write_page(summary)
        plots.write_plots(summary, page.IMAGES)
    _show(summary, path)


def _measured(plan: Plan, path: Path) -> None:
    """Write what was measured, also when Ctrl-C ends it early."""
    try:
        engine_folder()
    except subprocess.CalledProcessError:
        sys.exit("error: there is no Pulumi CLI to measure: see what is said above")
    path.parent.mkdir(exist_ok=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("the local API alone", total=len([*plan.cases()]))

        def begins(case: Case, operation: str) -> None:
            what = f"{case.contender}, {case.connections:,}, {case.latency_ms} ms, round {case.round}"
            progress.update(task, description=f"{what}: {operation}")

        def ended(measurement: Mapping[str, object]) -> None:
            # Whole or not at all, whenever it is interrupted.
            part = path.with_suffix(".part")
            part.write_text(json.dumps(measurement), encoding="utf-8")
            part.replace(path)
            progress.advance(task)

        try:
            run(plan, begins, ended)
        except KeyboardInterrupt:
            if not path.exists():
                sys.exit("error: interrupted before anything was measured")


def _summary(path: Path) -> Summary:
    """Return what was measured; whoever names another file is told so."""
    try:
        return summary_of(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        sys.exit(f"error: {path} cannot be read: {error.strerror}")
    except (ValueError, KeyError, TypeError):
        sys.exit(f"error: {path} holds no measurement: name a file that this command wrote, in {_RESULTS}")


def _show(summary: Summary, path: Path) -> None:
    console = Console()
    for name, table in page.TABLES.items():
        if text := table(summary):
            console.print(Markdown(f"## {name}\n\n{text}"))
    console.print(f"\nEverything that was measured: {path}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.operations",
        description="What `pulumi` takes for many connections, next to the engine's floor.",
    )
    parser.add_argument("--connections", type=_numbers(1), help="such as 100,300; default 100,300,1000")
    parser.add_argument("--full", action="store_true", help="also 3000 and 10000, in one round")
    parser.add_argument("--latency", type=_numbers(0), default=(0, 100), metavar="MS", help="default 0,100")
    parser.add_argument("--rounds", type=_number(1), default=3, help="default 3")
    parser.add_argument("--contenders", type=_names(ALL), default=(*ALL,), help=f"default {','.join(ALL)}")
    parser.add_argument(
        "--operations", type=_names(COMMANDS), default=(*COMMANDS,), help=f"default {','.join(COMMANDS)}"
    )
    parser.add_argument("--show", type=Path, metavar="FILE", help="measure nothing, take what was measured")
    parser.add_argument("--page", action="store_true", help="write tables and plots of docs/performance.md")
    return parser


def _number(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.strip().isdecimal() and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} on")
        return int(text)

    return number


def _numbers(least: int) -> Callable[[str], tuple[int, ...]]:
    def numbers(text: str) -> tuple[int, ...]:
        # Whoever names one twice does not want it measured twice: that would be another round.
        return tuple(dict.fromkeys(map(_number(least), text.split(","))))

    return numbers


def _names(known: Collection[str]) -> Callable[[str], tuple[str, ...]]:
    def names(text: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(each.strip() for each in text.split(",")))
        if unknown := [each for each in found if each not in known]:
            raise argparse.ArgumentTypeError(
                f"no {', '.join(map(repr, unknown))}: there are {','.join(known)}"
            )
        return found

    return names


if __name__ == "__main__":
    main()
