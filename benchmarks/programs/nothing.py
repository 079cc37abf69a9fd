"""A dynamic provider that does nothing: what it takes is the engine's and the SDK's own time."""

from __future__ import annotations

import itertools
from typing import Any

from pulumi.dynamic import CreateResult, ResourceProvider, UpdateResult

_ids = itertools.count(1)


class Nothing(ResourceProvider):
    """Takes what is declared for what is there."""

    serialize_as_secret_always = False

    def __reduce__(self) -> tuple[type[Nothing], tuple[()]]:
        """Return the class alone: the SDK's pickler, given an instance, gets slower with each resource."""
        return Nothing, ()

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Return an id."""
        return CreateResult(str(next(_ids)), props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Return the new inputs."""
        return UpdateResult(_news)
