"""Where a password comes from, and the counter that shows its changes."""

from __future__ import annotations

from pulumi.output import Unknown

from pulumi_telnyx.connection.passwords import CHANGED_OUTSIDE, GENERATED, resolve

UNKNOWN = Unknown()  # type: ignore[no-untyped-call]  # untyped in the SDK


def test_a_generated_password_is_long_and_stays() -> None:
    """Made once, kept by every later run."""
    first, revision = resolve({}, {"password": GENERATED})

    assert len(first) == 32
    assert first.isalnum()
    assert not set(first) & set("0O1lI")
    assert revision == 1
    assert resolve({"password": first, "password_revision": 1.0}, {"password": GENERATED}) == (first, 1)


def test_two_generated_passwords_differ() -> None:
    """They come from the operating system's source of randomness."""
    assert resolve({}, {"password": GENERATED}) != resolve({}, {"password": GENERATED})


def test_a_changed_password_counts_up() -> None:
    """The counter is all that a preview shows of it."""
    olds = {"password": "first-password", "password_revision": 3.0}

    assert resolve(olds, {"password": "first-password"}) == ("first-password", 3)
    assert resolve(olds, {"password": "second-password"}) == ("second-password", 4)


def test_an_unknown_password_has_an_unknown_revision() -> None:
    """Whether it changes is known to `up` only."""
    password, revision = resolve({"password": "x", "password_revision": 1}, {"password": UNKNOWN})

    assert isinstance(password, Unknown)
    assert isinstance(revision, Unknown)


def test_a_password_that_somebody_else_set_is_set_again() -> None:
    """What a refresh found shows as a new revision, though the declared password stays."""
    olds = {"password": "first-password", "password_revision": 3.0, CHANGED_OUTSIDE: True}

    assert resolve(olds, {"password": "first-password"}) == ("first-password", 4)
    assert resolve(olds, {"password": GENERATED}) == ("first-password", 4)


def test_a_generated_password_is_made_anew_when_its_trigger_changes() -> None:
    """Adding one counts as a change, taking it away does not."""
    first, _ = resolve({}, {"password": GENERATED})
    olds = {"password": first, "password_revision": 1.0}
    dated = {**olds, "rotate_password_when": "2026-12-01"}

    def rotates(olds: dict[str, object], when: object) -> bool:
        password, revision = resolve(olds, {"password": GENERATED, "rotate_password_when": when})
        assert revision == (1 if password == first else 2)
        return bool(password != first)

    assert rotates(olds, "2026-12-01")
    assert rotates(dated, "2027-01-01")
    assert not rotates(dated, "2026-12-01")
    assert not rotates(dated, None)
    assert isinstance(resolve(dated, {"password": GENERATED, "rotate_password_when": UNKNOWN})[0], Unknown)
