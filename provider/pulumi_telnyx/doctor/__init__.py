"""What `pulumi up` needs to work, looked at part by part. Nothing is changed, and no key is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from .api import looked_at_api
from .check import Check, Level
from .engine import looked_at_engine
from .interpreter import looked_at_interpreter

__all__ = ["Check", "Level", "examine"]


def examine(
    folder: Path, environ: Mapping[str, str], config: Callable[[], Callable[[str], object]] | None = None
) -> Iterator[Check]:
    """Yield one line for each part, in the order in which a run needs them.

    Args:
        folder: in the project.
        environ: what the Pulumi CLI would be started with.
        config: returns a function that looks up a stack's config by a setting's full name, or raises a
            TelnyxError; left out where no stack is named.
    """
    engine = looked_at_engine(environ)
    yield from engine.checks
    yield from looked_at_interpreter(folder, environ, engine.cli)
    yield from looked_at_api(environ, config, has_cli=engine.cli is not None)
