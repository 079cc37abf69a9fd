"""Pulumi's resource options on a set: what they reach, and which of them cannot have an effect."""

from __future__ import annotations

import time
from typing import Any

import pulumi
import pytest

from pulumi_telnyx import CredentialConnectionSet
from pulumi_telnyx.fleet.ignored import ignored_passwords, ignores_fields

_BY_ID = "Telnyx knows no sets, so none can be read or imported by an id"


def test_who_ignores_changes_of_members_ignores_those_of_their_passwords() -> None:
    """They stand apart, where the paths of the program do not lead."""
    paths = ["members", "members.desk-17", 'members["4th floor"]', "members.*", "members[*]"]
    parts = ["members.desk-17.inbound", 'members["4th floor"].tags[0]', "max_removals", "membership"]

    assert ignored_passwords("phones", [*paths, *parts]) == [
        path.replace("members", "passwords") for path in paths
    ]
    assert [ignores_fields([path]) for path in (*paths, *parts)] == [False] * 5 + [True, True, False, False]


@pytest.mark.parametrize("path", ["members.a.password", 'members["a"]["password"]', "defaults.inbound"])
def test_a_path_that_leaves_nothing_alone_is_refused(path: str) -> None:
    """Silence would let a password or a default change that somebody wants to stay."""
    with pytest.raises(pulumi.RunError) as refused:
        ignored_passwords("phones", ["members.b", path])

    assert str(refused.value).startswith(f"CredentialConnectionSet 'phones': ignore_changes: {path}: ")


@pytest.mark.parametrize(
    "opts", [pulumi.ResourceOptions(id="set-phones"), pulumi.ResourceOptions(import_="set-phones")]
)
def test_a_set_is_neither_read_nor_imported_by_an_id(opts: pulumi.ResourceOptions) -> None:
    """One line that says what to do instead, and no traceback of the SDK."""
    with pytest.raises(pulumi.RunError, match=_BY_ID):
        CredentialConnectionSet("phones", members={"a": {}}, opts=opts)
    with pytest.raises(pulumi.RunError, match=_BY_ID):
        CredentialConnectionSet.get("phones", "set-phones")


@pytest.mark.parametrize(
    ("failed_at", "stops"),
    [(0.0, False), (time.time() + 3600, True), (None, True)],
    # Not the times: each worker would name, and so collect, another test.
    ids=["an earlier run", "this run", "unknown"],
)
def test_what_an_earlier_run_left_undone_stops_no_run_that_leaves_the_set_out(
    failed_at: float | None, stops: bool
) -> None:
    """Such as one with `--target`, or `destroy --run-program`; a state that does not say when stops each."""

    class _Mocks(pulumi.runtime.Mocks):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            when = {} if failed_at is None else {"failed_at": failed_at}
            return "set-phones", {**args.inputs, "ids": {}, "failed": {"b": "it is taken"}, **when}

        def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], None]:
            return {}, None

    pulumi.runtime.set_mocks(_Mocks(), project="phones", stack="dev")

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # untyped in the SDK
    def program() -> pulumi.Output[None]:
        return CredentialConnectionSet("phones", members={"b": {}}).failed.apply(lambda _: None)

    if stops:
        with pytest.raises(pulumi.RunError, match="1 member failed"):
            program()
    else:
        program()
