"""How `pulumi-telnyx registrations` shows what it has found."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ..api.clock import moment_in
from .console import print_table, table_with

if TYPE_CHECKING:
    from ..registrations import Change, Compared, Standing

_MOST_PROBLEMS: Final = 3
_COLUMNS: Final = ("NAME", "USER NAME", "STATUS", "FROM", "LAST REGISTRATION", "PHONE")
_CHANGES: Final[dict[Change, str]] = {
    "lost": "not registered any more",
    "unknown": "unknown now",
    "back": "came back",
    "new": "new",
    "no new login": "no new login yet",
    "same": "as before",
}


def as_json(standings: Iterable[Standing], compared: Iterable[Compared] | None) -> str:
    """Return a JSON array: one object a connection, with what has become of it where that was asked for."""
    if compared is None:
        return json.dumps([each.as_json() for each in standings], indent=2)
    rows = [
        {"change": each.change, **each.now.as_json(), "before": each.before and each.before.as_json()}
        for each in compared
    ]
    return json.dumps(rows, indent=2)


def print_standings(standings: Sequence[Standing]) -> None:
    """Print all connections, those that are not registered first."""
    _print(_COLUMNS, (_cells(each) for each in sorted(standings, key=lambda each: bool(each.is_registered))))


def print_changes(compared: Iterable[Compared]) -> None:
    """Print the connections that are not as before, the lost ones first."""
    order = list(_CHANGES)
    changed = [each for each in compared if each.change != "same"]
    changed.sort(key=lambda each: order.index(each.change))
    _print(("CHANGE", *_COLUMNS), ((_CHANGES[each.change], *_cells(_last_known(each))) for each in changed))


def summary(standings: Sequence[Standing], compared: Iterable[Compared] | None = None) -> str:
    """Return a line with numbers; further ones say why connections could not be asked."""
    if compared is None:
        text = f"{sum(each.is_registered is True for each in standings)} of {len(standings)} registered"
        unknown = sum(each.is_registered is None for each in standings)
        text += f", {unknown} unknown" if unknown else ""
    else:
        counts = Counter(each.change for each in compared)
        text = ", ".join(f"{counts[change]} {words}" for change, words in _CHANGES.items() if counts[change])
    problems = [each.problem for each in standings if each.problem]
    more = [f"and {len(problems) - _MOST_PROBLEMS} more"] if len(problems) > _MOST_PROBLEMS else []
    return "\n".join([*problems[:_MOST_PROBLEMS], *more, text])


def _print(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.text import Text

    from ..api.errors import printable

    table = table_with(columns, whole={"USER NAME", "FROM"})
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    if table.row_count:
        print_table(table)


def _last_known(compared: Compared) -> Standing:
    """Return what is known now, and from before where a phone was that is not there any more."""
    now, before = compared.now, compared.before
    if before is None or now.is_registered:
        return now
    told = {name: value for name, value in vars(now.registration).items() if value is not None}
    earlier = dataclasses.replace(before.registration, status=now.registration.status)
    return dataclasses.replace(now, registration=dataclasses.replace(earlier, **told))


def _cells(standing: Standing) -> tuple[str, ...]:
    line, registration = standing.line, standing.registration
    status = "gone" if standing.gone else registration.status or "unknown"
    return (
        line.resource or line.connection_name or line.id,
        line.user_name or "",
        status,
        _place(standing),
        _moment(registration.last_registration),
        registration.user_agent or "",
    )


def _place(standing: Standing) -> str:
    """Return `203.0.113.7:5060 UDP`, as far as it is known."""
    registration = standing.registration
    host = registration.ip_address or ""
    host = f"[{host}]" if ":" in host else host
    port = f":{registration.port}" if host and registration.port else ""
    return f"{host}{port} {registration.transport or ''}".strip()


def _moment(text: str | None) -> str:
    """Return a moment in UTC; what is none is shown as it is."""
    moment = moment_in(text)
    return text or "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"
