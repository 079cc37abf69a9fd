"""The same connections with an ordinary dynamic provider."""

from __future__ import annotations

import os
import sys
from typing import Any

from pulumi.dynamic import Resource

from benchmarks.programs.declared import connections
from benchmarks.programs.phones import PhoneProvider


class Phone(Resource, module="bench", name="Phone"):
    """A connection."""

    def __init__(self, name: str, inputs: dict[str, Any]) -> None:
        provider = PhoneProvider(os.environ["TELNYX_API_KEY"], os.environ["TELNYX_BASE_URL"])
        super().__init__(provider, name, inputs)


for number, (name, inputs) in enumerate(connections(), 1):
    try:
        Phone(name, inputs)
    except RecursionError:
        sys.stderr.write(f"the program fails at connection {number}\n")
        raise
