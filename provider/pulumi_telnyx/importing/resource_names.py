"""Names of resources for connections that have names of people's choice."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..api.models import Connection

_LONGEST: Final = 60


def resource_names(connections: Iterable[Connection], taken: Collection[str] = ()) -> Mapping[str, str]:
    """Return the resource's name of each connection, by id.

    A connection called "Büro Köln (2)" becomes `buro-koln-2`. Where several would be called the same, or the
    name is taken, each has its user name behind it, and where that is somebody's name again, its id. So a
    name does not depend on the order of the connections.

    Args:
        connections: with id, connection name and user name.
        taken: names of resources that are there already.
    """
    plain = {each.id: cleaned(each.connection_name or "") for each in connections}
    users = {each.id: cleaned(each.user_name or "") or each.id for each in connections}
    forms = {each: _forms(plain[each] or users[each], users[each], each) for each in plain}
    names = {each: next(form) for each, form in forms.items()}
    while True:
        often = Counter([*names.values(), *set(taken)])
        twice = [each for each, name in names.items() if often[name] > 1]
        if not twice:
            return names
        for each in twice:
            names[each] = next(forms[each])


def _forms(name: str, user: str, identity: str) -> Iterator[str]:
    """Yield what a resource can be called, the shortest first; the last ones have no end."""
    yield name
    yield f"{name}-{user}"
    # Nobody else has the id.
    numbered = f"{name}-{cleaned(identity) or identity}"
    yield numbered
    for number in itertools.count(2):
        yield f"{numbered}-{number}"


def cleaned(text: str) -> str:
    """Return the text as lower-case ASCII letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:_LONGEST].strip("-")
