"""What `telnyx:accounts` may say, what is refused, and how errors speak of an account."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pulumi.dynamic import Config

from pulumi_telnyx import plugin
from pulumi_telnyx.api.errors import AuthError, NotFoundError, Problem, SettingsError
from pulumi_telnyx.base_url import DEFAULT_BASE_URL
from pulumi_telnyx.named_accounts import key_variable
from pulumi_telnyx.remedies import naming_account, remedy_of
from pulumi_telnyx.settings import Settings, load_settings

KEY = "KEY-unit-test-not-a-secret"
OTHER = "KEY-of-a-pipeline-not-a-secret"
PROXY = "https://proxy.example.com/v2"


def config_of(accounts: Any, **options: str) -> dict[str, str]:
    """Return a stack's config as the plugin gets it: maps as JSON."""
    text = accounts if isinstance(accounts, str) else json.dumps(accounts)
    return {"telnyx:accounts": text, **{f"telnyx:{name}": value for name, value in options.items()}}


def load(
    accounts: Any, environ: dict[str, str] | None = None, name: object = "emea", **options: str
) -> Settings:
    return load_settings(environ or {}, config_of(accounts, **options).get, name)


def test_an_account_has_its_own_key_and_nothing_of_the_stacks_own() -> None:
    """TELNYX_API_KEY and TELNYX_ACCOUNT are about the stack's own account."""
    environ = {"TELNYX_API_KEY": OTHER, "TELNYX_ACCOUNT": "key:another-end"}

    settings = load({"emea": {"apiKey": f" {KEY}\n"}}, environ, apiKey=OTHER, account="connection:7")

    assert settings.api_key.get_secret_value() == KEY
    assert (settings.account_name, settings.base_url) == ("emea", DEFAULT_BASE_URL)
    assert (settings.is_key_expected, settings.expected_connection) == (False, None)
    assert (
        load_settings(environ | {"TELNYX_ACCOUNT": f"key:{OTHER}"}, config_of("{").get).account_name is None
    )


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("emea", "TELNYX_API_KEY_EMEA"),
        ("us-east_2", "TELNYX_API_KEY_US_EAST_2"),
        ("us.east", "TELNYX_API_KEY_US_EAST"),
    ],
)
def test_the_environment_hands_in_a_key_by_the_accounts_name(name: str, variable: str) -> None:
    """What no variable can have in its name is an underscore there."""
    assert key_variable(name) == variable


@pytest.mark.parametrize("accounts", [{"us-east": {"apiKey": KEY}}, {"us-east": {"account": "key:cret"}}, {}])
def test_the_environments_key_wins_and_needs_no_entry(accounts: Any) -> None:
    """A pipeline can hand in the key of an account that the stack's config does not have."""
    settings = load(accounts, {"TELNYX_API_KEY_US_EAST": OTHER}, "us-east")

    assert settings.api_key.get_secret_value() == OTHER
    assert settings.is_key_expected == ("account" in accounts.get("us-east", {}))


@pytest.mark.parametrize(
    ("environ", "entry", "options", "expected"),
    [
        ({}, {"baseUrl": f"{PROXY}/"}, {}, PROXY),
        ({}, {"baseUrl": PROXY}, {"baseUrl": "https://other.example.com"}, PROXY),
        ({}, {}, {"baseUrl": PROXY}, PROXY),
        ({"TELNYX_BASE_URL": "http://127.0.0.1:80/v2"}, {"baseUrl": PROXY}, {}, "http://127.0.0.1:80/v2"),
        ({"TELNYX_API_KEY_EMEA": OTHER}, {"baseUrl": DEFAULT_BASE_URL}, {}, DEFAULT_BASE_URL),
    ],
)
def test_the_base_url_is_the_environments_the_entrys_or_the_stacks(
    environ: dict[str, str], entry: dict[str, str], options: dict[str, str], expected: str
) -> None:
    """In this order; then Telnyx's own."""
    assert load({"emea": {"apiKey": KEY, **entry}}, environ, **options).base_url == expected


@pytest.mark.parametrize(
    ("entry", "options", "source"),
    [
        ({"baseUrl": PROXY}, {}, "telnyx:accounts.emea.baseUrl"),
        ({}, {"baseUrl": PROXY}, "telnyx:baseUrl"),
    ],
)
def test_a_key_of_the_environment_is_not_sent_where_the_stack_says(
    entry: dict[str, str], options: dict[str, str], source: str
) -> None:
    """Whoever edits the stack file could have it sent to a host of their choice."""
    with pytest.raises(SettingsError) as caught:
        load({"emea": {"apiKey": KEY, **entry}}, {"TELNYX_API_KEY_EMEA": OTHER}, **options)

    assert str(caught.value) == (
        f"account 'emea': {source} would send the key from TELNYX_API_KEY_EMEA to proxy.example.com: set "
        "TELNYX_BASE_URL beside TELNYX_API_KEY_EMEA, or put the key into the stack too "
        "(telnyx:accounts.emea.apiKey)"
    )


@pytest.mark.parametrize(
    ("accounts", "reason"),
    [
        ("part-two", "telnyx:accounts must be a map of accounts"),
        ("[" * 100_000, "telnyx:accounts must be a map of accounts"),
        (["part-two"], "telnyx:accounts must be a map of accounts"),
        ({"emea": "part-two"}, "account 'emea': telnyx:accounts.emea must be a map with apiKey"),
        ({"emea": None}, "account 'emea': telnyx:accounts.emea must be a map with apiKey"),
        ({"emea": ["part-two"]}, "account 'emea': telnyx:accounts.emea must be a map with apiKey"),
        ({"emea": {}}, "account 'emea': no Telnyx API key: run `pulumi config set --secret --path"),
        ({"emea": {"apiKey": None}}, "account 'emea': no Telnyx API key"),
        ({"emea": {"apiKey": " "}}, "account 'emea': telnyx:accounts.emea.apiKey is empty: run `pulumi"),
        ({"emea": {"apiKey": "part-two x"}}, "account 'emea': telnyx:accounts.emea.apiKey has a space"),
        (
            {"emea": {"apiKey": {"a": "part-two"}}},
            "account 'emea': telnyx:accounts.emea.apiKey must be a text",
        ),
        (
            {"emea": {"apikey": "part-two"}},
            "account 'emea': telnyx:accounts.emea has no setting 'apikey' (did you mean 'apiKey'?)",
        ),
        (
            {"emea": {"apiKey": KEY, "zone": "part-two"}},
            "account 'emea': telnyx:accounts.emea has no setting 'zone': it may have apiKey, account",
        ),
        (
            {"emea": {"apiKey": KEY, "account": "part-two"}},
            "account 'emea': telnyx:accounts.emea.account must be key:",
        ),
        (
            {"emea": {"apiKey": KEY, "account": "key:part-two"}},
            "account 'emea': telnyx:accounts.emea.account expects a key that ends otherwise than the one",
        ),
        (
            {"emea": {"apiKey": KEY, "baseUrl": "https://part-two@x"}},
            "account 'emea': telnyx:accounts.emea.baseUrl holds a user name or password",
        ),
        ({}, "account 'emea' is not in telnyx:accounts: correct it, or run `pulumi config set"),
        ({"emae": {}}, "account 'emea' is not in telnyx:accounts (did you mean 'emae'?)"),
        ({"EMEA": {}}, "account 'emea' is not in telnyx:accounts (did you mean 'EMEA'?)"),
        ({"emea part-two": {}}, "account 'emea' is not in telnyx:accounts: correct it"),
    ],
)
def test_a_bad_entry_is_refused_by_name_and_not_repeated(accounts: Any, reason: str) -> None:
    """One line that names the setting; what is in it may be the key."""
    with pytest.raises(SettingsError) as caught:
        load(accounts)

    assert str(caught.value).startswith(reason)
    assert "part-two" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["", "a.b", "a b", "a\n", "\u00e9mea", "k" * 31, 7.0, ["emea"], True])
def test_what_is_no_name_of_an_account_is_not_repeated(name: object) -> None:
    """Somebody may have put the key there."""
    with pytest.raises(SettingsError) as caught:
        load({"emea": {"apiKey": KEY}}, {}, name)

    assert str(caught.value) == (
        "account must be the name of an entry in telnyx:accounts: at most 30 letters, digits, - and _"
    )


def test_a_mistake_in_one_entry_is_no_mistake_in_another() -> None:
    """Only the account's own connections stop."""
    accounts = {"emea": {"apiKey": KEY}, "apac": {"apikey": ""}, "broken": 1, "a b": {}}

    assert load(accounts).api_key.get_secret_value() == KEY


def test_a_variable_of_two_accounts_is_the_key_of_neither() -> None:
    """One of them would get the other's key."""
    accounts = {"us-east": {"apiKey": KEY}, "us_east": {"apiKey": KEY}}

    with pytest.raises(SettingsError, match="could as well be the key of account 'us_east': rename one"):
        load(accounts, {"TELNYX_API_KEY_US_EAST": OTHER}, "us-east")
    assert load(accounts, {}, "us-east").api_key.get_secret_value() == KEY


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Config:
    for name in ("TELNYX_API_KEY", "TELNYX_BASE_URL", "TELNYX_ACCOUNT", "TELNYX_LOG", "TELNYX_API_KEY_EMEA"):
        monkeypatch.delenv(name, raising=False)
    return Config(config_of({"emea": {"apiKey": KEY}, "apac": {"apiKey": KEY}}), "project")


def test_each_account_has_one_api_and_one_guard(config: Config) -> None:
    """Its limit and a refused key concern all of its connections, and no others; whoever asks first."""
    together = threading.Barrier(8)

    def start(_: int) -> plugin.Telnyx:
        together.wait()
        return plugin.start(config, "emea")

    with ThreadPoolExecutor(8) as threads:
        emea, *others = threads.map(start, range(8))
    apac = plugin.start(config, "apac")

    assert all(each is emea for each in others)
    assert apac.api is not emea.api
    assert apac.account is not emea.account
    assert (emea.account.name, apac.account.name) == ("emea", "apac")


def test_a_refused_key_is_named_by_its_account() -> None:
    """What is no matter of the key, or of the stack's own account, stays as it is."""
    refused = AuthError("read x", 401, [Problem("10009", "No such API key")])
    limit = AuthError("create x", 403, [Problem("10038", "Too many")])
    gone = NotFoundError("read x", 404, [Problem("10005", "Not found")])

    assert "check the API key of account 'emea' (TELNYX_API_KEY_EMEA, or" in str(
        naming_account(refused, "emea")
    )
    assert "'telnyx:accounts.emea.apiKey'" in str(naming_account(refused, "emea"))
    assert [remedy_of(each, "emea") for each in (limit, gone)] == [remedy_of(each) for each in (limit, gone)]
    assert naming_account(refused, None) is refused
    assert naming_account(gone, "emea") is gone


def test_what_one_account_takes_over_the_other_does_not_delete(config: Config) -> None:
    """The two names may be one account's, and a connection moves between resources that name either."""
    emea, apac = plugin.start(config, "emea").account, plugin.start(config, "apac").account

    apac.took_over("1293384261075731501")
    apac.goes_on("1293384261075731502", "pulumi:stories/test:0123456789abcdef")

    assert emea.is_kept("1293384261075731501", None)
    assert emea.is_kept("1293384261075731502", None)
    assert not emea.is_kept("1293384261075731503", None)
