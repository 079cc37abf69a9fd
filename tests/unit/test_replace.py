"""Files that belong together are written all or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_telnyx.stack.project import ProjectError
from pulumi_telnyx.stack.replace import write
from pulumi_telnyx.stack.rewrite import Rewrite


@pytest.fixture
def changes(tmp_path: Path) -> list[Rewrite]:
    """A stack's file, the one beside it, and one of members."""
    made = [
        Rewrite(tmp_path / name, name, f"{name}: old\r\n", f"{name}: new\r\n")
        for name in ("a.yaml", "b.yaml", "c.yaml")
    ]
    for each in made:
        each.path.write_bytes(each.old.encode())
        each.path.chmod(0o640)
    return made


def texts(changes: list[Rewrite]) -> list[str]:
    """Return what stands in the files, which still have their mode."""
    assert {each.path.stat().st_mode & 0o777 for each in changes} == {0o640}
    return [each.path.read_bytes().decode() for each in changes]


def refusing(monkeypatch: pytest.MonkeyPatch, fault: BaseException, *numbers: int) -> None:
    """Let the disk refuse to put files in their place, by how many were asked for."""
    replace: Callable[[Path, Path], Path] = Path.replace
    asked: list[Path] = []

    def refuse(file: Path, target: Path) -> Path:
        asked.append(target)
        if len(asked) in numbers:
            raise fault
        return replace(file, target)

    monkeypatch.setattr(Path, "replace", refuse)


@pytest.mark.parametrize(
    ("fault", "error"),
    [(OSError(errno.EIO, os.strerror(errno.EIO)), ProjectError), (KeyboardInterrupt(), None)],
)
def test_where_the_second_file_cannot_be_written_the_first_is_put_back(
    changes: list[Rewrite], monkeypatch: pytest.MonkeyPatch, fault: BaseException, error: type[BaseException]
) -> None:
    """Whatever the reason; and nothing is left lying beside them."""
    refusing(monkeypatch, fault, 2)

    with pytest.raises(error or KeyboardInterrupt) as told:
        write(changes)

    assert texts(changes) == [each.old for each in changes]
    assert {*changes[0].path.parent.iterdir()} == {each.path for each in changes}
    if error:
        assert str(told.value) == (
            "b.yaml cannot be written: Input/output error; nothing was changed: correct that and run again"
        )
    monkeypatch.undo()
    write(changes)
    assert texts(changes) == [each.new for each in changes]


def test_where_the_first_cannot_be_put_back_its_old_text_is_kept_and_named(
    changes: list[Rewrite], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be in no repository; the others are put back all the same."""
    refusing(monkeypatch, OSError(errno.EROFS, os.strerror(errno.EROFS)), 3, 4)

    with pytest.raises(
        ProjectError, match=r"a\.yaml was written, another file was not, and .* cannot be put back"
    ):
        write(changes)

    assert texts(changes) == [changes[0].new, changes[1].old, changes[2].old]
    (kept,) = set(changes[0].path.parent.iterdir()) - {each.path for each in changes}
    assert kept.read_bytes().decode() == changes[0].old


def test_a_file_that_is_gone_meanwhile_is_an_error_that_names_it(changes: list[Rewrite]) -> None:
    """Before any other is replaced."""
    changes[1].path.unlink()

    with pytest.raises(
        ProjectError, match=r"b\.yaml cannot be written: No such file or directory; nothing was"
    ):
        write(changes)

    assert texts([changes[0], changes[2]]) == [changes[0].old, changes[2].old]
