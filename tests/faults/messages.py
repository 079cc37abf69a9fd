"""What a user reads when something fails: every message names what, where, why and what to do next."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .figure import Figure, main
from .matrix.cell import ALWAYS, Cell, Expect, Table, refused, spread
from .matrix.judge import Verdict
from .matrix.table import cells, run, selection
from .matrix.world import SECRETS

QUICK_STEP = 12
MOST_LINES = 10
LINE_CHARACTERS = 110

# Ends of cells in which no error is shown.
_NO_ERRORS = {"ok", "gone", "killed", "changes"}
# Errors that are about the process or the account, whatever the API has answered last.
_OWN_REASONS = {"EngineGoneError", "WrongAccountError"}
# The engine names the resource before these, or there is none yet.
_NAMELESS = {"CheckFailure", "SettingsError"}
_OBJECTS = {
    # It may fail while it brings a connection in line that it has found.
    "create": r"create credential connection '[^']+'|(read|update) credential connection \d{19}",
    "look-up": r"create credential connection '[^']+'",
    "read": r"read credential connection \d{19}",
    "update": r"update credential connection \d{19}",
    "delete": r"delete credential connection \d{19}",
}
_NEXT_STEP = re.compile(
    r"(?:[;:,.(] ?| or | and |; see )"
    r"(?:ask|change|check|choose|delete|give|look|move|name|pass|remove|run|say|see|take|try|use)\b",
    re.IGNORECASE,
)
_ODD_STATUSES = (402, 405, 406, 410, 413, 415, 418, 421, 423, 428, 431, 451)
_ODD_FAILURES = (501, 505, 507, 508, 511, 520, 599)
_UNKNOWN_CODE = "99999"


def measure(quick: bool, folder: Path) -> Figure:
    figure = Figure("G20: every message names object, operation, reason and next step, in a line of its own")
    failing = [cell for cell in cells() if cell.expect.result not in _NO_ERRORS]
    beyond = list(odd_answers())
    chosen = [*selection(failing, QUICK_STEP), *beyond[::5]] if quick else [*failing, *beyond]
    wrong: Counter[str] = Counter()
    longest = 0
    for verdict in run(chosen, folder):
        text = verdict.outcome.text
        longest = max(longest, len(text))
        for what in complaints(verdict):
            wrong[what.partition(":")[0]] += 1
            figure.fail(f"{verdict.cell.title}: {what}: {text.strip()[:600]}")
    figure.count("messages", len(chosen))
    figure.count("messages beyond the table", sum(not cell.row for cell in chosen))
    figure.count("rows of the table with messages", len({cell.row for cell in chosen if cell.row}))
    figure.count("longest message, characters", longest)
    figure.expect("not as promised", sum(wrong.values()), not wrong, "0")
    figure.count("not as promised, by kind", dict(wrong))
    return figure


def odd_answers() -> Iterator[Cell]:
    """Return cells outside of the table, in row 0: statuses and codes that no document names."""
    for status in _ODD_STATUSES:
        table = refused("ApiError", str(status), f"code {_UNKNOWN_CODE}")
        yield from spread(0, f"{status}", "status", table, status=status, code=_UNKNOWN_CODE)
    for status in _ODD_FAILURES:
        # It may have been carried out, so a create looks for itself.
        says = (str(status), f"code {_UNKNOWN_CODE}")
        never = Expect("TransportError", posts=5, says=(*says, "is not known"))
        table = {**refused("ApiError", *says), ("create", "before"): never}
        yield from spread(0, f"{status}", "status", table, status=status, code=_UNKNOWN_CODE, times=ALWAYS)
    for status in (400, 404, 409, 422, 500):
        nameless: Table = {("read", "after"): Expect(_kind(status), says=(str(status),))}
        fields = {"status": status, "text": "no code here"}
        yield from spread(0, f"{status} without a code", "status", nameless, code="", times=ALWAYS, **fields)


def _kind(status: int) -> str:
    return {400: "InvalidInputError", 409: "ConflictError", 422: "InvalidInputError"}.get(status, "ApiError")


def complaints(verdict: Verdict) -> Iterator[str]:
    """Return what a message lacks, or has and must not have; what comes before a colon is the kind."""
    cell, outcome, text = verdict.cell, verdict.outcome, verdict.outcome.text
    if outcome.result != cell.expect.result:
        yield f"another end: {outcome.result}, not {cell.expect.result}"
    if outcome.result not in _NAMELESS and not re.search(_OBJECTS[cell.op], text):
        yield "names no operation and object"
    if not _NEXT_STEP.search(text):
        yield "says no next step"
    yield from _unnamed_reasons(verdict)
    yield from (f"does not say: {each!r}" for each in cell.expect.says if each not in text)
    if text.count("\n") != text.endswith("\n") or "Traceback" in text:
        yield "more than a line"
    if len(text) > MOST_LINES * LINE_CHARACTERS:
        yield f"too long: {len(text)} characters"
    if any(each in text for each in SECRETS):
        yield "shows a secret"
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in text.removesuffix("\n")):
        yield "steers a terminal"
    if any(body in text for body in _bodies(cell)):
        yield "shows a body"


def _unnamed_reasons(verdict: Verdict) -> Iterator[str]:
    """Return status and code of the last answer, where a message hides them."""
    text, faults = verdict.outcome.text, verdict.cell.faults
    last = verdict.log[-1]["status"] if verdict.log else None
    cut_off = any(fault.kind in {"truncate", "drip"} for fault in faults)
    if last is None or last < 300 or cut_off or verdict.outcome.result in _OWN_REASONS:
        return
    if str(last) not in text:
        yield f"hides the status: {last}"
    for fault in faults:
        told = fault.kind == "status" and fault.status == last and fault.code
        if told and f"code {fault.code}" not in text:
            yield f"hides the code: {fault.code}"


def _bodies(cell: Cell) -> Iterator[str]:
    """Return pieces of what a stranger answered, none of which may be repeated."""
    for fault in cell.faults:
        if fault.kind == "html":
            yield from ("<h1>", "<html", "The proxy in front of the API")
        if fault.kind in {"html", "body"} and fault.text and not _is_envelope(fault.text):
            yield fault.text


def _is_envelope(text: str) -> bool:
    try:
        content = json.loads(text)
    except ValueError:
        return False
    return isinstance(content, dict) and bool(content.keys() & {"errors", "reasons", "message"})


if __name__ == "__main__":
    main(measure)
