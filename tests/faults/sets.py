"""What is promised of connections, of the members of a set: the faults strike some of them, or all.

The figures of RPC mode are asked again with each connection as the member of a set. What only many members
show is measured here: subsets that disappear, and the rate limit.
"""

from __future__ import annotations

import contextlib
import io
import random
import time
from collections import Counter
from pathlib import Path

from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.emulator.options import DEFAULT_API_KEY, Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi
from tests.faults import canaries, canaries_rpc, lost_responses, stateful
from tests.faults.evidence import Evidence
from tests.faults.figure import Figure, main
from tests.faults.matrix.table import cells, run
from tests.faults.members import as_members
from tests.servicer import SetEngine
from tests.sets import SetStack

QUICK_STEP = 60
MEMBERS = 20
LIMIT, WINDOW_SECS = 20, 1.0
# The window that is going on when the creates begin may be used up by nobody else.
_MOST_OF_IDEAL = 1.25


def measure(quick: bool, folder: Path) -> Figure:
    figure = Figure("the members of a set are kept as single connections are, whatever goes wrong")
    with as_members(), contextlib.redirect_stderr(io.StringIO()):
        _matrix(figure, quick, folder)
        for masked in (False, True):
            lost_responses._servicer(figure, 60 if quick else 500, masked)
        stateful._in_rpc_mode(figure, 15 if quick else 1_000)
        _canaries(figure, quick, folder)
    with contextlib.redirect_stderr(io.StringIO()):
        _disappears(figure, (1, 7, MEMBERS) if quick else range(1, MEMBERS + 1))
        _rate_limit(figure, quick)
    return figure


def _matrix(figure: Figure, quick: bool, folder: Path) -> None:
    every = cells()
    verdicts = run(every[::QUICK_STEP] if quick else every, folder)
    figure.count("matrix: cells run", len(verdicts))
    right = sum(not verdict.wrong for verdict in verdicts)
    figure.expect("matrix: as specified", right, right == len(verdicts), "every one of them")
    for name in ("lost", "duplicates", "foreign_writes", "wrongly_dropped"):
        count = sum(getattr(verdict, name) for verdict in verdicts)
        figure.expect(f"matrix: {name.replace('_', ' ')}", count, count == 0, "0")
    for verdict in verdicts:
        for what in verdict.wrong:
            figure.fail(f"{verdict.cell.title}: {what}")


def _canaries(figure: Figure, quick: bool, folder: Path) -> None:
    evidence = Evidence()
    counts = canaries_rpc.run(evidence, dict(canaries.GIVEN), canaries.KEYS, folder, quick=quick)
    figure.count("canaries: operations in trouble", counts.cells)
    figure.expect("canaries: of these failed", counts.failed, counts.failed > counts.cells / 2, "over half")
    evidence.judge(figure, {**canaries.GIVEN, **canaries.KEYS})


def _disappears(figure: Figure, sizes: range | tuple[int, ...]) -> None:
    """Delete subsets of the members outside; a refresh and an `up` make just these again."""
    source = random.Random(11)  # noqa: S311 - repeatable, not secret
    names = [f"desk-{number:02}" for number in range(MEMBERS)]
    wrong = 0
    with EmulatorServer() as server:
        api = LiveApi(server)
        for size in sizes:
            phones = SetStack(SetEngine(CredentialConnections(Transport(server.url, DEFAULT_API_KEY))))
            members: dict[str, object] = {name: {} for name in names}
            phones.up(members)
            kept = phones.ids
            for name in (gone := source.sample(names, size)):
                api.delete(kept[name])
            api.calls()
            phones.refresh()
            phones.up(members)
            calls = Counter(api.calls())
            same = all((phones.ids[name] == kept[name]) is (name not in gone) for name in names)
            right = calls["POST"] == size and not calls["PATCH"] and not calls["DELETE"] and same
            wrong += not (right and {each["id"] for each in api.connections()} == set(phones.ids.values()))
            phones.destroy()
        left = len(api.connections())
    figure.count("disappears: subsets", len(sizes))
    figure.expect("disappears: not made again exactly", wrong, wrong == 0, "0")
    figure.expect("disappears: left at the end", left, left == 0, "0")


def _rate_limit(figure: Figure, quick: bool) -> None:
    """Create a set with 32 calls in flight at an API that allows far fewer."""
    count = 60 if quick else 1_000
    options = Options(rate_limit=LIMIT, rate_window_secs=WINDOW_SECS)
    with EmulatorServer(options) as server:
        api = LiveApi(server)
        engine = SetEngine(connections := CredentialConnections(Transport(server.url, DEFAULT_API_KEY)))
        engine.restart(connections, parallel=32)
        phones = SetStack(engine)
        members: dict[str, object] = {f"desk-{number:04}": {} for number in range(count)}
        began = time.monotonic()
        phones.up(members)
        secs = time.monotonic() - began
        refused = sum(each["status"] == 429 for each in api.requests())
    # The first window's worth of them goes out at once.
    ideal = (count - LIMIT) / LIMIT * WINDOW_SECS
    figure.expect("rate limit: failed", len(phones.failed), not phones.failed, "0")
    # A few seconds say nothing on a machine that runs other tests too.
    in_time = quick or secs / ideal <= _MOST_OF_IDEAL
    figure.expect("rate limit: of the ideal time", round(secs / ideal, 2), in_time, f"{_MOST_OF_IDEAL}")
    share = round(refused / (count + refused), 3)
    # What a busy machine holds up arrives in a later window, and few requests make a large share of it.
    most = 0.25 if quick else 0.05
    figure.expect("rate limit: share of answers that are 429", share, share <= most, f"{most} at most")


if __name__ == "__main__":
    main(measure)
