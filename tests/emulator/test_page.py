"""The emulator's page, as a browser's requests see it. How it looks is for tests/browser."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.emulator.client import data, required

if TYPE_CHECKING:
    import requests

    from pulumi_telnyx.emulator import EmulatorServer
    from tests.emulator.client import Client

PASSWORD = "fake-password-1"
ON = 'role="switch" aria-checked="true"'
HOSTILE = (
    '<script>document.title="ran"</script>',
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}&amp;",
    "☎️ 🏢 desk 🇩🇪",
)
FORMS = [
    ("/portal/connections/{id}/password", {}),
    ("/portal/connections/{id}/delete", {}),
    ("/portal/requests/forget", {}),
    ("/portal/faults", {"faults": '{"kind": "close"}'}),
    ("/portal/faults/switch", {"switch": "down", "turn": "on"}),
    ("/portal/faults/forget", {}),
]


def shown(client: Client, path: str, **query: str) -> str:
    """The page at a path, which has to be there."""
    answer = client.page("GET", path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.text


def sent(client: Client, path: str, **fields: str) -> requests.Response:
    """The answer to a form, followed to the page that it leads to."""
    return client.page("POST", path, data=fields, headers={"Origin": client.origin})


def rows(page: str) -> list[str]:
    """The names in the list of connections."""
    return [html.unescape(name) for name in re.findall(r'<th scope="row"><a [^>]*><bdi>(.*?)</bdi>', page)]


def test_it_lists_connections_by_name_and_finds_them(client: Client) -> None:
    """By a part of the name, the user name or the id, whatever the letter case; other accounts' too."""
    desk = client.created(connection_name="Front Desk", user_name="frontdesk01")
    client.created(connection_name="attic", user_name="attic01")
    client.control("POST", "/connections", json={"account": "other", "settings": {"user_name": "theirs01"}})

    assert rows(shown(client, "/")) == ["attic", "Front Desk", "theirs01"]
    assert rows(shown(client, "/", search="DESK")) == ["Front Desk"]
    assert rows(shown(client, "/", search="ATTIC0")) == ["attic"]
    assert rows(shown(client, "/", search=desk["id"])) == ["Front Desk"]
    assert "No connection has <q><bdi>&lt;b&gt;</bdi></q>" in shown(client, "/", search="<b>")


def test_long_lists_have_pages(client: Client) -> None:
    """All connections are on one page or another, also of a search."""
    for number in range(51):
        client.created(connection_name=f"desk {number:02}", user_name=f"desk{number:02}")
    first = shown(client, "/", search="desk")
    (later,) = re.findall(r'<a href="([^"]+)" rel="next">', first)
    second = shown(client, html.unescape(later))

    assert rows(first) + rows(second) == [f"desk {number:02}" for number in range(51)]
    assert 'rel="next"' not in second
    assert rows(shown(client, "/", page="9" * 15)) == []


def test_a_connection_has_a_page_with_all_its_settings(client: Client) -> None:
    """With what each means, and which of them are not the API's defaults."""
    made = client.created(
        inbound={"codecs": ["OPUS", "G722"]}, webhook_event_url="https://h.example/?a=1&b=2"
    )
    page = shown(client, f"/portal/connections/{made['id']}")

    own = re.findall(r'<tr class="own"><th scope="row"><code>(\w+)</code></th><td><bdi>(.*?)</bdi>', page)
    names = set(re.findall(r'<th scope="row"><code>(\w+)</code>', page))
    nested = {name: value for name, value in made.items() if isinstance(value, dict)}
    assert own == [("webhook_event_url", "https://h.example/?a=1&amp;b=2"), ("codecs", "OPUS, G722")]
    assert names == {
        *(set(made) - {"id", "record_type", "created_at", "updated_at", *required(), *nested}),
        *(name for fields in nested.values() for name in fields),
    }
    assert "Whether calls may use the connection." in page


def test_odd_settings_are_shown_as_they_are(client: Client) -> None:
    """What an edit behind the API's back has left: unknown fields, null for an object, no password."""
    made = client.created()
    odd = {"inbound": {"new": [1, None]}, "outbound": None, "password": None, "more": {"a": "<b>"}, "tags": 7}
    edit = {"settings": odd, "registration": {"ip_address": 7}, "numbers_attached": 1}
    client.control("PATCH", f"/connections/{made['id']}", json=edit).raise_for_status()

    page = html.unescape(shown(client, f"/portal/connections/{made['id']}"))

    for text in ("[1, null]", '<code>outbound</code></th><td><span class="none">null', '{"a": "<b>"}'):
        assert text in page
    assert sent(client, f"/portal/connections/{made['id']}/password").status_code == 200


def test_a_password_is_shown_to_who_asks_where_the_account_shows_it(
    client: Client, api: EmulatorServer
) -> None:
    """Not on any page that a link leads to, and never on one of a masked account."""
    made = client.created(password=PASSWORD)
    path = f"/portal/connections/{made['id']}"
    linked = shown(client, path) + shown(client, "/", search=PASSWORD) + shown(client, "/portal/requests")
    asked = sent(client, f"{path}/password")
    api.configure(mask_passwords=True)
    masked = sent(client, f"{path}/password").text + shown(client, path)

    assert PASSWORD not in linked.replace(f'value="{PASSWORD}"', "").replace(f"<bdi>{PASSWORD}</bdi>", "")
    assert PASSWORD in asked.text
    assert asked.headers["cache-control"] == "no-store"
    assert PASSWORD not in masked
    assert masked.count("********") == 2
    # A reader who goes back, or reloads by the address, meets no error.
    assert client.page("GET", f"{path}/password").url.endswith(path)


def test_deleting_asks_first_and_then_says_that_it_is_done(client: Client) -> None:
    """As the portal does; the API answers 404 from then on, and the log of its requests has nothing of it."""
    made = client.created(connection_name="Front Desk")
    client.control("DELETE", "/requests")

    asked = shown(client, f"/portal/connections/{made['id']}/delete")
    still = [row["id"] for row in client.control("GET", "/connections").json()["connections"]]
    done = sent(client, f"/portal/connections/{made['id']}/delete")

    assert "Delete <bdi>Front Desk</bdi>?" in asked
    assert made["user_name"] in asked
    assert still == [made["id"]]
    assert f"Connection <code>{made['id']}</code> is deleted." in done.text
    assert client.control("GET", "/requests").json()["requests"] == []
    assert client.retrieve(made["id"]).status_code == 404
    assert sent(client, f"/portal/connections/{made['id']}/delete").status_code == 404


def test_a_connection_with_phone_numbers_is_not_deleted(client: Client) -> None:
    """Telnyx refuses it too."""
    made = client.created()
    client.control("PATCH", f"/connections/{made['id']}", json={"numbers_attached": 2})

    asked = shown(client, f"/portal/connections/{made['id']}/delete")
    done = sent(client, f"/portal/connections/{made['id']}/delete")

    assert "It has 2 phone numbers" in asked
    assert "<button" not in asked
    assert done.status_code == 409
    assert data(client.retrieve(made["id"]))["id"] == made["id"]


def test_an_address_cannot_claim_that_something_was_deleted(client: Client) -> None:
    """Whoever wrote the link."""
    made = client.created()

    for claim in (made["id"], "everything", "<b>"):
        assert "is deleted" not in shown(client, "/", deleted=claim)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_page_escapes_everything(client: Client, name: str) -> None:
    """Names, settings, searches, requests and faults: markup stays text, and every character is kept."""
    made = client.created(
        connection_name=name, tags=[name], webhook_event_url=f"https://h.example/{name.split()[0]}"
    )
    client.send("GET", "/" + name.replace("%", "%25"), params={name: name}, headers={"X-Name": "<i>"})
    path = f"/portal/connections/{made['id']}"
    pages = [
        shown(client, "/", search=name),
        shown(client, path),
        shown(client, f"{path}/delete"),
        shown(client, "/portal/requests"),
        sent(client, "/portal/faults", faults=f'{{"{name}": 1}}').text,
        sent(client, "/portal/faults", faults=name).text,
        shown(client, "/", search=f"{name}?"),
    ]

    for page in pages:
        assert not re.search(r"<(script|img|i)\b", page)
        assert "49" not in re.sub(
            r"\d{3,}|:\d\d", "", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
        )
    assert rows(pages[0]) == [name]
    assert html.unescape(re.findall(r'value="([^"]*)"', pages[0])[0]) == name


def test_characters_that_do_not_show_are_spelled_out(client: Client) -> None:
    """A name that turns its neighbours round, and half of a character that cannot be sent."""
    client.created(connection_name="ab\u202edc\u0000")
    client.create(connection_name="\ud83d", user_name="other01")

    assert rows(shown(client, "/")) == ["ab⟨U+202E⟩dc⟨U+0000⟩"]
    assert "[not kept: no JSON]" in shown(client, "/portal/requests")


def test_the_log_shows_what_the_api_was_asked(client: Client, api: EmulatorServer) -> None:
    """Newest first, with what a fault did, page after page, and neither key nor password."""
    client.create(password=PASSWORD)
    client.control("POST", "/faults", json={"kind": "status", "status": 502})
    client.list(**{"page[size]": "7"})
    first = shown(client, "/portal/requests")
    for _ in range(50):
        client.list()
    newest = shown(client, "/portal/requests")
    (older,) = re.findall(r'<a href="([^"]+)" rel="next">', newest)

    paths = re.findall(r"<summary><code>(.*?)</code>", first)
    assert paths == ["/v2/credential_connections?page[size]=7", "/v2/credential_connections"]
    assert re.findall(r'data-title="Status"[^>]*>([^<]+)', first) == ["502 ", "201"]
    assert "fault: status" in first
    assert "authorization: [secret]" in first
    assert PASSWORD not in first
    assert "KEY-" not in first
    assert newest.count("<summary>") == 50
    assert shown(client, html.unescape(older)).count("<summary>") == 2
    assert "asked nothing yet" in sent(client, "/portal/requests/forget").text


def test_a_switch_makes_things_go_wrong_until_it_is_turned_off(client: Client) -> None:
    """Once, however often it is turned on; other faults stay."""
    client.control("POST", "/faults", json={"kind": "close", "method": "PUT"})

    for _ in range(2):
        on = sent(client, "/portal/faults/switch", switch="down", turn="on").text
    down = client.list().status_code
    off = sent(client, "/portal/faults/switch", switch="down", turn="off").text

    assert on.count(ON) == 1
    assert (down, client.list().status_code) == (503, 200)
    assert ON not in off
    assert [fault["kind"] for fault in client.control("GET", "/faults").json()["faults"]] == ["close"]


def test_every_switch_does_what_it_says(client: Client) -> None:
    """Turned on, each is a fault that hits; the page says which requests, and can forget it."""
    names = re.findall(r'name="switch" value="(\w+)"', shown(client, "/portal/faults"))
    for name in names:
        sent(client, "/portal/faults/switch", switch=name, turn="on")
    page = shown(client, "/portal/faults")

    assert page.count(ON) == len(names) == 7
    assert "POST on /credential_connections: all, after the API has acted" in page
    assert "any method on any path: all, each by a chance of 0.2" in page
    (first, *_) = re.findall(r'name="id" value="(\d+)"', page)
    assert sent(client, "/portal/faults/forget", id=first).text.count(ON) == 6
    assert "None: all goes well." in sent(client, "/portal/faults/forget").text


def test_any_fault_can_be_set_as_json(client: Client) -> None:
    """One or a list; what is wrong is said beside what was typed, and nothing is set."""
    two = '[{"kind": "close", "nth": 3}, {"kind": "latency", "times": 2, "nth": 2}]'
    page = sent(client, "/portal/faults", faults=two).text
    bad = sent(client, "/portal/faults", faults='[{"kind": "close", "nth": 0}]')
    worse = sent(client, "/portal/faults", faults="{'kind'}")

    assert "any method on any path: request 3<" in page
    assert "any method on any path: 2 of them, from request 2 on<" in page
    assert (bad.status_code, worse.status_code) == (422, 422)
    assert "fault 1: nth: must be a whole number above 0" in bad.text
    assert "[{&#34;kind&#34;: &#34;close&#34;, &#34;nth&#34;: 0}]</textarea>" in bad.text
    assert "is not valid JSON at line 1, column 2" in worse.text
    assert len(client.control("GET", "/faults").json()["faults"]) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "{own}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "{own}", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://{host}"},
    ],
)
def test_only_the_page_itself_can_send_its_forms(client: Client, headers: dict[str, str]) -> None:
    """Not another page in the same browser, nor a client that does not say where a form comes from."""
    made = client.created(password=PASSWORD)
    host = client.origin.removeprefix("http://")
    filled = {name: value.format(own=client.origin, host=host) for name, value in headers.items()}

    for path, fields in FORMS:
        answer = client.page("POST", path.format(id=made["id"]), data=fields, headers=filled)
        assert answer.status_code == 403
        assert answer.text == "only the page itself can send this; programs use /_emulator"

    assert len(client.control("GET", "/connections").json()["connections"]) == 1
    assert client.control("GET", "/faults").json()["faults"] == []
    assert len(client.control("GET", "/requests").json()["requests"]) == 1


@pytest.mark.parametrize("path", ["/", "/portal/requests", "/portal/faults/switch"])
def test_the_page_is_not_shown_under_another_name(client: Client, api: EmulatorServer, path: str) -> None:
    """A web page whose name was given our address (DNS rebinding) could read it and send its forms."""
    host = f"example.com:{urlsplit(api.url).port}"

    for method in ("GET", "POST"):
        answer = client.page(method, path, headers={"Host": host, "Origin": f"http://{host}"})
        assert answer.status_code == 421


def test_the_browser_is_told_to_do_no_more_than_show_it(client: Client) -> None:
    """Were something ever not escaped: no script, nothing loaded, no form to elsewhere, no frame, no copy."""
    answers = [
        client.page("GET", "/"),
        sent(client, "/portal/faults", faults=""),
        client.page("GET", "/portal/x"),
    ]

    assert [answer.status_code for answer in answers] == [200, 422, 404]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert policy.endswith("img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"), [("a=1&" * 20, 400), ("a=%FF", 303), (b"\xff", 400), ("x" * 70_000, 413)]
)
def test_a_form_that_no_page_of_ours_sends_is_refused(client: Client, body: Any, status: int) -> None:
    """In one line, and the emulator goes on."""
    answer = client.page(
        "POST",
        "/portal/faults/switch",
        data=body,
        headers={"Origin": client.origin, "Content-Type": "application/x-www-form-urlencoded"},
        allow_redirects=False,
    )

    assert answer.status_code == status
    assert client.list().status_code == 200


@pytest.mark.parametrize("path", ["/portal", "/v2/portal/requests", "/connections", "/index.html"])
def test_other_paths_are_still_unknown_ones(client: Client, path: str) -> None:
    """A wrong base URL must not look like a deleted connection."""
    answer = client.page("GET", path)

    assert (answer.status_code, answer.text) == (404, "Not Found")
