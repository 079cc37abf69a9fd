"""Rows 9, 10, 30 and 35: broken answers, somebody else's, endless lists, and ids that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pulumi_telnyx.api.connections import MAX_PAGES

from .cell import (
    ALWAYS,
    LOOK_UPS,
    METHODS,
    ONCE,
    OPS,
    PLACES,
    Cell,
    Expect,
    Op,
    Place,
    Table,
    for_ever,
    foreign,
    lost,
    only,
    refused,
    spread,
)
from .world import Edit, World

Change = Callable[[dict[str, Any]], object]

_JUNK = {
    "empty": "",
    "null": "null",
    "a list": "[]",
    "data missing": "{}",
    "data null": '{"data": null}',
    "data a text": '{"data": "x"}',
    "no JSON": '{"data": {"id": ',
}


def rows() -> list[Cell]:
    return [*_broken(), *_not_the_api(), *_pages(), *_ids()]


def _broken() -> Iterator[Cell]:
    """Row 9: answers that end too soon, or hold no connection."""
    for framing in ("length", "chunked", "close"):
        yield from spread(9, f"cut off ({framing})", "truncate", ONCE, framing=framing)
    yield from spread(
        9, "cut off for ever", "truncate", for_ever("TransportError", "127.0.0.1"), times=ALWAYS
    )
    for name, text in _JUNK.items():
        yield from spread(9, name, "body", ONCE, status=200, text=text)
    never = for_ever("TransportError", "127.0.0.1", "base URL")
    for name in ("empty", "data missing"):
        yield from spread(9, f"{name}, for ever", "body", never, status=200, text=_JUNK[name], times=ALWAYS)


def _not_the_api() -> Iterator[Cell]:
    """Row 10: somebody else answers in the API's place."""
    for status in (200, 502):
        never = for_ever("TransportError", "127.0.0.1", f"answered {status}", "text/html")
        yield from spread(10, f"a page, {status}", "html", ONCE, status=status)
        yield from spread(10, f"a page, {status}, for ever", "html", never, status=status, times=ALWAYS)
    yield from spread(10, "a page, 404", "html", foreign("answered 404", "127.0.0.1"), status=404)
    yield from spread(10, "a page, 403", "html", refused("AuthError", "403"), status=403)
    for status in (301, 302, 303, 307, 308):
        table = foreign(f"answered {status}", "redirect", "127.0.0.1")
        if status != 302:
            table = only(table, ("create", "after"), ("read", "after"), ("update", "after"))
        where = "http://127.0.0.1:9/login"
        yield from spread(10, f"redirected, {status}", "redirect", table, status=status, location=where)
    right: Table = {place: Expect(calls=1) for place in PLACES if place[1] == "after"}
    right |= {("look-up", "after"): Expect(posts=1, calls=2), ("look-up", "before"): Expect(posts=2)}
    yield from spread(10, "right, but called text/html", "content_type", right)


def edited(
    row: int,
    name: str,
    op: Op,
    change: Change,
    expect: Expect | None = None,
    *,
    times: int | None = ALWAYS,
    **more: Any,
) -> Cell:
    """Return a cell in which the API acts, and its answers show each connection otherwise."""

    def whole(body: Any) -> Any:
        data = body["data"]
        for each in data if isinstance(data, list) else [data]:
            change(each)
        return body

    edit = Edit(METHODS[op], whole, listing=op == "look-up", times=times)
    return Cell(row, name, op, "after", expect or Expect(), lost(op, "after"), (edit,), **more)


def setting(**values: Any) -> Change:
    return lambda row: row.update(values)


def _pages() -> Iterator[Cell]:
    """Row 30: lists that change while they are read, repeat, or count their pages wrongly."""
    lists: dict[str, Callable[[], Callable[[Any], Any]]] = {
        "total_pages is 0": lambda: _meta(total_pages=0),
        "total_pages is text": lambda: _meta(total_pages="many"),
        "total_pages is null": lambda: _meta(total_pages=None),
        "more pages than there are": lambda: _meta(total_pages=99),
        "no meta": lambda: lambda body: {"data": body["data"]},
        "no connections among the rows": lambda: (
            lambda body: {
                **body,
                "data": [None, 7, "x", [], {}, *body["data"]],
            }
        ),
        "moved to the second page": lambda: _two_pages(first=False),
        "on both pages": lambda: _two_pages(first=True),
    }
    for name, change in lists.items():
        for op, moment in LOOK_UPS:
            edit = Edit("GET", change(), listing=True)
            yield Cell(30, name, op, moment, Expect(posts=ONCE[op, moment].posts), lost(op, moment), (edit,))
    # Looked through twice, since it is not there.
    for name, endless, most in (
        ("the same page for ever", lambda body: _page(body, 1), 4),
        ("new pages for ever", lambda body: _page(body, body["meta"]["page_number"]), 2 * MAX_PAGES),
    ):
        edit = Edit("GET", endless, listing=True)
        expect = Expect(posts=2, calls=2 + most)
        yield Cell(30, name, "look-up", "before", expect, lost("look-up", "before"), (edit,))


def _meta(**changes: Any) -> Callable[[Any], Any]:
    return lambda body: {**body, "meta": {**body["meta"], **changes}}


def _page(body: Any, number: int, *more: Any) -> Any:
    fillers = [{"id": f"{number}{each:04}", "user_name": f"filler{number}x{each}"} for each in range(20)]
    return {"data": [*fillers, *more], "meta": {**body["meta"], "total_pages": 9_999}}


def _two_pages(*, first: bool) -> Callable[[Any], Any]:
    """Return a list whose connections move on while its first page is read."""
    kept: list[Any] = []

    def change(body: Any) -> Any:
        if body["meta"]["page_number"] == 1:
            kept[:] = body["data"]
            return _page(body, 1, *(kept if first else ()))
        # Really empty, since the account has so few.
        return _page(body, 1, *kept)

    return change


def _ids() -> Iterator[Cell]:
    """Row 35: ids that are numbers, are missing or are another connection's."""
    for op in OPS:
        yield edited(35, "a number", op, lambda row: row.update(id=int(row["id"])), check=_id_is_text)
    shapes: dict[str, Change] = {
        "missing": lambda row: row.pop("id"),
        "null": setting(id=None),
        "empty": setting(id=""),
        "true": setting(id=True),
        "a list": setting(id=["1"]),
        "another's": setting(id="2990000000000000000"),
    }
    never = for_ever("TransportError", "127.0.0.1", "base URL")
    done: tuple[Place, ...] = (("read", "after"), ("update", "after"))
    for name, change in shapes.items():
        for op, moment in done:
            yield edited(35, f"{name}, once", op, change, ONCE[op, moment], times=1)
            yield edited(35, f"{name}, for ever", op, change, never[op, moment])
        # A deleted connection needs no id; what another's would do to a create, nobody could know.
        yield edited(35, f"{name}, once", "delete", change, Expect(calls=1), times=1)
        if name != "another's":
            yield edited(35, f"{name}, once", "create", change, Expect(posts=1), times=1)


def _id_is_text(world: World) -> list[str]:
    kept = world.stack.id
    return [] if kept is None or kept in {row["id"] for row in world.ours()} else [f"the id is {kept!r}"]
