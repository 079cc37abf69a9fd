"""The engine's floor: the same resources, with a provider that does nothing."""

from __future__ import annotations

from pulumi.dynamic import Resource

from benchmarks.programs.declared import connections
from benchmarks.programs.nothing import Nothing


class Phone(Resource, module="bench", name="Phone"):
    """A connection that is nowhere."""


for name, inputs in connections():
    Phone(Nothing(), name, inputs)
