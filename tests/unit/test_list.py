"""`pulumi-telnyx list` as a process of its own: filters, order, formats, accounts."""

from __future__ import annotations

import csv
import io
import json
import subprocess

import pytest

from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY
from pulumi_telnyx.lookup.results import columns
from tests.engine.stack import LiveApi
from tests.scripted_server import KEY, Reply, ScriptedServer

from .test_cli import run

PROFILE = "2105551234567890123"
EMEA_KEY = "KEY-emea-not-a-secret-ab12"


@pytest.fixture
def three(live: LiveApi) -> LiveApi:
    """An account with three connections that differ in all that is filtered by."""
    live.create(
        user_name="frontdesk", connection_name="Front desk", tags=["office"], password="fake-password-1"
    )
    live.create(user_name="fax00001", connection_name="fax", active=False, inbound={"channel_limit": 9})
    live.create(
        user_name="sales001",
        connection_name="Sales",
        inbound={"channel_limit": 10},
        outbound={"outbound_voice_profile_id": PROFILE},
    )
    live.forget_requests()
    return live


def listed(live: LiveApi, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return run(
        "list", *arguments, TELNYX_BASE_URL=live.server.url, **{"TELNYX_API_KEY": DEFAULT_API_KEY, **environ}
    )


def rows(live: LiveApi, *arguments: str) -> list[dict[str, str]]:
    done = listed(live, "--format", "csv", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def users(live: LiveApi, *arguments: str) -> list[str]:
    return [row["user_name"] for row in rows(live, *arguments)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["--name", "FRONT"], ["frontdesk"]),
        (["--user-name", "FAX00001"], ["fax00001"]),
        (["--voice-profile", PROFILE], ["sales001"]),
        (["--tag", "office"], ["frontdesk"]),
        (["--active"], ["frontdesk", "sales001"]),
        (["--inactive"], ["fax00001"]),
        (["--active", "--name", "s"], ["frontdesk", "sales001"]),
        (["--tag", "office", "--inactive"], []),
    ],
    ids=" ".join,
)
def test_each_filter_keeps_what_it_says(three: LiveApi, filters: list[str], expected: list[str]) -> None:
    """The same filters as in programs, and all that are given have to match."""
    assert users(three, *filters) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("connection_name", ["fax00001", "frontdesk", "sales001"]),
        ("-connection_name", ["sales001", "frontdesk", "fax00001"]),
        ("inbound.channel_limit", ["fax00001", "sales001", "frontdesk"]),
        ("-inbound.channel_limit", ["sales001", "fax00001", "frontdesk"]),
        ("-id", ["sales001", "fax00001", "frontdesk"]),
        ("tags", ["frontdesk", "fax00001", "sales001"]),
        ("active", ["fax00001", "frontdesk", "sales001"]),
    ],
)
def test_any_column_can_be_sorted_by(three: LiveApi, column: str, expected: list[str]) -> None:
    """Numbers as numbers, texts without regard to case, and what has no value last in both directions."""
    assert users(three, "--sort", column) == expected


def test_a_column_that_there_is_not_is_named_with_the_nearest(three: LiveApi) -> None:
    """Before Telnyx is asked; the password is no column."""
    misspelt, password = (listed(three, "--sort", column) for column in ("conection_name", "password"))

    assert (misspelt.returncode, password.returncode) == (2, 2)
    assert "there is no column 'conection_name' (did you mean 'connection_name'?)" in misspelt.stderr
    assert three.requests() == []


def test_all_columns_hold_every_setting_but_the_password(three: LiveApi) -> None:
    """The four of the table first, nested ones with a dot, in CSV and in a table of whole lines."""
    first, fax, _ = rows(three, "--all-columns")
    table = listed(three, "--all-columns")

    assert list(first)[:4] == ["connection_name", "user_name", "id", "active"]
    assert set(first) == set(columns())
    assert (first["tags"], first["active"], fax["active"]) == ("office", "true", "false")
    assert (fax["inbound.channel_limit"], first["inbound.channel_limit"]) == ("9", "")
    assert first["inbound.codecs"] == "G722, G711U, G711A, G729, OPUS, H.264"
    head, _, *lines = table.stdout.splitlines()
    assert "inbound.timeout_2xx_secs" in head
    assert len(lines) == 3
    assert "fake-password-1" not in table.stdout + json.dumps(first)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+49 30 123", "'+49 30 123"),
        ("-1+1", "'-1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1+1", "' =1+1"),
        ("  =1+1", "'  =1+1"),
        ("＝1+1", "'＝1+1"),  # noqa: RUF001 - the wide form is meant
        ("\r\n=1+1", "'  =1+1"),
        ('a";=1+1;"', 'a";=1+1;"'),
        ("Büro, \x1b[31mrot\u202e", "Büro,  [31mrot "),
        ("Desk = 1", "Desk = 1"),
    ],
    ids=ascii,
)
def test_no_cell_of_a_spreadsheet_is_a_formula(live: LiveApi, name: str, cell: str) -> None:
    """Whoever may name a connection could otherwise run what they like where the list is opened."""
    live.create(user_name="frontdesk", connection_name=name)

    assert [row["connection_name"] for row in rows(live)] == [cell]
    # Quotes around each cell keep a semicolon from beginning another one.
    assert (
        listed(live, "--format", "csv")
        .stdout.splitlines()[1]
        .startswith('"' + cell.replace('"', '""') + '","')
    )


def test_json_is_an_array_with_the_apis_names(three: LiveApi) -> None:
    """Values as they are, filters and order included; an empty one is an array too."""
    done = listed(three, "--format", "json", "--sort", "-user_name", "--active")
    none = listed(three, "--format", "json", "--tag", "nowhere")

    found = json.loads(done.stdout)
    assert [each["user_name"] for each in found] == ["sales001", "frontdesk"]
    assert found[0]["outbound"]["outbound_voice_profile_id"] == PROFILE
    assert done.stdout == json.dumps(found, indent=2) + "\n"
    assert "password" not in done.stdout
    assert json.loads(none.stdout) == []


@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_was_read_is_printed_before_the_next_page_is(live: LiveApi, form: str) -> None:
    """A list that breaks off has shown what came before, and exits with 1."""
    for number in range(251):
        live.create(user_name=f"phone{number:04}", connection_name=f"Phone {number}")

    live.server.inject(Fault("status", status=400, nth=2))
    broken = listed(live, "--format", form)
    live.server.inject(Fault("status", status=400, nth=2))
    to_be_sorted = listed(live, "--format", form, "--sort", "user_name")

    assert live.server.fault_hits() == [1, 1]
    assert broken.returncode == to_be_sorted.returncode == 1
    assert "phone0249" in broken.stdout
    assert broken.stderr.startswith("error: list credential connections: 400 ")
    assert to_be_sorted.stdout == ""


def test_a_user_name_is_looked_for_until_it_is_found(live: LiveApi) -> None:
    """It is unique, so the pages after it are not read."""
    for number in range(251):
        live.create(user_name=f"phone{number:04}", connection_name=f"Phone {number}")
    live.forget_requests()

    assert users(live, "--user-name", "phone0003") == ["phone0003"]
    assert len(live.requests()) == 1


def test_a_named_account_has_its_key_in_the_environment(live: LiveApi) -> None:
    """And nowhere else, which the error says; what is no name is not repeated."""
    live.server.configure(api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, EMEA_KEY: "emea"})
    live._control("POST", "/connections", {"account": "emea", "settings": {"user_name": "londondesk"}})

    found = listed(live, "--account", "emea", TELNYX_API_KEY_EMEA=EMEA_KEY)
    missing = listed(live, "--account", "emea")
    refused = listed(live, "--account", "emea", TELNYX_API_KEY_EMEA="KEY-wrong")
    key = listed(live, "--account", "KEY-of-somebody-put-here-by-mistake")

    assert "londondesk" in found.stdout
    assert missing.stderr == (
        "error: account 'emea': no Telnyx API key: set TELNYX_API_KEY_EMEA, since no stack's config is read\n"
    )
    assert "check the API key of account 'emea' (TELNYX_API_KEY_EMEA" in refused.stderr
    assert "account must be the name of an entry" in key.stderr
    assert missing.returncode == refused.returncode == key.returncode == 1
    assert "KEY-" not in missing.stderr + refused.stderr.replace("TELNYX_API_KEY", "") + key.stderr


def test_a_filter_that_is_empty_is_refused(live: LiveApi) -> None:
    """As an unset variable of a script is; it would list everything."""
    done = listed(live, "--tag", "")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: the filter tag is empty: leave it out to list all connections\n"


def test_a_password_by_any_name_is_left_out_of_json() -> None:
    """Also in a field that the API has had since, at whatever depth."""
    server = ScriptedServer()
    row = {"id": "1", "outbound": {"SIP_Password": "canary"}, "more": [{"password_2": "canary", "novel": 1}]}
    server.replies = [Reply(body=json.dumps({"data": [row], "meta": {"total_pages": 1}}).encode())]

    done = run("list", "--format", "json", TELNYX_API_KEY=KEY, TELNYX_BASE_URL=f"{server.origin}/v2")
    server.close()

    assert json.loads(done.stdout)[0]["more"] == [{"novel": 1}]
    assert "canary" not in done.stdout
