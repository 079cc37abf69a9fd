"""What the program of a set sends to the provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from ..connection.passwords import GENERATED
from ..connection.properties import OWN_FIELDS
from ..constructor import of_parents, running_stack, types_of_parents
from .identity import IGNORES_FIELDS, Identity
from .ignored import ignores_fields
from .texts import MOST_BY_FIELD, as_text


def identity_input(resource_name: str, opts: pulumi.ResourceOptions | None) -> dict[str, Any]:
    """Return what names and marks of the members are made of, and what `check` has to know of the options."""
    of = running_stack()
    identity = Identity(of.organization, of.project, of.stack, resource_name, of.owner_id, marks=of.marks)
    resource = of_parents(types_of_parents(opts), lambda types: f"{types}{resource_name}")
    sent = {**identity.as_input(), "resource": resource}
    if ignores_fields((opts and opts.ignore_changes) or ()):
        sent[IGNORES_FIELDS] = True
    return sent


@dataclass(frozen=True)
class Declaration:
    """The members as the provider takes them.

    Args:
        members: the settings of each, with the defaults under them.
        passwords: the given ones, as secrets.
        hides_user_names: whether a user name may be a secret, so that their output has to be one.
    """

    members: Any
    passwords: Any
    hides_user_names: bool = False


def declaration_of(members: Any, defaults: Any, *, by_field: bool = False) -> Declaration:
    """Return what the program sends.

    Args:
        members: the connections by name, as the program has them.
        defaults: what lies under each of them.
        by_field: send the members of a large set field by field too.

    The engine keeps secret what stands where the program had a secret: so the defaults are put into each
    member here, and not by the provider. The passwords are one secret map, which is quickest. Where one of
    them is an output, each is a secret of its own: one that a preview does not know must not hide what
    becomes of the others.
    """
    if isinstance(members, pulumi.Output) or isinstance(defaults, pulumi.Output):
        known = pulumi.Output.all(members, defaults).apply(lambda both: apart(*both, by_field=by_field))
        given: pulumi.Output[Any] = pulumi.Output.secret(known.apply(lambda each: given_of(each[1])))
        return Declaration(known.apply(lambda each: each[0]), given, hides_user_names=True)
    settings, passwords = apart(members, defaults, by_field=by_field)
    each_member = settings.values() if isinstance(settings, Mapping) else ()
    hides = any(
        isinstance(each, pulumi.Output) or isinstance(each.get("user_name"), pulumi.Output)
        for each in each_member
        if isinstance(each, pulumi.Output | Mapping)
    )
    if any(isinstance(each, pulumi.Output) for each in passwords.values()):
        each_secret = {name: pulumi.Output.secret(each) for name, each in passwords.items()}
        return Declaration(settings, each_secret, hides)
    kept = given_of(passwords)
    if all(isinstance(each, str) for each in kept.values()):
        # The SDK makes an output of each value in what it is to make a secret, and none of what comes later.
        return Declaration(settings, pulumi.Output.secret(None).apply(lambda _: kept), hides)
    return Declaration(settings, pulumi.Output.secret(kept), hides)


def _refuse_unfit(defaults: Any) -> None:
    """Raise where something cannot be the default of many members.

    Raises:
        pulumi.RunError: it is no dictionary, or has what belongs to one member alone.
    """
    if not isinstance(defaults, Mapping | None):
        raise pulumi.RunError("CredentialConnectionSet: defaults must be a dictionary of fields")
    if own := ", ".join(f"defaults.{field}" for field in sorted(OWN_FIELDS & set(defaults or ()))):
        raise pulumi.RunError(f"CredentialConnectionSet: {own}: belongs to one member alone: set it there")


def apart(members: Any, defaults: Any, *, by_field: bool = False) -> tuple[Any, dict[str, Any]]:
    """Return the settings of each member with the defaults under them, and what stands for each password.

    Those of a large set are one text for each member, unless they are asked for by field.

    Raises:
        pulumi.RunError: the defaults are none.
    """
    _refuse_unfit(defaults)
    if not isinstance(members, Mapping):
        # The provider says what is wrong with it.
        return members, {}
    settings = {name: _merged(defaults or {}, _settings_of(member)) for name, member in members.items()}
    if len(settings) > MOST_BY_FIELD and not by_field:
        settings = {name: as_text(each) for name, each in settings.items()}
    return settings, {name: _password_of(member) for name, member in members.items()}


def given_of(passwords: Mapping[str, Any]) -> dict[str, Any]:
    """Return the passwords that the program gives, without what stands for the others."""
    return {name: password for name, password in passwords.items() if password != GENERATED}


def _merged(below: Any, above: Any) -> Any:
    """Return settings over others, map by map; None takes away what lies below."""
    if isinstance(above, pulumi.Output) or (isinstance(below, pulumi.Output) and isinstance(above, Mapping)):
        return pulumi.Output.all(below, above).apply(lambda both: _merged(*both))
    if not isinstance(above, Mapping):
        return above
    merged = dict(below) if isinstance(below, Mapping) else {}
    for name, value in above.items():
        merged[name] = _merged(merged.get(name), value)
    return {name: value for name, value in merged.items() if value is not None}


def _settings_of(member: Any) -> Any:
    if isinstance(member, pulumi.Output):
        return member.apply(_settings_of)
    if not isinstance(member, Mapping):
        # A text of the program's own is no member, whatever it says.
        return {} if member is None else as_text(member) if isinstance(member, str) else member
    return {name: value for name, value in member.items() if name != "password"}


def _password_of(member: Any) -> Any:
    """Return what the member's password is, or what stands for one that is to be made or left alone."""
    if isinstance(member, pulumi.Output):
        return member.apply(_password_of)
    password = member.get("password") if isinstance(member, Mapping) else None
    return GENERATED if password is None else password
