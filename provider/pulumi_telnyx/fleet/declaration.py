"""What the program of a set sends to the provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from ..constructor import of_parents, types_of_parents
from ..ownership import OWNER_ID_OPTION, OWNERSHIP_TAG_OPTION
from ..passwords import GENERATED
from .identity import Identity
from .members import NOTHING


def identity_input(resource_name: str, opts: pulumi.ResourceOptions | None) -> dict[str, Any]:
    """Return what names and marks of the members are made of."""
    config = pulumi.Config("telnyx")
    identity = Identity(
        # Unit tests with mocks have none; a local backend's is called like this.
        organization=pulumi.get_organization() or "organization",
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        resource=resource_name,
        owner_id=config.get(OWNER_ID_OPTION) or "",
        marks=config.get_bool(OWNERSHIP_TAG_OPTION) is not False,
    )
    resource = of_parents(types_of_parents(opts), lambda types: f"{types}{resource_name}")
    return {**identity.as_input(), "resource": resource}


def apart(members: Any) -> tuple[Any, Any]:
    """Return the members' settings, and their passwords as secrets.

    One secret map is quickest. Where a password is an output, each is a secret of its own: one that a preview
    does not know must not hide what becomes of the others.
    """
    if isinstance(members, pulumi.Output):
        known: pulumi.Output[Any] = members.apply(_known_apart)
        return known.apply(lambda each: each[0]), pulumi.Output.secret(known.apply(lambda each: each[1]))
    if not isinstance(members, Mapping):
        return members, pulumi.Output.secret({})
    settings: dict[str, Any] = {}
    passwords: dict[str, Any] = {}
    for name, member in members.items():
        if isinstance(member, pulumi.Output):
            settings[name], passwords[name] = member.apply(_settings_of), member.apply(_password_of)
        else:
            settings[name], passwords[name] = _settings_of(member), _password_of(member)
    if any(isinstance(each, pulumi.Output) for each in passwords.values()):
        return settings, {name: pulumi.Output.secret(each) for name, each in passwords.items()}
    return settings, pulumi.Output.secret(_given(passwords))


def _given(passwords: Mapping[str, Any]) -> dict[str, Any]:
    return {name: password for name, password in passwords.items() if password != GENERATED}


def _known_apart(members: Any) -> tuple[Any, dict[str, Any]]:
    if not isinstance(members, Mapping):
        return members, {}
    settings = {name: _settings_of(member) for name, member in members.items()}
    return settings, _given({name: _password_of(member) for name, member in members.items()})


def _settings_of(member: Any) -> Any:
    if member is None:
        return {}
    if not isinstance(member, Mapping):
        return member
    return {name: _sent(value) for name, value in member.items() if name != "password"}


def _sent(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sent(item) for name, item in value.items()}
    return NOTHING if value is None else value


def _password_of(member: Any) -> Any:
    """Return what the member's password is, or what stands for one that is to be made or left alone."""
    if not isinstance(member, Mapping):
        return GENERATED
    password = member.get("password")
    return GENERATED if password is None else password
