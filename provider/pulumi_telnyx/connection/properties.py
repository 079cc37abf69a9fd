"""What a connection is to the engine: its inputs and outputs, and what to send so that one becomes the other.

The models are imported inside of the functions: a stack program imports the names here, and judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..account import FINGERPRINT
from ..named_accounts import ACCOUNT
from ..ownership import ADOPT, MARK, names_a_user, with_mark, without_marks
from .passwords import CHANGED_OUTSIDE, UNMANAGED

if TYPE_CHECKING:
    from ..api.models import Connection

PROVIDER_KEY = "__provider"
"""The input in which the SDK sends the pickled provider."""
DERIVED_NAMES = "derived_names"
"""Names that the program did not give, by field. They stay: renaming a stack must not log out its phones."""
OWN_INPUTS = ("password_revision", "rotate_password_when", UNMANAGED, DERIVED_NAMES, MARK, ACCOUNT)
"""Inputs and outputs that are ours and never sent to the API."""
OWN_FIELDS = frozenset({"connection_name", "user_name", "password", ADOPT})
"""What belongs to one connection, and can be no default of many."""
SERVER_FIELDS = ("record_type", "created_at", "updated_at")
"""Outputs that the API alone decides."""


def kept_names(olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names to use where the program gives none: the first ones, or the last ones that it gave."""
    first = olds.get(DERIVED_NAMES) or {}
    if not olds and names_a_user(news.get(ADOPT)):
        # The connection that is taken over keeps the name that its phones log in with.
        first = {"user_name": news[ADOPT]}
    return {
        name: first.get(name) or olds.get(name) or derived
        for name, derived in (news.get(DERIVED_NAMES) or {}).items()
    }


def update_body(olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an update has to send."""
    from .comparison import declared_of, patch

    before = declared_of(olds)
    if news.get(UNMANAGED):
        # From now on it is nobody's here; at Telnyx it stays.
        before.pop("password", None)
    changes = patch(before, declared_of(news))
    if "tags" in changes:
        changes["tags"] = with_mark(changes["tags"], news.get(MARK))
    if olds.get(CHANGED_OUTSIDE) and not news.get(UNMANAGED):
        changes["password"] = news["password"]
    return changes


def outputs_of(props: Mapping[str, Any], connection: Connection) -> dict[str, Any]:
    """Return what the state holds of a connection.

    Args:
        props: its inputs as `check` returns them, and the fingerprint of the key.
        connection: as the API shows it.
    """
    from .comparison import declared_of, live_view, properties_of

    own = (*OWN_INPUTS, FINGERPRINT)
    return {
        **properties_of(live_view(declared_of(props), without_marks(connection))),
        **{name: props[name] for name in own if props.get(name) is not None},
        **server_fields(connection),
    }


def server_fields(connection: Connection) -> dict[str, Any]:
    """Return the outputs that the API alone decides."""
    return {name: getattr(connection, name) for name in SERVER_FIELDS}
