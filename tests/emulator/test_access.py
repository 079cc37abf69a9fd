"""Keys, rate limits, latency, paths and methods: what happens before a connection is looked at."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_telnyx.emulator import DEFAULT_API_KEY, routes
from tests.emulator.client import FORBIDDEN_KEY, OTHER_KEY, PATH, PATIENCE_SECS, data, problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_telnyx.emulator import EmulatorServer
    from tests.emulator.client import Client
    from tests.emulator.conftest import Clock


X_RATELIMIT = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"Basic {DEFAULT_API_KEY}", DEFAULT_API_KEY]
)
def test_without_a_known_key_there_is_no_access(
    connect: Callable[[str | None], Client], client: Client, header: str | None
) -> None:
    """The answer has no source, since no field is at fault."""
    headers = {} if header is None else {"Authorization": header}
    answer = connect(None).send("GET", PATH, headers=headers)

    assert problems(answer) == [(401, "10009", None)]


def test_a_key_without_rights_is_told_so(connect: Callable[[str | None], Client], client: Client) -> None:
    """Known, but not allowed, is another error than unknown."""
    assert problems(connect(FORBIDDEN_KEY).list()) == [(403, "10010", "/")]


def test_a_key_can_be_revoked_while_the_emulator_runs(client: Client, api: EmulatorServer) -> None:
    """The next request with it fails."""
    before = client.list()
    api.configure(api_keys={"KEY-new": "emulator"})

    assert before.status_code == 200
    assert problems(client.list()) == [(401, "10009", None)]


def test_a_key_can_be_revoked_over_http(client: Client) -> None:
    """Or lose its rights, and get them back."""
    edits: list[dict[str, Any]] = [
        {"forbidden_keys": [DEFAULT_API_KEY]},
        {"forbidden_keys": [], "api_keys": {}},
        {"api_keys": {DEFAULT_API_KEY: "emulator"}},
    ]
    answers = []
    for changes in edits:
        client.control("PATCH", "/settings", json=changes).raise_for_status()
        answers.append(client.list().status_code)

    assert answers == [403, 401, 200]


def test_all_keys_can_be_revoked_after_some_requests(
    client: Client, api: EmulatorServer, connect: Callable[[str | None], Client]
) -> None:
    """In the middle of whatever a client does; requests without a good key do not count."""
    client.list()
    api.configure(revoke_after=2)
    api.configure(mask_passwords=True)
    connect("KEY-unknown").list()

    answers = [client.list(), client.create(), client.list(), connect(OTHER_KEY).list()]

    assert [answer.status_code for answer in answers] == [200, 201, 401, 401]
    assert problems(answers[2]) == [(401, "10009", None)]


@pytest.mark.parametrize(("after", "expected"), [(0, [401, 401]), (1, [200, 401]), (None, [200, 200])])
def test_revoking_counts_from_when_it_is_set(
    client: Client, api: EmulatorServer, after: int | None, expected: list[int]
) -> None:
    """Set again, it begins again; set back, the keys are good again."""
    api.configure(revoke_after=1)
    before = [client.list().status_code for _ in range(2)]
    client.control("PATCH", "/settings", json={"revoke_after": after}).raise_for_status()

    assert before == [200, 401]
    assert [client.list().status_code for _ in range(2)] == expected


@pytest.mark.parametrize(
    "path",
    ["", "/", "/credential_connection", PATH + "/", PATH + "/1/2", "/connections", "/fqdn_connections/1"],
)
def test_an_unknown_path_is_no_missing_connection(client: Client, path: str) -> None:
    """A plain 404 without the envelope: a wrong base URL must not look like a deleted connection."""
    answer = client.send("GET", path)

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")


def test_another_version_of_the_api_is_an_unknown_path(client: Client) -> None:
    """So is a base URL with a wrong version."""
    answer = client.send("GET", "/../v1" + PATH)

    assert (answer.status_code, answer.text) == (404, "Not Found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", PATH, "GET, POST"),
        ("DELETE", PATH, "GET, POST"),
        ("POST", f"{PATH}/1", "GET, PATCH, DELETE"),
        ("GET", f"{PATH}/1/actions/check_registration_status", "POST"),
    ],
)
def test_a_method_that_a_path_does_not_know_is_refused(
    client: Client, method: str, path: str, allowed: str
) -> None:
    """The answer lists those that it knows."""
    answer = client.send(method, path)

    assert problems(answer) == [(405, "10030", "/")]
    assert answer.headers["allow"] == allowed


def test_every_answer_has_a_request_id_of_its_own_and_the_emulators_date(client: Client) -> None:
    """Errors and unknown paths included; the date is by the clock that timestamps are by."""
    answers = [client.list(), client.create(active="no"), client.send("GET", "/nowhere")]

    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
    assert {answer.headers["date"] for answer in answers} == {"Mon, 02 Nov 2026 08:00:00 GMT"}


def test_no_limit_no_headers(client: Client) -> None:
    """Limits are off by default."""
    assert not [name for name in client.list().headers if name.startswith("x-ratelimit")]


def test_a_limit_counts_down_refuses_and_opens_again(
    client: Client, api: EmulatorServer, clock: Clock, connect: Callable[[str | None], Client]
) -> None:
    """Headers tell where the account stands; other accounts have windows of their own."""
    api.configure(rate_limit=2, rate_window_secs=10)

    first = client.list()
    clock.now += 3.5
    second = client.retrieve("1")
    refused = client.list()
    other = connect(OTHER_KEY).list()
    clock.now += 6.5
    again = client.list()

    told = [
        tuple(answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset"))
        for answer in (first, second, refused, again)
    ]
    assert told == [("2", "1", "10"), ("2", "0", "7"), ("2", "0", "7"), ("2", "1", "10")]
    assert [answer.status_code for answer in (first, second, other, again)] == [200, 404, 200, 200]
    assert refused.status_code == 429
    assert refused.json() == {
        "errors": [{"code": "10011", "title": "Too many requests", "detail": "Request limit reached"}]
    }
    assert "retry-after" not in refused.headers


@pytest.mark.parametrize(
    ("style", "with_answers", "with_refusals"),
    [
        ("x-ratelimit", X_RATELIMIT, X_RATELIMIT),
        ("retry-after", set(), {"retry-after"}),
        ("both", X_RATELIMIT, X_RATELIMIT | {"retry-after"}),
        ("none", set(), set()),
    ],
)
def test_how_a_limit_is_told_can_be_chosen(
    client: Client, api: EmulatorServer, style: str, with_answers: set[str], with_refusals: set[str]
) -> None:
    """Documented are the headers with every answer; many APIs have another way, and some have none."""
    api.configure(rate_limit=1, rate_window_secs=4, rate_limit_headers=style)
    answers = [client.list(), client.list()]

    told = [
        {name: answer.headers[name] for name in X_RATELIMIT | {"retry-after"} if name in answer.headers}
        for answer in answers
    ]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert [set(one) for one in told] == [with_answers, with_refusals]
    assert told[1].get("retry-after", "4") == told[1].get("x-ratelimit-reset", "4") == "4"


def test_latency_delays_every_answer_but_not_one_after_the_other(
    client: Client,
    api: EmulatorServer,
    clock: Clock,
    connect: Callable[[str | None], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Requests wait side by side, and none is looked at before its pause is over."""
    pauses: list[float] = []
    all_wait = asyncio.Event()

    async def pause(secs: float) -> None:
        pauses.append(secs)
        if len(pauses) == 5:
            clock.now += 1
            all_wait.set()
        # Whoever waits alone is let go in the end, and its answer has the wrong time.
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(all_wait.wait(), PATIENCE_SECS / 2)
        all_wait.set()

    monkeypatch.setattr(routes, "asyncio", SimpleNamespace(sleep=pause))
    api.configure(latency_secs=0.2)
    clients = [connect(DEFAULT_API_KEY) for _ in range(5)]

    with ThreadPoolExecutor(5) as pool:
        answers = [pool.submit(one.create, user_name=f"name{number}") for number, one in enumerate(clients)]
    made = [data(answer.result(), 201) for answer in answers]

    assert pauses == [0.2] * 5
    assert [each["created_at"] for each in made] == ["2026-11-02T08:00:01.000Z"] * 5
