"""docs/environments.md shows what the commands print, and what the layers come to."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pulumi_telnyx.cli import cli

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "environments.md").read_text()
# What stands before a block says what it is: `<!-- where: what -->`.
BLOCKS = dict(re.findall(r"<!-- (.+?) -->\n```\w+\n(.*?)```\n", PAGE, re.DOTALL))


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Return a project of the files that the page shows."""
    (tmp_path / "stacks").mkdir()
    for name in ("Pulumi.yaml", "stacks/Pulumi.prod.yaml"):
        (tmp_path / name).write_text(BLOCKS[f"the example: {name}"])
    return tmp_path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a copy of this repository's settings."""
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    return tmp_path


@pytest.mark.parametrize("command", ["matrix", "validate"])
def test_the_example_comes_to_what_the_page_says(example: Path, command: str) -> None:
    """Layers, null and origins, as a reader would try them."""
    assert _shown(example, f"the example: {command}") == BLOCKS[f"the example: {command}"]


def test_the_set_comes_to_what_the_page_says(example: Path) -> None:
    """The table too, with its remark and its line break."""
    (example / "Pulumi.yaml").write_text("name: phones\nruntime: python\nstackConfigDir: stacks\n")
    for name in ("stacks/Pulumi.prod.yaml", "stacks/desks.prod.csv"):
        (example / name).write_text(BLOCKS[f"the set: {name}"])

    assert _shown(example, "the set: matrix") == BLOCKS["the set: matrix"]


@pytest.mark.parametrize("command", ["matrix", "promote"])
def test_the_repositorys_stacks_differ_as_the_page_says(repository: Path, command: str) -> None:
    """Whoever follows the page sees the same."""
    assert _shown(repository, f"this repository: {command}") == BLOCKS[f"this repository: {command}"]


def _shown(folder: Path, block: str) -> str:
    first = BLOCKS[block].splitlines()[0]
    command = first.removeprefix("$ pulumi-telnyx ").split()
    done = CliRunner().invoke(cli, [command[0], "-C", str(folder), *command[1:]], input="n\n")
    lines = [first, *done.output.splitlines()]
    return "".join(f"{line.rstrip()}\n" for line in lines)
