"""How Pulumi marks a secret in JSON: by this member of an object, with the value beside it."""

from __future__ import annotations

from typing import Any, Final

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The member's name; other things that are no plain values have it too."""

IS_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - it marks secrets, and is none
"""The member's value where it is a secret."""


def as_secret(value: object) -> dict[str, Any]:
    """Return a value that the engine keeps encrypted, and prints as `[secret]`."""
    return {SIGNATURE: IS_SECRET, "value": value}
