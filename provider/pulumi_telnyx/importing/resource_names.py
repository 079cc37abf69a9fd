"""Names of resources for connections that have names of people's choice."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..api.models import Connection

_LONGEST: Final = 60


def resource_names(connections: Iterable[Connection], taken: Collection[str] = ()) -> Mapping[str, str]:
    """Return the resource's name of each connection, by id.

    A connection called "Büro Köln (2)" becomes `buro-koln-2`. Where several would be called the same, or the
    name is taken, each has its user name behind it: that is unique. So a name does not depend on which other
    connections are imported before it or after it.

    Args:
        connections: with id, connection name and user name.
        taken: names of resources that are there already.
    """
    cleaned = {each.id: _cleaned(each.connection_name or "") for each in connections}
    users = {each.id: _cleaned(each.user_name or "") or each.id for each in connections}
    wanted = {each: cleaned[each] or users[each] for each in cleaned}
    often = Counter([*wanted.values(), *taken])
    return {each: name if often[name] == 1 else f"{name}-{users[each]}" for each, name in wanted.items()}


def _cleaned(text: str) -> str:
    """Return the text as lower-case ASCII letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:_LONGEST].strip("-")
