"""G7: a canary in the place of every secret is in nothing that a run writes, whatever the API answers.

The API repeats what it was sent, in every way that answers come in. Each sink is shown to be one by a text
that is no secret and has to arrive there.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulumi_telnyx.emulator.faults import Fault
from pulumi_telnyx.emulator.options import Options
from pulumi_telnyx.emulator.server import EmulatorServer
from tests.engine.stack import LiveApi

from . import canaries_debug, canaries_rpc
from .echo import LASTING, PASSING, Echo, Shape
from .evidence import PLANTED, Evidence, payloads
from .figure import Figure, main
from .stacks import new_stack

KEYS = {
    "key of the environment": "KEY-canary-of-the-environment-5a7c44",
    "key of the config": "KEY-canary-of-the-config-8812fe",
}
GIVEN = {
    "password of the config": 'canary-1 "quoted" \\ <&> /+ 4f9c1d77',
    "second password of the config": "canary-2-b2a1c8e4-in-the-config",
    "computed password": "canary-3-77e0aa-which-the-program-computes",
    "webhook URL of the config": "https://hooks.example.com/canary-4-83bb01",
    "token in extra": "canary-5-99aa77-in-extra",
}
SETTINGS = {
    "telnyx:apiKey": KEYS["key of the config"],
    "password": GIVEN["password of the config"],
    "password2": GIVEN["second password of the config"],
    "webhook": GIVEN["webhook URL of the config"],
    "token": GIVEN["token in extra"],
}
QUICK_SHAPES = ("422, the whole request in its detail", "400, steering a terminal", "404, a page")
# A refresh would forget the connections.
MEANING_GONE = ("404, as the API says it",)
SLOW_SHAPES = ("200, a page", "500, the whole request", "200, not gzip")
SPOILT = (
    (Fault("reset", times=None), "up"),
    (Fault("reset", times=None), "destroy"),
    (Fault("truncate", times=None, method="GET", moment="after", keep_bytes=2000), "refresh"),
)
_PROGRAM = """
print("{planted}")
config = pulumi.Config()
desk = CredentialConnection(
    "desk",
    connection_name="{planted} desk",
    password=config.require_secret("{password}"),
    webhook_event_url=config.require_secret("webhook"),
    extra={{"novel": {{"token": config.require_secret("token")}}}},
    inbound={{"channel_limit": {limit}}},
)
made = CredentialConnection("made", rotate_password_when="{when}", inbound={{"channel_limit": {limit}}})
computed = desk.id.apply(lambda _: "-".join(("canary", "3", "77e0aa", "which", "the", "program", "computes")))
if {limit} > 1:
    CredentialConnection("computed", password=pulumi.Output.secret(computed))
pulumi.export("planted", "{planted}")
for name, value in {{
    "password": desk.password, "made": made.password, "webhook": desk.webhook_event_url, "extra": desk.extra
}}.items():
    pulumi.export(name, value)
"""


def measure(quick: bool, folder: Path) -> Figure:
    """Return what was found; quick: one pass over the operations with three answers, both keys in it."""
    figure = Figure("G7: no canary in anything that is written, whatever the API repeats")
    secrets = dict(GIVEN)
    evidence = Evidence()
    counts = canaries_rpc.run(evidence, secrets, KEYS, folder, quick=quick)
    figure.count("RPC mode: operations in trouble", counts.cells)
    figure.expect("RPC mode: of these failed", counts.failed, counts.failed > counts.cells / 2, "over half")
    passes = (
        [Pass(evidence, folder / "both", "config", "environment")]
        if quick
        else [Pass(evidence, folder / source, source) for source in ("config", "environment")]
    )
    for each in passes:
        each.run(quick=quick)
        secrets |= each.secrets
    for name in ("commands", "failed", "repeated"):
        total = sum(getattr(each, name) for each in passes)
        figure.expect(f"engine mode: {name}", total, total > 0, "above 0")
    evidence.judge(figure, {**secrets, **KEYS})
    if not quick:
        canaries_debug.compare(figure, folder)
    return figure


class Pass:
    """One stack, from its first preview to its end, with an API that repeats what it is sent.

    Args:
        evidence: gets everything that is written.
        folder: of the stack.
        source: where the key comes from.
        later: where it comes from once the connections exist; left out: from the same place.
    """

    def __init__(self, evidence: Evidence, folder: Path, source: str, later: str = "") -> None:
        self.secrets: dict[str, str] = {}
        self.commands = self.failed = self.repeated = 0
        self._evidence = evidence
        self._folder = folder
        self._sources = (source, later or source)

    def run(self, *, quick: bool) -> None:
        """Do everything that a user can do, in trouble and without."""
        echo = Echo()
        echo.request_id, echo.beside = PLANTED, True
        options = Options(api_keys=dict.fromkeys(KEYS.values(), "canaries"))
        with EmulatorServer(options, layers=[echo]) as server:
            self._stack = new_stack(self._folder, LiveApi(server))
            self._stack.environ["TELNYX_LOG"] = str(self._folder / "telnyx.log")
            for name, value in SETTINGS.items():
                self._stack.pulumi("config", "set", "--secret", name, value)
            self._use(self._sources[0])
            self._declare(limit=1, when="1", password="password")
            self._live(server, echo, quick=quick)
        self.repeated = echo.answered
        made = sorted(echo.passwords - set(GIVEN.values()))
        self.secrets = {f"password {number} of {self._folder.name}": each for number, each in enumerate(made)}
        self._collect()

    def _live(self, server: EmulatorServer, echo: Echo, *, quick: bool) -> None:
        first, *others = QUICK_SHAPES
        self._operate("preview text", "preview")
        with _answering(echo, LASTING[first]):
            self._operate("stdout", "up", "--yes", "--skip-preview")
        self._use(self._sources[1])
        self._operate("preview diff", "preview", "--diff")
        self._operate("preview JSON", "preview", "--json")
        self._operate("stdout", "up", "--yes", "--skip-preview", works=True)
        self._look()
        self._operate("stdout", "refresh", "--yes", "--skip-preview", works=True)
        self._declare(limit=2, when="2", password="password2")
        self._operate("preview diff", "preview", "--diff")
        if quick:
            for name, operation in ((others[0], "up"), (others[0], "refresh"), (others[1], "destroy")):
                with _answering(echo, LASTING[name]):
                    self._operate("stdout", operation, "--yes", "--skip-preview")
        else:
            self._suffer(server, echo)
        self._operate("stdout", "up", "--yes", works=True)
        self._operate("stdout", "destroy", "--yes", works=True)

    def _suffer(self, server: EmulatorServer, echo: Echo) -> None:
        """Meet every answer with every operation; none of them changes anything."""
        operations = ("up", "refresh", "destroy")
        lasting = {name: shape for name, shape in LASTING.items() if name not in MEANING_GONE}
        slow = {name: PASSING[name] for name in SLOW_SHAPES}
        for shape, operation in itertools.product((*lasting.values(), *slow.values()), operations):
            with _answering(echo, shape):
                self._operate("stdout", operation, "--yes", "--skip-preview")
        for fault, operation in SPOILT:
            server.inject(fault)
            self._operate("stdout", operation, "--yes", "--skip-preview")
            server.clear_faults()

    def _look(self) -> None:
        self._pulumi("export", "stack", "export")
        self._pulumi("stack output", "stack", "output")
        self._pulumi("stack output", "stack", "output", "--json")
        self._pulumi("history", "stack", "history")
        self._pulumi("history", "stack", "history", "--json")

    def _use(self, source: str) -> None:
        self._stack.environ.pop("TELNYX_API_KEY", None)
        if source == "environment":
            self._stack.environ["TELNYX_API_KEY"] = KEYS["key of the environment"]

    def _declare(self, **choices: object) -> None:
        self._stack.program(_PROGRAM.format(planted=PLANTED, **choices))

    def _operate(self, sink: str, *command: str, works: bool = False) -> None:
        """Run an operation of the engine, and keep what it wrote."""
        events = self._folder / "events.json"
        done = self._pulumi(sink, *command, "--color", "never", "--event-log", str(events))
        assert not works or done.returncode == 0, done.stdout + done.stderr
        self.failed += done.returncode != 0
        if events.exists():
            self._evidence.add("event log", events.read_bytes())
            events.unlink()
        for name, pattern in (("state", "test.json"), ("backup of the state", "test.json.bak")):
            for path in (self._folder / "state").rglob(pattern):
                self._evidence.add(name, path.read_bytes())
                for content in payloads(path.read_text()):
                    self._evidence.add("payload", content)

    def _pulumi(self, sink: str, *command: str) -> subprocess.CompletedProcess[str]:
        self.commands += 1
        done = subprocess.run(
            ["pulumi", *command, "--stack", self._stack.name, "--non-interactive"],
            cwd=self._folder,
            env=self._stack.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        self._evidence.add(sink, done.stdout)
        self._evidence.add("stderr", done.stderr)
        return done

    def _collect(self) -> None:
        """Keep the files that are left, each kind by itself and then all of them."""
        log = self._folder / "home" / "logs" / "planted.log"
        # The engine encrypts its own, so that nothing of them could ever be found.
        log.write_text(PLANTED)
        for sink, pattern in (
            ("history", "state/.pulumi/history/**/*"),
            ("backups", "state/.pulumi/backups/**/*"),
            ("default log files", "home/logs/*"),
            ("TELNYX_LOG", "telnyx.log"),
            ("everything in the stack's folder", "**/*"),
        ):
            self._evidence.add_files(sink, self._folder, pattern)


@contextmanager
def _answering(echo: Echo, shape: Shape) -> Iterator[None]:
    echo.shape = shape
    yield
    echo.shape = None


if __name__ == "__main__":
    main(measure)
