"""Pages, filters and order of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.emulator.client import Client
    from tests.emulator.conftest import Clock


def names(answer: Any) -> list[str]:
    """The user names on a page, in order."""
    assert answer.status_code == 200, answer.text
    return [item["user_name"] for item in answer.json()["data"]]


@pytest.fixture
def five(client: Client, clock: Clock) -> Client:
    """Five connections, the second and third of the same moment."""
    for number, (name, second, active) in enumerate(
        [
            ("Front desk", 0, True),
            ("front door", 1, False),
            ("Köln", 1, True),
            ("KÖLN 2", 2, False),
            ("zoo", 3, True),
        ],
        start=1,
    ):
        clock.now = 1_793_606_400.0 + second
        client.created(
            connection_name=name,
            user_name=f"desk{number}",
            active=active,
            outbound={"outbound_voice_profile_id": "21" if number > 3 else "2105551234567890123"},
        )
    return client


def test_an_empty_list_is_one_empty_page(client: Client) -> None:
    """No connections are no error."""
    answer = client.list().json()

    assert answer == {
        "data": [],
        "meta": {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": 0},
    }


def test_the_newest_comes_first(five: Client) -> None:
    """Without a wish for another order; of equal age, the higher id."""
    assert names(five.list()) == ["desk5", "desk4", "desk3", "desk2", "desk1"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("created_at", "12345"),
        ("-created_at", "54321"),
        ("connection_name", "14325"),
        ("-connection_name", "52341"),
        ("active", "24135"),
        ("-active", "53142"),
    ],
)
def test_lists_are_sorted_as_asked(five: Client, sort: str, expected: str) -> None:
    """A plain key ascends, a minus turns it round, and equal rows are in the order of their ids."""
    assert names(five.list(sort=sort)) == [f"desk{number}" for number in expected]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 250])
def test_pages_together_are_the_whole_list(five: Client, size: int) -> None:
    """No connection is on two pages or on none."""
    seen = []
    number, pages = 1, 1
    while number <= pages:
        answer = five.list(**{"page[number]": number, "page[size]": size})
        seen += names(answer)
        meta = answer.json()["meta"]
        pages = meta["total_pages"]
        assert meta == {
            "page_number": number,
            "page_size": size,
            "total_pages": -(-5 // size),
            "total_results": 5,
        }
        number += 1

    assert seen == ["desk5", "desk4", "desk3", "desk2", "desk1"]


def test_a_page_past_the_end_is_empty(five: Client) -> None:
    """It is no error, and still tells how many there are."""
    answer = five.list(**{"page[number]": 10**17})

    assert names(answer) == []
    assert answer.json()["meta"]["total_results"] == 5


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filter[connection_name][contains]": "FRONT"}, "21"),
        ({"filter[connection_name][contains]": "köln"}, "43"),
        ({"filter[connection_name][contains]": "nowhere"}, ""),
        ({"filter[connection_name][contains]": "%%%"}, ""),
        ({"filter[outbound_voice_profile_id]": "21"}, "54"),
        ({"filter[outbound.outbound_voice_profile_id]": "21"}, "54"),
        ({"filter[outbound_voice_profile_id]": "2105551234567890124"}, ""),
        ({"filter[outbound_voice_profile_id]": "21", "filter[connection_name][contains]": "zoo"}, "5"),
        ({"filter[fqdn]": "sip.example.com"}, "54321"),
        ({"filter[user_name]": "desk1"}, "54321"),
    ],
)
def test_filters_narrow_the_list(five: Client, query: dict[str, str], expected: str) -> None:
    """Names are compared without regard to case; a filter the API does not have narrows nothing."""
    answer = five.list(**query)

    assert names(answer) == [f"desk{number}" for number in expected]
    assert answer.json()["meta"]["total_results"] == len(expected)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"page[number]": "0"}, "10015"),
        ({"page[number]": "-1"}, "10015"),
        ({"page[number]": "x"}, "10015"),
        ({"page[number]": "9" * 19}, "10015"),
        ({"page[size]": "0"}, "10015"),
        ({"page[size]": "251"}, "10015"),
        ({"page[size]": "2.5"}, "10015"),
        ({"sort": "user_name"}, "10018"),
        ({"sort": "--active"}, "10018"),
        ({"sort": ""}, "10018"),
        ({"filter[connection_name][contains]": "ab"}, "10031"),
    ],
)
def test_a_bad_query_is_refused_with_the_parameters_name(
    client: Client, query: dict[str, str], code: str
) -> None:
    """Nothing is silently clamped."""
    answer = client.list(**query)

    (item,) = answer.json()["errors"]
    assert answer.status_code == 400
    assert item["code"] == code
    assert item["source"] == {"parameter": next(iter(query))}


def test_items_of_a_list_are_whole_objects(five: Client) -> None:
    """A list shows a connection as a retrieve does."""
    item = five.list().json()["data"][0]

    assert item == five.retrieve(item["id"]).json()["data"]
