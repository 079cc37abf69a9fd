"""Python's garbage collector, which takes half of a process that makes many objects and throws few away."""

from __future__ import annotations

import gc
import itertools
from typing import Final

SELDOM: Final = 50_000
"""How many new objects there are before garbage is looked for; Python's own figure is 700 to 2,000."""
MANY: Final = 100
"""With this many connections, a stack program spends more on it than on anything that we do."""

_declared = itertools.count(1)


def collect_seldom() -> None:
    """Let garbage be looked for less often; a setting that is rarer still, or off, stays as it is."""
    youngest, *older = gc.get_threshold()
    # Nothing at all is looked through at 0.
    if 0 < youngest < SELDOM:
        gc.set_threshold(SELDOM, *older)


def count_declared() -> None:
    """Count a resource that a stack program declares: only one with many of them is touched."""
    if next(_declared) == MANY:
        collect_seldom()
