"""Secrets in bytes: known ones in every spelling, and what must be one by its place or form."""

from __future__ import annotations

import base64
import html
import json
import pickle
import textwrap
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_telnyx.leaks import Finding, find, spellings, structural

SECRET = "not-a-real <password> & \"quoted\" 'ü€😀' \\1/+?"
API_KEY = "KEY" + "0123456789abcdef" * 2 + "_NotARealKeyAtAll"
URN = "urn:pulumi:prod::phones::pulumi-python:dynamic/telnyx:CredentialConnection::desk"
MARK = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
OUTPUT_MARK = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4"}
ASSET_MARK = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17"}
CIPHERTEXT = "v1:zloc+FRrrYj8HTZ/:PGPK/8L2tuVoDYKBhCF1UIUOyltJRqFFLBcuWGnvOuw0LtBwyOdgV8EH"

PAYLOAD = (
    "gASVPwAAAAAAAACMF3B1bHVtaV90ZWxueXgubGlmZWN5Y2xllIwcQ3JlZGVudGlhbENvbm5lY3Rpb25Qcm92aWRlcpSTlClSlC4="
)


def _go(text: str) -> str:
    """JSON as Go writes it, and the engine with it."""
    return (
        json.dumps(text, ensure_ascii=False)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
    )


def _in_base64(encode: Callable[[bytes], bytes], before: bytes) -> Callable[[str], bytes]:
    return lambda secret: encode(before + secret.encode() + b"after")


# Written without the code under test, which has its own idea of each.
WRITERS: dict[str, Callable[[str], str | bytes]] = {
    "clear text": lambda secret: secret,
    "JSON": json.dumps,
    "JSON, readable": lambda secret: json.dumps(secret, ensure_ascii=False),
    "JSON of Go": _go,
    "JSON in JSON": lambda secret: json.dumps(json.dumps({"password": secret})),
    "JSON in JSON of Go": lambda secret: _go(_go(secret)),
    "JSON of Go in Python's": lambda secret: json.dumps(_go(secret)),
    "JSON three times": lambda secret: _go(_go(_go(secret))),
    "URL path": quote,
    "URL, nothing safe": lambda secret: quote(secret, safe=""),
    "URL query": lambda secret: urlencode({"password": secret}),
    "URL form": quote_plus,
    "HTML": html.escape,
    "HTML text": lambda secret: html.escape(secret, quote=False),
    "Python": repr,
    "Python bytes": lambda secret: repr(secret.encode()),
    "hex": lambda secret: secret.encode().hex(),
    "hex in capitals": lambda secret: secret.encode().hex().upper(),
    "base64": _in_base64(base64.b64encode, b""),
    "base64, second byte": _in_base64(base64.b64encode, b"x"),
    "base64, third byte": _in_base64(base64.b64encode, b"xy"),
    "URL-safe base64": _in_base64(base64.urlsafe_b64encode, b""),
    "URL-safe base64, second byte": _in_base64(base64.urlsafe_b64encode, b"x"),
    "URL-safe base64, third byte": _in_base64(base64.urlsafe_b64encode, b"xy"),
    "wrapped base64": lambda secret: base64.encodebytes(b"x" * 50 + secret.encode() + b"y" * 50),
    "JSON in base64": lambda secret: base64.b64encode(json.dumps({"password": secret}).encode()),
    "base64 in base64": lambda secret: base64.b64encode(base64.b64encode(b"the key: " + secret.encode())),
    "pickle in base64": lambda secret: base64.b64encode(pickle.dumps({"key": secret})),
}

printable_secrets = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=8, max_size=128
)


def _encoded(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_a_secret_is_found_however_it_is_written(writer: Callable[[str], str | bytes]) -> None:
    """In the middle of a line, with the line's number."""
    content = b"first\nsecond: [" + _encoded(writer(SECRET)) + b"]\nlast\n"

    (finding,) = {(each.line, each.name) for each in find(content, {"the password": SECRET})}

    assert finding == (2, "the password")


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
@given(secret=printable_secrets, before=st.binary(), after=st.binary())
def test_any_secret_is_found_in_any_surroundings(
    writer: Callable[[str], str | bytes], secret: str, before: bytes, after: bytes
) -> None:
    """8 to 128 printable characters, as Telnyx allows, between any bytes."""
    content = before + b"\0" + _encoded(writer(secret)) + b"\0" + after

    assert find(content, {"it": secret})


@given(st.one_of(st.binary(max_size=2000), st.text().map(str.encode)))
def test_nothing_is_found_where_the_secret_is_not(content: bytes) -> None:
    """Otherwise nobody would read the findings."""
    assume(b"not-a-real" not in content)

    assert find(content, {"the password": SECRET, "another": "also-not-a-real-one"}) == []


@given(secret=printable_secrets, surroundings=st.binary())
def test_spellings_are_what_to_look_for(secret: str, surroundings: bytes) -> None:
    """For callers that search by themselves: the base64 pieces depend on the secret alone."""
    for before in (b"", b"a", b"ab"):
        packed = base64.b64encode(surroundings * 3 + before + secret.encode() + b"z")
        assert any(each in packed for each in spellings(secret))
    assert secret.encode() in spellings(secret)


def test_an_empty_secret_has_no_spelling() -> None:
    """It would be found between any two bytes."""
    assert spellings("") == frozenset()
    assert find(b"anything", {"empty": ""}) == []


def test_a_finding_says_where_what_and_how_and_never_the_value() -> None:
    """Ordered by line; what stands on one line twice in one spelling is told once."""
    content = f"\n{API_KEY} {API_KEY}\n\n{json.dumps(SECRET)}\n".encode()

    findings = find(content, {"password of desk": SECRET, "TELNYX_API_KEY": API_KEY})

    assert findings == [
        Finding(2, "TELNYX_API_KEY", "clear text"),
        Finding(4, "password of desk", "JSON"),
    ]
    assert SECRET not in repr(findings)
    assert API_KEY not in repr(findings)


def test_two_names_of_one_value_are_both_told() -> None:
    """Only the caller knows which of them it wants."""
    findings = find(b"same-fake-value", {"b": "same-fake-value", "a": "same-fake-value"})

    assert [each.name for each in findings] == ["a", "b"]


@pytest.mark.parametrize("distance", range(-40, 8))
def test_a_secret_across_the_border_of_two_windows_is_found(distance: int) -> None:
    """Contents are searched piece by piece."""
    content = b"." * ((1 << 20) + distance) + b"a-fake-password-of-32-characters" + b"." * 100

    assert len(find(content, {"it": "a-fake-password-of-32-characters"})) == 1


@pytest.mark.parametrize("secret", ["abcd", "fake1", "fake12", "fake123"])
def test_a_short_secret_is_found_too(secret: str) -> None:
    """Four characters are the least that a caller may ask for."""
    assert find(f"pin={secret};".encode(), {"pin": secret}) == [Finding(1, "pin", "clear text")]
    assert find(base64.b64encode(f"the pin={secret}; the end".encode()), {"pin": secret})


def test_wrapped_base64_counts_from_its_first_line() -> None:
    """Mail and `base64` break lines after 76 characters."""
    packed = base64.encodebytes(b"x" * 100 + SECRET.encode() + b"y" * 100)

    assert find(b"\n\n" + packed, {"it": SECRET}) == [Finding(3, "it", "base64")]
    assert find(json.dumps({"file": packed.decode()}).encode(), {"it": SECRET})


def test_many_secrets_cost_little_more_than_a_few() -> None:
    """A state of 30,000 resources has 85 MB, and its stack as many passwords: one search is for all."""
    line = f'{{"urn": "{URN}", "inputs": {{"__provider": "{"gASVPwAA" * 12}", "path": "/usr/lib/x.py#1"}}}}\n'
    content = line.encode() * (5_000_000 // len(line)) + b'"password-number-1999"\n'
    many = {str(number): f"password-number-{number:04}" for number in range(2000)}
    few = {number: many[number] for number in ("1998", "1999")}

    of_few, of_many = (_cpu_secs(partial(find, content, known)) for known in (few, many))

    assert [each.name for each in find(content, many)] == ["1999"]
    assert structural(content) == []
    # One search for each of them takes 1,000 times as much.
    assert of_many < 50 * of_few


def _state(inputs: dict[str, Any], urn: str = URN) -> dict[str, Any]:
    """A checkpoint as the file backend writes it, with one resource beside the stack and its provider."""
    provider = "urn:pulumi:prod::phones::pulumi:providers:pulumi-python::default"
    return {
        "version": 3,
        "checkpoint": {
            "stack": "organization/phones/prod",
            "latest": {
                "manifest": {"time": "2026-11-25T02:05:45.953Z", "magic": "ab35", "version": "v3.259.0"},
                "secrets_providers": {"type": "passphrase", "state": {"salt": "v1:GqyWXZjs21s=:v1:ITay/E"}},
                "resources": [
                    {
                        "urn": provider,
                        "custom": True,
                        "type": "pulumi:providers:pulumi-python",
                        "inputs": {"telnyx:apiKey": {**MARK, "ciphertext": CIPHERTEXT}},
                    },
                    {
                        "urn": urn,
                        "custom": True,
                        "id": "2990000000000000001",
                        "type": urn.split("::")[2],
                        "inputs": {"__provider": PAYLOAD, "connection_name": "desk (prod)", **inputs},
                        "outputs": {
                            "__provider": PAYLOAD,
                            "password": {**MARK, "ciphertext": CIPHERTEXT},
                            "password_revision": 1,
                            "record_type": "credential_connection",
                        },
                        "propertyDependencies": {"__provider": [], "password": [provider]},
                        "additionalSecretOutputs": ["password"],
                    },
                ],
            },
        },
    }


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize(
    "password",
    [
        {**MARK, "ciphertext": CIPHERTEXT},
        {**MARK, "ciphertext": "[secret]"},
        {**MARK, "plaintext": '"[secret]"'},
        "[secret]",
        "********",
        "",
        None,
        "pulumi-telnyx:generated-password",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    ],
)
def test_an_encrypted_or_masked_password_is_no_finding(password: object, indent: int | None) -> None:
    """A state, an export, a preview and an event log as they should be."""
    content = json.dumps(_state({"password": password}), indent=indent).encode()

    assert structural(content) == []
    assert find(content, {"the password": SECRET, "TELNYX_API_KEY": API_KEY}) == []


@pytest.mark.parametrize(
    "password",
    [
        "hunter2-hunter2",
        'with "quotes" and \\',
        12345678,
        {**MARK, "plaintext": '"hunter2-hunter2"'},
        {**MARK, "value": "hunter2-hunter2"},
        {**MARK, "value": {"old": "hunter2-hunter2"}},
        {**OUTPUT_MARK, "secret": True, "value": "hunter2"},
    ],
)
def test_a_password_in_clear_is_found_by_its_place(password: object) -> None:
    """In the resource's own name, whatever else the state holds and in whatever order."""
    state = _state({"password": password})
    wanted = [Finding(1, f"password of {URN}", "clear text")]

    assert structural(json.dumps(state).encode()) == wanted
    assert structural(json.dumps(state, sort_keys=True).encode()) == wanted
    assert [each.name for each in structural(json.dumps(state, indent=2).encode())] == [f"password of {URN}"]


SET_URN = URN.replace("CredentialConnection::", "CredentialConnectionSet::")


@pytest.mark.parametrize(
    ("passwords", "name"),
    [
        ({**MARK, "ciphertext": CIPHERTEXT}, None),
        ({"a": {**MARK, "ciphertext": CIPHERTEXT}, "b": "[secret]"}, None),
        ({**MARK, "plaintext": "{}"}, None),
        ({**MARK, "plaintext": '{"a":"hunter2-hunter2"}'}, "passwords"),
        ({"a": {**MARK, "plaintext": '"hunter2-hunter2"'}}, "a"),
        ({"a": {**MARK, "ciphertext": CIPHERTEXT}, "b": "hunter2-hunter2"}, "passwords.b"),
    ],
)
def test_a_set_must_not_show_its_passwords(passwords: object, name: str | None) -> None:
    """Whether they are one secret, or one for each member."""
    found = structural(json.dumps(_state({"passwords": passwords}, SET_URN)).encode())

    assert [each.name for each in found] == ([f"{name} of {SET_URN}"] if name else [])


def test_the_line_of_a_password_in_clear_is_told() -> None:
    """An export is written for people to read."""
    text = json.dumps(_state({"password": "hunter2-hunter2"}), indent=4)
    (line,) = (number for number, each in enumerate(text.splitlines(), start=1) if "hunter2" in each)

    assert structural(text.encode()) == [Finding(line, f"password of {URN}", "clear text")]


def test_a_resource_of_another_kind_may_have_a_password() -> None:
    """Only what Pulumi marks as a secret is ours to judge there; a connection's child is another kind."""
    database = "urn:pulumi:prod::phones::postgresql:index/role:Role::app"
    child = URN.replace("CredentialConnection::", "CredentialConnection$random:index:Pet::")

    for urn in (database, child):
        assert structural(json.dumps(_state({"password": "hunter2-hunter2"}, urn)).encode()) == []
    shown = _state({"password": {**MARK, "plaintext": '"hunter2"'}}, database)
    assert structural(json.dumps(shown).encode()) == [Finding(1, f"password of {database}", "clear text")]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        # A preview.
        ({"config": {"telnyx:apiKey": "of-another-form"}}, "telnyx:apiKey of the stack's config"),
        ({"config": {"phones:password": "hunter2"}}, "phones:password of the stack's config"),
        (
            {"config": {"phones:connections": '{"desk":{"password":"hunter2"}}'}},
            "password of the stack's config",
        ),
        (
            {"steps": [{"urn": URN, "newState": {"urn": URN, "inputs": {"password": "hunter2"}}}]},
            f"password of {URN}",
        ),
        # `pulumi config --show-secrets --json`.
        ({"phones:hook": {"value": "https://fake.example.com/?t=1", "secret": True}}, "phones:hook"),
        ({"phones:password": {"value": "hunter2", "secret": False}}, "phones:password"),
        # An answer of the API in a log, and a log line inside a log line.
        ({"data": {"record_type": "credential_connection", "password": "hunter2"}}, "password"),
        ({"log": json.dumps({"urn": URN, "new": {"password": "hunter2"}}) + "\n"}, f"password of {URN}"),
    ],
)
def test_other_files_of_pulumi_are_read_as_well(content: object, name: str) -> None:
    """Also where they stand in a log, after text that is no JSON."""
    for log in (json.dumps(content), f'a "log}} line\n[info] {json.dumps(content)}\nand "more'):
        assert [each.name for each in structural(log.encode())] == [name]


@pytest.mark.parametrize(
    "content",
    [
        {"config": {"telnyx:apiKey": "[secret]", "phones:timeout": "30"}},
        {"phones:hook": {"secret": True}, "phones:user": {"value": "fax", "secret": False}},
        {"components": {"schemas": {"password": {"type": "string", "secret": True, "value": "an example"}}}},
        {"user": {"name": "anna", "password": "not of a connection"}},
        {"page": {**ASSET_MARK, "text": "an asset", "value": "x"}, "id": {**OUTPUT_MARK, "value": "1293"}},
    ],
)
def test_other_json_is_left_alone(content: object) -> None:
    """A finding must be worth a look."""
    assert structural(json.dumps(content).encode()) == []


def test_a_cut_off_state_is_read_as_far_as_it_goes() -> None:
    """A log is cut where the job was."""
    text = json.dumps(_state({"password": "hunter2-hunter2"}))

    assert structural(text[: text.index("hunter2") + 20].encode()) == [
        Finding(1, f"password of {URN}", "clear text")
    ]


def test_an_api_key_is_known_by_its_form() -> None:
    """Anywhere, base64 included; a masked or shortened one is none."""
    content = textwrap.dedent(
        f"""\
        Authorization: Bearer {API_KEY}
        KEY0123456789abcdef_TooShort KEY****_secret {API_KEY[:35]}
        {base64.b64encode(f"key={API_KEY}".encode()).decode()}
        """
    )

    assert structural(content.encode()) == [
        Finding(1, "an API key", "clear text"),
        Finding(3, "an API key", "base64"),
    ]


@given(st.one_of(st.binary(), st.text(alphabet='{}[]",:\\ password\n').map(str.encode)))
def test_any_bytes_can_be_looked_at(content: bytes) -> None:
    """Logs and reports are no JSON, or half of it."""
    structural(content)


def test_brackets_without_end_cost_what_their_length_does() -> None:
    """A file can be made to be scanned."""
    short, long = (b'{"password":' * many + b'"' + b"\\" * many for many in (10_000, 100_000))

    of_short, of_long = (_cpu_secs(partial(structural, content)) for content in (short, long))

    assert structural(long) == []
    # Ten times the length: 100 times as much where what is open is gone through again and again.
    assert of_long < 40 * of_short


def _cpu_secs(act: Callable[[], object]) -> float:
    """Return what the act takes of the processor: the least of three times, since others use it too."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        act()
        taken.append(time.process_time() - started)
    return min(taken)
