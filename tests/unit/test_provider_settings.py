"""Settings below `telnyx:` in stack files: refused by `validate` where the provider would refuse them."""

from __future__ import annotations

import json
from pathlib import Path

import pulumi
import pytest

from pulumi_telnyx.api.errors import SettingsError
from pulumi_telnyx.named_accounts import ACCOUNTS_OPTION
from pulumi_telnyx.settings import load_settings

from .stack_files import PROFILE, PROJECT, config, connections, found

FILE = "stacks/Pulumi.dev.yaml"
KEY = "KEY-not-a-secret-0001"
URL = "is not an http(s) URL of a host: expected like https://api.telnyx.com/v2"
ACCOUNT = "must be key: and the last 4 or more characters of the account's key, or connection: and the id"


def lines_of(folder: Path, settings: str) -> list[str]:
    """Return what is found, of which the first setting would be at line 3."""
    return found(folder, config(f"{settings}\nphones:connections: {{a: {{{PROFILE}}}}}"))


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("telnyx:baseUrl: api.telnyx.com", f"telnyx:baseUrl {URL}"),
        ("telnyx:baseUrl: http://api.telnyx.com/v2", "telnyx:baseUrl would send the key unencrypted to api."),
        (
            "telnyx:baseUrl: https://me:fake-password@x.example",
            "telnyx:baseUrl holds a user name or password",
        ),
        ("telnyx:baseUrl: [https://x.example]", f"telnyx:baseUrl {URL}"),
        ("telnyx:baseUrl:", "telnyx:baseUrl is empty: give it a value, or remove the line"),
        ("telnyx:apiKey:", "telnyx:apiKey is empty: give it a value, or remove the line"),
        ("telnyx:account: prod", f"telnyx:account {ACCOUNT}"),
        ("telnyx:account: key:abc", f"telnyx:account {ACCOUNT}"),
        ("telnyx:account: 1293", f"telnyx:account {ACCOUNT}"),
        ("telnyx:adoptWithin: 1 week", "telnyx:adoptWithin is no duration: 1 week; expected like 24h"),
        ("telnyx:adoptWithin: 24", "telnyx:adoptWithin is no duration: 24; expected like 24h"),
        ("telnyx:ownershipTag: yes", "telnyx:ownershipTag must be true or false"),
        ("telnyx:ownershipTag: 0", "telnyx:ownershipTag must be true or false"),
        ("telnyx:parallel: 0", "telnyx:parallel must be a number from 1 to 64, not 0"),
        ("telnyx:parallel: -1", "telnyx:parallel must be a number from 1 to 64, not -1"),
        ("telnyx:parallel: 1000", "telnyx:parallel must be a number from 1 to 64, not 1000"),
        ("telnyx:parallel: many", "telnyx:parallel must be a number from 1 to 64, not many"),
        ("telnyx:apikey: x", "telnyx:apikey is no setting of this provider (did you mean 'telnyx:apiKey'?)"),
        ("telnyx:connections: {}", "telnyx:connections is no setting of this provider"),
        ("telnyx:accounts: [a]", "telnyx:accounts must be a map of accounts: run `pulumi config rm"),
        ("telnyx:accounts: emea", "telnyx:accounts must be a map of accounts: run `pulumi config rm"),
        ("telnyx:accounts: {emea: x}", "account 'emea': telnyx:accounts.emea must be a map with apiKey"),
        ("telnyx:accounts: {emea: {secure: v1:x}}", "account 'emea': telnyx:accounts.emea must be a map"),
        ("telnyx:accounts: {e.u: {}}", "account must be the name of an entry in telnyx:accounts: at most 30"),
        (
            "telnyx:accounts: {emea: {apikey: x}}",
            "account 'emea': telnyx:accounts.emea has no setting 'apikey' (did you mean 'apiKey'?)",
        ),
        (
            "telnyx:accounts: {emea: {account: 1234}}",
            "account 'emea': telnyx:accounts.emea.account must be a text: put it in quotes",
        ),
        ("telnyx:accounts: {emea: {account: emea}}", f"telnyx:accounts.emea.account {ACCOUNT}"),
        ("telnyx:accounts: {emea: {baseUrl: x.example}}", f"telnyx:accounts.emea.baseUrl {URL}"),
        (
            "telnyx:accounts: {emea: {apiKey: KEY-fake-password}}",
            "telnyx:accounts.emea.apiKey: stands here in plain text: remove it, then run `pulumi config",
        ),
        (
            """telnyx:accounts: '{"emea": {"apiKey": "KEY-fake-password"}}'""",
            "telnyx:accounts.emea.apiKey: stands here in plain text",
        ),
    ],
)
def test_a_value_that_the_provider_would_refuse_is_found(tmp_path: Path, setting: str, reason: str) -> None:
    """With its own words, at the value's line; what may be a key is not repeated."""
    (line,) = lines_of(tmp_path, setting)

    assert line.startswith(f"{FILE}:3: error: {reason}")


@pytest.mark.parametrize(
    "setting",
    [
        "telnyx:baseUrl: http://127.0.0.1:4010/v2/",
        "telnyx:account: key:0001",
        "telnyx:account: connection:1293",
        "telnyx:adoptWithin: 0",
        "telnyx:adoptWithin: 1.5h",
        "telnyx:ownershipTag: false",
        'telnyx:ownershipTag: "True"',
        "telnyx:ownerId: 7",
        "telnyx:parallel: 64",
        "telnyx:apiKey: {secure: v1:x}",
        "telnyx:baseUrl: {secure: v1:x}",
        "telnyx:accounts: {secure: v1:x}",
        "telnyx:accounts: {emea: {apiKey: {secure: v1:x}, account: key:0001, baseUrl: https://x.example}}",
        "telnyx:accounts: {emea: {apiKey: {secure: v1:x}, account: null}}",
        """telnyx:accounts: '{"emea": {"account": "key:0001"}}'""",
    ],
)
def test_a_value_that_the_provider_takes_is_not_found(tmp_path: Path, setting: str) -> None:
    """Nor one that is encrypted."""
    assert lines_of(tmp_path, setting) == []


def test_each_mistake_of_an_account_has_its_line(tmp_path: Path) -> None:
    """The provider itself says the first one only."""
    settings = "telnyx:accounts:\n  emea:\n    apikey: x\n    baseUrl: x\n  apac:\n    acount: x"

    assert [line.partition(": ")[0] for line in lines_of(tmp_path, settings)] == [
        f"{FILE}:{number}" for number in (5, 6, 8)
    ]


def test_the_account_of_a_connection_is_looked_for(tmp_path: Path) -> None:
    """One that is not among the stack's is a warning, since the environment may have its key."""
    accounts = "telnyx:accounts: {emea: {account: key:0001}}\nphones:connections:\n"

    def lines(account: str, above: str = accounts) -> list[str]:
        return found(tmp_path, config(f"{above}  a: {{account: {account}, {PROFILE}}}"))

    (line,) = lines("emae")
    assert line.startswith(
        f"{FILE}:5: warning: phones:connections.a.account: account 'emae' is not in telnyx:accounts (did you "
        "mean 'emea'?): correct it, or run `pulumi config set --secret --path 'telnyx:accounts.emae.apiKey'`"
    )
    assert line.endswith("or set TELNYX_API_KEY_EMAE")
    assert lines("emea") == []
    # With keys in the environment only, or encrypted as a whole, nothing can be known.
    assert lines("emae", "phones:x: 1\nphones:connections:\n") == []
    assert lines("emae", "telnyx:accounts: {secure: v1:x}\nphones:connections:\n") == []
    (line,) = lines("KEY.fake-password")
    assert line.startswith(f"{FILE}:5: error: phones:connections.a.account: account must be the name of an")


def test_the_account_of_all_connections_is_said_once(tmp_path: Path) -> None:
    """Where it stands in defaults, and also when the accounts are the project's."""
    below = f"{PROJECT}config:\n  telnyx:accounts:\n    value: {{emea: {{account: key:0001}}}}\n"
    stack = f"phones:defaults:\n  account: apac\n  {PROFILE}\nphones:connections: {{a: {{}}, b: {{}}}}"

    (line,) = found(tmp_path, config(stack), project=below)

    assert line.startswith(f"{FILE}:4: warning: phones:defaults.account: account 'apac' is not in telnyx:acc")
    assert line.endswith("(for a, b)")


@pytest.mark.parametrize("account", [None, "emea"])
@pytest.mark.parametrize("value", ["key:0001", "key:001", "connection:1", "0001", " key:0001 ", "KEY:0001"])
def test_validate_and_provider_agree_on_expected_accounts(
    tmp_path: Path, value: str, account: str | None
) -> None:
    """Of the stack's own account, and of a named one."""
    if account is None:
        settings = f'telnyx:account: "{value}"'
        values = {"telnyx:account": value, "telnyx:apiKey": KEY}
    else:
        settings = f'telnyx:accounts: {{emea: {{account: "{value}"}}}}'
        values = {ACCOUNTS_OPTION: json.dumps({"emea": {"account": value, "apiKey": KEY}})}
    try:
        load_settings({}, values.get, account)
        accepted = True
    except SettingsError:
        accepted = False

    assert (lines_of(tmp_path, settings) == []) is accepted


@pytest.mark.parametrize("value", ["true", "false", "True", "False", "TRUE", "yes", "1", ""])
def test_the_ownership_tag_is_read_as_pulumi_reads_it(tmp_path: Path, value: str) -> None:
    """`pulumi.Config.get_bool` is what the program's resource asks."""
    pulumi.runtime.set_all_config({"telnyx:ownershipTag": value})
    try:
        pulumi.Config("telnyx").get_bool("ownershipTag")
        accepted = True
    except pulumi.ConfigTypeError:
        accepted = False
    finally:
        pulumi.runtime.set_all_config({})

    assert (lines_of(tmp_path, f'telnyx:ownershipTag: "{value}"') == []) is accepted


def test_settings_of_others_are_left_alone(tmp_path: Path) -> None:
    """Another provider's, or the program's own."""
    text = f"a: {{{PROFILE}}}"

    assert found(tmp_path, connections(text) + "  aws:region: eu-central-1\n  phones:voiceProfile: x\n") == []
