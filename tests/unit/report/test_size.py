"""What a report leaves out when it is too long, and what it never leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_telnyx.report.markdown import LIMIT
from pulumi_telnyx.report.preview import StackPreview, failed

from .made import BUCKET, markdown, preview, step

MOST = 60_000


def _updates(count: int, *, size: int = 0, **more: Any) -> list[dict[str, Any]]:
    return [
        step("update", f"desk-{number}", {"tags": []}, {"tags": ["x" * 200] * size, "active": False}, **more)
        for number in range(count)
    ]


def test_the_longest_details_go_first_and_their_headlines_stay() -> None:
    """One resource that is too long costs its own detail, and nobody else's."""
    long = step("delete", "long", {"extra": {f"key{number}": "x" * 200 for number in range(400)}})
    short = _updates(20)

    text = markdown(preview(long, *short))

    assert len(text) < MOST
    assert text.count("<details>") == 20
    assert "- **delete** `long`<br>⚠️ its phones can no longer register\n" in text
    assert "the details of 1 resource; `--full-output FILE` writes all of it" in text


def test_a_long_property_name_costs_its_own_detail_only() -> None:
    """A headline has a part of it, and the other resources keep everything."""
    long = step("update", "long", {}, {"extra": {"x" * 100_000: 1}})

    text = markdown(preview(long, *_updates(20)))

    assert len(text) < MOST
    assert text.count("<details>") == 21
    assert "characters left out" in text
    assert "Left out" not in text


def test_headlines_stay_as_long_as_they_fit() -> None:
    """Without a single detail, if need be."""
    text = markdown(preview(*_updates(500, size=12)))

    assert len(text) < MOST
    assert (
        sum(f"`desk-{number}`" in text or f"<code>desk-{number}</code>" in text for number in range(500))
        == 500
    )
    assert "<details>" in text


def test_a_large_stack_does_not_cost_a_small_one_its_details() -> None:
    """Only the stack with most headlines shows groups."""
    text = markdown(preview(*_updates(10_000)), preview(*_updates(3, stack="dev"), stack="dev"))

    assert len(text) < MOST
    assert "- **update** 10,000 connections (`active`, `tags`): `desk-0`, " not in text
    assert "- **update** 10,000 connections (`active`): `desk-0`, " in text
    assert text.count("<details>") == 3


def test_sentences_stay_where_every_change_is_another() -> None:
    """With how many resources they are about."""
    steps = [
        step("update", f"desk-{number}", {}, {f"field{number}": 1, "password_revision": 1})
        | {"oldState": {"inputs": {"password_revision": number % 2}}}
        for number in range(10_000)
    ]

    text = markdown(preview(*steps))

    assert len(text) < MOST
    assert "registered phones must log in again: the password changes (5,000 of them)" in text


def test_the_full_output_has_everything() -> None:
    """And says nothing of what is left out."""
    value = "x" * 100_000 + "END"
    text = markdown(
        preview(step("create", "desk", None, {"extra": {"long": value}}), *_updates(2_000)), limit=None
    )

    assert value in text
    assert text.count("<details>") == 2_001
    assert "left out" not in text.lower()


def _wide(count: int) -> list[StackPreview]:
    return [preview(step("delete", "fax", {}), stack=f"{'|' * 80}{number}") for number in range(count)]


@pytest.mark.parametrize(
    "previews",
    [
        _wide(2_000),
        [failed(f"stack{number}", "`\n" * 50_000) for number in range(300)],
        [preview(*(step("delete", f"{'`|' * 500}{number}", {}) for number in range(3_000)))],
        [
            preview(
                step("create", "desk", None, {"extra": {f"{'|' * 500}{n}": "`" * 100_000 for n in range(30)}})
            )
        ],
        [preview(*(step("create", f"b{number}", type_=BUCKET) for number in range(10_000)))],
        [
            preview(
                diagnostics=[
                    {"severity": "warning", "message": f"{number} {'#1 ' * 9_000}"} for number in range(99)
                ]
            )
            for _ in range(1)
        ],
        [
            preview(
                step("create", "desk", None, {}, stack=f"s{n}"),
                stack=f"s{n}",
                diagnostics=[
                    {
                        "severity": "warning",
                        "message": f"{number} {'#1 ' * 900}",
                        "urn": f"urn:pulumi:s::p::t::{'|' * 900}",
                    }
                    for number in range(50)
                ],
            )
            for n in range(40)
        ],
    ],
    ids=["stacks", "failures", "names", "values", "other resources", "warnings", "warnings in stacks"],
)
def test_a_report_is_never_too_long(previews: list[StackPreview]) -> None:
    """Whatever is long."""
    text = markdown(*previews)

    assert len(text) <= LIMIT < MOST
    assert text.endswith(" -->\n")


def test_every_stack_that_failed_has_the_start_of_its_message() -> None:
    """Where the whole messages are too long together."""
    text = markdown(*(failed(f"site{number}", f"reason-{number} {'x ' * 5_000}") for number in range(25)))

    assert len(text) <= LIMIT
    assert all(f"\nreason-{number} x" in text for number in range(25))


def test_stacks_whose_names_alone_are_too_long_are_left_out_from_the_end() -> None:
    """Their verdicts may still be there."""
    error = {"severity": "error", "message": "x" * 900, "urn": f"urn:pulumi:a::b::c::{'|' * 900}"}
    text = markdown(*(preview(stack=f"{'|' * 100}{number}", diagnostics=[error]) for number in range(60)))

    assert len(text) <= LIMIT
    assert "the resources of " in text


def test_stacks_that_do_not_fit_are_counted() -> None:
    """In the verdict, in the table and among the resources."""
    text = markdown(*_wide(2_000))

    assert "stacks more" in text
    assert "the resources of " in text
