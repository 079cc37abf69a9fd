"""Where settings come from and which are refused."""

from __future__ import annotations

import pytest

from pulumi_telnyx.api.errors import SettingsError
from pulumi_telnyx.settings import DEFAULT_BASE_URL, load_settings

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
