"""The mark that says whose connection it is, and how old a connection is by the server's clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_telnyx.api.connections import CredentialConnections
from pulumi_telnyx.api.models import Connection
from pulumi_telnyx.api.transport import Transport
from pulumi_telnyx.ownership import (
    Owner,
    age_secs,
    carries,
    described,
    in_words,
    is_mark,
    mark_of,
    names_a_user,
    owner_in,
    owner_named,
    taken_over,
    told_of_owner,
    with_mark,
    without_marks,
)
from tests.scripted_server import KEY, FakeClock, Reply, ScriptedServer

MARK = mark_of("acme", "phones", "prod", "desk")
THEIRS = mark_of("acme", "doors", "dev", "bell")
NOW = 1_700_000_000.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def transport(server: ScriptedServer, clock: FakeClock) -> Transport:
    return Transport(f"{server.origin}/v2", KEY, clock=clock.clock())


def connection(**fields: Any) -> Connection:
    return Connection.from_api({"id": "1", **fields})


def test_a_mark_is_readable_and_the_same_in_every_run() -> None:
    """It tells people who holds the connection, and an interrupted run's successor that it is its own."""
    assert MARK.startswith("pulumi:phones/prod:")
    assert mark_of("acme", "Phones EU", "prod", "desk").startswith("pulumi:Phones-EU/prod:")
    assert mark_of("acme", "phones", "prod", "desk") == MARK
    assert is_mark(MARK)
    assert owner_in([MARK]) == Owner("phones", "prod")


@pytest.mark.parametrize(
    "other",
    [
        ("acme2", "phones", "prod", "desk", ""),
        ("acme", "phones2", "prod", "desk", ""),
        ("acme", "phones", "prod2", "desk", ""),
        ("acme", "phones", "prod", "desk2", ""),
        ("acme", "phones", "prod", "desk", "second state"),
        ("acme", "phones", "prodd", "esk", ""),
    ],
)
def test_whatever_tells_two_resources_apart_tells_their_marks_apart(
    other: tuple[str, str, str, str, str],
) -> None:
    """Organisation, project, stack, resource and state; and no letter moves from one to the next."""
    assert mark_of(*other).rpartition(":")[2] != MARK.rpartition(":")[2]


@pytest.mark.parametrize(
    ("project", "stack"),
    [("a/b:c", "d:e/f"), ("p" * 100, "s" * 100), ("größe", "naïve 😀"), ("", "")],
)
def test_odd_and_long_names_still_make_a_mark(project: str, stack: str) -> None:
    """Slash and colon would end its parts, and how long a tag may be is documented nowhere."""
    mark = mark_of("acme", project, stack, "desk")

    assert is_mark(mark)
    assert mark.isascii()
    assert len(mark) <= len("pulumi:/:") + 2 * 32 + 16
    assert is_mark(mark_of("acme", "p" * 40 + "1", "s", "r"))
    assert mark_of("acme", "p" * 40 + "1", "s", "r") != mark_of("acme", "p" * 40 + "2", "s", "r")


@pytest.mark.parametrize(
    "tag",
    [
        "pulumi",
        "pulumi:phones/prod",
        "pulumi:phones/prod:",
        "pulumi:phones/prod:0123456789abcde",
        "pulumi:phones/prod:0123456789abcdef0",
        "pulumi:phones/prod:0123456789ABCDEF",
        "pulumi:phones:0123456789abcdef",
        "pulumi:a/b/c:0123456789abcdef",
        " pulumi:phones/prod:0123456789abcdef",
        "pulumi:phones/prod:0123456789abcdef\n",
        "PULUMI:phones/prod:0123456789abcdef",
        "",
        None,
        7,
        ["pulumi:phones/prod:0123456789abcdef"],
    ],
)
def test_what_only_looks_like_a_mark_is_none(tag: object) -> None:
    """Somebody's own tag must never make them an owner, nor vanish from what a program sees."""
    assert not is_mark(tag)
    assert owner_in([tag]) is None
    assert with_mark(["red", tag], MARK) == ["red", tag, MARK]  # type: ignore[list-item]
    found = connection(tags=["red", tag])
    assert without_marks(found) is found


@pytest.mark.parametrize("tags", [None, "", MARK, {"mark": MARK}, 7, [], [None, 7, {}, ["x"]], ["red"]])
def test_tags_of_any_shape_are_looked_through(tags: object) -> None:
    """What is read may be anything, and a text or an object is no list of tags."""
    assert owner_in(tags) is None
    assert not carries(tags, MARK)
    found = Connection.model_construct(id="1", tags=tags)
    assert without_marks(found) is found


def test_the_first_mark_names_the_owner() -> None:
    """Two can be there where somebody copied tags."""
    assert owner_in(["red", THEIRS, MARK]) == Owner("doors", "dev")


def test_what_a_refresh_says_of_a_new_owner_can_be_read_again() -> None:
    """A report names the stack that took a connection over; no other warning is taken for this one."""
    told = taken_over("12", Owner("doors", "dev"))

    assert told == (
        "connection 12 now has the mark of project doors, stack dev: if it was taken over on purpose, "
        "remove it from this stack with `pulumi state delete`, or out of its set with `retain`"
    )
    assert told_of_owner(told) == ("12", Owner("doors", "dev"))
    assert told_of_owner(f"so {told}") is None
    assert told_of_owner("connection 12 is gone") is None


@pytest.mark.parametrize(
    ("project", "stack", "known"),
    [
        ("phones", "prod", True),
        ("p" * 31, "s" * 31, True),
        ("p", "s", True),
        ("p" * 32, "prod", False),
        ("phones", "s" * 32, False),
        ("phones/eu", "prod", False),
        ("", "prod", False),
        ("phones", "", False),
    ],
)
def test_a_name_that_may_have_been_cut_or_spelled_otherwise_names_no_owner(
    project: str, stack: str, known: bool
) -> None:
    """Marks of another stack may look alike, and its connections are not this stack's to sweep."""
    assert owner_named(project, stack) == (Owner(project, stack) if known else None)


def test_a_mark_is_carried_only_as_it_is() -> None:
    """Another resource of the same stack has the same readable part; no mark at all is carried by nothing."""
    assert carries(["red", MARK], MARK)
    assert not carries([THEIRS, mark_of("acme", "phones", "prod", "door")], MARK)
    assert not carries([None], None)


def test_the_mark_is_sent_with_the_declared_tags_and_never_twice() -> None:
    """In place of any other mark, and without touching the program's own list."""
    declared = ["red", THEIRS, MARK, "blue"]

    assert with_mark(declared, MARK) == ["red", "blue", MARK]
    assert with_mark(declared, None) == ["red", "blue"]
    assert with_mark(None, MARK) == [MARK]
    assert with_mark(None, None) == []
    assert declared == ["red", THEIRS, MARK, "blue"]


def test_a_program_does_not_see_marks() -> None:
    """They are ours, whoever's they are; everything else stays, and in its order."""
    seen = without_marks(connection(tags=["red", MARK, "blue", THEIRS], active=True))

    assert seen.tags == ["red", "blue"]
    assert seen.active is True


@pytest.mark.parametrize(
    ("which", "is_user"),
    [
        ("desk0001", True),
        ("desk", True),
        ("1293384261075731499", False),
        ("1", False),
        ("desk-1", False),
        ("", False),
        (None, False),
        (1293384261075731499, False),
    ],
)
def test_what_is_adopted_is_named_by_user_name_or_id(which: object, is_user: bool) -> None:
    """An id is digits alone, which no user name is."""
    assert names_a_user(which) is is_user


@pytest.mark.parametrize(
    ("created_at", "age"),
    [
        ("2023-11-14T22:12:20.000Z", 60.0),
        ("2023-11-14T22:12:20+00:00", 60.0),
        ("2023-11-15T00:12:20+02:00", 60.0),
        ("2023-11-14T22:12:20", 60.0),
        ("2023-11-14T22:14:20Z", -60.0),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_an_age_is_counted_from_whatever_form_of_time_there_is(
    monkeypatch: pytest.MonkeyPatch, created_at: str | None, age: float | None
) -> None:
    """Without a zone it is UTC, wherever this runs; what is no time is an unknown age, not a young one."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert age_secs(created_at, NOW) == age
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_servers_clock_counts_and_not_this_machines(
    server: ScriptedServer, transport: Transport, clock: FakeClock
) -> None:
    """A laptop that is a day wrong must not make connections young or old."""
    api = CredentialConnections(transport)
    json_with_date = {"Content-Type": "application/json", "Date": "Tue, 14 Nov 2023 22:13:20 GMT"}
    own = api.server_time(clock.now)
    server.replies = [Reply(headers=json_with_date)]
    api.retrieve("1")

    assert own == clock.clock().wall()
    assert api.server_time(clock.now) == NOW
    assert transport.skew_secs == clock.clock().wall() - NOW
    clock.now += 90
    assert api.server_time(clock.now) == NOW + 90


@pytest.mark.parametrize("date", [None, "", "soon", "Tue, 99 Nov 2023 22:13:20 GMT"])
def test_an_answer_without_a_date_leaves_the_clock_as_it_is(
    server: ScriptedServer, transport: Transport, clock: FakeClock, date: str | None
) -> None:
    """Our own time, as long as no answer had one; and the last one that had, after that."""
    api = CredentialConnections(transport)
    without = {"Content-Type": "application/json"} | ({} if date is None else {"Date": date})
    server.replies = [
        Reply(headers=without),
        Reply(headers={**without, "Date": "Tue, 14 Nov 2023 22:13:20 GMT"}),
        Reply(headers=without),
    ]

    api.retrieve("1")
    assert api.server_time(clock.now) == clock.clock().wall()
    assert transport.skew_secs is None
    api.retrieve("1")
    api.retrieve("1")
    assert api.server_time(clock.now) == NOW


@pytest.mark.parametrize(
    ("secs", "words"),
    [
        (None, "unknown time"),
        (-5, "0 seconds"),
        (0, "0 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7_199, "120 minutes"),
        (7_200, "2 hours"),
        (172_799, "48 hours"),
        (172_800, "2 days"),
        (123_033_600, "1424 days"),
    ],
)
def test_an_age_is_told_in_words(secs: float | None, words: str) -> None:
    """The largest unit of which there are two."""
    assert in_words(secs) == words


def test_a_connection_is_described_safely() -> None:
    """Somebody else chose its name, and it goes to a terminal."""
    text = described(connection(connection_name="Desk\x1b[31m\nerror: all is lost", created_at="2024"))

    assert text == "connection 1 ('Desk [31m error: all is lost', created 2024)"
    assert described(connection()) == "connection 1 ('without a name', created at an unknown time)"
