"""The file that `pulumi import` reads: with inputs and outputs, so that the engine asks nobody for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import UNKNOWN

from ..account import FINGERPRINT
from ..engine_secrets import IS_SECRET, SIGNATURE
from ..lifecycle import PROVIDER_KEY, CredentialConnectionProvider, outputs_of
from ..passwords import UNMANAGED
from ..state import CONNECTION_TYPE
from ..validation import validated
from .plan import Importable


def import_file(imports: Iterable[Importable], fingerprint: str) -> str:
    """Return the file.

    Where a password is kept, it stands there in plain text: such a file is for a pipe, not for a disk.

    Args:
        imports: what to import.
        fingerprint: of the key that sees the connections.
    """
    provider = serialize_provider(CredentialConnectionProvider())
    resources = [_resource(each, provider, fingerprint) for each in imports]
    return json.dumps({"resources": resources}, indent=1)


def _resource(each: Importable, provider: str, fingerprint: str) -> dict[str, Any]:
    # As `check` leaves them when the program says the same.
    inputs, _ = validated({**each.declared.settings, "password": UNKNOWN})
    del inputs["password"]
    if each.password is None:
        inputs |= {UNMANAGED: True, "password_revision": 0}
    else:
        inputs |= {"password": each.password, "password_revision": 1}
    outputs = outputs_of({**inputs, FINGERPRINT: fingerprint}, each.connection)
    properties = ({**inputs, PROVIDER_KEY: provider}, {**outputs, PROVIDER_KEY: provider})
    return {
        "type": CONNECTION_TYPE,
        "name": each.name,
        "id": each.connection.id,
        **dict(zip(("inputs", "outputs"), map(_with_secrets, properties), strict=True)),
    }


def _with_secrets(properties: dict[str, Any]) -> dict[str, Any]:
    if "password" not in properties:
        return properties
    secret = {SIGNATURE: IS_SECRET, "plaintext": json.dumps(properties["password"])}
    return {**properties, "password": secret}
