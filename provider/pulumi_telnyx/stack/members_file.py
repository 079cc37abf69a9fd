"""Reads the members of a set from a file of their own: a table, or YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from .csv_file import read_csv
from .located import Finding, Located
from .yaml_file import read_yaml

ENDINGS: Final = (".csv", ".yaml", ".yml")


def read_members(path: Path, name: str, passwords: str) -> tuple[dict[str, Located], list[Finding]]:
    """Return the settings of each member in a file, by its name, and what is wrong with the file.

    Args:
        path: the file; its ending, one of `ENDINGS`, says what it is.
        name: what users call it.
        passwords: the key of the stack's config in which passwords stand, for messages.
    """
    if path.suffix == ".csv":
        return read_csv(path, name, passwords)
    content, findings = read_yaml(path, name)
    if content is not None and not isinstance(content.value, dict):
        findings.append(Finding(content.origin, "must be a map of members, as name: settings"))
    return dict(content.entries()) if content else {}, findings
