"""The debug log: one line a request, for whoever looks for what went wrong, and fit to be passed on.

It never holds a body, a header, a query, a key or a password: only what stands in `exchange`'s arguments.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

from .errors import SettingsError, printable

LOG_VARIABLE = "TELNYX_LOG"


class DebugLog:
    """Appends to a file that only its owner can read.

    Args:
        path: the file; None logs nothing.

    Raises:
        SettingsError: the file cannot be written.
    """

    def __init__(self, path: str | None = None) -> None:
        self._file: int | None = None
        if path:
            try:
                # Each line is one write to the end of the file: several processes may share it.
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
                self._file = os.open(Path(path).expanduser(), flags, mode=0o600)
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "not a path"
                raise SettingsError(
                    f"{LOG_VARIABLE} names {printable(path)}, which cannot be written ({reason}): "
                    "name a file in a folder that exists"
                ) from None

    @property
    def is_open(self) -> bool:
        """Whether lines go anywhere."""
        return self._file is not None

    def exchange(
        self, method: str, path: str, outcome: str, secs: float, request_id: str, tries: int
    ) -> None:
        """Note one request.

        Args:
            method: the HTTP method.
            path: the path, without the query.
            outcome: the status, or `no answer`.
            secs: how long it took.
            request_id: the API's id of the request; may be empty.
            tries: 1 for the first try.
        """
        self.note(f"{method} {path} {outcome} {secs:.3f}s try={tries} request={request_id or '-'}")

    def note(self, text: str) -> None:
        """Note something that is no request: a wait, for instance."""
        if self._file is None:
            return
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = f"{now} {os.getpid()} {printable(text)}\n"
        try:
            os.write(self._file, line.encode())
        except OSError:
            # A full disk must not end a run that is about phones.
            self._file = None
