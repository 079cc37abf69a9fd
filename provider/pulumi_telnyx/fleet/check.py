"""What a set's inputs become, and every problem that its members have."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from pulumi.dynamic import CheckResult
from pulumi.output import UNKNOWN, Unknown

from ..api.errors import printable
from ..connection.claims import DECLARED_AS
from ..connection.passwords import GENERATED, UNMANAGED
from ..connection.properties import DERIVED_NAMES
from ..named_accounts import ACCOUNT
from ..ownership import ADOPT, MARK
from ..words import counted
from . import members as layout
from .identity import IDENTITY, IGNORES_FIELDS, Identity
from .removals import MAX_REMOVALS, RETAIN, most_removals

# What an account can hold.
MOST_MEMBERS: Final = 10_000
_MOST_SHOWN: Final = 20
_KEPT: Final = (ACCOUNT, MAX_REMOVALS, RETAIN)

_NO_FIELDS: Final = (
    f"{layout.MEMBERS}: ignore_changes names fields, and this set was made without them, so none is left "
    "alone: name whole members there"
)

CheckConnection: TypeAlias = Callable[[dict[str, Any], dict[str, Any]], CheckResult]
"""The check of a single connection: its old inputs, those of the program, and what becomes of them."""


def checked(
    olds: Mapping[str, Any], news: Mapping[str, Any], check_connection: CheckConnection
) -> tuple[dict[str, Any], list[str]]:
    """Return the set's inputs, to be used only where there is no problem, and the problems, one line each.

    Args:
        olds: the inputs of the last run; empty for a new set.
        news: the inputs as the program sent them.
        check_connection: the check of a single connection.
    """
    olds, news = layout.opened(olds), layout.opened(news)
    shared = {name: news[name] for name in _KEPT if news.get(name) is not None}
    sent = dict(news[IDENTITY])
    ignores_fields = sent.pop(IGNORES_FIELDS, False)
    shared[IDENTITY] = olds.get(IDENTITY) or sent
    problems = [*_problems_of_settings(news), *_problems_of_members(news.get(layout.MEMBERS))]
    given = news.get(layout.MEMBERS)
    if ignores_fields and isinstance(given, Mapping) and not layout.texts_in(olds).isdisjoint(given):
        # The engine has looked for the fields in the texts already, and taken some away.
        problems.append(_NO_FIELDS)
    if problems or not isinstance(given, Mapping):
        return {**shared, layout.MEMBERS: UNKNOWN, layout.PASSWORDS: UNKNOWN}, problems
    former = layout.renamed(olds, news)
    taken, identity = set(former.values()), Identity.of(shared)
    inputs: dict[str, dict[str, Any]] = {}
    user_names: dict[str, Any] = {}
    unknown = []
    for name, settings in sorted(given.items()):
        if isinstance(settings, Unknown):
            unknown.append(name)
            continue
        asked = _asked_for(identity, name, settings, news, olds, former.get(name))
        # The name's former connection may have gone to another name.
        old = _old_connection(olds, former.get(name) or (name if name not in taken else None))
        result = check_connection(old, asked)
        problems += [f"{layout.path_of(name)}.{failure.reason}" for failure in result.failures]
        inputs[name] = result.inputs
        # Where something else is wrong with it, it has no inputs.
        user_names[name] = result.inputs.get("user_name", asked.get("user_name"))
        if ADOPT in settings:
            # A take-over that failed is tried again: the inputs alone do not tell whether it did.
            inputs[name][ADOPT] = settings[ADOPT]
    problems += _user_names_twice(user_names)
    packed = layout.packed({**shared, layout.TEXTS: _texts(olds, news, former)}, inputs, None)
    for name in unknown:
        for part in (layout.MEMBERS, layout.PASSWORDS, layout.REVISIONS):
            packed[part][name] = UNKNOWN
    return packed, problems


def in_words(set_name: str, problems: list[str]) -> list[str]:
    """Return the problems to show: all, or the first ones and the name of a file with all of them."""
    if len(problems) <= _MOST_SHOWN:
        return problems
    more = len(problems) - _MOST_SHOWN
    try:
        # Readable by its owner alone. No line has a value, but names of customers may be enough.
        handle, path = tempfile.mkstemp(prefix="pulumi-telnyx-problems-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(f"{problem}\n" for problem in problems)
        where = f"all of them are in {path}"
    except OSError:
        where = "there is no place to write all of them to"
    return [
        *problems[:_MOST_SHOWN],
        f"and {counted(more, 'more problem')} of set '{printable(set_name)}': {where}",
    ]


def _problems_of_settings(news: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with what is about the whole set."""
    limit, retain = news.get(MAX_REMOVALS), news.get(RETAIN)
    try:
        if not isinstance(limit, Unknown):
            most_removals(limit, 1)
    except ValueError as problem:
        yield str(problem)
    if retain is None or isinstance(retain, Unknown):
        return
    if not isinstance(retain, list) or not all(isinstance(name, str | Unknown) for name in retain):
        yield f"{RETAIN}: must be a list of members' names"


def _problems_of_members(given: Any) -> Iterator[str]:
    if isinstance(given, Unknown):
        return
    if not isinstance(given, Mapping):
        yield f"{layout.MEMBERS}: must be a dictionary of members by name"
    elif not given:
        yield f"{layout.MEMBERS}: is empty: declare a member, or remove the whole set from the program"
    elif len(given) > MOST_MEMBERS:
        yield (
            f"{layout.MEMBERS}: {counted(len(given), 'member')} are more than the {MOST_MEMBERS:,} "
            "connections that an account can hold"
        )
    else:
        yield from _problems_of_names(given)


def _problems_of_names(given: Mapping[str, Any]) -> Iterator[str]:
    for name, settings in sorted(given.items()):
        path = layout.path_of(name)
        if not name.strip() or not name.isprintable():
            yield f"{path}: the name must have characters, and only such as can be printed"
        if isinstance(settings, Unknown):
            continue
        if not isinstance(settings, Mapping):
            yield f"{path}: must be a dictionary of fields"
        elif ACCOUNT in settings:
            yield f"{path}.{ACCOUNT}: belongs to the whole set: give it {ACCOUNT}"


def _texts(olds: Mapping[str, Any], news: Mapping[str, Any], former: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the members that become texts.

    A member stays what it is, however many there are by now: a preview would show it as changed as a whole.
    """
    had, were, sent = olds.get(layout.MEMBERS) or {}, layout.texts_in(olds), layout.texts_in(news)
    before = {name: former.get(name, name) for name in news[layout.MEMBERS]}
    return frozenset(name for name, old in before.items() if (old in were if old in had else name in sent))


def _user_names_twice(user_names: Mapping[str, Any]) -> Iterator[str]:
    """Yield the user names that two members have: to other resources the whole set is one holder."""
    holders: dict[str, str] = {}
    for name, user_name in user_names.items():
        if not isinstance(user_name, str):
            continue
        first = holders.setdefault(user_name.casefold(), name)
        if first != name:
            yield (
                f"{layout.path_of(name)}.user_name: is the one of member '{printable(first)}' too, and no "
                "two connections can have the same"
            )


def _old_connection(olds: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    had = olds.get(layout.MEMBERS) or {}
    return layout.connection_of(olds, name) if name is not None and name in had else {}


def _asked_for(
    identity: Identity,
    name: str,
    settings: Mapping[str, Any],
    news: Mapping[str, Any],
    olds: Mapping[str, Any],
    former: str | None,
) -> dict[str, Any]:
    """Return a member as the program of a single connection would send it."""
    derived = {"connection_name": identity.connection_name(name), "user_name": identity.user_name(name)}
    derived = {field: value for field, value in derived.items() if field not in settings}
    asked = {
        **settings,
        DERIVED_NAMES: derived,
        MARK: identity.mark(name),
        # The set's name now, and not the first one: a new set may have that.
        DECLARED_AS: f"{news[IDENTITY]['resource']}\0",
        ACCOUNT: news.get(ACCOUNT),
    }
    if former is not None and "connection_name" in derived:
        # A name that was made of the member's old one follows it; any other stays, as it always does.
        had = olds[layout.MEMBERS][former].get("connection_name")
        if had == identity.connection_name(former):
            asked["connection_name"] = derived.pop("connection_name")
    password = (news.get(layout.PASSWORDS) or {}).get(name)
    if isinstance(news.get(layout.PASSWORDS), Unknown):
        password = UNKNOWN
    asked[UNMANAGED] = settings.get(UNMANAGED) or None
    if password in (None, GENERATED):
        password = None if asked[UNMANAGED] else GENERATED
    asked["password"] = password
    return {field: value for field, value in asked.items() if value is not None}
