"""When two runs are known to use the same account."""

from __future__ import annotations

import pytest

from pulumi_telnyx.account import fingerprint_of

KEY = "KEY-first"
URL = "http://127.0.0.1:4010/v2"


@pytest.mark.parametrize(
    ("key", "url", "same"),
    [
        (KEY, "http://127.0.0.1:4011/v2", True),
        (KEY, "http://127.0.0.1:4010/v2/", True),
        ("KEY-second", URL, False),
        (KEY, "http://localhost:4010/v2", False),
        (KEY, "http://127.0.0.1:4010/v1", False),
        (KEY, "http://127.0.0.1:4010", False),
    ],
)
def test_key_host_and_path_tell_accounts_apart(key: str, url: str, same: bool) -> None:
    """The port is no part of it: the local API has another one after each start."""
    assert (fingerprint_of(key, url) == fingerprint_of(KEY, URL)) is same
