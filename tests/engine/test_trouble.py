"""What a user sees when something is wrong: one message, a failing exit code, nothing half done."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from pulumi_telnyx.emulator.options import DEFAULT_API_KEY

from .stack import StackRunner

RECOVERY = Path(__file__).parents[2] / "docs" / "recovery.md"
DESK = 'CredentialConnection("desk")'


def _assert_fails_cleanly(stack: StackRunner, *expected: str) -> str:
    """Check that preview and up both fail with these texts, and that nothing came of it."""
    for run in (stack.try_preview(), stack.try_up()):
        assert run.code != 0
        for text in expected:
            assert text in run.text, run.text
        assert "Traceback" not in run.text
        assert 'File "' not in run.text
    assert stack.connections() == {}
    assert stack.api.connections() == []
    return run.text


# The table of all settings is in tests/unit/test_settings.py; here is how they reach a user.
@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TELNYX_API_KEY": None}, "no Telnyx API key: set TELNYX_API_KEY, or run `pulumi config set"),
        (
            {"TELNYX_BASE_URL": "https://me:part-two@api.telnyx.com"},
            "TELNYX_BASE_URL holds a user name or password",
        ),
    ],
)
def test_unusable_settings_stop_a_preview_already(
    stack: StackRunner, environ: dict[str, str | None], expected: str
) -> None:
    """The message says which setting, what is wrong with it and how to set it; never its value."""
    stack.program(DESK)
    for name, value in environ.items():
        if value is None:
            del stack.environ[name]
        else:
            stack.environ[name] = value

    text = _assert_fails_cleanly(stack, f"SettingsError: {expected}")

    assert "part-two" not in text
    assert text.count(expected) <= 2, "once while it runs, once in the summary"
    assert stack.api.calls() == []


def test_a_stack_file_cannot_send_the_operators_key_elsewhere(stack: StackRunner) -> None:
    """A base URL from the stack's config goes with a key from the stack's config, or not at all."""
    stack.program(DESK)
    stack.pulumi("config", "set", "telnyx:baseUrl", stack.environ.pop("TELNYX_BASE_URL"))

    _assert_fails_cleanly(stack, "SettingsError: telnyx:baseUrl would send the key from TELNYX_API_KEY to")

    assert stack.api.calls() == []


def test_key_and_base_url_can_both_come_from_the_stack(stack: StackRunner) -> None:
    """Config in place of environment; the key stays secret."""
    stack.program(DESK)
    stack.pulumi("config", "set", "telnyx:baseUrl", stack.environ.pop("TELNYX_BASE_URL"))
    stack.pulumi("config", "set", "--secret", "telnyx:apiKey", stack.environ.pop("TELNYX_API_KEY"))

    run = stack.up()

    assert run.changes == {"create": 1}
    assert DEFAULT_API_KEY not in run.text + stack.state_text()
    assert stack.up().changes == {"same": 1}
    assert stack.refresh().changes == {"refresh": 1}


@pytest.mark.parametrize(
    ("forbidden", "status", "code"),
    [(False, 401, "10009"), (True, 403, "10010")],
    ids=["unknown", "forbidden"],
)
def test_a_refused_key_is_named_and_never_shown(
    stack: StackRunner, forbidden: bool, status: int, code: str
) -> None:
    """The preview cannot know; up says which status came and where the key is set."""
    stack.program(DESK)
    stack.environ["TELNYX_API_KEY"] = "KEY-another-one"
    if forbidden:
        stack.api.server.configure(forbidden_keys=["KEY-another-one"])

    run = stack.try_up()

    assert run.code != 0
    assert f"AuthError: create credential connection 'desk (test)': {status} " in run.text
    assert f"(code {code}); check the API key (TELNYX_API_KEY" in run.text
    assert "KEY-another-one" not in run.text
    assert "Traceback" not in run.text
    assert stack.connections() == {}


def test_an_api_that_cannot_be_reached_is_named(stack: StackRunner) -> None:
    """Host and remedy, after the tries are used up."""
    stack.program(DESK)
    stack.environ["TELNYX_BASE_URL"] = "http://127.0.0.1:9/v2"

    run = stack.try_up()

    assert run.code != 0
    assert (
        "TransportError: create credential connection 'desk (test)': 127.0.0.1:9: no connection" in run.text
    )
    assert "Traceback" not in run.text
    assert stack.connections() == {}


def test_metadata_that_a_killed_engine_left_empty_is_deleted_as_the_page_says(stack: StackRunner) -> None:
    """It stops every command until then; the state itself is whole."""
    (command,) = re.findall(r"^find ~(/\S+ .*)$", RECOVERY.read_text(), re.MULTILINE)
    stack.program(DESK)
    stack.up()
    (metadata,) = (stack.folder / "state" / ".pulumi" / "stacks").rglob("*.json.attrs")
    metadata.write_bytes(b"")

    stopped = stack.try_preview()
    shell = f"find {stack.folder / 'state'}{command}"
    subprocess.run(["bash", "-c", shell], check=True)

    assert stopped.code != 0
    assert "failed to load checkpoint: EOF" in stopped.text
    assert not metadata.exists()
    assert stack.up().changes == {"same": 1}


# The table of all rules is in tests/unit/test_validation.py; here is how they reach a user.
_SEVERAL = """
    user_name="front desk",
    password="hunter2",
    inbound={"codex": ["G722"], "timeout_1xx_secs": 0, "timeout_2xx_secs": 1.5},
    dtmf_type="RFC2833",
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('pasword="hunter2-hunter2"', ["'desk' has no argument 'pasword' (did you mean 'password'?)"]),
        (
            _SEVERAL,
            [
                "user_name: must be letters and digits only",
                "password: must be at least 8 characters long",
                "inbound.codex: is not a field of a credential connection (did you mean 'codecs'?)",
                "inbound.timeout_1xx_secs: must be 1 or more",
                "inbound.timeout_2xx_secs: must be a whole number, not a number with a fraction",
                "dtmf_type: must be one of 'RFC 2833', 'Inband', 'SIP INFO' (did you mean 'RFC 2833'?)",
            ],
        ),
    ],
    ids=["misspelt", "several"],
)
def test_wrong_arguments_are_all_named_before_anything_is_called(
    stack: StackRunner, arguments: str, expected: list[str]
) -> None:
    """Each problem with its path and rule, and never with the value."""
    stack.program(f'CredentialConnection("desk", {arguments})')

    text = _assert_fails_cleanly(stack, *expected)

    assert "hunter2" not in text
    assert stack.api.calls() == []
