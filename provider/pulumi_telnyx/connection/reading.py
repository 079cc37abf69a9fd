"""Read a connection that may not show yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ..api.backoff import backoff_secs
from ..api.errors import NotFoundError
from ..confidential import confidential
from ..ownership import CLOCK_SLACK_SECS, age_secs

if TYPE_CHECKING:
    from ..api.connections import CredentialConnections
    from ..api.models import Connection
    from .listed_reads import ListedReads

# How long after its creation a connection may still be unknown to reads.
SHOWS_WITHIN_SECS: Final = 5.0


def retrieve(
    api: CredentialConnections, reads: ListedReads, connection_id: str, state: Mapping[str, Any]
) -> Connection:
    """Return the connection; one that was created a moment ago is waited for.

    Args:
        api: the account.
        reads: of this account.
        connection_id: which one.
        state: its properties in the state.

    Raises:
        NotFoundError: there is none.
    """
    looks = 0
    ask = reads.retrieve
    while True:
        looks += 1
        try:
            return ask(connection_id, secrets=confidential(state))
        except NotFoundError:
            age = age_secs(state.get("created_at"), api.server_time(api.clock.monotonic()))
            # The server's clock is known to the second only, so that an age can come out below 0.
            if age is None or not -CLOCK_SLACK_SECS <= age < SHOWS_WITHIN_SECS:
                raise
            # The last look is when it must have shown.
            wait = min(backoff_secs(looks, api.clock.jitter()), SHOWS_WITHIN_SECS - age)
        api.clock.sleep(wait)
        # One connection that is looked at often is no reason to list the account.
        ask = api.retrieve
