"""Everything that the API refuses, as tables of field, value and expected error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.client import PATH, problems, required

if TYPE_CHECKING:
    from tests.emulator.client import Client

BAD_VALUES = [
    ("connection_name", 7, "10015"),
    ("connection_name", " ", "10015"),
    ("connection_name", None, "10015"),
    ("user_name", "abc", "10015"),
    ("user_name", "a" * 33, "10015"),
    ("user_name", "pbx-main", "10015"),
    ("user_name", "pbxmäin", "10015"),
    ("user_name", "pbxmain\n", "10015"),
    ("user_name", "12345a", "10015"),
    ("password", "1234567", "10015"),
    ("password", "x" * 129, "10015"),
    ("password", None, "10015"),
    ("active", "true", "10015"),
    ("active", 1, "10015"),
    ("active", None, "10015"),
    ("anchorsite_override", "latency", "10015"),
    ("anchorsite_override", None, "10015"),
    ("android_push_credential_id", "not-a-uuid", "10015"),
    ("ios_push_credential_id", 5, "10015"),
    ("bridge_generate_comfort_noise_on_cn", None, "10015"),
    ("bridge_generate_comfort_noise_on_cn", "false", "10015"),
    ("dtmf_type", "rfc 2833", "10015"),
    ("encrypted_media", "ZRTP", "10015"),
    ("sip_uri_calling_preference", " disabled", "10015"),
    ("tags", "one", "10015"),
    ("tags", [1], "10015"),
    ("tags", None, "10015"),
    ("webhook_api_version", 1, "10015"),
    ("webhook_api_version", "3", "10015"),
    ("webhook_api_version", "texml", "10015"),
    ("webhook_event_url", "hooks.example.com", "10003"),
    ("webhook_event_url", "https://", "10003"),
    ("webhook_event_url", "", "10003"),
    ("webhook_event_url", "https://example.com/" + "a" * 1981, "10003"),
    ("webhook_event_failover_url", "/relative", "10003"),
    ("webhook_timeout_secs", -1, "10015"),
    ("webhook_timeout_secs", 31, "10015"),
    ("webhook_timeout_secs", 10.0, "10015"),
    ("webhook_timeout_secs", "10", "10015"),
    ("webhook_timeout_secs", True, "10015"),
    ("inbound", None, "10015"),
    ("inbound", [], "10015"),
    ("inbound.ani_number_format", "e164", "10015"),
    ("inbound.dnis_number_format", "+E.164", "10015"),
    ("inbound.codecs", ["G723"], "10015"),
    ("inbound.codecs", [None], "10015"),
    ("inbound.codecs", None, "10015"),
    ("inbound.default_routing_method", "random", "10015"),
    ("inbound.channel_limit", "10", "10015"),
    ("inbound.simultaneous_ringing", True, "10015"),
    ("inbound.timeout_1xx_secs", 0, "10015"),
    ("inbound.timeout_1xx_secs", 121, "10015"),
    ("inbound.timeout_1xx_secs", None, "10015"),
    ("inbound.timeout_2xx_secs", 0, "10015"),
    ("inbound.timeout_2xx_secs", 601, "10015"),
    ("outbound", "US", "10015"),
    ("outbound.ani_override", 4930, "10015"),
    ("outbound.ani_override", None, "10015"),
    ("outbound.ani_override_type", "never", "10015"),
    ("outbound.localization", "DEU", "10015"),
    ("outbound.outbound_voice_profile_id", 2105551234567890123, "10015"),
    ("outbound.outbound_voice_profile_id", "abc", "10015"),
    ("outbound.t38_reinvite_source", "", "10015"),
    ("rtcp_settings.port", "rtp", "10015"),
    ("rtcp_settings.report_frequency_secs", 4, "10015"),
    ("rtcp_settings.report_frequency_secs", 3001, "10015"),
    ("jitter_buffer", None, "10015"),
    ("jitter_buffer.jitterbuffer_msec_min", 39, "10015"),
    ("jitter_buffer.jitterbuffer_msec_max", 401, "10015"),
    ("noise_suppression", {"direction": "both"}, "10015"),
    ("noise_suppression", "on", "10015"),
    ("noise_suppression_details.engine", "krisp", "10015"),
    ("noise_suppression_details.attenuation_limit", 15, "10015"),
    ("noise_suppression_details.attenuation_limit", 110, "10015"),
]

BAD_TOGETHER: list[tuple[dict[str, Any], str]] = [
    ({"jitter_buffer": {"jitterbuffer_msec_min": 300}}, "/jitter_buffer/jitterbuffer_msec_min"),
    ({"jitter_buffer": {"jitterbuffer_msec_max": 50}}, "/jitter_buffer/jitterbuffer_msec_max"),
    (
        {"jitter_buffer": {"jitterbuffer_msec_max": 100, "jitterbuffer_msec_min": 110}},
        "/jitter_buffer/jitterbuffer_msec_min",
    ),
]


def body_with(path: str, value: Any) -> dict[str, Any]:
    """A body that holds one value at a dotted path."""
    parent, _, name = path.rpartition(".")
    return {parent: {name: value}} if parent else {name: value}


@pytest.fixture
def stored(client: Client) -> str:
    """A connection to update."""
    found: str = client.created(user_name="stored01")["id"]
    return found


@pytest.mark.parametrize(("path", "value", "code"), BAD_VALUES)
def test_a_bad_value_is_refused_with_a_pointer_to_its_field(
    client: Client, stored: str, path: str, value: Any, code: str
) -> None:
    """Create and update refuse alike, and say where."""
    expected = [(422, code, "/" + path.replace(".", "/"))]

    assert problems(client.create(**body_with(path, value))) == expected
    assert problems(client.update(stored, **body_with(path, value))) == expected


@pytest.mark.parametrize(("fields", "pointer"), BAD_TOGETHER)
def test_values_that_contradict_each_other_are_refused(
    client: Client, stored: str, fields: dict[str, Any], pointer: str
) -> None:
    """Each value is right by itself; with the other one, sent or stored, it is not."""
    assert problems(client.create(**fields)) == [(422, "10015", pointer)]
    assert problems(client.update(stored, **fields)) == [(422, "10015", pointer)]


@pytest.mark.parametrize("name", ["connection_name", "user_name", "password"])
def test_create_needs_its_required_fields(client: Client, name: str) -> None:
    """A required field that is missing is named."""
    body = {field: value for field, value in required().items() if field != name}

    assert problems(client.send("POST", PATH, json=body)) == [(422, "10015", f"/{name}")]


def test_all_mistakes_are_reported_at_once(client: Client) -> None:
    """Nobody has to fix one mistake to hear of the next."""
    body = {"user_name": "no", "inbound": {"codecs": 5, "timeout_1xx_secs": 0}, "webhook_event_url": "x"}

    answer = client.send("POST", PATH, json=body)

    assert problems(answer) == [
        (422, "10015", "/user_name"),
        (422, "10015", "/inbound/codecs"),
        (422, "10015", "/inbound/timeout_1xx_secs"),
        (422, "10003", "/webhook_event_url"),
        (422, "10015", "/connection_name"),
        (422, "10015", "/password"),
    ]


def test_errors_never_repeat_what_was_sent(client: Client) -> None:
    """A password in the wrong place does not come back in an error."""
    answer = client.create(password="short1!", dtmf_type="hunter2hunter2")

    assert "short1!" not in answer.text
    assert "hunter2hunter2" not in answer.text


def test_texml_is_for_creates_with_call_parking(client: Client, stored: str) -> None:
    """The one value that an update may not send."""
    parked = {"outbound": {"call_parking_enabled": True}}
    created = client.create(user_name="texml01", webhook_api_version="texml", **parked)

    assert created.json()["data"]["webhook_api_version"] == "texml"
    assert problems(client.create(webhook_api_version="texml")) == [(422, "10015", "/webhook_api_version")]
    assert problems(client.update(stored, webhook_api_version="texml", **parked)) == [
        (422, "10015", "/webhook_api_version")
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "10023"),
        (b"{", 400, "10023"),
        (b'{"active": NaN}', 400, "10023"),
        (b"[" * 100_000, 400, "10023"),
        (b"\xff\xfe", 400, "10023"),
        (b"[]", 400, "10015"),
        (b"null", 400, "10015"),
        (b'{"connection_name": "\\ud83d"}', 400, "10028"),
        (b'{"connection_name": "' + b"x" * (1 << 20) + b'"}', 413, "10015"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    client: Client, body: bytes, status: int, code: str
) -> None:
    """Whatever arrives, the answer is the API's envelope."""
    answer = client.send("POST", PATH, data=body, headers={"Content-Type": "application/json"})

    assert problems(answer) == [(status, code, "/")]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_refused(client: Client, content_type: str) -> None:
    """JSON has to be announced as JSON."""
    answer = client.send("POST", PATH, data=b"{}", headers={"Content-Type": content_type})

    assert problems(answer) == [(415, "10024", "/")]


def test_a_charset_beside_the_content_type_is_fine(client: Client) -> None:
    """Some clients add it."""
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}

    assert problems(client.send("POST", PATH, data=b"{}", headers=headers))[0][0] == 422


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("encrypted_media", None),
        ("webhook_event_failover_url", None),
        ("webhook_event_failover_url", ""),
        ("webhook_event_url", None),
        ("webhook_timeout_secs", None),
        ("sip_uri_calling_preference", None),
        ("android_push_credential_id", None),
        ("inbound.channel_limit", None),
        ("inbound.default_routing_method", ""),
        ("outbound.channel_limit", None),
        ("outbound.call_parking_enabled", None),
        ("outbound.localization", ""),
        ("outbound.outbound_voice_profile_id", None),
        ("tags", []),
        ("inbound.codecs", []),
    ],
)
def test_fields_that_can_be_cleared_read_back_cleared(client: Client, path: str, value: Any) -> None:
    """Null, and where it is allowed an empty text or list, is stored as it is."""
    found = client.created(user_name="cleared01", **body_with(path, value))
    client.delete(found["id"])

    parent, _, name = path.rpartition(".")
    assert (found[parent] if parent else found)[name] == value
