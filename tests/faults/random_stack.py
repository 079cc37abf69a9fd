"""A stack as the engine keeps it, in RPC mode: a program, a state, and an API that fails now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import requests

from pulumi_telnyx.api.errors import TelnyxError
from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import DEFAULT_ACCOUNT, DEFAULT_API_KEY
from pulumi_telnyx.emulator.server import EmulatorServer
from pulumi_telnyx.ownership import mark_of
from tests.engine.stack import LiveApi
from tests.scripted_server import FakeClock
from tests.servicer import AbortedError

from .rpc import Plugin, program

SECOND_KEY = "KEY-second-not-a-secret"
OTHER_KEY = "KEY-of-another-account-not-a-secret"
_START_SECS = 2.0
# Names that are taken before the program runs: by another customer, another stack, and nobody in particular.
FOREIGN = ("stranger", "theirs", "nobodys")


class BrokenPromise(AssertionError):  # noqa: N818 - it is no error of the provider's
    """Model, state and API do not agree, or an error is not one of ours."""


class Killed(Exception):  # noqa: N818 - the process's end, simulated
    """The process ends after the API has acted and before the state is written."""


@dataclass
class Declared:
    """One resource of the program."""

    fields: dict[str, Any]
    password: str
    marked: bool = True
    adopt: str | None = None
    rotate: float | None = None
    attempted: bool = False

    def inputs(self, name: str) -> dict[str, Any]:
        """Return what the constructor sends."""
        optional = {"adopt": self.adopt, "rotate_password_when": self.rotate}
        own = {key: value for key, value in optional.items() if value is not None}
        return program(name, marked=self.marked, **{**self.fields, "password": self.password, **own})


@dataclass
class Kept:
    """One resource of the state; `given_up` are the fields that were declared once, and are no more."""

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    given_up: set[str] = field(default_factory=set)


@dataclass
class Counts:
    """What happened in all programs together."""

    programs: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    faults_set: int = 0
    faults_hit: Counter[str] = field(default_factory=Counter)
    kills: int = 0


class _QuickApi(LiveApi):
    """The emulator's control paths over one connection: a program looks at them dozens of times."""

    def __init__(self, server: EmulatorServer) -> None:
        super().__init__(server)
        self._session = requests.Session()
        # Proxies are none of loopback's business, and looking for them takes longer than the request.
        self._session.trust_env = False

    def _control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer = self._session.request(method, f"{self.control_url}{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else {}


class RandomStack:
    """Runs a program as the engine does: check, diff, then create or update, and deletes at the end.

    Args:
        server: running, with `clock` as its clock.
        clock: shared with the plugin, so that waits cost nothing.
        counts: added to.
    """

    def __init__(self, server: EmulatorServer, clock: FakeClock, counts: Counts) -> None:
        self.server = server
        self.clock = clock
        self.counts = counts
        self.api = _QuickApi(server)
        self.plugin = Plugin(server.url, clock=clock.clock())
        self.key = DEFAULT_API_KEY
        self.program: dict[str, Declared] = {}
        self.state: dict[str, Kept] = {}
        self.foreign: dict[str, dict[str, Any]] = {}

    def begin(self, **options: Any) -> None:
        """Start a new program in an account where some names are taken already."""
        self.counts.programs += 1
        self.api._control("POST", "/reset")
        self.server.configure(**options)
        self.program, self.state = {}, {}
        theirs = mark_of("organization", "other", "prod", "theirs")
        for name, account, tags in (
            ("stranger", "another customer", []),
            ("theirs", DEFAULT_ACCOUNT, [theirs]),
            ("nobodys", DEFAULT_ACCOUNT, []),
        ):
            settings = {"user_name": f"{name}test", "connection_name": name, "tags": tags}
            # A minute ago: they show in every list, and are young enough to be taken over by mistake.
            moment = datetime.fromtimestamp(self.clock.clock().wall() - 60, timezone.utc)
            created_at = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            planted = {"account": account, "settings": settings, "created_at": created_at}
            self.api._control("POST", "/connections", planted)
        self.foreign = {row["id"]: row for row in self.rows()}
        self.key = DEFAULT_API_KEY

    def _new_process(self, *, confirmed: bool = False) -> None:
        """Start what every command of the CLI starts: a plugin that knows nothing of earlier ones."""
        # No command of the CLI gets to its first request in less.
        self.clock.now += _START_SECS
        self.plugin.restart(self.key)
        # What `TELNYX_ACCOUNT=key:...` does.
        self.plugin.engine._provider._telnyx.account._confirmed = confirmed

    def rows(self) -> list[dict[str, Any]]:
        """Return every connection of every account as the API stores it."""
        rows: list[dict[str, Any]] = self.api._control("GET", "/connections")["connections"]
        return rows

    def inject(self, fault: Fault) -> None:
        self.counts.faults_set += 1
        self.server.inject(fault)

    def clear_faults(self) -> None:
        """End all trouble, and count what it has hit."""
        for one in self.api._control("GET", "/faults")["faults"]:
            self.counts.faults_hit[f"{one['kind']} {one['moment']}"] += one["hits"]
        self.server.clear_faults()

    def up(
        self, kill_at: int | None = None, *, refresh: bool = False, confirmed: bool = False
    ) -> dict[str, str]:
        """Return the errors of one `up`, by resource.

        Args:
            kill_at: the operation that the API carries out and the process does not live to tell of.
            refresh: `up --refresh`.
            confirmed: the user has said that the key is the right one.
        """
        self._new_process(confirmed=confirmed)
        errors = self._read_all() if refresh else {}
        if errors:
            return errors
        left = [kill_at or -1]
        try:
            # Those in the state first: the engine compares them before it knows of new ones.
            for name in sorted(self.program, key=lambda each: each not in self.state):
                self._noting(errors, name, lambda name=name: self._apply(name, left))
            if not errors:
                for name in [each for each in self.state if each not in self.program]:
                    self._noting(errors, name, lambda name=name: self._delete(name, left))
        except Killed:
            self.counts.kills += 1
            errors["process"] = "killed"
        return errors

    def refresh(self, *, confirmed: bool = False) -> dict[str, str]:
        """Return the errors of one `refresh`, by resource."""
        self._new_process(confirmed=confirmed)
        return self._read_all()

    def _read_all(self) -> dict[str, str]:
        errors: dict[str, str] = {}
        for name in list(self.state):
            self._noting(errors, name, lambda name=name: self._read(name))
        return errors

    def pending(self) -> list[str]:
        """Return the resources that a `preview` says would be created, updated or deleted."""
        self._new_process()
        found = [name for name in self.state if name not in self.program]
        for name, declared in self.program.items():
            kept = self.state.get(name)
            if kept is None or self.plugin.engine.diff(kept.id, kept.outputs, self._checked(name, declared)):
                found.append(name)
        return found

    def _noting(self, errors: dict[str, str], name: str, operation: Any) -> None:
        try:
            operation()
        except AbortedError as error:
            text = str(error).strip().splitlines()[-1]
            kind = text.partition(":")[0].rpartition(".")[2]
            self.counts.errors[kind] += 1
            if kind not in OUR_ERRORS:
                raise BrokenPromise(f"an error that is not ours: {error}") from None
            errors[name] = text

    def _checked(self, name: str, declared: Declared) -> dict[str, Any]:
        kept = self.state.get(name)
        inputs, problems = self.plugin.engine.check(kept.inputs if kept else {}, declared.inputs(name))
        if problems:
            raise BrokenPromise(f"{name} is refused: {problems}")
        return inputs

    def _apply(self, name: str, left: list[int]) -> None:
        declared, kept = self.program[name], self.state.get(name)
        inputs = self._checked(name, declared)
        if kept is None:
            declared.attempted = True
            self.counts.operations["create"] += 1
            connection_id, outputs = self.plugin.engine.create(inputs)
            _live(left)
            self.state[name] = Kept(connection_id, inputs, outputs)
        elif self.plugin.engine.diff(kept.id, kept.outputs, inputs):
            self.counts.operations["update"] += 1
            outputs = self.plugin.engine.update(kept.id, kept.outputs, inputs)
            _live(left)
            before, after = set(leaves(kept.inputs)), set(leaves(inputs))
            self.state[name] = Kept(kept.id, inputs, outputs, (kept.given_up | before) - after)
        else:
            kept.inputs = inputs

    def _delete(self, name: str, left: list[int]) -> None:
        self.counts.operations["delete"] += 1
        self.plugin.engine.delete(self.state[name].id, self.state[name].outputs)
        _live(left)
        del self.state[name]

    def _read(self, name: str) -> None:
        self.counts.operations["read"] += 1
        kept = self.state[name]
        connection_id, outputs, inputs = self.plugin.engine.read(kept.id, kept.outputs)
        if connection_id:
            self.state[name] = Kept(connection_id, inputs, outputs, kept.given_up)
        else:
            del self.state[name]


def leaves(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the values of a tree by dotted path."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            found |= leaves(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def _live(left: list[int]) -> None:
    left[0] -= 1
    if left[0] == 0:
        raise Killed


def _tree(kind: type[TelnyxError]) -> set[str]:
    return {kind.__name__}.union(*map(_tree, kind.__subclasses__()))


OUR_ERRORS = _tree(TelnyxError) - {"InternalError"}
