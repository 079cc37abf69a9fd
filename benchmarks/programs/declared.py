"""What every contender declares: the same connections with the same inputs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import pulumi

CONNECTIONS_VARIABLE: Final = "BENCH_CONNECTIONS"
REVISION_VARIABLE: Final = "BENCH_REVISION"
"""Another revision changes one setting of every connection."""
FIRST_VARIABLE: Final = "BENCH_FIRST"
"""Another value changes one setting of the first connection."""


def connections() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield resource name and inputs of each connection that the environment asks for."""
    revision, first = int(os.environ[REVISION_VARIABLE]), int(os.environ[FIRST_VARIABLE])
    for number in range(int(os.environ[CONNECTIONS_VARIABLE])):
        inputs = {
            "connection_name": f"Phone {number}",
            "user_name": f"benchphone{number:05}",
            "password": pulumi.Output.secret(f"fake-password-{number}"),
            "inbound": {"codecs": ["OPUS", "G722"], "channel_limit": 10 + revision},
            "outbound": {
                "outbound_voice_profile_id": "2105551234567890123",
                "channel_limit": 1 if number else first,
            },
        }
        yield f"phone-{number:05}", inputs
