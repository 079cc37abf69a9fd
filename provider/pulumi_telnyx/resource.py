"""`CredentialConnection`, the class that a stack program declares connections with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
from pulumi.dynamic import Resource

from .api import choices
from .connection.arguments import (
    InboundArgs,
    JitterBufferArgs,
    NestedOutput,
    NoiseSuppressionDetailsArgs,
    OutboundArgs,
    RtcpSettingsArgs,
    TextOutput,
)
from .connection.names import derived_connection_name, derived_user_name
from .connection.passwords import GENERATED, UNMANAGED
from .connection.properties import DERIVED_NAMES, SERVER_FIELDS
from .constructor import (
    declare,
    names_misspelt_arguments,
    of_parents,
    running_stack,
    types_of_parents,
    whole_number,
)
from .garbage import count_declared
from .lifecycle import CredentialConnectionProvider
from .ownership import MARK, mark_of


class CredentialConnection(Resource, module="telnyx", name="CredentialConnection"):
    """A SIP connection that authenticates with a user name and a password.

    Every argument that is given is also an output, with the value that Telnyx holds. One that is left out is
    None: it is the API's to decide and is never changed back. docs/credential-connection.md has all fields.
    """

    connection_name: pulumi.Output[str]
    """Name in the portal and in lists."""
    user_name: pulumi.Output[str]
    """SIP user name: letters and digits, at least one letter among the first five. Unique over all Telnyx
    customers, without regard to case."""
    password: pulumi.Output[str]
    """Always secret, however it was given; None where it is unmanaged."""
    password_revision: pulumi.Output[int]
    """Counts the changes of the password; what a preview shows of them."""
    active: pulumi.Output[bool | None]
    """The connection can be used."""
    anchorsite_override: pulumi.Output[str | None]
    """Site that the media passes through; `Latency` takes the nearest."""
    android_push_credential_id: pulumi.Output[str | None]
    """Push credential for Android phones, by id (UUID)."""
    ios_push_credential_id: pulumi.Output[str | None]
    """Push credential for iOS phones, by id (UUID)."""
    bridge_generate_comfort_noise_on_cn: pulumi.Output[bool | None]
    """Silent RTP goes to the other leg when comfort noise packets arrive during hold."""
    call_cost_in_webhooks: pulumi.Output[bool | None]
    """Webhooks tell what a call cost."""
    conversation_persistence: pulumi.Output[bool | None]
    """Calls are transcribed, stored and indexed. Set by an update right after the create."""
    default_on_hold_comfort_noise_enabled: pulumi.Output[bool | None]
    """Telnyx makes comfort noise while a call is on hold, so that RTP does not time out."""
    dtmf_type: pulumi.Output[str | None]
    """How digits are sent to you; all forms are understood."""
    encode_contact_header_enabled: pulumi.Output[bool | None]
    """The SIP contact header is encoded, for phones behind NAT or an ALG."""
    encrypted_media: pulumi.Output[str | None]
    """Media encryption; null is off."""
    onnet_t38_passthrough_enabled: pulumi.Output[bool | None]
    """Two parties that are both on Telnyx negotiate T.38 between them."""
    sip_uri_calling_preference: pulumi.Output[str | None]
    """Who may call the connection's SIP URI: nobody, connections of your account, or anyone. Calls of
    strangers are billed to you."""
    tags: pulumi.Output[Sequence[str] | None]
    """Labels; their order has no meaning."""
    webhook_api_version: pulumi.Output[str | None]
    """Format of webhooks. `texml` needs `outbound.call_parking_enabled` and is accepted on create only."""
    webhook_event_url: pulumi.Output[str | None]
    """Where webhooks are sent."""
    webhook_event_failover_url: pulumi.Output[str | None]
    """Where webhooks are sent when `webhook_event_url` fails; empty for nowhere."""
    webhook_timeout_secs: pulumi.Output[int | None]
    """Seconds that Telnyx waits for your answer to a webhook."""
    inbound: pulumi.Output[Mapping[str, Any] | None]
    """Calls to the phones on the connection."""
    outbound: pulumi.Output[Mapping[str, Any] | None]
    """Calls from the phones on the connection."""
    rtcp_settings: pulumi.Output[Mapping[str, Any] | None]
    """RTCP: reports on call quality, beside the audio."""
    jitter_buffer: pulumi.Output[Mapping[str, Any] | None]
    """Adaptive jitter buffer."""
    noise_suppression: pulumi.Output[str | None]
    """Direction in which noise is suppressed."""
    noise_suppression_details: pulumi.Output[Mapping[str, Any] | None]
    """How noise is suppressed."""
    extra: pulumi.Output[Mapping[str, Any] | None]
    """Fields that this release does not know, as they were sent."""
    rotate_password_when: pulumi.Output[str | int | float | None]
    """What a generated password depends on: it is renewed when this changes."""
    unmanaged_password: pulumi.Output[bool | None]
    """Whether the password stays as it is at Telnyx."""
    account: pulumi.Output[str | None]
    """The name of the account that has the connection; None for the stack's own."""
    record_type: pulumi.Output[str]
    """What Telnyx calls this kind of object."""
    created_at: pulumi.Output[str]
    """When Telnyx created the connection, ISO 8601 in UTC."""
    updated_at: pulumi.Output[str]
    """When the connection was last changed, ISO 8601 in UTC."""

    @names_misspelt_arguments
    def __init__(
        self,
        resource_name: str,
        *,
        connection_name: pulumi.Input[str] | None = None,
        user_name: pulumi.Input[str] | None = None,
        password: pulumi.Input[str] | None = None,
        active: pulumi.Input[bool | None] = None,
        anchorsite_override: pulumi.Input[choices.AnchorSite | None] | TextOutput = None,
        android_push_credential_id: pulumi.Input[str | None] = None,
        ios_push_credential_id: pulumi.Input[str | None] = None,
        bridge_generate_comfort_noise_on_cn: pulumi.Input[bool | None] = None,
        call_cost_in_webhooks: pulumi.Input[bool | None] = None,
        conversation_persistence: pulumi.Input[bool | None] = None,
        default_on_hold_comfort_noise_enabled: pulumi.Input[bool | None] = None,
        dtmf_type: pulumi.Input[choices.DtmfType | None] | TextOutput = None,
        encode_contact_header_enabled: pulumi.Input[bool | None] = None,
        encrypted_media: pulumi.Input[choices.EncryptedMedia | None] | TextOutput = None,
        onnet_t38_passthrough_enabled: pulumi.Input[bool | None] = None,
        sip_uri_calling_preference: pulumi.Input[choices.SipUriCallingPreference | None] | TextOutput = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None,
        webhook_api_version: pulumi.Input[choices.WebhookApiVersion | None] | TextOutput = None,
        webhook_event_url: pulumi.Input[str | None] = None,
        webhook_event_failover_url: pulumi.Input[str | None] = None,
        webhook_timeout_secs: pulumi.Input[int | None] = None,
        inbound: pulumi.Input[InboundArgs | None] | NestedOutput = None,
        outbound: pulumi.Input[OutboundArgs | None] | NestedOutput = None,
        rtcp_settings: pulumi.Input[RtcpSettingsArgs | None] | NestedOutput = None,
        jitter_buffer: pulumi.Input[JitterBufferArgs | None] | NestedOutput = None,
        noise_suppression: pulumi.Input[choices.NoiseSuppression | None] | TextOutput = None,
        noise_suppression_details: pulumi.Input[NoiseSuppressionDetailsArgs | None] | NestedOutput = None,
        extra: pulumi.Input[Mapping[str, Any] | None] = None,
        rotate_password_when: pulumi.Input[str | int | float | None] = None,
        unmanaged_password: bool = False,
        adopt: pulumi.Input[str] | None = None,
        account: pulumi.Input[str | None] = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a credential connection.

        Args:
            resource_name: the resource's name in the stack.
            connection_name: name in the portal; left out: made of resource and stack name.
            user_name: SIP user name, 4 to 32 letters and digits, unique over all Telnyx customers without
                regard to case; left out: made of organisation, project, stack and resource name when the
                connection is created, and kept.
            password: SIP password, 8 to 128 characters; left out: generated once and kept in the state.
            active: whether the connection can be used.
            anchorsite_override: site that the media passes through.
            android_push_credential_id: push credential for Android phones, a UUID.
            ios_push_credential_id: push credential for iOS phones, a UUID.
            bridge_generate_comfort_noise_on_cn: silent RTP to the other leg during hold.
            call_cost_in_webhooks: webhooks tell what a call cost.
            conversation_persistence: calls are transcribed, stored and indexed.
            default_on_hold_comfort_noise_enabled: Telnyx makes comfort noise during hold.
            dtmf_type: how digits are sent to you.
            encode_contact_header_enabled: encoded SIP contact header, for NAT and ALGs.
            encrypted_media: media encryption.
            onnet_t38_passthrough_enabled: T.38 straight between two parties on Telnyx.
            sip_uri_calling_preference: who may call the SIP URI; strangers' calls are billed to you.
            tags: labels, in any order.
            webhook_api_version: format of webhooks.
            webhook_event_url: where webhooks are sent.
            webhook_event_failover_url: where they are sent when that fails.
            webhook_timeout_secs: seconds to wait for an answer to a webhook, 0 to 30.
            inbound: calls to the phones on the connection.
            outbound: calls from the phones on the connection.
            rtcp_settings: RTCP, the reports on call quality.
            jitter_buffer: the adaptive jitter buffer.
            noise_suppression: direction in which noise is suppressed.
            noise_suppression_details: how it is suppressed.
            extra: fields that the API has and this release does not know, sent as they are.
            rotate_password_when: any value, such as a date; when it changes, a generated password is renewed.
            unmanaged_password: the password stays as it is at Telnyx: it is not in the state, never sent and
                never a change; only for a connection that exists, so with `adopt` or after an import. Takes
                the place of `password`; to give it one, remove this.
            adopt: id or user name of an existing connection to take over when the resource is created, with
                everything that is declared here; needs `password` or `unmanaged_password`, and `user_name`
                beside an id. Once the connection is in the state, it has no effect.
            account: name of one of the stack's accounts (`telnyx:accounts`), whose key is used; left out: the
                stack's own. Another one deletes the connection and makes it anew there.
            opts: Pulumi's resource options.

        Raises:
            pulumi.RunError: an argument has a name that does not exist.
        """
        # First of all, while nothing but the arguments is there.
        given = locals()
        arguments = {name: value for name, value in given.items() if name not in _NO_SETTINGS}
        arguments[UNMANAGED] = unmanaged_password or None
        if opts is None or opts.id is None:
            arguments |= _defaults(resource_name, arguments, opts)
            # The SDK makes a future of each property, and that takes time: where an argument is not given,
            # `__getattr__` makes it once somebody asks.
            arguments = {name: value for name, value in arguments.items() if value is not None}
        ours = pulumi.ResourceOptions(
            additional_secret_outputs=["password"],
            # For `--replace`, whatever the program says: a user name cannot exist twice.
            delete_before_replace=True,
        )
        count_declared()
        declare(
            self,
            CredentialConnectionProvider,
            resource_name,
            {**arguments, "password_revision": None, **dict.fromkeys(SERVER_FIELDS)},
            ours if opts is None else pulumi.ResourceOptions.merge(opts, ours),
        )

    def __getattr__(self, name: str) -> pulumi.Output[Any]:
        """Return the output of an argument that was not given: None."""
        if name not in _ARGUMENTS:
            raise AttributeError(f"CredentialConnection has no output {name!r}")
        output: pulumi.Output[Any] = pulumi.Output.from_input(None)
        self.__dict__[name] = output
        return output

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - what Pulumi calls it everywhere
        opts: pulumi.ResourceOptions | None = None,
        *,
        account: pulumi.Input[str | None] = None,
    ) -> CredentialConnection:
        """Return a connection that exists already, to be read and never changed.

        Its outputs are all its settings, except the password.

        Args:
            resource_name: the resource's name in the stack.
            id: Telnyx's id of the connection.
            opts: Pulumi's resource options.
            account: name of the account that has it (`telnyx:accounts`); left out: the stack's own.
        """
        if not id:
            # Without an id the engine would create a connection.
            raise pulumi.RunError(f"CredentialConnection.get('{resource_name}') needs the id of a connection")
        if isinstance(account, pulumi.Output):
            # A preview reads too, unless the id is unknown, and would read in the wrong account.
            id = pulumi.Output.all(id, account).apply(lambda known: str(known[0]))  # noqa: A001
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        return cls(resource_name, account=account, opts=opts)


OUTPUTS: Final = frozenset(CredentialConnection.__annotations__)
"""Every output but `id` and `urn`."""

# The SDK evaluates the annotations of a class anew for every resource: with all of these that is a third of
# what a program does for a connection. What it needs them for is to tell which numbers are whole, and of
# properties it remembers that.
CredentialConnection.__annotations__ = {}
for _name in ("password_revision", "webhook_timeout_secs"):
    setattr(CredentialConnection, _name, whole_number(_name))

_NO_SETTINGS = frozenset({"self", "__class__", "resource_name", "opts"})
# What functools.wraps keeps of the constructor.
_ARGUMENTS = frozenset(inspect.signature(CredentialConnection.__init__).parameters) - _NO_SETTINGS - {"adopt"}


def _defaults(
    resource_name: str, arguments: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> dict[str, Any]:
    """Return what stands in for the names and the password where the program gives none, and the mark."""
    of = running_stack()
    parents = types_of_parents(opts)
    names: dict[str, Callable[[], pulumi.Input[str]]] = {
        "connection_name": lambda: derived_connection_name(of.stack, resource_name),
        "user_name": lambda: of_parents(
            parents,
            lambda types: derived_user_name(of.organization, of.project, of.stack, resource_name, types),
        ),
    }
    derived = {name: make() for name, make in names.items() if arguments[name] is None}
    password = arguments["password"]
    if password is None and not arguments[UNMANAGED]:
        password = GENERATED
    mark = of_parents(
        parents,
        lambda types: mark_of(of.organization, of.project, of.stack, f"{types}{resource_name}", of.owner_id),
    )
    return {
        **derived,
        DERIVED_NAMES: derived or None,
        MARK: mark if of.marks else None,
        # A secret whatever was passed: the engine marks what `check` returns as it marked what it got.
        "password": None if password is None else pulumi.Output.secret(password),
    }
