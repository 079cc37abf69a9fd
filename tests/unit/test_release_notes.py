"""`scripts/release-notes`: what a release says of itself is what the changelog says of it."""

from __future__ import annotations

import pytest

from .scripts import load

release_notes = load("release-notes")

PACKAGE = '[project]\nversion = "0.2.0"\n'
CHANGELOG = """# Changelog

## [Unreleased]

## [0.2.0] - 2027-01-31

### Added

- `list` now sorts.

### Fixed

- `drift` now tells of two
  lines.

## [0.1.0] - 2026-12-01

### Added

- All of it.
"""


def test_the_notes_of_a_release_are_its_lists_and_no_others() -> None:
    """From its heading to the next one."""
    assert release_notes.notes(CHANGELOG, "v0.2.0", PACKAGE) == (
        "### Added\n\n- `list` now sorts.\n\n### Fixed\n\n- `drift` now tells of two\n  lines.\n"
    )


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("0.2.0", "0.2.0: a release's tag is v and its version"),
        ("v0.2", "v0.2: a release's tag is v and its version"),
        ("v0.1.0", "v0.1.0: pyproject.toml has another version"),
    ],
)
def test_a_tag_that_is_not_the_packages_version_is_refused(tag: str, reason: str) -> None:
    """A wheel is never released under another name than its own."""
    with pytest.raises(release_notes.ChangelogError, match=f"^{reason}"):
        release_notes.notes(CHANGELOG, tag, PACKAGE)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("[0.2.0] - 2027-01-31", "[0.3.0] - 2027-01-31", "v0.2.0: CHANGELOG.md has nothing below ##"),
        ("[0.2.0] - 2027-01-31", "[0.2.0]", r"CHANGELOG.md, ## \[0.2.0\]: must be"),
        ("[0.2.0] - 2027-01-31", "0.2.0", "CHANGELOG.md, ## 0.2.0: must be"),
        ("[0.1.0] - 2026-12-01", "[0.2.0] - 2026-12-01", "CHANGELOG.md.*: stands twice$"),
        ("## [Unreleased]\n\n", "", r"CHANGELOG.md: must begin with ## \[Unreleased\]"),
        ("### Fixed", "### Repaired", "CHANGELOG.md.* in this order and each once, not Added, Repaired$"),
        ("### Fixed", "### Added", "CHANGELOG.md.* in this order and each once, not Added, Added$"),
        ("### Added\n\n- `list`", "- `list`", "CHANGELOG.md.*: every sentence needs a heading"),
        (
            "drift` now tells of two\n  lines.",
            "list` now\n  sorts.",
            "CHANGELOG.md.*: stands twice: `list` now",
        ),
    ],
)
def test_a_changelog_of_another_form_is_refused(old: str, new: str, reason: str) -> None:
    """With the heading, or the sentence, that is at fault."""
    assert CHANGELOG.count(old) >= 1

    with pytest.raises(release_notes.ChangelogError, match=f"^{reason}"):
        release_notes.notes(CHANGELOG.replace(old, new, 1), "v0.2.0", PACKAGE)
