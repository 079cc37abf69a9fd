"""Every text that users of the package can read, found in its source: its words, without its values.

A text is a string or f-string of four words or more that is no docstring; of commands, docstrings too, since
they are their help. A value shows as `{…}`. Of the emulator's pages, it is what stands between their tags.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[2] / "provider" / "pulumi_telnyx"
FEWEST_WORDS: Final = 4
_VALUE: Final = "{…}"
# What a program reads: SQL, Python, pages, types of content.
_NO_PROSE: Final = re.compile(
    r"\s*(BEGIN|CREATE|DELETE FROM|INSERT|ORDER BY|PRAGMA|SELECT|UPDATE|WHERE|\{…\} (ORDER BY|WHERE))\b"
    r"|\s*(import|from) |<!DOCTYPE|data:|default-src|[^\w]*$"
)
_TAGS: Final = re.compile(r"<(style|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)
_JINJA: Final = re.compile(r"\{([{%#]).*?[}%#]\}", re.DOTALL)


def messages() -> dict[str, list[str]]:
    """Return the texts of each file, by its path in the package, in the order in which they stand there."""
    found = {
        str(path.relative_to(PACKAGE)): list(dict.fromkeys(_in_module(ast.parse(path.read_text("utf-8")))))
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    for path in sorted(PACKAGE.rglob("*.html")):
        found[str(path.relative_to(PACKAGE))] = list(dict.fromkeys(_in_page(path.read_text("utf-8"))))
    return {file: texts for file, texts in sorted(found.items()) if texts}


def _in_module(node: ast.AST) -> Iterator[str]:
    for text in _texts(node):
        if len(text.split()) >= FEWEST_WORDS and not _NO_PROSE.match(text):
            yield text


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts below a node; what stands in the values of an f-string comes after it."""
    text = _text(node)
    if text is not None:
        yield text
        if isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from _texts(part.value)
        return
    if isinstance(node, ast.Expr) and _text(node.value) is not None:
        return
    if isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
        yield ast.get_docstring(node) or ""
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else _VALUE for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return None if left is None or right is None else left + right
    return None


def _is_command(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in {"command", "group"}


def _in_page(page: str) -> Iterator[str]:
    prose = _JINJA.sub(lambda found: _VALUE if found[1] == "{" else "", page)
    for piece in re.split(r"\n|\0", _TAGS.sub("\0", prose)):
        text = " ".join(piece.split())
        if len(text.split()) >= FEWEST_WORDS:
            yield text


def as_text(found: dict[str, list[str]]) -> str:
    """Return the texts as a file: a line for each, below the name of their module."""
    return "\n".join(
        f"[{file}]\n" + "".join(text.strip().replace("\n", "\\n") + "\n" for text in texts)
        for file, texts in found.items()
    )
