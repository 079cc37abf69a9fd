"""The language server of an editor, asked what it shows for a place in a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_SERVER = Path(sys.executable).with_name("basedpyright-langserver")


class LanguageServer:
    """A server with one program open in it.

    Args:
        stdin: of the server.
        stdout: of the server.
        folder: the editor's folder.
    """

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes], folder: Path) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._uri = (folder / "program.py").as_uri()
        self._asked = 0
        self._ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
                "capabilities": {
                    "workspace": {"configuration": True},
                    "textDocument": {"hover": {"contentFormat": ["plaintext"]}},
                },
            },
        )
        self._send({"method": "initialized", "params": {}})

    def open(self, text: str) -> None:
        """Open the program with this text."""
        document = {"uri": self._uri, "languageId": "python", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def hover(self, line: int, column: int) -> str:
        """Return what is shown when the pointer rests there, both counted from 0."""
        position = {"line": line, "character": column}
        shown = self._ask("textDocument/hover", {"textDocument": {"uri": self._uri}, "position": position})
        return str(shown["contents"]["value"]) if shown else ""

    def _ask(self, method: str, params: object) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            message = self._read()
            if "method" not in message and message.get("id") == self._asked:
                return message.get("result")
            if "method" in message and "id" in message:
                # It asks for our settings, one for each item; what else it asks for needs no answer of ours.
                items = (message.get("params") or {}).get("items", [])
                settings = [{"pythonPath": sys.executable} for _ in items]
                self._send({"id": message["id"], "result": settings or None})

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self._stdin.flush()

    def _read(self) -> dict[str, Any]:
        length = 0
        while header := self._stdout.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has ended"
        content: dict[str, Any] = json.loads(self._stdout.read(length))
        return content


@contextmanager
def language_server(folder: Path) -> Iterator[LanguageServer]:
    """Return a server of its own, which ends with the block."""
    with subprocess.Popen(
        [_SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdin
            assert process.stdout
            yield LanguageServer(process.stdin, process.stdout, folder)
        finally:
            process.kill()
