"""The file that `pulumi import` reads: with inputs and outputs, so that the engine asks nobody for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import UNKNOWN

from ..account import FINGERPRINT
from ..connection.passwords import UNMANAGED
from ..connection.properties import PROVIDER_KEY, outputs_of
from ..connection.validation import validated
from ..engine_secrets import IS_SECRET, SIGNATURE
from ..fleet import members as layout
from ..fleet.identity import IDENTITY, Identity
from ..fleet.lifecycle import CredentialConnectionSetProvider, id_of_set
from ..fleet.removals import DEFAULT_MAX_REMOVALS, MAX_REMOVALS
from ..fleet.texts import MOST_BY_FIELD
from ..lifecycle import CredentialConnectionProvider
from ..state import CONNECTION_TYPE, SET_TYPE
from .plan import Importable


def import_file(imports: Iterable[Importable], fingerprint: str) -> str:
    """Return the file.

    Where a password is kept, it stands there in plain text: such a file is for a pipe, not for a disk.

    Args:
        imports: what to import.
        fingerprint: of the key that sees the connections.
    """
    of_provider = _of_provider(CredentialConnectionProvider())
    resources = []
    for each in imports:
        inputs, outputs = _properties(each, fingerprint)
        resources.append(
            {
                "type": CONNECTION_TYPE,
                "name": each.name,
                "id": each.connection.id,
                "inputs": _with_secret(inputs, "password") | of_provider,
                "outputs": _with_secret(outputs, "password") | of_provider,
            }
        )
    return json.dumps({"resources": resources}, indent=1)


def import_file_of_set(imports: Iterable[Importable], fingerprint: str, identity: Identity) -> str:
    """Return the file for connections that become the members of one set; as secret as the other one.

    Args:
        imports: what to import; their names are those of the members.
        fingerprint: of the key that sees the connections.
        identity: of the set.
    """
    properties = {each.name: _properties(each, fingerprint) for each in imports}
    ids = {each.name: each.connection.id for each in imports}
    shared = {IDENTITY: identity.as_input(), MAX_REMOVALS: DEFAULT_MAX_REMOVALS}
    if len(ids) > MOST_BY_FIELD:
        shared[layout.TEXTS] = frozenset(ids)
    inputs = layout.packed(shared, {name: each for name, (each, _) in properties.items()}, None)
    outputs = layout.packed(
        {**shared, FINGERPRINT: fingerprint}, {name: each for name, (_, each) in properties.items()}, ids
    )
    outputs[layout.FAILED] = {}
    of_provider = _of_provider(CredentialConnectionSetProvider())
    resource = {
        "type": SET_TYPE,
        "name": identity.name,
        "id": id_of_set(identity),
        "inputs": _with_secret(inputs, layout.PASSWORDS) | of_provider,
        "outputs": _with_secret(outputs, layout.PASSWORDS) | of_provider,
    }
    return json.dumps({"resources": [resource]}, indent=1)


def _properties(each: Importable, fingerprint: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return inputs and outputs, as `check` and a refresh leave them when the program says the same."""
    inputs, _ = validated({**each.declared.settings, "password": UNKNOWN})
    del inputs["password"]
    if each.password is None:
        inputs |= {UNMANAGED: True, "password_revision": 0}
    else:
        inputs |= {"password": each.password, "password_revision": 1}
    return inputs, outputs_of({**inputs, FINGERPRINT: fingerprint}, each.connection)


def _of_provider(provider: ResourceProvider) -> dict[str, str]:
    return {PROVIDER_KEY: serialize_provider(provider)}


def _with_secret(properties: dict[str, Any], name: str) -> dict[str, Any]:
    if name not in properties:
        return properties
    return {**properties, name: {SIGNATURE: IS_SECRET, "plaintext": json.dumps(properties[name])}}
