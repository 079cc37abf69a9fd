"""Debug output of the engine shows secrets, whoever wrote the provider; ours must add none to it.

Beside ours runs a provider that does nothing and logs nothing, with the same inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pulumi_telnyx.emulator.options import Options

from .evidence import counted
from .figure import Figure
from .stacks import emulator, new_stack

KEYS = {
    "key of the environment": "KEY-canary-of-the-environment-5a7c44",
    "key of the config": "KEY-canary-of-the-config-8812fe",
}
GIVEN = {
    "password of the config": "canary-6-of-the-config-4f9c1d77",
    "computed password": "canary-7-computed-b2a1c8e4",
    "webhook URL of the config": "https://hooks.example.com/canary-8-83bb01",
}
_SETTINGS = {
    "telnyx:apiKey": KEYS["key of the config"],
    "password": GIVEN["password of the config"],
    "webhook": GIVEN["webhook URL of the config"],
}
_IDLE = """
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Idle(ResourceProvider):
    serialize_as_secret_always = False

    def diff(self, id_, olds, news):
        return DiffResult(changes=any(olds.get(name) != value for name, value in news.items()))

    def create(self, props):
        return CreateResult("1", props)

    def read(self, id_, props):
        return ReadResult(id_, props, props)

    def update(self, id_, olds, news):
        return UpdateResult(news)


class CredentialConnection(Resource, module="telnyx", name="CredentialConnection"):
    def __init__(self, name, **given):
        names = {"connection_name": name, "user_name": name}
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["password"])
        super().__init__(Idle(), name, {**names, **given}, hidden)
"""
_PROGRAM = """
config = pulumi.Config()
webhook = config.require_secret("webhook")
for name, password in {
    "desk": config.require_secret("password"),
    "other": webhook.apply(lambda _: "-".join(("canary-7", "computed", "b2a1c8e4"))),
}.items():
    CredentialConnection(
        name, password=password, webhook_event_url=webhook, inbound={"channel_limit": LIMIT}
    )
"""


def compare(figure: Figure, folder: Path) -> None:
    """Note how often each secret stands in each kind of debug output: of ours, and of one that is idle."""
    secrets = {**GIVEN, **KEYS}
    idle, no_calls = _run(folder / "idle", _IDLE + _PROGRAM)
    ours, calls = _run(folder / "ours", _PROGRAM)
    figure.expect("calls of ours, and of an idle one", [calls, no_calls], calls > no_calls == 0, "n, 0")
    for sink, content in ours.items():
        hits, others = counted(content, secrets), counted(idle[sink], secrets)
        figure.count(f"{sink}: hits, ours and idle", [hits, others])
        for name, number in hits.items():
            if number > others[name]:
                figure.fail(f"{sink} shows the {name} {number} times, with an idle provider {others[name]}")
        hit = hits["key of the environment"]
        figure.expect(f"{sink}: hits of the environment's key", hit, hit == 0, "0")
        figure.expect(f"{sink}: would show a leak", any(others.values()), any(others.values()), "true")


def _run(folder: Path, program: str) -> tuple[Mapping[str, bytes], int]:
    """Return what the life of a stack leaves in debug output, by kind, and how often it called the API."""
    written = {"-v=9": b"", "default logs, decrypted": b"", "PULUMI_DEBUG_GRPC": b""}
    options = Options(api_keys=dict.fromkeys(KEYS.values(), "canaries"))
    with emulator(options) as api:
        stack = new_stack(folder, api)
        calls = folder / "grpc.json"
        for name, value in _SETTINGS.items():
            stack.pulumi("config", "set", "--secret", name, value)
        stack.environ["TELNYX_API_KEY"] = KEYS["key of the environment"]
        for verbose in (("-v=9", "--logflow", "--logtostderr"), ()):
            stack.environ["PULUMI_DEBUG_GRPC"] = str(calls) if verbose else ""
            for limit in (1, 2):
                stack.program(program.replace("LIMIT", str(limit)))
                written["-v=9"] += stack.up(*verbose).text.encode()
            for operation in (stack.refresh, stack.destroy):
                written["-v=9"] += operation(*verbose).text.encode()
        written["PULUMI_DEBUG_GRPC"] = calls.read_bytes()
        for log in sorted((folder / "home" / "logs").glob(f"*+{stack.name}-*.log")):
            written["default logs, decrypted"] += stack.command("logs", "decrypt", str(log)).encode()
        return written, len(api.calls())
