"""One line of what `doctor` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """What is known of one part of a set-up.

    Args:
        name: the part.
        level: `fail` where `pulumi up` cannot work, `warn` where it may.
        message: what was found; one line, never a secret.
        fix: what to do about it; empty where there is nothing to do.
    """

    name: str
    level: Level
    message: str
    fix: str = ""


def split(name: str, level: Level, error: object, separator: str = "; ") -> Check:
    """Return the line for an error whose text has the remedy at its end."""
    message, _, fix = str(error).rpartition(separator)
    return Check(name, level, message, fix) if message else Check(name, level, fix)
