"""Previews as the engine prints them, as small as a test needs them, and what reads them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_telnyx.report.markdown import render
from pulumi_telnyx.report.preview import StackPreview, read_preview
from pulumi_telnyx.report.summary import summarise

CONNECTION = "pulumi-python:dynamic/telnyx:CredentialConnection"
SET = f"{CONNECTION}Set"
BUCKET = "aws:s3/bucket:Bucket"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

_HERE = Path(__file__).parent
GOLDEN = _HERE / "golden"


def real(name: str) -> bytes:
    """Return a preview that the engine printed."""
    return (_HERE / "previews" / f"{name}.json").read_bytes()


def step(
    operation: str,
    name: str,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    *,
    type_: str = CONNECTION,
    stack: str = "prod",
    project: str = "phones",
    **old_state: Any,
) -> dict[str, Any]:
    """Return what the engine prints of one resource; old and new are inputs."""
    found: dict[str, Any] = {"op": operation, "urn": f"urn:pulumi:{stack}::{project}::{type_}::{name}"}
    if old is not None:
        found["oldState"] = {"id": "2990000000000000001", "inputs": dict(old), **old_state}
    if new is not None:
        found["newState"] = {"inputs": dict(new)}
    return found


def digest(*steps: Mapping[str, Any], same: int = 0, diagnostics: Any = ()) -> bytes:
    """Return a whole preview, counted as the engine counts."""
    counts = Counter(each["op"] for each in steps)
    counts["same"] += same
    return json.dumps(
        {"steps": steps, "diagnostics": list(diagnostics), "changeSummary": {**counts}}
    ).encode()


def preview(*steps: Mapping[str, Any], stack: str = "prod", **more: Any) -> StackPreview:
    return read_preview(digest(*steps, **more), stack)


def markdown(*previews: StackPreview, **options: Any) -> str:
    return render(summarise(previews), **options)


def warning(message: str) -> dict[str, str]:
    """Return what the engine makes of a line that the provider prints."""
    return {"message": f"warning: {message}\n\n", "severity": "info#err"}


def set_state(
    members: Mapping[str, Any], *, revisions: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return the inputs of a set as `check` makes them, each member with a password of its own."""
    return {
        "__provider": "reference",
        "identity": {"project": "phones", "stack": "prod", "resource": "phones", "marks": True},
        "marks": {"marked-CANARY": "pulumi:phones/prod:0123456789abcdef"},
        "max_removals": "10%",
        "members": members,
        "passwords": "[secret]",
        "password_revisions": {**dict.fromkeys(members, 1), **(revisions or {})},
        **more,
    }


def set_outputs(inputs: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return the outputs of a set all of whose members are there."""
    ids = {name: f"29900000000000000{place:02}" for place, name in enumerate(inputs["members"])}
    times = {"created_at": "2026-11-01T08:00:00Z", "updated_at": "2026-11-01T08:00:00Z"}
    members = {
        name: {**each, **times} if isinstance(each, Mapping) else each
        for name, each in inputs["members"].items()
    }
    return {**inputs, "members": members, "ids": ids, "failed": {}, "key_fingerprint": "0123456789ab", **more}


def set_step(
    operation: str,
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    *,
    outputs: Mapping[str, Any] | None = None,
    name: str = "phones",
    **old_state: Any,
) -> dict[str, Any]:
    """Return what the engine prints of a set; old and new are inputs."""
    if old is not None:
        old_state["outputs"] = set_outputs(old) if outputs is None else outputs
    return step(operation, name, old, new, type_=SET, **old_state)
