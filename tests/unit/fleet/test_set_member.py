"""`CredentialConnectionSet.member`: what a program reads of one member, also where that one failed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from pulumi_telnyx import CredentialConnectionSet

_LIST = "1 member of this set failed"
_ENDS = "CredentialConnectionSet 'phones': 1 member failed: the error under the set says which and why; "


class _Failed(pulumi.runtime.Mocks):
    """Telnyx has member `desk`; `reception` failed at the given time, or that is unknown (None)."""

    def __init__(self, failed_at: float | None) -> None:
        self._outputs: dict[str, Any] = {
            "ids": {"desk": "1234567890"},
            "passwords": {"desk": "fake-password-1"},
            "failed": {"reception": "user_name frontdesk01 is taken"},
            "failed_at": failed_at,
        }
        if failed_at is None:
            self._outputs |= {"failed": pulumi.UNKNOWN, "failed_at": pulumi.UNKNOWN}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return "set-phones", {**args.inputs, **self._outputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], None]:
        return {}, None


def run(
    failed_at: float | None, read: Callable[[CredentialConnectionSet], object], *, preview: bool = False
) -> None:
    """Run a program that declares the set and reads of it, and wait for nothing itself."""
    pulumi.runtime.set_mocks(_Failed(failed_at), project="phones", stack="dev", preview=preview)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # untyped in the SDK
    def program() -> None:
        read(CredentialConnectionSet("phones", members={"desk": {}, "reception": {}}))

    program()


@pytest.mark.parametrize("column", ["id", "user_name", "password", "password_revision"])
def test_who_reads_a_member_that_failed_is_told_why_first(
    caplog: pytest.LogCaptureFixture, column: str
) -> None:
    """The list under the set comes before the error that ends the run, which speaks of all that failed."""
    with pytest.raises(pulumi.RunError) as ended:
        run(time.time() + 3600, lambda phones: getattr(phones.member("reception"), column))

    assert str(ended.value) == f"{_ENDS}run `pulumi up` again to do just these"
    assert [_LIST in text and "frontdesk01 is taken" in text for text in caplog.messages] == [True]


@pytest.mark.parametrize("preview", [False, True])
def test_a_member_that_an_earlier_run_left_undone_says_so(
    caplog: pytest.LogCaptureFixture, preview: bool
) -> None:
    """Nothing of it can be read, and no other name was meant."""
    with pytest.raises(pulumi.RunError) as refused:
        run(0.0, lambda phones: phones.member("reception").id, preview=preview)

    assert str(refused.value) == (
        "member 'reception' failed: user_name frontdesk01 is taken; run `pulumi up` again for the whole stack"
    )
    assert [f"{_LIST} in an earlier run" in text for text in caplog.messages] == [True]


@pytest.mark.parametrize(("name", "meant"), [("dekc", "desk"), ("recepton", "reception")])
def test_a_name_that_no_member_has_is_told_from_one_that_failed(
    caplog: pytest.LogCaptureFixture, name: str, meant: str
) -> None:
    """With the name that was probably meant, which may be one that failed; those are listed all the same."""
    with pytest.raises(pulumi.RunError) as refused:
        run(0.0, lambda phones: phones.member(name).id)
    with pytest.raises(pulumi.RunError):
        run(time.time() + 3600, lambda phones: phones.member(name).id)

    assert str(refused.value) == (
        f"the set has no member '{name}' (did you mean '{meant}'?), or it has no such output"
    )
    assert [_LIST in text for text in caplog.messages] == [True, True]


@pytest.mark.parametrize(
    ("failed_at", "preview"),
    [(0.0, False), (time.time() + 3600, False), (None, True)],
    ids=["an earlier run", "this run", "a preview"],
)
def test_the_other_members_are_read_as_ever(failed_at: float | None, preview: bool) -> None:
    """Whatever failed or is unknown yet: what is known stays so, and only the password is a secret."""
    notes: list[asyncio.Future[None]] = []
    read: dict[str, tuple[Any, bool, bool]] = {}

    async def note(name: str, output: pulumi.Output[Any]) -> None:
        read[name] = (await output.future(), await output.is_known(), await output.is_secret())

    def both(phones: CredentialConnectionSet) -> None:
        desk = phones.member("desk")
        outputs = {"id": desk.id, "password": desk.password}
        notes.extend(asyncio.ensure_future(note(*each)) for each in outputs.items())

    with contextlib.suppress(pulumi.RunError):
        run(failed_at, both, preview=preview)

    assert read == {"id": ("1234567890", True, False), "password": ("fake-password-1", True, True)}
