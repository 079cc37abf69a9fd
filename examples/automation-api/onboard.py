"""Give a customer connections, or take them away, from a program: each customer is a stack of its own.

python onboard.py add acme reception warehouse
python onboard.py remove acme
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pulumi
from pulumi import automation

from pulumi_telnyx import CredentialConnection

PROJECT = "customers"
OUTBOUND_VOICE_PROFILE = "2105551234567890123"


def declare(customer: str, lines: Sequence[str]) -> None:
    """The stack program: one connection for each line of the customer."""
    connections = {
        line: CredentialConnection(
            line, tags=[customer], outbound={"outbound_voice_profile_id": OUTBOUND_VOICE_PROFILE}
        )
        for line in lines
    }
    pulumi.export("user_names", {line: each.user_name for line, each in connections.items()})
    pulumi.export("passwords", {line: each.password for line, each in connections.items()})


def add(customer: str, lines: Sequence[str]) -> automation.OutputMap:
    """Return what the phones log in with; a line that the customer had and that is not named is removed."""
    with _options() as options:
        stack = automation.create_or_select_stack(
            customer, project_name=PROJECT, program=partial(declare, customer, lines), opts=options
        )
        return stack.up(on_output=_progress).outputs


def remove(customer: str) -> None:
    """Remove the customer's connections, and then the stack."""
    with _options() as options:
        # Selected and never made: the name may be misspelt.
        stack = automation.select_stack(
            customer, project_name=PROJECT, program=partial(declare, customer, ()), opts=options
        )
        stack.destroy(on_output=_progress, remove=True)


@contextmanager
def _options() -> Iterator[automation.LocalWorkspaceOptions]:
    # The provider runs in a process of its own, with the packages of this one.
    runtime = automation.ProjectRuntimeInfo("python", {"toolchain": "pip", "virtualenv": sys.prefix})
    # Without a folder from us, each call would leave one behind.
    with tempfile.TemporaryDirectory() as folder:
        yield automation.LocalWorkspaceOptions(
            work_dir=folder, project_settings=automation.ProjectSettings(PROJECT, runtime=runtime)
        )


def _progress(line: str) -> None:
    print(line, file=sys.stderr)


def main() -> None:
    """Read the command line; print the user names, and leave the passwords to who calls `add`."""
    match sys.argv[1:]:
        case ["add", customer, *lines] if lines:
            print(json.dumps(add(customer, lines)["user_names"].value, indent=2))
        case ["remove", customer]:
            remove(customer)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
