"""The offices of a company: one line each, whatever an office consists of."""

import pulumi

from office import Office, OfficeArgs

voice_profile = pulumi.Config().require("outboundVoiceProfile")

OFFICES = {
    "berlin": OfficeArgs(desk_phones=12, country="DE", outbound_voice_profile_id=voice_profile),
    "paris": OfficeArgs(desk_phones=4, country="FR", outbound_voice_profile_id=voice_profile),
}

offices = {name: Office(name, args) for name, args in OFFICES.items()}

pulumi.export("user_names", {name: office.user_name for name, office in offices.items()})
pulumi.export("passwords", {name: office.password for name, office in offices.items()})
