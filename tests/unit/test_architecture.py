"""docs/architecture.md: its layers hold every module and no import points upwards; its drawing is true."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from .scripts import load

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "provider" / "pulumi_telnyx"
PAGE = (ROOT / "docs" / "architecture.md").read_text()
MODULES = {each.relative_to(PACKAGE).as_posix() for each in PACKAGE.rglob("*.py")}
TABLE = PAGE.partition("| layer | modules |")[2].partition("\n\n")[0].splitlines()[2:]
LAYERS = [re.findall(r"`(.+?)`", line) for line in TABLE]
APART = "emulator/"
# They bring the emulator to users: a command and a pytest fixture.
USERS_OF_THE_EMULATOR = {"cli/emulator.py", "testing.py"}
WAY = load("drawings").rows(PAGE)


def imported(module: str) -> set[str]:
    """The modules that one imports, be it only for its types or inside a function."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.ImportFrom):
            found |= set(_targets(module, node))
    return found - {module}


def _targets(module: str, node: ast.ImportFrom) -> Iterator[str]:
    folder = Path(module).parent
    if node.level:
        base = Path(*folder.parts[: len(folder.parts) - node.level + 1], *(node.module or "").split("."))
    elif (node.module or "").partition(".")[0] == "pulumi_telnyx":
        base = Path(*node.module.split(".")[1:])  # type: ignore[union-attr]  # it has just been looked at
    else:
        return
    # What is imported is a module, or stands in one.
    inside = {f"{base / alias.name}.py" for alias in node.names} & MODULES
    yield from inside or {f"{base}.py", (base / "__init__.py").as_posix()} & MODULES


def layer(module: str) -> int:
    """The number of a module's layer, from the top."""
    (found,) = (
        number
        for number, names in enumerate(LAYERS)
        if module in names or f"{module.partition('/')[0]}/" in names
    )
    return found


def test_every_module_is_in_one_layer_and_every_name_is_a_modules() -> None:
    """A folder stands for all that is in it."""
    named = [name for names in LAYERS for name in names]
    there = {module if "/" not in module else f"{module.partition('/')[0]}/" for module in MODULES}

    assert sorted(named) == sorted(there)


def test_imports_point_downwards() -> None:
    """Or stay in their layer. The emulator imports nothing of the rest, and only two bring it to users."""
    wrong = [
        f"{module} imports {other}"
        for module in sorted(MODULES)
        for other in sorted(imported(module))
        if not allowed(module, other)
    ]

    assert not wrong


def allowed(module: str, other: str) -> bool:
    """Whether the page lets one module import the other."""
    if APART in (module[: len(APART)], other[: len(APART)]):
        return module.startswith(APART) == other.startswith(APART) or module in USERS_OF_THE_EMULATOR
    return layer(module) <= layer(other)


def test_the_way_to_telnyx_is_made_of_imports() -> None:
    """Each module on it knows the next one, and those beside it; the engine stands between the first two."""
    names = [row.where.strip("`") for row in WAY]

    assert names[0] == "your stack program"
    assert names[-1] == "Telnyx"
    for row, below in itertools.pairwise(WAY):
        name, following = row.where.strip("`"), below.where.strip("`")
        if name in MODULES:
            wanted = set(row.asks) | ({following} & MODULES)
            assert wanted <= imported(name), f"{name} does not import all of {sorted(wanted)}"
        else:
            assert not row.asks
    assert imported("resource.py") >= {"lifecycle.py"}, "what the engine calls next"


def test_every_module_that_the_page_names_is_there() -> None:
    """Wherever on the page; in its last table some stand behind others of their folder."""
    names = set(re.findall(r"`([\w/]+\.(?:py|json))`", PAGE))
    there = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.*")}
    last = {
        path.name for folder in ("provider", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.*")
    }

    assert names <= there | last
