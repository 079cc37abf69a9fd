"""The workflows as data: `.github/workflows`, `.github/actions`, and docs/gitlab-ci.yml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
STACKS = {each.name.split(".")[1] for each in (ROOT / "stacks").glob("Pulumi.*.yaml")}

Job = dict[str, Any]


class GitLabLoader(yaml.SafeLoader):
    """Reads GitLab's `!reference` as the list that it is followed by."""


def _reference(loader: GitLabLoader, node: yaml.Node) -> list[Any]:
    assert isinstance(node, yaml.SequenceNode)
    return loader.construct_sequence(node)


GitLabLoader.add_constructor("!reference", _reference)


class Where(NamedTuple):
    """A job, by the file it is in."""

    workflow: str
    job: str


def workflow(name: str) -> dict[str, Any]:
    """Return a workflow."""
    content = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())
    assert isinstance(content, dict)
    # YAML 1.1 reads the key as a truth value.
    content["on"] = content.pop(True)
    return content


def jobs() -> Iterator[tuple[Where, Job]]:
    """Yield every job of every workflow."""
    for file in WORKFLOWS:
        for name, job in workflow(file.stem)["jobs"].items():
            yield Where(file.stem, name), job


def gitlab() -> dict[str, Any]:
    """Return GitLab's file."""
    # A SafeLoader, which makes plain values only.
    content = yaml.load((ROOT / "docs" / "gitlab-ci.yml").read_text(), GitLabLoader)  # noqa: S506
    assert isinstance(content, dict)
    return content


def script(where: Where, step: str) -> str:
    """Return what a step of a job runs."""
    (found,) = (
        each for each in workflow(where.workflow)["jobs"][where.job]["steps"] if each.get("name") == step
    )
    assert isinstance(found["run"], str)
    return found["run"]
