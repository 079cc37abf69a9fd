"""Where settings come from and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_telnyx.api.errors import SettingsError
from pulumi_telnyx.base_url import DEFAULT_BASE_URL
from pulumi_telnyx.settings import account_of, connect, load_settings

KEY = "KEY-unit-test-not-a-secret"


def test_the_environments_key_wins_over_the_stacks() -> None:
    """A pipeline can hand in its own key."""
    settings = load_settings({"TELNYX_API_KEY": KEY}, {"telnyx:apiKey": "KEY-of-the-stack"}.get)

    assert settings.api_key.get_secret_value() == KEY
    assert settings.base_url == DEFAULT_BASE_URL


def test_a_key_is_stripped_and_never_printed() -> None:
    """A line break at the end is what CI secrets come with."""
    settings = load_settings({"TELNYX_API_KEY": f" {KEY}\n"})

    assert settings.api_key.get_secret_value() == KEY
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    ("environ", "config", "expected"),
    [
        ({}, {"telnyx:apiKey": KEY}, DEFAULT_BASE_URL),
        ({"TELNYX_API_KEY": KEY}, {"telnyx:baseUrl": f"{DEFAULT_BASE_URL}/"}, DEFAULT_BASE_URL),
        (
            {"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": "http://[::1]:80/v2"},
            {"telnyx:baseUrl": "https://elsewhere.example.com"},
            "http://[::1]:80/v2",
        ),
        (
            {},
            {"telnyx:apiKey": KEY, "telnyx:baseUrl": "https://proxy.example.com/v2"},
            "https://proxy.example.com/v2",
        ),
    ],
)
def test_the_base_url_comes_from_environment_stack_or_default(
    environ: dict[str, str], config: dict[str, str], expected: str
) -> None:
    """The environment first, then the stack where it brings its own key, then Telnyx."""
    assert load_settings(environ, config.get).base_url == expected


@pytest.mark.parametrize(
    ("environ", "config", "reason"),
    [
        ({}, {}, "no Telnyx API key: set TELNYX_API_KEY"),
        ({"TELNYX_API_KEY": ""}, {"telnyx:apiKey": KEY}, "TELNYX_API_KEY is empty"),
        ({}, {"telnyx:apiKey": " "}, "telnyx:apiKey is empty"),
        ({"TELNYX_API_KEY": "se cret"}, {}, "has a space"),
        ({"TELNYX_API_KEY": "se\ncret"}, {}, "a line break"),
        ({"TELNYX_API_KEY": "se\u2019cret"}, {}, "copy the key again"),
        ({"TELNYX_API_KEY": KEY}, {"telnyx:baseUrl": "https://evil.example"}, "would send the key from"),
    ],
)
def test_an_unusable_key_is_refused_without_showing_it(
    environ: dict[str, str], config: dict[str, str], reason: str
) -> None:
    """The message names the setting and the way to set it."""
    with pytest.raises(SettingsError, match=reason) as caught:
        load_settings(environ, config.get)

    assert "cret" not in str(caught.value).replace("--secret", "")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.telnyx.com/v2",
        "//api.telnyx.com",
        "ftp://api.telnyx.com",
        "file:///etc/passwd",
        "https://",
        "https:///v2",
        "https://user:part-two@api.telnyx.com",
        "https://user@api.telnyx.com",
        "https://api.telnyx.com@evil.example",
        "https://api.telnyx.com:99999",
        "https://api.telnyx.com:x",
        "https://api.telnyx.com/v2?key=1",
        "https://api.telnyx.com/v2#top",
        "https://api.telnyx.com\\@evil.example",
        "https://api.telnyx .com",
        "https://api.telnyx.com/\nv2",
        "http://api.telnyx.com/v2",
        "http://10.0.0.1/v2",
        "http://localhost.evil.example/v2",
        "http://127.0.0.1.evil.example/v2",
        "http://[::ffff:8.8.8.8]/v2",
        "https://[::1",
        "javascript:alert(1)",
        "https://user:part-two%40api.telnyx.com",
        "https://user:part-two\uff20api.telnyx.com",
        "https://api.telnyx.c\u043em",
        "https://api.telnyx.com./v2",
        "https://api.telnyx.com%2eevil.example",
        "https://api.telnyx.com:0",
        "https://api.telnyx.com?",
        "https://127.1",
        "http://2130706433",
        "http://[::1].evil.example",
        "http://[::1%25eth0]",
        "KEY-part-two",
    ],
)
def test_a_hostile_or_broken_base_url_is_refused(url: str) -> None:
    """Before any socket is opened, and without printing a password in it."""
    with pytest.raises(SettingsError, match="TELNYX_BASE_URL") as caught:
        load_settings({"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": url})

    assert "part-two" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "config", "is_key", "connection"),
    [
        ({}, {}, False, None),
        ({}, {"telnyx:account": f"key:{KEY[-4:]}"}, True, None),
        ({"TELNYX_ACCOUNT": f" key:{KEY}\n"}, {}, True, None),
        ({}, {"telnyx:account": "connection:1293384261075731499"}, False, "1293384261075731499"),
        ({"TELNYX_ACCOUNT": "connection:7"}, {"telnyx:account": "key:of-another-key"}, False, "7"),
        ({"TELNYX_ACCOUNT": f"key:{KEY[-8:]}"}, {"telnyx:account": "connection:7"}, True, None),
    ],
)
def test_the_expected_account_is_named_by_key_or_connection(
    environ: dict[str, str], config: dict[str, str], is_key: bool, connection: str | None
) -> None:
    """The environment first, as for the key; left out, nothing is expected."""
    settings = load_settings({"TELNYX_API_KEY": KEY, **environ}, config.get)

    assert (settings.is_key_expected, settings.expected_connection) == (is_key, connection)


@pytest.mark.parametrize(
    ("environ", "config", "source"),
    [
        ({"TELNYX_ACCOUNT": "key:another-end"}, {}, "TELNYX_ACCOUNT expects a key .* TELNYX_API_KEY"),
        ({}, {"telnyx:account": "key:another-end"}, "telnyx:account expects a key .* TELNYX_API_KEY"),
        ({"TELNYX_ACCOUNT": f"key:{KEY}x"}, {}, "TELNYX_ACCOUNT expects"),
    ],
)
def test_a_key_that_ends_otherwise_is_refused(
    environ: dict[str, str], config: dict[str, str], source: str
) -> None:
    """Before anything is sent, and without showing either end."""
    with pytest.raises(SettingsError, match=source) as caught:
        load_settings({"TELNYX_API_KEY": KEY, **environ}, config.get)

    assert "another-end" not in str(caught.value)
    assert KEY[-4:] not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    ["", "key:", "key:abc", "connection:", KEY, "account:7", "key: spaced", "connection:7 8", "KEY:abcd"],
)
def test_an_account_of_another_form_is_refused_and_not_repeated(value: str) -> None:
    """Somebody may have put the whole key there; fewer than four characters would fit too many keys."""
    with pytest.raises(SettingsError, match="TELNYX_ACCOUNT must be key:") as caught:
        load_settings({"TELNYX_API_KEY": KEY, "TELNYX_ACCOUNT": value})

    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "secs"),
    [
        (None, 86_400),
        ("24h", 86_400),
        ("30m", 1_800),
        ("7d", 604_800),
        ("90s", 90),
        ("1.5 h", 5_400),
        (" 2d ", 172_800),
        ("0", 0),
        ("0h", 0),
    ],
)
def test_how_young_a_connection_has_to_be_is_a_duration(value: str | None, secs: float) -> None:
    """`telnyx:adoptWithin`: a day when left out, nothing at all with 0."""
    settings = load_settings({"TELNYX_API_KEY": KEY}, {"telnyx:adoptWithin": value}.get)

    assert settings.adopt_within_secs == secs


@pytest.mark.parametrize("value", ["", "24", "-1h", "1w", "h", "1h30m", "1e3s", "soon", "∞h", "1\nh", True])
def test_what_is_no_duration_is_refused(value: object) -> None:
    """A wrong unit must not become another rule of whose connection it is."""
    with pytest.raises(
        SettingsError, match=r"telnyx:adoptWithin is no duration: .*expected like 24h, 30m"
    ) as caught:
        load_settings({"TELNYX_API_KEY": KEY}, {"telnyx:adoptWithin": value}.get)

    assert "\n" not in str(caught.value)


def test_the_log_is_named_by_the_environment_alone(tmp_path: Path) -> None:
    """A stack file must not make a pipeline write to a file of its choice."""
    path = tmp_path / "telnyx.log"
    settings = load_settings({"TELNYX_API_KEY": KEY, "TELNYX_LOG": str(path)}, {"telnyx:log": "other"}.get)
    assert settings.log_path == str(path)

    connect(settings)
    assert path.exists()
    assert load_settings({"TELNYX_API_KEY": KEY}, {"TELNYX_LOG": str(path)}.get).log_path is None


@pytest.mark.parametrize("name", ["", "no/such/folder/telnyx.log", "a\x00b", "."])
def test_a_log_that_cannot_be_written_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whoever wants a log wants to know that there is none; an empty name is none, and logs nothing."""
    monkeypatch.chdir(tmp_path)
    settings = load_settings({"TELNYX_API_KEY": KEY, "TELNYX_LOG": name})

    if not name:
        connect(settings)
        return
    with pytest.raises(SettingsError, match=r"TELNYX_LOG names .*which cannot be written"):
        connect(settings)


def test_what_is_expected_reaches_the_account() -> None:
    """A key that was compared needs no witness; a connection that is expected is asked for."""
    by_key = load_settings({"TELNYX_API_KEY": KEY, "TELNYX_ACCOUNT": f"key:{KEY[-4:]}"})
    by_connection = load_settings({"TELNYX_API_KEY": KEY, "TELNYX_ACCOUNT": "connection:7"})

    assert account_of(by_key, connect(by_key))._confirmed
    other = account_of(by_connection, connect(by_connection))
    assert (other._confirmed, other._expected_id) == (False, "7")


def test_no_more_calls_are_under_way_than_the_stack_says() -> None:
    """Also where the SDK has more workers than that: four at least."""
    settings = load_settings({"TELNYX_API_KEY": KEY}, {"telnyx:parallel": "1"}.get)

    gate = connect(settings)._transport._gate

    assert gate.enter() == 0
    assert gate.enter() > 0
