"""What the class hands to the engine, seen through Pulumi's own mocks as a user's unit test sees it."""

from __future__ import annotations

import inspect
import re
from typing import Any, get_args, get_type_hints

import pulumi
import pytest

from pulumi_telnyx import CredentialConnection
from pulumi_telnyx.api import models, schema
from pulumi_telnyx.connection import arguments
from pulumi_telnyx.resource import OUTPUTS

NESTED = {
    "inbound": arguments.InboundArgs,
    "outbound": arguments.OutboundArgs,
    "rtcp_settings": arguments.RtcpSettingsArgs,
    "jitter_buffer": arguments.JitterBufferArgs,
    "noise_suppression_details": arguments.NoiseSuppressionDetailsArgs,
}


class _Mocks(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.inputs[args.name] = args.inputs
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], None]:
        return {}, None


@pytest.fixture
def mocks() -> _Mocks:
    mocks = _Mocks()
    pulumi.runtime.set_mocks(mocks, project="phones", stack="dev")
    return mocks


def test_a_users_unit_test_sees_inputs_and_outputs(mocks: _Mocks) -> None:
    """Nothing of the API is needed to test a program."""
    seen: list[Any] = []

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # untyped in the SDK
    def program() -> pulumi.Output[None]:
        desk = CredentialConnection("desk", tags=["a"], inbound={"codecs": ["G722"]})
        return pulumi.Output.all(desk.id, desk.tags, desk.user_name).apply(seen.append)

    program()

    ((identifier, tags, user_name),) = seen
    assert (identifier, tags) == ("desk-id", ["a"])
    assert user_name.startswith("deskdevphones")
    assert mocks.inputs["desk"]["inbound"] == {"codecs": ["G722"]}


def test_a_misspelt_argument_stops_the_program_with_one_line(mocks: _Mocks) -> None:
    """RunError is what Pulumi shows without a traceback."""
    with pytest.raises(pulumi.RunError, match=r"'conection_name' \(did you mean 'connection_name'\?\), 'x'"):
        CredentialConnection("desk", conection_name="x", x=1)  # type: ignore[call-arg]  # that is the test


def test_every_setting_is_an_argument_an_output_and_documented() -> None:
    """The class knows each field of the models, under the same name, and no other."""
    fields = set(models.ConnectionSettings.model_fields)
    parameters = set(inspect.signature(CredentialConnection).parameters) - {"resource_name", "opts"}
    outputs = set(OUTPUTS)
    documented = set(re.findall(r"^\s+(\w+): ", CredentialConnection.__init__.__doc__ or "", re.MULTILINE))

    assert parameters == fields | {"extra", "rotate_password_when", "unmanaged_password", "adopt", "account"}
    ours = {"password_revision", "record_type", "created_at", "updated_at"}
    assert parameters - {"adopt"} == outputs - ours
    assert parameters == documented & parameters


@pytest.mark.parametrize("field", NESTED)
def test_nested_arguments_have_the_fields_and_choices_of_the_models(field: str) -> None:
    """Editors and type checkers offer exactly what `check` accepts."""
    model = schema.nested_model(models.ConnectionSettings, field)
    assert model is not None
    hints = get_type_hints(NESTED[field], localns=vars(pulumi.output))

    assert set(hints) == set(model.model_fields)
    for name, hint in hints.items():
        assert set(_texts(hint)) == set(schema.choices(model, name)), name


def _texts(hint: Any) -> list[str]:
    """Return the values of every Literal inside a type hint."""
    found = []
    for argument in get_args(hint):
        found.extend([argument] if isinstance(argument, str) else _texts(argument))
    return found
