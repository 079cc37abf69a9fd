"""Reads that lag behind writes, and lists that do not hear what they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulator.client import PATH, Client, data, problems

if TYPE_CHECKING:
    from pulumi_telnyx.emulator import EmulatorServer
    from tests.emulator.conftest import Clock

NAME_FILTER = "filter[connection_name][contains]"
GONE = [(404, "10005", "/")]


def names(client: Client, **query: str) -> list[str]:
    """The user names that a list shows."""
    return [one["user_name"] for one in client.list(**query).json()["data"]]


def test_a_new_connection_shows_only_after_a_while(client: Client, api: EmulatorServer, clock: Clock) -> None:
    """Neither retrieve nor list has it before; the number of results agrees with the list."""
    old = client.created(user_name="oldone")
    clock.now += 5
    api.configure(visible_after_secs=2.5)
    new = client.created(user_name="newone")
    early = [client.retrieve(new["id"]), client.list()]
    clock.now += 2.4
    still = client.retrieve(new["id"])
    clock.now += 0.2

    assert problems(early[0]) == problems(still) == GONE
    assert early[1].json()["data"] == [old]
    assert early[1].json()["meta"]["total_results"] == 1
    assert data(client.retrieve(new["id"])) == new
    assert client.list().json()["data"] == [new, old]


def test_a_connection_that_does_not_show_yet_is_there_all_the_same(
    client: Client, api: EmulatorServer
) -> None:
    """Its name is taken, it can be changed and deleted, and counts."""
    api.configure(visible_after_secs=60)
    new = client.created()
    taken = client.create()
    changed = client.update(new["id"], active=False)
    status = client.send("POST", f"{PATH}/{new['id']}/actions/check_registration_status")
    count = client.send("GET", "/connections/count")

    assert problems(taken) == [(422, "10015", "/user_name")]
    assert data(changed)["active"] is False
    assert status.status_code == 200
    assert data(count)["counts"] == {"credential_connections": 1}
    assert problems(client.retrieve(new["id"])) == GONE
    assert data(client.delete(new["id"]))["id"] == new["id"]


def test_what_was_planted_with_a_past_shows_at_once(client: Client, api: EmulatorServer) -> None:
    """Its age counts, not when it was planted."""
    api.configure(visible_after_secs=60)
    settings = {"user_name": "planted1"}
    client.control("POST", "/connections", json={"created_at": "2025-01-02T03:04:05Z", "settings": settings})

    assert names(client) == ["planted1"]


def test_more_time_than_ever_was_shows_nothing(client: Client, api: EmulatorServer) -> None:
    """And is no error."""
    api.configure(visible_after_secs=1e12)
    client.created()

    assert names(client) == []


def test_a_list_may_ignore_the_name_that_it_is_asked_for(client: Client, api: EmulatorServer) -> None:
    """Then it shows what other filters leave, even where the name would be refused."""
    client.created(user_name="desk1", connection_name="front", outbound={"outbound_voice_profile_id": "21"})
    client.created(user_name="desk2", connection_name="back")
    heard = names(client, **{NAME_FILTER: "front"})
    api.configure(ignore_name_filter=True)

    assert heard == ["desk1"]
    assert names(client, **{NAME_FILTER: "front"}) == ["desk2", "desk1"]
    assert names(client, **{NAME_FILTER: "x"}) == ["desk2", "desk1"]
    assert names(client, **{NAME_FILTER: "back", "filter[outbound_voice_profile_id]": "21"}) == ["desk1"]
