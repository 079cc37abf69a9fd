"""A set whose members are imported, in the stack's file: what many have in common is said once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any, Final

from ..stack.edit import Drop, Put, edited, nested
from ..stack.located import Path, leaves, plain
from ..stack.project import CONNECTIONS, DEFAULTS, SETS, Project, ProjectError, StackFile
from ..stack.rewrite import key_in_file
from ..stack.sets import MEMBERS, MEMBERS_FROM, OF_THE_SET, PROTECT, LayeredSet, layered_sets
from .plan import Importable
from .resource_names import cleaned
from .stack_settings import LONGEST_BYTES, below, password_of, said_of, text_of, wanted_of

_YAML: Final = (".yaml", ".yml")


def set_to_write(
    project: Project, file: StackFile, set_name: str, imports: Sequence[Importable], *, protect: bool
) -> Iterator[tuple[FilePath, str]]:
    """Yield the files to write, with their whole texts: the stack's, and one with the members of a large set.

    Args:
        project: the project, with its own defaults.
        file: the stack's file.
        set_name: the set, which the file may declare already after a run that was cut off.
        imports: the members; of those that the file declares already only what is said of passwords.
        protect: whether Pulumi shall refuse to delete the set.

    Raises:
        ProjectError: the file for the members is there, and holds something else.
    """
    found = layered_sets(project, file.config(project.name)).sets.get(set_name)
    wanted = {each.name: wanted_of(each, protect=False) for each in imports if each.before is None}
    lower = _below_members(project, file, found)
    defaults, members = said_of(wanted, lower, with_defaults=found is None)
    members |= dict(_of_passwords(found, imports))
    own: dict[Path, Put | Drop] = {(PROTECT,): Put(True)} if protect and found is None else {}
    own |= {(DEFAULTS, *path): change for path, change in defaults.items()}
    key = f"{project.name}:{CONNECTIONS}"
    of_stack: dict[Path, Put | Drop] = {}
    if key in project.valueless and key not in file.own_config(project.name):
        # The engine refuses a stack's file without it.
        of_stack[("config", key_in_file(project, file, CONNECTIONS))] = Put({})
    at = ("config", key_in_file(project, file, SETS), set_name)
    text, beside = text_of(file.path), _file_of_members(project, file, set_name)
    if beside is None:
        within = {**own, **{(MEMBERS, *path): change for path, change in members.items()}}
        together = _changed(text, of_stack, at, within)
        if found is not None or len(together.encode()) <= LONGEST_BYTES:
            if together != text:
                yield file.path, together
            return
    if members:
        path = beside or file.path.with_name(f"members.{cleaned(set_name) or 'set'}.{file.stack}.yaml")
        head = f"# Members of set {set_name} of stack {file.stack}, which {file.name} declares.\n"
        before = text_of(path)
        after = edited(head if beside is None else before, nested(members))
        if beside is None and before not in ("", after):
            raise ProjectError(f"{project.called(path)} is there already, and is not overwritten: rename it")
        # First, so that the stack's file never names one that is not there.
        yield path, after
        own = {(MEMBERS_FROM,): Put(path.name), **own} if beside is None else own
    if (after := _changed(text, of_stack, at, own)) != text:
        yield file.path, after


def _changed(text: str, of_stack: Mapping[Path, Put | Drop], at: Path, own: Mapping[Path, Put | Drop]) -> str:
    return edited(text, nested({**of_stack, **{(*at, *path): change for path, change in own.items()}}))


def _below_members(project: Project, file: StackFile, found: LayeredSet | None) -> dict[Path, Any]:
    """Return what a member has before it says anything."""
    if found is None:
        return {path: value for path, value in below(project, file).items() if path[0] not in OF_THE_SET}
    return {path: plain(each, lambda _: None) for path, each in leaves(found.defaults.entries()).items()}


def _of_passwords(
    found: LayeredSet | None, imports: Sequence[Importable]
) -> Iterator[tuple[Path, Put | Drop]]:
    for each in imports:
        if found is not None and each.before is not None and not each.before.says:
            yield from password_of(each, found.members[each.name], found.defaults)


def _file_of_members(project: Project, file: StackFile, set_name: str) -> FilePath | None:
    """Return the YAML file in which the stack's own file lets the members stand; None where there is none."""
    sets = file.own_config(project.name).get(f"{project.name}:{SETS}")
    of_set = sets.entries().get(set_name) if sets else None
    named = of_set.entries().get(MEMBERS_FROM) if of_set else None
    if named is None or not isinstance(named.value, str) or not named.value.endswith(_YAML):
        return None
    return project.stacks / named.value
