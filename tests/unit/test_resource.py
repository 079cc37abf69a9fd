"""What the class hands to the engine, seen through Pulumi's own mocks as a user's unit test sees it."""

from __future__ import annotations

import inspect
import re
from typing import Any, get_args, get_type_hints

import pulumi
import pytest
from pulumi.dynamic import Resource, ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_telnyx import CredentialConnection, constructor
from pulumi_telnyx.api import schema
from pulumi_telnyx.api.connection_settings import ConnectionSettings
from pulumi_telnyx.connection import arguments
from pulumi_telnyx.lifecycle import CredentialConnectionProvider
from pulumi_telnyx.ownership import MARK
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


def test_a_connection_is_declared_as_the_sdks_own_constructor_declares_it(
    mocks: _Mocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the first one is given to that, and its payload to all others."""
    monkeypatch.setattr(constructor, "_declared", {})
    made: list[str] = []
    theirs = Resource.__init__

    def noted(resource: Resource, provider: ResourceProvider, name: str, *rest: Any) -> None:
        made.append(name)
        theirs(resource, provider, name, *rest)

    monkeypatch.setattr(Resource, "__init__", noted)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # untyped in the SDK
    def program() -> pulumi.Output[None]:
        first = CredentialConnection("first", user_name="desk", connection_name="Desk", password="fake-1234")
        second = CredentialConnection(
            "second", user_name="desk", connection_name="Desk", password="fake-1234"
        )
        types = {first.pulumi_resource_type, second.pulumi_resource_type}
        assert types == {"pulumi-python:dynamic/telnyx:CredentialConnection"}
        return pulumi.Output.all(first.urn, second.urn).apply(lambda _: None)

    program()

    assert made == ["first"]
    for inputs in mocks.inputs.values():
        inputs.pop(MARK)
    assert mocks.inputs["first"] == mocks.inputs["second"]
    assert mocks.inputs["second"]["__provider"] == serialize_provider(CredentialConnectionProvider())


def test_numbers_are_whole_in_outputs_too(mocks: _Mocks) -> None:
    """The engine hands every number over as a float; what was not given is None."""
    seen: list[Any] = []

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # untyped in the SDK
    def program() -> pulumi.Output[None]:
        one = CredentialConnection("one", webhook_timeout_secs=20)
        other = CredentialConnection("other")
        outputs = (one.webhook_timeout_secs, other.webhook_timeout_secs, other.password_revision)
        return pulumi.Output.all(*outputs).apply(seen.extend)

    program()

    assert list(map(repr, seen)) == ["20", "None", "None"]


def test_every_setting_is_an_argument_an_output_and_documented() -> None:
    """The class knows each field of the models, under the same name, and no other."""
    fields = set(ConnectionSettings.model_fields)
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
    model = schema.nested_model(ConnectionSettings, field)
    assert model is not None
    hints = get_type_hints(NESTED[field], localns=vars(pulumi.output))

    assert set(hints) == set(model.model_fields)
    for name, hint in hints.items():
        assert set(_texts(hint)) == set(schema.choices_of(model, name)), name


def _texts(hint: Any) -> list[str]:
    """Return the values of every Literal inside a type hint."""
    found = []
    for argument in get_args(hint):
        found.extend([argument] if isinstance(argument, str) else _texts(argument))
    return found
