"""An interrupted run loses nothing: whatever is killed, and when, the documented recovery converges.

Each round interrupts a run that creates, updates, deletes and replaces 5 connections each, and then does what
docs/recovery.md says. Requests of the interrupted run have an address of their own at the API, so that those
which come when the recovery has begun are seen.
"""

from __future__ import annotations

import itertools
import random
import statistics
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.figure import Figure, main
from tests.faults.interrupted import LATENCY_SECS, OF_EACH, REPLACED, WRITES, Case, Outcome, Scene, Victim
from tests.faults.recovery import played

ROUNDS = 100
"""Of each of the two victims that the promise is about."""
_EXTRA_ROUNDS = 10
# Every way on and every kind of account and of checkpoints is in one of them.
_QUICK_ROUNDS: tuple[Victim, ...] = ("engine", "plugin", "engine")
# As many as two cores bear.
_AT_A_TIME = 2


def measure(quick: bool, folder: Path) -> Figure:
    """Interrupt, recover, and compare the program, the state and the API."""
    figure = Figure("a killed run loses nothing: after the documented recovery, state and API are one")
    scene = Scene(folder)
    cases = _quick_cases() if quick else _cases()
    figure.count("of each: created, updated, deleted, replaced", OF_EACH)
    figure.count("API latency in seconds", LATENCY_SECS)
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        outcomes = list(pool.map(lambda each: played(scene, each[1], f"round{each[0]}"), enumerate(cases)))
    _report(figure, outcomes)
    return figure


def _cases() -> list[Case]:
    """Return rounds whose moments are spread evenly over the run, each at random in its part of it."""
    source = random.Random(23)  # noqa: S311 - repeatable, not secret
    cases = []
    for victim in ("engine", "plugin"):
        for deferred in (False, True):
            rounds = ROUNDS // 2
            for number in range(rounds):
                # Both ways on, with and without files of metadata and masked passwords, early and late.
                seen_through, metadata, masked = (number // 2**bit % 2 == 0 for bit in range(3))
                moment = (number + source.random()) / rounds
                case = Case(victim, moment, deferred, 0, masked, metadata, seen_through)
                cases.append(case)
    others: tuple[Victim, ...] = ("machine", "engine in backoff", "Ctrl-C twice")
    for victim, number in itertools.product(others, range(_EXTRA_ROUNDS)):
        cases.append(_while_writing(victim, number, _EXTRA_ROUNDS, source))
    for number in range(_EXTRA_ROUNDS):
        case = _while_writing("engine", number, _EXTRA_ROUNDS, source)
        cases.append(
            Case("engine", case.moment, case.deferred, case.writes, first_plain=True, seen_through=False)
        )
    # A machine that gets busier on the way does so for all kinds alike.
    source.shuffle(cases)
    return cases


def _quick_cases() -> list[Case]:
    """Return rounds that are interrupted between first and last request, however slow the machine is."""
    source = random.Random(7)  # noqa: S311 - repeatable, not secret
    # First, since it takes longest.
    cases = [_while_writing("engine in backoff", 0, 1, source)]
    for number, victim in enumerate(_QUICK_ROUNDS):
        cases.append(_while_writing(victim, number, len(_QUICK_ROUNDS), source))
    return cases


def _while_writing(victim: Victim, number: int, rounds: int, source: random.Random) -> Case:
    writes = 1 + int((number + source.random()) / rounds * (WRITES - 1))
    masked, seen_through = number // 2 % 2 == 0, number % 3 != 2
    return Case(victim, source.random(), number % 2 == 1, writes, masked, seen_through=seen_through)


def _report(figure: Figure, outcomes: list[Outcome]) -> None:
    killed = [each for each in outcomes if each.hit]
    writing = [each for each in killed if 0 < each.writes_at_kill < WRITES]
    for victim, rounds in Counter(each.case.victim for each in outcomes).items():
        figure.count(f"rounds: {victim}", rounds)
    figure.count("rounds with deferred checkpoints", _number(each.case.deferred for each in outcomes))
    figure.count(
        "rounds that end with `refresh` and `up`", _number(not o.case.seen_through for o in outcomes)
    )
    _expect_most(figure, "rounds killed before their end", len(killed), len(outcomes) * 3 // 4)
    _expect_most(figure, "rounds killed between first and last write", len(writing), len(outcomes) // 5)
    if measured := [each.secs for each in outcomes if each.secs]:
        figure.count("seconds of a whole run, median", round(statistics.median(measured), 1))
    figure.count("left with a lock", _number(each.locked for each in outcomes))
    figure.count("left with pending operations", _number(each.pending_at_kill for each in outcomes))
    figure.count("with pending operations after `up`", _number(each.pending_after_up for each in outcomes))
    others = _number(kind != "creating" for each in outcomes for kind in each.pending_after_up)
    figure.expect("of these operations no creates", others, others == 0, "0")
    figure.count("connections taken over", sum(each.taken_over for each in outcomes))
    figure.count("plugins that outlived the engine", sum(each.orphans for each in outcomes))
    figure.count("reads of theirs after the recovery began", sum(each.late_reads for each in outcomes))
    plain = [each for each in outcomes if each.case.first_plain]
    if plain:
        figure.count("rounds with a plain `up` first", len(plain))
        apart = [name for each in plain for name in each.apart_after_plain_up]
        figure.count("connections lost or missing after that `up`", len(apart))
        others = _number(not name.startswith(REPLACED) for name in apart)
        figure.expect("of them not being replaced", others, others == 0, "0")
    cut = [each for each in outcomes if each.cut_metadata]
    figure.count("left with an empty .attrs file", len(cut))
    none = _number(not each.case.metadata for each in cut)
    figure.expect("left with one in spite of ?metadata=skip", none, none == 0, "0")
    _expect_none(figure, outcomes)


def _expect_none(figure: Figure, outcomes: list[Outcome]) -> None:
    converged = 0
    counts: Counter[str] = Counter()
    for each in outcomes:
        wrongs = {
            "lost: in the API only": each.lost,
            "missing: in the state only": each.missing,
            "duplicates": each.duplicates,
            "other differences": each.wrong,
            "commands that failed or hung": each.failures,
            "pending operations at the end": each.pending_at_end,
            "previews with changes": [] if each.clean else ["preview"],
            "writes of plugins after the recovery began": ["write"] * each.late_writes,
        }
        converged += not any(wrongs.values())
        counts.update({name: len(found) for name, found in wrongs.items()})
        for name, found in wrongs.items():
            if found:
                figure.fail(f"{each.case}: {name}: {found}")
    figure.expect("converged", converged, converged == len(outcomes), str(len(outcomes)))
    for name, count in counts.items():
        figure.expect(name, count, count == 0, "0")


def _expect_most(figure: Figure, name: str, value: int, least: int) -> None:
    figure.expect(name, value, value >= max(least, 1), f"at least {max(least, 1)}, or nothing was tested")


def _number(each: Iterable[object]) -> int:
    return sum(map(bool, each))


if __name__ == "__main__":
    main(measure)
