"""Drift for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from .changes import PropertyChange
from .drift import MARK_PATH
from .escaping import shortened
from .size import names
from .summary import Resource, Stack, Summary
from .values import PASSWORD, Mark, Value

_MOST_OF_ERROR = 3_000
_MOST_OF_NAMES = 400


def as_json(summary: Summary) -> str:
    """Return one object: `project`, and in `stacks` what was found in each.

    `what` is `changed` or `deleted`. Each of `fields` has `field`, `declared` and `live`: as the API has it,
    or `[secret]`, and null where it is not set. `secrets` names fields of which one at least differs, where
    nothing else was, and `error` says why a stack could not be looked at.
    """
    stacks = [_stack(each) for each in summary.stacks]
    return json.dumps({"project": summary.project, "stacks": stacks}, indent=2, ensure_ascii=False) + "\n"


def _stack(stack: Stack) -> dict[str, Any]:
    return {
        "stack": stack.name,
        "error": _error(stack) if stack.problems else None,
        "connections": [_connection(each) for each in stack.connections],
        "other_resources": [
            {"type": each.change.type, "name": each.change.name, "what": each.voice.called(each.operation)}
            for each in stack.others
        ],
        "warnings": _told(stack.warnings, sys.maxsize),
    }


def _error(stack: Stack) -> str:
    return shortened("\n".join(_told(stack.problems, _MOST_OF_NAMES)), _MOST_OF_ERROR)


def _told(messages: Mapping[str, tuple[str, ...]], room: int) -> list[str]:
    return [f"{names(about, room)}: {text}" if about else text for text, about in messages.items()]


def _connection(resource: Resource) -> dict[str, Any]:
    fields = [each for each in resource.properties if each.path not in {MARK_PATH, PASSWORD}]
    is_there = resource.change.new is not None
    membership = resource.change.membership
    return {
        "name": resource.change.name,
        "set": membership.set if membership else None,
        "member": membership.member if membership else None,
        "id": resource.change.id,
        "what": resource.voice.called(resource.operation),
        "changed_at": resource.when or None,
        "password_changed": resource.changes_password,
        "taken_over_by": next((each.new for each in resource.properties if each.path == MARK_PATH), None),
        "fields": [_field(each) for each in fields] if is_there else [],
        "secrets": list(resource.hidden),
        "means": [each.text for each in resource.meanings],
    }


def _field(change: PropertyChange) -> dict[str, Any]:
    return {"field": change.path, "declared": _plain(change.old), "live": _plain(change.new)}


def _plain(value: Value) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return (None if value is Mark.NOT_SET else value.value) if isinstance(value, Mark) else value
