"""Stories of several Telnyx accounts in one stack: each connection is its account's, in every operation."""

from __future__ import annotations

import pytest

from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY

from .stack import Run, StackRunner

KEYS = {"emea": "KEY-emea-not-a-secret-ab12", "apac": "KEY-apac-not-a-secret-cd34"}
WRONG = "KEY-of-nobody-not-a-secret"

TWO = """
CredentialConnection("london", user_name="londondesk", account="emea", active=True)
CredentialConnection("tokyo", user_name="tokyodesk", account="apac", active=True)
"""


@pytest.fixture
def accounts(stack: StackRunner) -> StackRunner:
    """A stack with the keys of two accounts in its config, and none of its own."""
    stack.api.server.configure(
        api_keys={DEFAULT_API_KEY: DEFAULT_ACCOUNT, **{key: name for name, key in KEYS.items()}}
    )
    for name, key in KEYS.items():
        set_key(stack, name, key)
    del stack.environ["TELNYX_API_KEY"]
    return stack


def set_key(stack: StackRunner, name: str, key: str) -> None:
    stack.pulumi("config", "set", "--secret", "--path", f"telnyx:accounts.{name}.apiKey", key)


def holders(stack: StackRunner) -> dict[str, str]:
    """Return the account that each user name is in."""
    rows = stack.api._control("GET", "/connections")["connections"]
    return {row["settings"]["user_name"]: row["account"] for row in rows}


def assert_refused(run: Run, *texts: str) -> None:
    assert run.code != 0, run.text
    for text in texts:
        assert text in run.text, run.text
    assert "Traceback" not in run.text
    assert not [key for key in (*KEYS.values(), WRONG, DEFAULT_API_KEY) if key in run.text]


def test_two_accounts_live_in_one_stack(accounts: StackRunner) -> None:
    """Each connection is made, read, changed and deleted with its account's key; no key is in the state."""
    stack = accounts
    stack.program(TWO)

    assert stack.preview().changes == {"create": 2}
    assert stack.up().changes == {"create": 2}
    assert holders(stack) == {"londondesk": "emea", "tokyodesk": "apac"}
    assert stack.up().changes == {"same": 2}
    stack.refresh()
    assert stack.up().changes == {"same": 2}
    stack.program(TWO.replace("True", "False"))
    assert stack.up().changes == {"update": 2}
    assert [each["active"] for each in stack.api.connections()] == [False, False]
    assert {name: each["outputs"]["account"] for name, each in stack.connections().items()} == {
        "london": "emea",
        "tokyo": "apac",
    }
    assert not [key for key in KEYS.values() if key in stack.state_text()]

    stack.destroy()
    assert holders(stack) == {}


def test_a_drift_in_one_account_is_found_and_put_right(accounts: StackRunner) -> None:
    """What was deleted or changed in the portal is seen with the key of the account."""
    stack = accounts
    stack.program(TWO)
    stack.up()
    ids = {each["user_name"]: each["id"] for each in stack.api.connections()}
    stack.api.delete(ids["londondesk"])
    stack.api.edit(ids["tokyodesk"], active=False)

    stack.refresh()

    assert stack.connections().keys() == {"tokyo"}
    assert stack.up().changes == {"create": 1, "update": 1}
    assert holders(stack) == {"londondesk": "emea", "tokyodesk": "apac"}
    assert stack.up().changes == {"same": 2}


def test_the_default_account_stands_beside_the_named_ones(accounts: StackRunner) -> None:
    """Without `account` it is TELNYX_API_KEY, and without that one only such connections stop."""
    stack = accounts
    stack.program(f'{TWO}\nCredentialConnection("home", user_name="homedesk")')
    assert_refused(stack.try_preview(), "SettingsError: no Telnyx API key: set TELNYX_API_KEY")
    assert holders(stack) == {}
    stack.environ["TELNYX_API_KEY"] = DEFAULT_API_KEY

    stack.up()

    assert holders(stack) == {"londondesk": "emea", "tokyodesk": "apac", "homedesk": DEFAULT_ACCOUNT}
    assert stack.up().changes == {"same": 3}
    stack.refresh()


def test_another_account_is_a_replacement(accounts: StackRunner) -> None:
    """Deleted in the old account first, since its user name is taken everywhere; nothing stays behind."""
    stack = accounts
    stack.environ["TELNYX_API_KEY"] = DEFAULT_API_KEY
    desk = 'CredentialConnection("desk", user_name="movingdesk", account={!r})'
    stack.program(desk.format(None))
    stack.up()
    before = DEFAULT_ACCOUNT
    assert holders(stack) == {"movingdesk": before}

    # From the stack's own account to a named one, to another one, and back.
    for name, account in (("emea", "emea"), ("apac", "apac"), (None, DEFAULT_ACCOUNT)):
        stack.program(desk.format(name))
        preview = stack.preview()
        assert preview.changes["replace"] == 1, preview.text
        assert holders(stack) == {"movingdesk": before}, "a preview writes nothing"
        stack.api.calls()
        stack.up()

        assert [each for each in stack.api.calls() if each != "GET"] == ["DELETE", "POST"]
        assert holders(stack) == {"movingdesk": account}
        before = account
    stack.refresh()
    assert stack.up().changes == {"same": 1}


def test_the_account_does_not_change_while_adopt_is_there(accounts: StackRunner) -> None:
    """A replacement would take `adopt` up again, when what it names has just been deleted."""
    stack = accounts
    stack.api._control("POST", "/connections", {"account": "emea", "settings": {"user_name": "oldpbx01"}})
    program = 'CredentialConnection("pbx", adopt="oldpbx01", password="pbx-password-1", account="emea")'
    stack.program(program)
    stack.up()
    assert holders(stack) == {"oldpbx01": "emea"}

    stack.program(program.replace('account="emea"', 'account="apac"'))
    run = stack.try_up()

    assert_refused(run, "account: a change of account deletes the connection", "remove adopt")
    assert holders(stack) == {"oldpbx01": "emea"}
    stack.program(program)
    assert stack.up().changes == {"same": 1}


def test_an_unknown_account_is_refused_in_the_preview(accounts: StackRunner) -> None:
    """With the right name and the command that sets its key; nothing is written."""
    stack = accounts
    stack.program('CredentialConnection("desk", user_name="frontdesk", account="emae")')
    stack.api.calls()

    for run in (stack.try_preview(), stack.try_up()):
        assert_refused(
            run,
            "account 'emae' is not in telnyx:accounts (did you mean 'emea'?)",
            "pulumi config set --secret --path 'telnyx:accounts.emae.apiKey'",
        )
    assert stack.api.calls() == []
    assert holders(stack) == {}


def test_an_account_may_be_known_only_when_the_stack_is_deployed(accounts: StackRunner) -> None:
    """The preview goes on without it."""
    stack = accounts
    stack.program(
        """
        first = CredentialConnection("first", user_name="firstdesk", account="emea")
        region = first.record_type.apply(lambda _: "apac")
        second = CredentialConnection("second", user_name="seconddesk", account=region)
        seen = CredentialConnection.get("seen", second.id, account=region)
        pulumi.export("accounts", [second.account, seen.account])
        """
    )

    assert stack.preview().changes == {"create": 2, "read": 1}
    stack.up()

    assert holders(stack) == {"firstdesk": "emea", "seconddesk": "apac"}
    assert stack.outputs() == {"accounts": ["apac", "apac"]}
    assert stack.up().changes == {"same": 2, "read": 1}


def test_a_connection_is_not_looked_up_before_its_account_is_known(accounts: StackRunner) -> None:
    """A preview would look in the wrong account."""
    stack = accounts
    pbx = stack.api._control(
        "POST", "/connections", {"account": "apac", "settings": {"user_name": "oldpbx01"}}
    )["id"]
    stack.environ["TELNYX_API_KEY"] = DEFAULT_API_KEY
    stack.program(
        f"""
        first = CredentialConnection("first", user_name="firstdesk", account="emea")
        region = first.record_type.apply(lambda _: "apac")
        seen = CredentialConnection.get("seen", "{pbx}", account=region)
        pulumi.export("user_name", seen.user_name)
        """
    )

    stack.preview()
    stack.up()

    assert stack.outputs() == {"user_name": "oldpbx01"}


def test_a_refused_key_stops_only_its_accounts_connections(accounts: StackRunner) -> None:
    """The error names the account, and the others are deployed and refreshed."""
    stack = accounts
    set_key(stack, "apac", WRONG)
    stack.program(TWO)

    run = stack.try_up("--continue-on-error")

    assert_refused(run, "AuthError", "account 'apac'", "telnyx:accounts.apac.apiKey")
    assert "TELNYX_API_KEY," not in run.text
    assert holders(stack) == {"londondesk": "emea"}
    assert stack.connections().keys() == {"london"}
    set_key(stack, "apac", KEYS["apac"])
    assert stack.up().changes == {"same": 1, "create": 1}


def test_the_key_of_one_account_never_empties_the_state_of_another(accounts: StackRunner) -> None:
    """Refresh, destroy and up stop for the connections that the key cannot see."""
    stack = accounts
    stack.program(TWO)
    stack.up()
    before = stack.api.connections()
    stack.environ["TELNYX_API_KEY_EMEA"] = KEYS["apac"]

    for run in (stack.try_refresh(), stack.try_destroy("--target", urn(stack, "london"))):
        assert_refused(run, "WrongAccountError", "account 'emea': this key finds none")
    stack.program(TWO.replace("True", "False"))
    assert_refused(stack.try_up(), "account 'emea': this key finds none")

    london = next(each for each in stack.api.connections() if each["user_name"] == "londondesk")
    assert london in before
    assert stack.connections().keys() == {"london", "tokyo"}
    del stack.environ["TELNYX_API_KEY_EMEA"]
    stack.up()
    assert stack.up().changes == {"same": 2}


def urn(stack: StackRunner, name: str) -> str:
    return str(stack.connections()[name]["urn"])


def test_a_pipeline_hands_in_an_accounts_key(accounts: StackRunner) -> None:
    """TELNYX_API_KEY_<NAME> wins over the config, and needs nothing there; refresh and destroy use it too."""
    stack = accounts
    stack.api.server.configure(api_keys={"KEY-us-east-not-a-secret": "us", KEYS["emea"]: "emea"})
    set_key(stack, "emea", WRONG)
    stack.environ |= {
        "TELNYX_API_KEY_EMEA": KEYS["emea"],
        "TELNYX_API_KEY_US_EAST": "KEY-us-east-not-a-secret",
    }
    stack.program(
        """
        CredentialConnection("london", user_name="londondesk", account="emea")
        CredentialConnection("boston", user_name="bostondesk", account="us-east")
        """
    )

    stack.up()

    assert holders(stack) == {"londondesk": "emea", "bostondesk": "us"}
    stack.refresh()
    stack.destroy()
    assert holders(stack) == {}


def test_an_account_names_what_it_expects(accounts: StackRunner) -> None:
    """`account` of an entry is checked like `telnyx:account`, for this account alone."""
    stack = accounts
    stack.pulumi("config", "set", "--path", "telnyx:accounts.emea.account", "key:cd34")
    stack.program(TWO)

    assert_refused(stack.try_preview(), "account 'emea': telnyx:accounts.emea.account expects a key")
    assert holders(stack) == {}
    stack.pulumi("config", "set", "--path", "telnyx:accounts.emea.account", "key:ab12")
    stack.up()
    assert holders(stack) == {"londondesk": "emea", "tokyodesk": "apac"}


def test_a_connection_is_looked_up_and_taken_over_in_its_account(accounts: StackRunner) -> None:
    """`get` and `adopt` use the key of the account that they are given."""
    stack = accounts
    settings = {"user_name": "oldpbx01", "password": "pbx-password-1"}
    pbx = stack.api._control("POST", "/connections", {"account": "emea", "settings": settings})["id"]
    stack.program(
        f"""
        pbx = CredentialConnection.get("pbx", "{pbx}", account="emea")
        pulumi.export("pbx", [pbx.user_name, pbx.account])
        """
    )
    stack.up()
    assert stack.outputs() == {"pbx": ["oldpbx01", "emea"]}
    stack.refresh()
    assert stack.outputs() == {"pbx": ["oldpbx01", "emea"]}

    adoption = 'CredentialConnection("mine", adopt="oldpbx01", password="pbx-password-1", account='
    stack.program(f'{adoption}"apac")')
    assert_refused(stack.try_up(), "AdoptionError")
    stack.program(f'{adoption}"emea")')
    stack.up()
    assert holders(stack) == {"oldpbx01": "emea"}
    assert stack.up().changes == {"same": 1}
