"""Random programs through the real engine: what the state machine does in RPC mode, a few times for real."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import Options
from tests.engine.stack import LiveApi, StackRunner
from tests.figures.generated import LEAVES, consistent, nested, valid_values

from . import stacks
from .random_stack import leaves

ROUNDS = 3

_PROGRAM = """
import json
from pathlib import Path

for name, arguments in json.loads(Path("connections.json").read_text()).items():
    CredentialConnection(name, **arguments)
"""
_NAMES = ("ann", "bob", "cid", "dot", "eve", "fay")
_PASSWORDS = ("fake-password-1", "fake-password-2", None)
_PATHS = sorted(set(LEAVES) - {"webhook_api_version", "noise_suppression_details.attenuation_limit"})
_EDITS = (
    "declare",
    "declare",
    "edit",
    "edit",
    "edit",
    "remove",
    "rename",
    "password",
    "portal",
    "gone",
    "none",
)
_FAULTS = (
    *(
        (kind, moment)
        for kind in ("close", "reset", "truncate", "html", "content_type")
        for moment in ("before", "after")
    ),
    *(("status", moment) for moment in ("before", "after", "after")),
    ("rate_limit", "before"),
)


class EngineProgram:
    """One stack's life: rounds of edits, trouble and `up`, and in the end peace.

    Args:
        folder: of the stack; it need not exist.
        untouched: the folder of a stack that was made and never used.
        seed: what makes this program this one.
        hits: how many requests each kind of fault has hit; added to.
    """

    def __init__(self, folder: Path, untouched: Path, seed: int, hits: Counter[str]) -> None:
        self._folder = folder
        self._untouched = untouched
        self._source = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._hits = hits
        self._declared: dict[str, dict[str, Any]] = {}
        # In the state, or never tried: what is tried and not known cannot be given up.
        self._open: set[str] = set()

    def problems(self) -> list[str]:
        """Return what is not as it was promised, after everything was run."""
        pick = self._source.choice
        options = Options().changed(
            {"mask_passwords": pick([True, False]), "nested_patch": pick(["merge", "replace"])}
        )
        with stacks.emulator(options) as api:
            stack = stacks.new_stack(self._folder, api, like=self._untouched)
            stack.program(_PROGRAM)
            for _ in range(ROUNDS):
                self._edit(stack, api)
                for _ in range(self._source.randint(0, 3)):
                    kind, moment = pick(_FAULTS)
                    self._inject(api, kind, moment)
                (stack.folder / "connections.json").write_text(json.dumps(self._declared))
                stack.try_up(*pick([(), ("--refresh",)]))
                in_state = set(stack.connections())
                self._open = {name for name in self._declared if name not in in_state}
                for fault in api._control("GET", "/faults")["faults"]:
                    self._hits[f"{fault['kind']} {fault['moment']}"] += fault["hits"]
                api.server.clear_faults()
            return list(self._after_peace(stack, api))

    def _inject(self, api: LiveApi, kind: str, moment: str) -> None:
        pick = self._source.choice
        more: dict[str, Any] = (
            {"limit_headers": pick(["retry-after", "none"])} if kind == "rate_limit" else {"moment": moment}
        )
        api.server.inject(
            Fault(
                kind,  # type: ignore[arg-type]  # one of _FAULTS
                method=pick(["POST", "PATCH", "DELETE", None, None, None]),
                nth=pick([1, 1, 2]),
                times=pick([1, 2, 3]),
                status=pick([500, 502, 503, 504]),
                **more,
            )
        )

    def _edit(self, stack: StackRunner, api: LiveApi) -> None:
        pick = self._source.choice
        for edit in self._source.choices(_EDITS, k=3):
            name = pick(sorted(self._declared)) if self._declared else ""
            free = [each for each in _NAMES if each not in self._declared]
            settled = name and name not in self._open
            live = stack.connections().get(name)
            if live and live["id"] not in {row["id"] for row in api.connections()}:
                # It was deleted by an edit before this one.
                live = None
            if edit == "declare" and free:
                self._declared[pick(free)] = {**self._fields(), **self._password()}
            elif edit == "edit" and name:
                kept = self._declared[name].get("password")
                self._declared[name] = {**self._fields(), **({"password": kept} if kept else {})}
            elif edit == "password" and name:
                password = self._password()
                self._declared[name] = {**self._declared[name], **password}
            elif edit == "remove" and settled:
                del self._declared[name]
            elif edit == "rename" and settled and free:
                self._declared[pick(free)] = self._declared.pop(name)
            elif edit == "portal" and live:
                api.edit(live["id"], active=pick([True, False]), dtmf_type=pick(["Inband", "SIP INFO"]))
            elif edit == "gone" and live:
                api.delete(live["id"])

    def _fields(self) -> dict[str, Any]:
        paths = self._source.sample(_PATHS, self._source.randint(0, 3))
        return nested(consistent({path: self._source.choice(valid_values(path)) for path in paths}))

    def _password(self) -> dict[str, str]:
        password = self._source.choice(_PASSWORDS)
        return {} if password is None else {"password": password}

    def _after_peace(self, stack: StackRunner, api: LiveApi) -> Iterator[str]:
        refresh = stack.try_refresh()
        up = stack.try_up()
        if refresh.code or up.code:
            yield f"refresh ends with {refresh.code}, up with {up.code}: {refresh.text}{up.text}"
            return
        preview = stack.try_preview("--expect-no-changes")
        if preview.code:
            yield f"a plan is left over: {preview.text}"
        state = stack.connections()
        rows = {row["id"]: row for row in api.connections()}
        ids = {each["id"] for each in state.values()}
        if set(state) != set(self._declared):
            yield f"state {sorted(state)}, program {sorted(self._declared)}"
        if len(ids) != len(state) or ids != set(rows):
            yield f"state {sorted(ids)}, API {sorted(rows)}"
            return
        secrets = json.loads(stack.pulumi("stack", "export", "--show-secrets"))
        passwords = {
            each["id"]: each["outputs"]["password"]
            for each in secrets["deployment"]["resources"]
            if "id" in each and each["id"] in ids
        }
        for name, each in state.items():
            row = rows[each["id"]]
            if json.loads(passwords[each["id"]]["plaintext"]) != row["password"]:
                yield f"{name}: the passwords of state and API differ"
            yield from _differences(name, self._declared[name], row)


def _differences(name: str, declared: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[str]:
    live = leaves(row)
    for path, value in leaves(declared).items():
        found = live.get(path)
        if path == "tags":
            found, value = sorted(tag for tag in found or () if not tag.startswith("pulumi:")), sorted(value)
        if found != value and not (found in (None, "") and value in (None, "")):
            yield f"{name}: {path} is {found!r} in the API, declared {value!r}"
