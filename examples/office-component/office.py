"""An office and what belongs to it."""

from dataclasses import dataclass

import pulumi

from pulumi_telnyx import CredentialConnection


@dataclass(frozen=True)
class OfficeArgs:
    """What one office has that another has not.

    Args:
        desk_phones: how many there are; so many calls can come in at the same time.
        country: two letters, the country that its calls are made from.
        outbound_voice_profile_id: what its calls are billed by; without one, none goes out.
    """

    desk_phones: int
    country: str
    outbound_voice_profile_id: str


class Office(pulumi.ComponentResource):
    """An office whose phones share one connection; its user name and password are made for it."""

    connection_id: pulumi.Output[str]
    user_name: pulumi.Output[str]
    password: pulumi.Output[str]

    def __init__(self, name: str, args: OfficeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("company:telephony:Office", name, None, opts)
        phones = CredentialConnection(
            # Not `name` alone: the office may get a fax line one day.
            f"{name}-phones",
            connection_name=f"{name.title()}: desk phones",
            tags=["office", name],
            inbound={"channel_limit": args.desk_phones, "simultaneous_ringing": "enabled"},
            outbound={
                "channel_limit": args.desk_phones,
                "localization": args.country,
                "outbound_voice_profile_id": args.outbound_voice_profile_id,
            },
            # Shown below its office in previews, and removed with it.
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.connection_id = phones.id
        self.user_name = phones.user_name
        self.password = phones.password
        self.register_outputs(
            {
                "connection_id": self.connection_id,
                "user_name": self.user_name,
                "password": self.password,
            }
        )
