"""A user name belongs to one connection in the world; what others own cannot be seen."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.client import OTHER_KEY, PATIENCE_SECS, data, problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_telnyx.emulator import EmulatorServer
    from tests.emulator.client import Client

TAKEN = [(422, "10015", "/user_name")]


def test_a_user_name_is_taken_whatever_its_letter_case(client: Client) -> None:
    """The case is kept on reading, but makes no difference."""
    found = client.created(user_name="FrontDesk")

    assert problems(client.create(user_name="fRONTdESK")) == TAKEN
    assert data(client.retrieve(found["id"]))["user_name"] == "FrontDesk"


def test_an_update_cannot_take_a_user_name(client: Client) -> None:
    """But a connection may be given its own name again, in another case."""
    client.created(user_name="desk1")
    second = client.created(user_name="desk2")

    assert problems(client.update(second["id"], user_name="DESK1")) == TAKEN
    assert data(client.update(second["id"], user_name="DESK2"))["user_name"] == "DESK2"


def test_another_accounts_connection_is_not_there_but_its_name_is_taken(
    client: Client, connect: Callable[[str | None], Client]
) -> None:
    """Neither reading nor writing finds it, and no list shows it."""
    theirs = connect(OTHER_KEY).created(user_name="frontdesk")

    gone = [(404, "10005", "/")]
    assert problems(client.retrieve(theirs["id"])) == gone
    assert problems(client.update(theirs["id"], active=False)) == gone
    assert problems(client.delete(theirs["id"])) == gone
    assert client.list().json()["data"] == []
    assert problems(client.create(user_name="FRONTDESK")) == TAKEN
    assert data(connect(OTHER_KEY).retrieve(theirs["id"])) == theirs


@pytest.mark.parametrize(
    ("status", "code", "pointer"),
    [(409, "10012", None), (400, "10015", "/user_name"), (422, "10027", "/data/attributes/user_name")],
)
def test_the_answer_to_a_taken_name_can_be_chosen(
    client: Client, api: EmulatorServer, status: int, code: str, pointer: str | None
) -> None:
    """The real one is documented nowhere, so a client has to understand them all."""
    api.configure(taken_status=status, taken_code=code, taken_pointer=pointer)
    client.created()

    assert problems(client.create()) == [(status, code, pointer)]


def test_of_many_creates_with_one_user_name_one_wins(
    connect: Callable[[str | None], Client], client: Client
) -> None:
    """However close together they arrive."""
    clients = [connect(OTHER_KEY) for _ in range(8)]
    start = threading.Barrier(len(clients))
    answers: list[Any] = []

    def create(one: Client) -> None:
        start.wait(PATIENCE_SECS)
        answers.append(one.create(user_name="wanted1"))

    threads = [threading.Thread(target=create, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 7
    assert len(client.control("GET", "/connections").json()["connections"]) == 1
