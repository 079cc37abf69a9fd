"""What editors and type checkers say about a user's program."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from mypy import api

FOLDER = Path(__file__).parent
PYRIGHT = Path(sys.executable).with_name("basedpyright")


def _errors(program: Path) -> set[tuple[int, str]]:
    """Return line and code of every error that mypy finds in strict mode."""
    report, trouble, _ = api.run(["--strict", "--no-error-summary", "--hide-error-context", str(program)])
    assert not trouble
    found = re.findall(r"^[^:]+:(\d+): error: .*\[([\w-]+)\]$", report, re.MULTILINE)
    return {(int(line), code) for line, code in found}


def test_a_correct_program_passes_strict_checking() -> None:
    """Plain values, Outputs, dictionaries and typed dictionaries."""
    assert _errors(FOLDER / "accepted.py") == set()


def test_each_mistake_is_found_where_it_is_made() -> None:
    """A misspelt argument, field or value is an error in the editor already."""
    lines = (FOLDER / "refused.py").read_text().splitlines()
    expected = {
        (number, line.rpartition("# refused: ")[2])
        for number, line in enumerate(lines, 1)
        if "# refused: " in line and not line.startswith('"')
    }

    assert _errors(FOLDER / "refused.py") == expected
    assert len(expected) >= 9


def test_pyright_finds_the_same_lines(tmp_path: Path) -> None:
    """The checker of VS Code, at its strictest: wrong choices are flagged there too, and nothing else is."""
    for name in ("accepted.py", "refused.py"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict", "pythonVersion": "3.10"}')

    done = subprocess.run(
        [PYRIGHT, "--outputjson", "--project", tmp_path, "--pythonpath", sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )

    found = json.loads(done.stdout)["generalDiagnostics"]
    lines = {(Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in found}
    assert lines == {("refused.py", number) for number, _ in _errors(FOLDER / "refused.py")}
