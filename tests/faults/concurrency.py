"""Two runs at the same time: on one stack, and in two stacks that want the same user name.

Each of the two has its own key of the same account, so that what it sends can be told apart.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY, Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi, Run, StackRunner
from tests.faults.figure import Figure, main
from tests.faults.stacks import at_once, new_stack
from tests.faults.watched import ids_in_state, rows

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_GOAL = (
    "50 times two runs at once on one stack, 50 times two stacks with one user name: the loser fails, and "
    "writes nothing to what is not its own"
)
_KEYS = (DEFAULT_API_KEY, "KEY-second-of-the-account")
_LOCKED = "the stack is currently locked by"
# Long enough that a run holds the stack's lock until the other one has started, too.
_LATENCY_SECS = 0.3
_TRIES = 5


@dataclass
class Tally:
    """What was counted over all rounds.

    Args:
        counts: by name.
        wrong: what must not happen.
    """

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def judge(self, name: str, count: int, what: str) -> None:
        """Add to a number that has to stay 0."""
        self.counts[name] += count
        if count:
            self.wrong.append(what)


class Senders:
    """Notes who writes what: each write's key and the path, in the order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writes: list[tuple[str, str, str]] = []

    def layer(self, app: ASGIApp) -> ASGIApp:
        """Return the API with this around it."""

        async def noting(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["method"] != "GET":
                key = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
                with self._lock:
                    self._writes.append((key, scope["method"], scope["path"]))
            await app(scope, receive, send)

        return noting

    def of(self, key: str) -> list[tuple[str, str]]:
        """Return the writes with a key since `clear`, as method and path."""
        with self._lock:
            return [(method, path) for sender, method, path in self._writes if sender == key]

    def clear(self) -> None:
        with self._lock:
            self._writes.clear()


def measure(quick: bool, folder: Path) -> Figure:
    """Race the pairs, one pair at a time: it takes both to be there at the same time."""
    rounds = 2 if quick else 50
    figure = Figure(_GOAL)
    one, two = Tally(), Tally()
    with _api() as (api, senders):
        new_stack(folder / "untouched", api)
        _one_stack(folder, api, senders, rounds, one)
    with _api() as (api, senders):
        for name in ("left", "right"):
            new_stack(folder / f"untouched-{name}", api, name=name)
        _two_stacks(folder, api, senders, rounds, two)
    for prefix, tally in (("one_stack", one), ("one_user_name", two)):
        figure.expect(
            f"{prefix}_rounds", tally.counts["contended"], tally.counts["contended"] == rounds, str(rounds)
        )
        for name, count in sorted(tally.counts.items()):
            if name != "contended":
                figure.count(f"{prefix}_{name}", count)
        for what in tally.wrong:
            figure.fail(f"{prefix}: {what}")
    return figure


@contextmanager
def _api() -> Iterator[tuple[LiveApi, Senders]]:
    senders = Senders()
    options = Options(api_keys=dict.fromkeys(_KEYS, DEFAULT_ACCOUNT), latency_secs=_LATENCY_SECS)
    with EmulatorServer(options, layers=(senders.layer,)) as server:
        yield LiveApi(server), senders


def _one_stack(folder: Path, api: LiveApi, senders: Senders, rounds: int, tally: Tally) -> None:
    runners = []
    for number, key in enumerate(_KEYS):
        runner = new_stack(folder / f"checkout{number}", api, like=folder / "untouched")
        # Two checkouts of one project, one state.
        runner.environ["PULUMI_BACKEND_URL"] = f"file://{folder / 'checkout0' / 'state'}"
        runner.environ["TELNYX_API_KEY"] = key
        runners.append(runner)
    stack = runners[0]
    for number in range(rounds):
        for attempt in range(_TRIES):
            names = []
            for which, runner in enumerate(runners):
                names.append(f"round {number}, attempt {attempt}, checkout {which}")
                runner.program(f'CredentialConnection("desk", connection_name="{names[which]}")')
            senders.clear()
            runs = at_once(runners)
            winners = [which for which, run in enumerate(runs) if run.code == 0]
            for which, run in enumerate(runs):
                if run.code == 0:
                    continue
                tally.counts["losers"] += 1
                tally.judge("losers_without_reason", int(_LOCKED not in run.text), run.text[-600:])
                own = senders.of(_KEYS[which])
                tally.judge("writes_of_losers", len(own), f"round {number}: the loser wrote {own}")
            live = [row["settings"]["connection_name"] for row in rows(api).values()]
            # One after the other, whichever was last; both may also have seen each other's lock.
            wanted = [names[which] for which in winners]
            fits = len(live) <= 1 and (not wanted or live[0] in wanted)
            tally.judge("wrong_contents", int(not fits), f"round {number}: {live} where {wanted} won")
            same = set(ids_in_state(stack).values()) == set(rows(api))
            tally.judge("state_differs", int(not same), f"round {number}: state and API differ")
            if len(winners) == 1:
                tally.counts["contended"] += 1
                break
            tally.counts["both_lost" if not winners else "one_after_the_other"] += 1


def _two_stacks(folder: Path, api: LiveApi, senders: Senders, rounds: int, tally: Tally) -> None:
    for number in range(rounds):
        runners = []
        for name, key in zip(("left", "right"), _KEYS, strict=True):
            runner = new_stack(folder / f"{name}{number}", api, name=name, like=folder / f"untouched-{name}")
            runner.environ["TELNYX_API_KEY"] = key
            runner.program(f'CredentialConnection("desk", user_name="desk{number:04}")')
            runners.append(runner)
        before = rows(api)
        senders.clear()
        runs = at_once(runners)
        after = rows(api)
        new = set(after) - set(before)
        winners = [which for which, run in enumerate(runs) if run.code == 0]
        tally.judge("rounds_without_one_winner", int(len(winners) != 1), f"round {number}: {winners} won")
        tally.judge("made_too_many", int(len(new) != 1), f"round {number}: {len(new)} made")
        touched = [key for key, row in before.items() if after.get(key) != row]
        tally.judge("foreign_writes", len(touched), f"round {number}: other rounds' {touched} changed")
        if len(winners) == 1 and len(new) == 1:
            (winner,), (made,) = winners, new
            loser = 1 - winner
            _judge_pair(tally, number, runners[winner], runners[loser], runs[loser], made)
            posts, others = _posts_and_others(senders.of(_KEYS[loser]))
            tally.judge("writes_to_the_winners", len(others), f"round {number}: the loser sent {others}")
            # Its own create was refused by the API, so both were there at the same time.
            tally.counts["contended"] += posts == 1
            own = senders.of(_KEYS[winner])
            tally.judge(
                "winners_with_more_writes", int(len(own) != 1), f"round {number}: the winner sent {own}"
            )


def _judge_pair(
    tally: Tally, number: int, winner: StackRunner, loser: StackRunner, lost: Run, made: str
) -> None:
    holder = (f"connection {made} ", f"marked by project stories, stack {winner.name}")
    named = all(part in lost.text for part in holder)
    tally.judge("holder_not_named", int(not named), f"round {number}: {lost.text[-600:]}")
    tally.judge("tracebacks", lost.text.count("Traceback"), f"round {number}: a traceback")
    held = ids_in_state(winner) == {"desk": made} and not ids_in_state(loser)
    tally.judge("state_differs", int(not held), f"round {number}: the states do not tell who won")


def _posts_and_others(sent: list[tuple[str, str]]) -> tuple[int, list[tuple[str, str]]]:
    others = [write for write in sent if write[0] != "POST"]
    return len(sent) - len(others), others


if __name__ == "__main__":
    main(measure)
