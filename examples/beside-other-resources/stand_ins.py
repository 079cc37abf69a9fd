"""Stand-ins for two providers of your own choice, so that this example needs no account with anybody.

Where they stand, your program has `random.RandomPassword`, `vault.generic.Secret` or another secrets manager,
and whatever your PBX or session border controller is set up with.
"""

import secrets
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class _SecretProvider(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(secrets.token_hex(8), {**props, "value": secrets.token_urlsafe(24)})


class VaultSecret(Resource, module="stand-in", name="VaultSecret"):
    """Here stands your secrets manager: a random value that is known only after it was made."""

    value: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        secret = pulumi.ResourceOptions(additional_secret_outputs=["value"])
        super().__init__(_SecretProvider(), name, {"value": None}, pulumi.ResourceOptions.merge(opts, secret))


class _TrunkProvider(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(secrets.token_hex(8), props)


class PbxTrunk(Resource, module="stand-in", name="PbxTrunk"):
    """Here stands your PBX: it logs in to Telnyx with what the connection has."""

    connection_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        connection_id: pulumi.Input[str],
        user_name: pulumi.Input[str],
        password: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        login = {"connection_id": connection_id, "user_name": user_name, "password": password}
        super().__init__(_TrunkProvider(), name, login, opts)
