"""Which requests faults hit, how they are set and forgotten, and which are refused."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_telnyx.emulator import EmulatorServer, Fault
from pulumi_telnyx.emulator.faults import Faults, read_faults
from tests.emulator.client import PATH, Client, data

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILS = 503


def statuses(client: Client, requests: int) -> list[int]:
    """The answers to so many lists."""
    return [client.list().status_code for _ in range(requests)]


@pytest.mark.parametrize(
    ("nth", "times", "expected"),
    [
        (1, 1, [503, 200, 200, 200]),
        (2, 1, [200, 503, 200, 200]),
        (2, 2, [200, 503, 503, 200]),
        (1, None, [503, 503, 503, 503]),
        (3, None, [200, 200, 503, 503]),
    ],
)
def test_a_fault_hits_from_one_request_on_and_so_many_times(
    client: Client, api: EmulatorServer, nth: int, times: int | None, expected: list[int]
) -> None:
    """Counted from when it was set."""
    client.list()
    api.inject(Fault("status", nth=nth, times=times))

    assert statuses(client, 4) == expected
    assert api.fault_hits() == [expected.count(FAILS)]


@pytest.mark.parametrize(
    ("method", "path", "hit"),
    [
        (None, "*", [True, True, True, True]),
        ("GET", "*", [True, True, False, True]),
        (None, "/credential_connections", [True, False, False, False]),
        (None, "/credential_connections/*", [False, True, True, False]),
        ("PATCH", "/credential_connections/*", [False, False, True, False]),
        (None, "/connections/count", [False, False, False, True]),
        (None, "/*/[0-9]*", [False, True, True, False]),
        (None, "/CREDENTIAL_CONNECTIONS", [False, False, False, False]),
        ("DELETE", "*", [False, False, False, False]),
    ],
)
def test_a_fault_hits_the_method_and_path_that_it_names(
    client: Client, api: EmulatorServer, method: str | None, path: str, hit: list[bool]
) -> None:
    """The path is a shell pattern below the version."""
    found = client.created()
    api.inject(Fault("status", method=method, path=path, times=None))

    answers = [
        client.list(),
        client.retrieve(found["id"]),
        client.update(found["id"]),
        client.send("GET", "/connections/count"),
    ]

    assert [answer.status_code == FAILS for answer in answers] == hit


def test_nth_counts_only_requests_that_match(client: Client, api: EmulatorServer) -> None:
    """The second create, however many reads lie between."""
    api.inject(Fault("status", method="POST", nth=2))
    client.created()
    client.list()

    assert client.create(user_name="desk2").status_code == FAILS


def test_another_version_and_the_control_paths_are_never_hit(client: Client, api: EmulatorServer) -> None:
    """Faults are the API's."""
    api.inject(Fault("status", times=None))

    assert client.control("GET", "/health").status_code == 200
    assert client.send("GET", "/../v1" + PATH).status_code == 404
    assert client.send("GET", "/../v20" + PATH).status_code == 404


def test_faults_for_the_same_request_happen_one_after_the_other(client: Client, api: EmulatorServer) -> None:
    """In the order they were added: a list of faults is a script."""
    api.inject(Fault("status", status=500), Fault("status", status=502), Fault("status", status=504, nth=2))

    assert statuses(client, 4) == [500, 502, 504, 200]
    assert api.fault_hits() == [1, 1, 1]


def test_chance_repeats_itself(client: Client, api: EmulatorServer) -> None:
    """The same seed hits the same requests, another one others, and about as many as it should."""

    def run(seed: int) -> list[int]:
        api.clear_faults()
        api.inject(Fault("status", times=None, probability=0.3), seed=seed)
        return statuses(client, 100)

    first, other, again = run(1), run(2), run(1)

    assert first == again
    assert first != other
    assert 10 < first.count(FAILS) < 50


def test_without_a_new_seed_chance_begins_anew_when_faults_are_forgotten() -> None:
    """So that a test which is run again sees the same."""
    faults = Faults(seed=7)

    def run() -> list[bool]:
        faults.add(Fault("close", times=None, probability=0.5))
        found = [faults.choose("GET", "/v2/x") is not None for _ in range(50)]
        faults.clear()
        return found

    assert run() == run()


@pytest.mark.parametrize(("probability", "hits"), [(0, 0), (1, 3)])
def test_no_chance_and_certainty_are_kept(
    client: Client, api: EmulatorServer, probability: float, hits: int
) -> None:
    """And `times` counts the chances, not the hits."""
    api.inject(Fault("status", times=3, probability=probability))

    assert statuses(client, 5).count(FAILS) == hits


def test_faults_outlive_settings_but_not_a_reset(client: Client, api: EmulatorServer) -> None:
    """A reset is the start, where all went well."""
    api.inject(Fault("status", times=None))
    api.configure(mask_passwords=True)
    before = client.list()
    client.control("POST", "/reset")

    assert before.status_code == FAILS
    assert client.list().status_code == 200
    assert api.fault_hits() == []


def test_faults_can_be_forgotten(client: Client, api: EmulatorServer) -> None:
    """What comes next is hit no more."""
    api.inject(Fault("status", times=None))
    before = client.list()
    api.clear_faults()

    assert (before.status_code, client.list().status_code) == (FAILS, 200)
    assert api.fault_hits() == []


def test_faults_can_be_set_before_the_start() -> None:
    """They are then set at every start, and gone again when they are forgotten while stopped."""
    api = EmulatorServer(faults=[Fault("status")])
    api.inject(Fault("html", method="POST"))
    client = Client(api)
    assert api.fault_hits() == [0, 0]
    for _ in range(2):
        with api:
            assert statuses(client, 2) == [FAILS, 200]
            assert api.fault_hits() == [1, 0]
    api.clear_faults()
    with api:
        assert statuses(client, 1) == [200]

    client.close()


def test_faults_can_be_set_and_counted_while_requests_run(client: Client, api: EmulatorServer) -> None:
    """From any thread; none is lost."""
    ended = threading.Event()

    def meddle() -> None:
        while not ended.is_set():
            api.inject(Fault("status", method="PUT"))
            api.fault_hits()

    api.inject(Fault("status", times=None, probability=0.5))
    thread = threading.Thread(target=meddle)
    thread.start()
    try:
        failed = statuses(client, 50).count(FAILS)
    finally:
        ended.set()
        thread.join()

    assert api.fault_hits()[0] == failed
    assert not any(api.fault_hits()[1:])


def test_faults_can_be_set_seen_and_forgotten_over_http(client: Client) -> None:
    """One, or a list; whoever asks sees every field and how often each has hit."""
    one = client.control("POST", "/faults", json={"kind": "status", "status": 500, "times": None})
    more = client.control(
        "POST",
        "/faults",
        json=[{"kind": "close", "method": "PUT"}, {"kind": "html", "headers": {"x-a": "b"}}],
    )
    client.list()
    seen = client.control("GET", "/faults").json()["faults"]
    gone = client.control("DELETE", "/faults")

    assert (one.status_code, more.status_code, gone.status_code) == (201, 201, 204)
    assert [each["kind"] for each in more.json()["faults"]] == ["close", "html"]
    assert [(each["kind"], each["hits"]) for each in seen] == [("status", 1), ("close", 0), ("html", 0)]
    assert [each["id"] for each in seen] == [
        each["id"] for answer in (one, more) for each in answer.json()["faults"]
    ]
    fields = {name: value for name, value in seen[2].items() if name not in ("id", "hits")}
    assert read_faults(fields) == [Fault("html", headers={"x-a": "b"})]
    assert client.control("GET", "/faults").json() == {"faults": []}


def test_a_seed_can_be_given_over_http(client: Client) -> None:
    """In the query, since it belongs to all faults."""
    runs = []
    for _ in range(2):
        fault = {"kind": "status", "times": None, "probability": 0.5}
        client.control("POST", "/faults", params={"seed": "11"}, json=fault)
        runs.append(statuses(client, 30))
        client.control("DELETE", "/faults")

    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 2
    assert (
        client.control("POST", "/faults", params={"seed": "-1"}, json=[]).text
        == "seed: must be a whole number"
    )


BAD_FAULTS: Sequence[tuple[dict[str, Any], str]] = [
    ({}, "kind"),
    ({"kind": "explode"}, "kind"),
    ({"kind": ["status"]}, "kind"),
    ({"kind": "status", "when": 1}, "when"),
    ({"kind": "status", "method": "post"}, "method"),
    ({"kind": "status", "method": ""}, "method"),
    ({"kind": "status", "method": 1}, "method"),
    ({"kind": "status", "path": "credential_connections"}, "path"),
    ({"kind": "status", "path": "/v2/credential_connections"}, "path"),
    ({"kind": "status", "path": "/v2"}, "path"),
    ({"kind": "status", "path": ""}, "path"),
    ({"kind": "status", "path": None}, "path"),
    ({"kind": "status", "nth": 0}, "nth"),
    ({"kind": "status", "nth": True}, "nth"),
    ({"kind": "status", "nth": None}, "nth"),
    ({"kind": "status", "times": 0}, "times"),
    ({"kind": "status", "times": 1.5}, "times"),
    ({"kind": "status", "probability": 1.1}, "probability"),
    ({"kind": "status", "probability": "1"}, "probability"),
    ({"kind": "status", "moment": "during"}, "moment"),
    ({"kind": "rate_limit", "moment": "after"}, "moment"),
    ({"kind": "status", "status": 199}, "status"),
    ({"kind": "status", "status": 600}, "status"),
    ({"kind": "status", "status": "503"}, "status"),
    ({"kind": "redirect", "location": "/", "status": 200}, "status"),
    ({"kind": "status", "code": 10007}, "code"),
    ({"kind": "body", "text": {"data": 1}}, "text"),
    ({"kind": "status", "headers": ["x"]}, "headers"),
    ({"kind": "status", "headers": {"x": 1}}, "headers"),
    ({"kind": "status", "headers": {"x y": "z"}}, "headers"),
    ({"kind": "status", "headers": {"x": "a\r\nb: c"}}, "headers"),
    ({"kind": "status", "headers": {"x": " a"}}, "headers"),
    ({"kind": "status", "headers": {"x": "€"}}, "headers"),
    ({"kind": "status", "headers": {"Content-Length": "3"}}, "headers"),
    ({"kind": "latency", "secs": -1}, "secs"),
    ({"kind": "latency", "secs": 1e10}, "secs"),
    ({"kind": "latency", "secs": "1"}, "secs"),
    ({"kind": "redirect"}, "location"),
    ({"kind": "redirect", "location": "/\n"}, "location"),
    ({"kind": "truncate", "keep_bytes": -1}, "keep_bytes"),
    ({"kind": "truncate", "framing": "none"}, "framing"),
    ({"kind": "rate_limit", "limit_headers": "both"}, "limit_headers"),
]


@pytest.mark.parametrize(("fault", "named"), BAD_FAULTS, ids=json.dumps)
def test_a_bad_fault_is_refused_by_the_name_of_its_field(
    client: Client, fault: dict[str, Any], named: str
) -> None:
    """And none of its list is set."""
    answer = client.control("POST", "/faults", json=[{"kind": "close"}, fault])

    assert answer.status_code == 400
    assert answer.text.startswith(f"fault 2: {named}: ")
    assert client.control("GET", "/faults").json() == {"faults": []}
    with pytest.raises(ValueError, match=f"^{named}: "):
        read_faults(fault)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    """JSON has none of them, but Python has."""
    with pytest.raises(ValueError, match=r"^secs: "):
        Fault("latency", secs=value)
    with pytest.raises(ValueError, match=r"^probability: "):
        Fault("latency", probability=value)


@pytest.mark.parametrize("text", ["half \ud800", "\udfff"])
def test_text_that_cannot_be_sent_is_refused(text: str) -> None:
    """When it is given, not when it is due."""
    with pytest.raises(ValueError, match=r"^text: "):
        Fault("body", text=text)


@pytest.mark.parametrize("body", ["close", 1, None])
def test_what_is_no_fault_is_refused(client: Client, body: Any) -> None:
    """In plain text, as all mistakes at the control paths."""
    answer = client.control(
        "POST", "/faults", data=json.dumps(body), headers={"content-type": "application/json"}
    )

    assert (answer.status_code, answer.text) == (400, "a fault must be an object with the field kind")


def test_a_connection_that_was_made_before_its_answer_was_lost_is_there(
    client: Client, api: EmulatorServer
) -> None:
    """The whole point: the client heard an error, and a second create finds the name taken."""
    api.inject(Fault("status", method="POST", moment="after"))
    lost, second = client.create(), client.create()

    (found,) = client.list().json()["data"]
    assert (lost.status_code, second.status_code) == (FAILS, 422)
    assert data(client.retrieve(found["id"]))["user_name"] == "frontdesk01"
