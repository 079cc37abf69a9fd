"""What is found where: everything that a run writes, and the secrets that must not be in it."""

from __future__ import annotations

import base64
import itertools
import json
import pickle
import pickletools
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from pulumi_telnyx.leaks import find, spellings, structural

from .figure import Figure

PLANTED = "PLANTED-where-a-secret-must-not-be"
"""No secret: it is put wherever a secret must not be, and has to be found there."""


class Evidence:
    """Everything that was written, by where it went."""

    def __init__(self) -> None:
        self._written: dict[str, list[bytes]] = defaultdict(list)

    def add(self, sink: str, content: str | bytes) -> None:
        """Keep what was written to a sink."""
        raw = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        self._written[sink].append(raw)

    def add_files(self, sink: str, folder: Path, pattern: str) -> None:
        """Keep every file of a folder; none is an error of the figure."""
        found = [path for path in sorted(folder.glob(pattern)) if path.is_file()]
        assert found, f"{sink}: there is no {pattern} in the folder"
        for path in found:
            self.add(sink, path.read_bytes())

    def judge(self, figure: Figure, secrets: Mapping[str, str], *, shapeless: bool = True) -> None:
        """Note how many secrets stand where; every sink must show what was planted, and none a secret.

        Args:
            figure: where it is noted.
            secrets: by name.
            shapeless: also look for what must be a secret by where it stands, without knowing it.
        """
        leaks = 0
        deaf = []
        for sink, pieces in sorted(self._written.items()):
            content = b"\n".join(pieces)
            found = {f"{each.name}, as {each.spelling}" for each in find(content, secrets)}
            if shapeless:
                found |= {f"{each.name}, by its place" for piece in pieces for each in structural(piece)}
            for what in sorted(found):
                figure.fail(f"{sink} shows: {what}")
            leaks += len(found)
            if not find(content, {"planted": PLANTED}):
                deaf.append(sink)
        figure.count("sinks", sorted(self._written))
        figure.count("bytes looked through", sum(map(len, itertools.chain(*self._written.values()))))
        figure.expect("secrets found", leaks, leaks == 0, "0")
        figure.expect("sinks that would not show a leak", deaf, not deaf, "none")


def counted(content: bytes, secrets: Mapping[str, str]) -> dict[str, int]:
    """Return how often each secret stands in the content, however it is spelled."""
    return {name: sum(content.count(text) for text in spellings(secret)) for name, secret in secrets.items()}


def told_by(error: BaseException) -> str:
    """Return all that an error says, and all that it came from, also what Python would not print."""
    texts: list[str] = []
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        texts += [str(each), repr(each), repr(each.args), repr(vars(each))]
        texts += traceback.format_exception(type(each), each, each.__traceback__)
        left += [each.__cause__, each.__context__]
    return "\n".join(texts)


def payloads(state: str) -> Iterator[bytes]:
    """Yield what the `__provider` entries of a state hold: decoded, taken apart, and as objects."""
    for text in _providers(json.loads(state)):
        raw = base64.b64decode(text)
        yield raw
        yield "\n".join(f"{argument!r}" for _, argument, _ in pickletools.genops(raw)).encode()
        loaded = pickle.loads(raw)  # noqa: S301 - our own provider, which the engine loads just like this
        yield repr(vars(loaded)).encode()


def _providers(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "__provider" and isinstance(item, str):
                yield item
            else:
                yield from _providers(item)
    elif isinstance(value, list):
        for item in value:
            yield from _providers(item)
