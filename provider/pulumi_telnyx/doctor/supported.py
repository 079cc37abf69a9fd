"""The versions of Pulumi that this release is tested with, and what states have for its provider."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

PAYLOADS: Final = {
    "pulumi_telnyx.lifecycle.CredentialConnectionProvider": (
        "gASVPwAAAAAAAACMF3B1bHVtaV90ZWxueXgubGlmZWN5Y2xllIwcQ3JlZGVudGlhbENvbm5lY3Rpb25Qcm92aWRlcpSTlClSlC4="
    ),
    "pulumi_telnyx.fleet.lifecycle.CredentialConnectionSetProvider": (
        "gASVSAAAAAAAAACMHXB1bHVtaV90ZWxueXguZmxlZXQubGlmZWN5Y2xllIwfQ3JlZGVudGlhbENvbm5lY3Rpb25TZXRQcm92aWRl"
        "cpSTlClSlC4="
    ),
}
"""What every state has as `__provider`, by class: another one would show as a change of all resources."""


class Version(NamedTuple):
    """A version number; what follows the third number does not count."""

    major: int
    minor: int
    patch: int

    @classmethod
    def find(cls, text: str) -> Version | None:
        """Return the first version number in a text; None where there is none."""
        found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
        return cls(*map(int, found.groups())) if found else None

    def __str__(self) -> str:
        return ".".join(map(str, self))


TESTED_CLI: Final = Version(3, 259, 0)
"""The oldest CLI that works, and the one that the tests run."""

OLDEST_SDK: Final = Version(3, 260, 0)
NEWEST_SDK: Final = Version(3, 272, 0)
"""The oldest and the newest SDK that the tests run with this CLI."""


def is_tested(cli: Version, sdk: Version) -> bool:
    """Return whether the tests run this CLI, with SDKs not newer and not older than this one."""
    return cli == TESTED_CLI and OLDEST_SDK <= sdk <= NEWEST_SDK
