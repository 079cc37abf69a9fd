"""What the constructors of resources have in common."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pulumi
from pulumi.dynamic import Resource, ResourceProvider

from .connection.properties import PROVIDER_KEY
from .ownership import OWNER_ID_OPTION, OWNERSHIP_TAG_OPTION
from .words import nearest

F = TypeVar("F", bound=Callable[..., Any])

# Type token and payload of each class.
_declared: dict[type[Resource], tuple[str, str]] = {}


# Returns the type that it gets: with a ParamSpec, editors would not show the constructor's documentation.
def names_misspelt_arguments(constructor: F) -> F:
    """Turn a wrong keyword into one line that names the right one, in place of Python's traceback."""
    kind = constructor.__qualname__.partition(".")[0]
    parameters = inspect.signature(constructor).parameters

    @functools.wraps(constructor)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if unknown := [keyword for keyword in kwargs if keyword not in parameters]:
            name = kwargs.get("resource_name", args[1] if len(args) > 1 else "?")
            known = [each for each in parameters if each not in {"self", "resource_name"}]
            wrong = ", ".join(f"'{keyword}'{nearest(keyword, known)}" for keyword in unknown)
            raise pulumi.RunError(f"{kind} '{name}' has no argument {wrong}")
        return constructor(*args, **kwargs)

    return cast("F", wrapper)


def types_of_parents(opts: pulumi.ResourceOptions | None) -> pulumi.Output[str] | None:
    """Return what the URN has before the resource's own type: two parents may have children of one name."""
    parent = opts.parent if opts else None
    if parent is None:
        return None
    # Its future and not itself: a child that depends on its component would wait for itself.
    known: pulumi.Output[Any] = pulumi.Output.from_input(cast("Any", parent.urn.future()))
    return known.apply(lambda urn: f"{urn.split('::')[2]}$" if urn else "")


def of_parents(types: pulumi.Output[str] | None, make: Callable[[str], str]) -> pulumi.Input[str]:
    """Return what is made of the parents' types, which only the engine may know."""
    return make("") if types is None else types.apply(make)


@dataclass(frozen=True)
class RunningStack:
    """The stack whose program runs, as far as names and marks depend on it.

    Args:
        organization: the Pulumi organisation, `organization` in a local backend.
        project: the project's name.
        stack: the stack's name.
        owner_id: `telnyx:ownerId`; empty where there is none.
        marks: whether connections get a mark.
    """

    organization: str
    project: str
    stack: str
    owner_id: str
    marks: bool


def running_stack() -> RunningStack:
    """Return the stack whose program runs."""
    config = pulumi.Config("telnyx")
    return RunningStack(
        # Unit tests with mocks have none; a local backend's is called like this.
        pulumi.get_organization() or "organization",
        pulumi.get_project(),
        pulumi.get_stack(),
        config.get(OWNER_ID_OPTION) or "",
        marks=config.get_bool(OWNERSHIP_TAG_OPTION) is not False,
    )


def declare(
    resource: Resource,
    provider: type[ResourceProvider],
    name: str,
    props: dict[str, Any],
    opts: pulumi.ResourceOptions,
) -> None:
    """Do what the SDK's constructor of dynamic resources does, and pickle the provider once.

    Args:
        resource: whose constructor this is called in.
        provider: a class whose instances hold nothing, so that all of them are pickled alike.
        name: the resource's name in the stack.
        props: its inputs and outputs.
        opts: Pulumi's resource options.
    """
    if known := _declared.get(type(resource)):
        token, payload = known
        pulumi.CustomResource.__init__(resource, token, name, {**props, PROVIDER_KEY: payload}, opts)
        return
    # The SDK's own constructor puts the payload into the inputs that it is given.
    Resource.__init__(resource, provider(), name, props, opts)
    pickled = props.get(PROVIDER_KEY)
    if isinstance(pickled, str):
        _declared[type(resource)] = resource.pulumi_resource_type, pickled


def whole_number(name: str) -> property:
    """Return a property for an output that is a whole number; without it, the SDK shows 20.0 for 20."""

    def output(self: pulumi.Resource) -> pulumi.Output[int]:
        try:
            return cast("pulumi.Output[int]", self.__dict__[name])
        except KeyError:
            # From here, Python goes on to `__getattr__`.
            raise AttributeError(name) from None

    return property(pulumi.getter(name=name)(output))
