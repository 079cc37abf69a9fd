"""The control paths: what a test, or a curious person, can see and do behind the client's back."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.client import PATH, data, problems, required

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_telnyx.emulator import EmulatorServer
    from tests.emulator.client import Client
    from tests.emulator.conftest import Clock


def logged(client: Client) -> list[dict[str, Any]]:
    """The request log."""
    found: list[dict[str, Any]] = client.control("GET", "/requests").json()["requests"]
    return found


def test_health_tells_who_answers(client: Client) -> None:
    """Without a key."""
    client.created()

    health = client.control("GET", "/health").json()

    assert health["status"] == "ready"
    assert health["pid"] == os.getpid()
    assert health["data"] is None
    assert health["connections"] == 1


def test_reset_goes_back_to_the_start(client: Client, api: EmulatorServer) -> None:
    """Connections, log and settings; but ids go on, so that an old one finds nothing."""
    old = client.created()["id"]
    api.configure(mask_passwords=True)

    client.control("POST", "/reset")

    assert logged(client) == []
    assert client.control("GET", "/settings").json()["mask_passwords"] is False
    assert problems(client.retrieve(old)) == [(404, "10005", "/")]
    assert client.created()["id"] > old


def test_the_log_has_every_request_to_the_api_and_no_other(client: Client) -> None:
    """In order, numbered, with what was answered under which request id."""
    client.list(sort="active")
    answer = client.create(active="no")
    client.send("GET", "/nowhere")

    log = logged(client)

    assert [(one["method"], one["path"], one["status"]) for one in log] == [
        ("GET", "/v2" + PATH, 200),
        ("POST", "/v2" + PATH, 422),
        ("GET", "/v2/nowhere", 404),
    ]
    assert [one["number"] - log[0]["number"] for one in log] == [0, 1, 2]
    assert log[0]["query"] == {"sort": "active"}
    assert log[1]["request_id"] == answer.headers["x-request-id"]
    assert log[1]["body"] == {**required(), "password": "[secret]", "active": "no"}
    assert log[1]["time"] == "2026-11-02T08:00:00Z"


def test_the_log_holds_no_secret(
    client: Client, api: EmulatorServer, connect: Callable[[str | None], Client]
) -> None:
    """Neither keys nor passwords, however deep or malformed the body."""
    api.configure(api_keys={"KEY-canary": "emulator"})
    other, json_type = connect("KEY-canary"), {"Content-Type": "application/json"}
    other.create(password="canary-1")
    other.send("POST", PATH, json={"outbound": [{"password": {"deep": "canary-2"}}]})
    other.send("POST", PATH, data=b'{"password": "canary-3"', headers=json_type)
    other.send(
        "POST", PATH, data=b'{"password": "canary-4", "x": "' + b"x" * 20_000 + b'"}', headers=json_type
    )

    log = logged(client)

    assert "canary" not in json.dumps(log)
    assert log[0]["headers"]["authorization"] == "[secret]"
    assert log[2]["body"] == "[not kept: no JSON]"
    assert log[3]["body"] == "[not kept: too large]"


@pytest.mark.parametrize(
    "body", ['{"connection_name": "\\ud83d"}', '{"tags": NaN}', "[" * 10_000, '"\\udfff"']
)
def test_the_log_shows_a_request_whose_body_cannot_be_shown(client: Client, body: str) -> None:
    """Without the body: who looks at the log is answered."""
    client.send("POST", PATH, data=body, headers={"Content-Type": "application/json"})

    (entry,) = logged(client)

    assert (entry["status"], entry["body"]) == (400, "[not kept: no JSON]")


def test_the_log_can_be_emptied(client: Client) -> None:
    """To count what comes next."""
    client.list()

    assert client.control("DELETE", "/requests").status_code == 204
    assert logged(client) == []


def test_settings_can_be_changed_at_run_time(client: Client) -> None:
    """One at a time, the others stay."""
    changed = client.control(
        "PATCH", "/settings", json={"nested_patch": "replace", "latency_secs": 0.01}
    ).json()

    assert changed["nested_patch"] == "replace"
    assert changed["latency_secs"] == 0.01
    assert changed["mask_passwords"] is False
    assert client.control("GET", "/settings").json() == changed
    assert not {"api_keys", "forbidden_keys"} & set(changed)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"masking": True}, "masking"),
        ({"mask_passwords": "yes"}, "mask_passwords"),
        ({"nested_patch": "overwrite"}, "nested_patch"),
        ({"latency_secs": -1}, "latency_secs"),
        ({"latency_secs": "1"}, "latency_secs"),
        ({"rate_limit": 0}, "rate_limit"),
        ({"rate_limit": True}, "rate_limit"),
        ({"rate_window_secs": 0}, "rate_window_secs"),
        ({"rate_limit_headers": "X-RateLimit"}, "rate_limit_headers"),
        ({"rate_limit_headers": None}, "rate_limit_headers"),
        ({"visible_after_secs": -1}, "visible_after_secs"),
        ({"visible_after_secs": None}, "visible_after_secs"),
        ({"ignore_name_filter": 1}, "ignore_name_filter"),
        ({"revoke_after": -1}, "revoke_after"),
        ({"revoke_after": False}, "revoke_after"),
        ({"revoke_after": 1.0}, "revoke_after"),
        ({"taken_status": 200}, "taken_status"),
        ({"taken_status": "409"}, "taken_status"),
        ({"taken_code": 10012}, "taken_code"),
        ({"taken_pointer": 1}, "taken_pointer"),
        ({"known_voice_profiles": "21"}, "known_voice_profiles"),
        ({"forbidden_keys": None}, "forbidden_keys"),
        ({"api_keys": ["KEY"]}, "api_keys"),
        ({"max_connections": 1.5}, "max_connections"),
    ],
)
def test_a_bad_setting_is_refused_by_name(client: Client, changes: dict[str, Any], named: str) -> None:
    """Nothing is changed then."""
    before = client.control("GET", "/settings").json()

    answer = client.control("PATCH", "/settings", json=changes)

    assert answer.status_code == 400
    assert answer.text.startswith(f"{named}: ")
    assert client.control("GET", "/settings").json() == before


def test_a_connection_can_be_planted_in_any_account(client: Client) -> None:
    """With a past, if need be."""
    planted = client.control(
        "POST",
        "/connections",
        json={
            "account": "somebody",
            "created_at": "2025-01-02T03:04:05Z",
            "numbers_attached": 3,
            "registration": {"status": "Registered"},
            "settings": {"user_name": "theirs1", "outbound": {"localization": "FR"}},
        },
    )
    client.control("POST", "/connections", json={"settings": {"user_name": "ours1"}})

    row = planted.json()
    assert planted.status_code == 201
    assert (row["account"], row["created_at"], row["numbers_attached"]) == (
        "somebody",
        "2025-01-02T03:04:05Z",
        3,
    )
    assert row["registration"] == {"status": "Registered"}
    assert row["settings"]["outbound"]["localization"] == "FR"
    assert row["settings"]["outbound"]["ani_override_type"] == "always"
    assert problems(client.create(user_name="THEIRS1")) == [(422, "10015", "/user_name")]
    assert [item["user_name"] for item in client.list().json()["data"]] == ["ours1"]


def test_a_connection_can_be_edited_behind_the_clients_back(client: Client, clock: Clock) -> None:
    """No rule of the API applies: its real answers break its documents too."""
    found = client.created()
    clock.now += 60

    client.control(
        "PATCH",
        f"/connections/{found['id']}",
        json={
            "settings": {"dtmf_type": " inband", "tags": None, "new_field": 1, "inbound": {"codecs": "G722"}}
        },
    )

    after = data(client.retrieve(found["id"]))
    assert after == {
        **found,
        "updated_at": "2026-11-02T08:01:00.000Z",
        "dtmf_type": " inband",
        "tags": None,
        "new_field": 1,
        "inbound": {**found["inbound"], "codecs": "G722"},
    }


def test_a_connection_whose_object_was_edited_away_can_still_be_updated(client: Client) -> None:
    """What is missing counts as default."""
    found = client.created()
    edit = {"settings": {"jitter_buffer": None, "outbound": {"ani_override": None}}}
    client.control("PATCH", f"/connections/{found['id']}", json=edit)

    after = data(
        client.update(found["id"], jitter_buffer={"jitterbuffer_msec_min": 80}, outbound={"channel_limit": 1})
    )

    assert after["jitter_buffer"] == {**found["jitter_buffer"], "jitterbuffer_msec_min": 80}
    assert after["outbound"]["channel_limit"] == 1


def test_a_connection_can_be_removed_behind_the_clients_back(client: Client) -> None:
    """Even with numbers attached."""
    found = client.created()
    client.control("PATCH", f"/connections/{found['id']}", json={"numbers_attached": 1})

    assert client.control("DELETE", f"/connections/{found['id']}").status_code == 204
    assert problems(client.retrieve(found["id"])) == [(404, "10005", "/")]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/connections", {}, 400),
        ("POST", "/connections", {"settings": {"user_name": 7}}, 400),
        ("POST", "/connections", {"settings": []}, 400),
        ("POST", "/connections", {"settings": {"user_name": "x"}, "account": 7}, 400),
        ("POST", "/connections", {"settings": {"user_name": "x"}, "registration": "Registered"}, 400),
        ("POST", "/connections", {"settings": {"user_name": "FRONTDESK01"}}, 409),
        ("POST", "/connections", [], 400),
        ("PATCH", "/connections/{id}", {"dtmf_type": "Inband"}, 400),
        ("PATCH", "/connections/{id}", {"numbers_attached": "2"}, 400),
        ("PATCH", "/connections/{id}", {"settings": {"user_name": None}}, 400),
        ("PATCH", "/connections/1", {}, 404),
        ("GET", "/connections/x", None, 404),
        ("DELETE", "/connections/1", None, 404),
        ("GET", "/reset", None, 405),
        ("GET", "/nothing", None, 404),
    ],
)
def test_a_mistake_at_the_control_paths_is_told_in_plain_text(
    client: Client, method: str, path: str, body: Any, status: int
) -> None:
    """And leaves everything as it was."""
    found = client.created()
    before = client.control("GET", "/connections").json()

    answer = client.control(method, path.replace("{id}", found["id"]), json=body)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert client.control("GET", "/connections").json() == before
