"""`CredentialConnectionSet`, as stack programs declare it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import pulumi
from pulumi.dynamic import Resource

from ..connection.arguments import MemberArgs, MemberDefaults
from ..constructor import names_misspelt_arguments
from ..words import counted, nearest
from .declaration import declaration_of, identity_input
from .identity import IDENTITY
from .ignored import ignored_passwords
from .members import FAILED, FAILED_AT, IDS, MEMBERS, PASSWORDS, REVISIONS, USER_NAMES
from .removals import DEFAULT_MAX_REMOVALS
from .texts import taken_apart

_MOST_NAMED: Final = 20


class CredentialConnectionSet(Resource, module="telnyx", name="CredentialConnectionSet"):
    """Many credential connections as one resource: the phones of an office, the agents of a call centre.

    Each member is a connection as `CredentialConnection` makes it, with the same rules. To the engine they
    are one resource, so that thousands of them cost it next to nothing. docs/fleets.md tells when to use
    which.
    """

    ids: pulumi.Output[Mapping[str, str]]
    """Telnyx's ids by member."""
    user_names: pulumi.Output[Mapping[str, str]]
    passwords: pulumi.Output[Mapping[str, str]]
    """Always secret; members with `unmanaged_password` have none."""
    password_revisions: pulumi.Output[Mapping[str, int]]
    """Counts the changes of each password; what a preview shows of them."""
    members: pulumi.Output[Mapping[str, Mapping[str, Any]]]
    """The settings that hold for each member, without the password."""
    failed: pulumi.Output[Mapping[str, str]]
    """Why members could not be brought in line by the last run, by name; empty where all were."""
    failed_at: pulumi.Output[float | None]
    """When that was, in seconds since 1970; None where all were brought in line."""

    @names_misspelt_arguments
    def __init__(
        self,
        resource_name: str,
        *,
        members: pulumi.Input[Mapping[str, pulumi.Input[MemberArgs] | None]],
        defaults: pulumi.Input[MemberDefaults] | None = None,
        max_removals: pulumi.Input[int | str] = DEFAULT_MAX_REMOVALS,
        retain: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        account: pulumi.Input[str | None] = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a set of credential connections.

        Args:
            resource_name: the set's name in the stack.
            members: the connections by name; the arguments of each are those of `CredentialConnection`. A
                name that changes beside an unchanged `user_name` renames the member, whose connection stays.
            defaults: arguments that every member has unless it has its own; maps merge key by key, and None
                in a member takes a default away.
            max_removals: how many members one run may delete: a number, a percentage of the members that
                there are (one at least), or `off`. More, and the preview fails.
            retain: names of members whose connections stay at Telnyx when they leave the set.
            account: name of one of the stack's accounts (`telnyx:accounts`); left out: the stack's own.
                Another one deletes all connections and makes them anew there.
            opts: Pulumi's resource options.

        Raises:
            pulumi.RunError: an argument has a name that does not exist, or an option cannot have an effect.
        """
        _refuse_ids(resource_name, opts)
        ignored = (opts and opts.ignore_changes) or []
        # The engine leaves alone what it finds under such a path, and in a text it finds nothing.
        by_field = any(path.startswith(MEMBERS) for path in ignored)
        declaration = declaration_of(members, defaults, by_field=by_field)
        arguments = {
            MEMBERS: declaration.members,
            PASSWORDS: declaration.passwords,
            "max_removals": max_removals,
            "retain": retain,
            "account": account,
            IDENTITY: identity_input(resource_name, opts),
        }
        outputs = dict.fromkeys((IDS, USER_NAMES, REVISIONS, FAILED, FAILED_AT))
        began = time.time()
        super().__init__(
            _provider(),
            resource_name,
            {**outputs, **{name: value for name, value in arguments.items() if value is not None}},
            pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(
                    # User names stand among the settings too, where a secret one stays a secret by itself.
                    additional_secret_outputs=[PASSWORDS, *([USER_NAMES] * declaration.hides_user_names)],
                    # For `--replace`, whatever the program says: a user name cannot exist twice.
                    delete_before_replace=True,
                    # Passwords stand apart from the members to whom they belong.
                    ignore_changes=ignored_passwords(resource_name, ignored),
                ),
            ),
        )
        self.members = self.members.apply(taken_apart)
        self._reported = pulumi.Output.all(self.failed, self.failed_at).apply(
            lambda known: _report(self, resource_name, *known, began=began)
        )
        self._reported.apply(_end)

    @classmethod
    def get(cls, resource_name: str, *_: object, **__: object) -> NoReturn:
        """Refuse to read a set, as `CredentialConnection.get` reads a connection: Telnyx knows no sets.

        Raises:
            pulumi.RunError: in any case.
        """
        raise _not_by_id(resource_name)

    def member(self, name: str) -> SetMember:
        """Return the outputs of one member.

        Args:
            name: the member's name.
        """
        return SetMember(self, name, self._reported)


class SetMember:
    """One member of a set: outputs as a `CredentialConnection` has them."""

    def __init__(self, of: CredentialConnectionSet, name: str, reported: pulumi.Output[str | None]) -> None:
        self._set, self._name, self._reported = of, name, reported

    @property
    def id(self) -> pulumi.Output[str]:
        """Telnyx's id of the connection."""
        return self._out_of(self._set.ids)

    @property
    def user_name(self) -> pulumi.Output[str]:
        """The name that the phone logs in with."""
        return self._out_of(self._set.user_names)

    @property
    def password(self) -> pulumi.Output[str]:
        """The password, as a secret."""
        return pulumi.Output.secret(self._out_of(self._set.passwords))

    @property
    def password_revision(self) -> pulumi.Output[int]:
        """Counts the changes of the password."""
        return self._out_of(self._set.password_revisions)

    @property
    def settings(self) -> pulumi.Output[Mapping[str, Any]]:
        """All settings that are declared, with the values that Telnyx holds, and when it was created."""
        return self._out_of(self._set.members)

    def _out_of(self, column: pulumi.Output[Mapping[str, Any]]) -> pulumi.Output[Any]:
        return column.apply(self._value)

    def _value(self, column: Mapping[str, Any] | None) -> Any:
        # What is there waits for nothing, so that it is known, and a secret, just as its column is.
        return column[self._name] if column and self._name in column else self._missing(column or {})

    async def _missing(self, column: Mapping[str, Any]) -> NoReturn:
        """Say why the member has no such value, once the list under the set is written.

        Raises:
            pulumi.RunError: in any case; where the member failed in this run, the error that ends it.
        """
        ends = await self._reported.future()
        failed = await self._set.failed.future() or {}
        if self._name in failed:
            _end(ends)
            raise pulumi.RunError(
                f"member '{self._name}' failed: {failed[self._name]}; run `pulumi up` again for the whole "
                "stack"
            )
        known = nearest(self._name, (*column, *failed))
        raise pulumi.RunError(f"the set has no member '{self._name}'{known}, or it has no such output")


def _refuse_ids(resource_name: str, opts: pulumi.ResourceOptions | None) -> None:
    if opts is not None and (opts.id is not None or opts.import_ is not None):
        raise _not_by_id(resource_name)


def _not_by_id(resource_name: str) -> pulumi.RunError:
    return pulumi.RunError(
        f"CredentialConnectionSet '{resource_name}': Telnyx knows no sets, so none can be read or imported "
        "by an id: `pulumi-telnyx import --as-set NAME` brings existing connections under a new one, and "
        "CredentialConnection.get reads a single connection"
    )


def _provider() -> Any:
    # Not above: its module is the one that states name, and it imports what only the plugin needs.
    from .lifecycle import CredentialConnectionSetProvider

    return CredentialConnectionSetProvider()


def _report(
    of: CredentialConnectionSet,
    resource_name: str,
    failed: Mapping[str, str] | None,
    failed_at: float | None,
    *,
    began: float,
) -> str | None:
    """Write one list of the members that failed, and return the error that ends the run, if one has to.

    Where the engine leaves the set out, as with `--target` or `destroy --run-program`, the program gets what
    an earlier run left: that is told, and stops nothing.

    Args:
        of: the set.
        resource_name: its name.
        failed: its output `failed`.
        failed_at: its output `failed_at`; None in a state of a release that did not have it.
        began: when the program declared it.
    """
    if not failed:
        return None
    lines = [f"  {name}: {reason}" for name, reason in list(failed.items())[:_MOST_NAMED]]
    if more := len(failed) - len(lines):
        lines.append(f"  and {more:,} more: `pulumi stack export` has all of them, in the output `failed`")
    counted_members, reasons = counted(len(failed), "member"), "\n".join(lines)
    # By one clock: the plugin runs on the machine of the program.
    if failed_at is not None and failed_at < began:
        pulumi.log.warn(f"{counted_members} of this set failed in an earlier run:\n{reasons}", resource=of)
        return None
    pulumi.log.error(
        f"{counted_members} of this set failed; what was done for the others is kept:\n{reasons}", resource=of
    )
    # The engine prints it before the list or after it.
    return (
        f"CredentialConnectionSet '{resource_name}': {counted_members} failed: the error under the set says "
        "which and why; run `pulumi up` again to do just these"
    )


def _end(ends: str | None) -> None:
    if ends is not None:
        raise pulumi.RunError(ends)
